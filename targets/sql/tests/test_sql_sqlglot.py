"""The oracles over sqlglot see what they are for, on subjects that break one promise each."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

pytest.importorskip("sqlglot")

from targets.oracles import Violation
from targets.sql import jsonpaths, metadata_inputs, rows, sqlglot_inputs
from targets.sql.dialects import DIALECTS, grammar
from targets.sql.implementation import Choices, read
from targets.sql.sqlglot_jsonpath import sqlglot_jsonpath, unfinished
from targets.sql.sqlglot_optimize import _Optimizer, sqlglot_optimize
from targets.sql.sqlglot_parse import RoundTrip, Sqlglot, Transpile
from targets.sql.total import check


class Changed(Sqlglot):
    """sqlglot whose generator spoils what it writes, or whose parser refuses a word."""

    def __init__(self, spoil: Any = None, refuse: str = "") -> None:
        super().__init__()
        self._spoil = spoil
        self._refuse = refuse

    def parse(self, text: str, name: str) -> list[Any]:
        if self._refuse and self._refuse in text:
            return super().parse("SELECT (", name)
        return super().parse(text, name)

    def write(self, trees: list[Any], name: str, **options: Any) -> str:
        written = super().write(trees, name, **options)
        return self._spoil(written) if self._spoil else written


def _choices(*numbers: int) -> Any:
    return read(b"\0" + bytes(numbers))[1]


def _dialect(name: str) -> int:
    return DIALECTS.index(name)


@pytest.mark.parametrize(
    ("text", "spoil", "oracle"),
    [
        ("SELECT c1 * (c2 + c3)", lambda sql: sql.replace("(", "").replace(")", ""), "operands of"),
        ("SELECT c1 FROM t1 WHERE c2 = 1", lambda sql: sql.partition(" WHERE")[0], "loses a name"),
        ("SELECT c1 FROM t1", lambda sql: sql + " )", "becomes is refused"),
        ("SELECT c1 FROM t1", lambda sql: sql.replace("c1", "c1 + 0", 1), "in two ways"),
    ],
)
def test_round_trip_sees(text: str, spoil: Any, oracle: str) -> None:
    """Lost parentheses, lost clauses, broken and unstable SQL."""
    RoundTrip(Changed())(text, _choices(0))
    with pytest.raises(Violation, match=oracle):
        RoundTrip(Changed(spoil))(text, _choices(0))


def test_documented_sql_must_not_be_refused() -> None:
    """A parenthesised operand of LIKE, in the dialect whose vendor documents it."""
    text = "SELECT c1 FROM t1 WHERE c2 LIKE (:v)"
    RoundTrip(Changed())(text, _choices(_dialect("oracle")))
    with pytest.raises(Violation, match="oracle refuses documented SQL"):
        RoundTrip(Changed(refuse="LIKE ("))(text, _choices(_dialect("oracle")))


def test_undocumented_sql_may_be_refused_and_changed() -> None:
    """sqlglot promises nothing of what no vendor documents."""
    RoundTrip(Changed(refuse="LIKE ("))("SELECT c1 LIKE (c2", _choices(0))
    RoundTrip(Changed(lambda sql: sql + " )"))("SELECT FROM WHERE", _choices(0))


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("snowflake", "LIST @ k1"),
        ("snowflake", "LIST @/* k1 */k1"),
        ("tsql", "SELECT N /**/ 'k1'"),
        ("tsql", "SELECT c1 % c2 AT TIME ZONE 'UTC'"),
        ("duckdb", "SELECT c1 / c2 AT TIME ZONE 'UTC'"),
        ("trino", "SELECT INTERVAL '1' DAY * c1 AT TIME ZONE 'UTC'"),
        ("clickhouse", "SELECT c1 FROM t1 FINAL FINAL"),
        ("mysql", "SELECT ELT(c1)"),
        ("bigquery", "SELECT * FROM k1- 2.s1.t1"),
        ("snowflake", "DELETE FROM t1 USING t2 SAMPLE (10) WHERE c1 = 0"),
        ("snowflake", "UPDATE t1 SET c1 = 0 FROM t2 SAMPLE (10) WHERE c1 = 0"),
        ("drill", "SELECT 'k1\\'k2'"),
        ("spark", "INSERT INTO t1 REPLACE WHERE c1 = c2 (SELECT 1) EXCEPT SELECT 1"),
    ],
)
def test_what_a_vendor_does_not_document_may_be_refused(dialect: str, text: str) -> None:
    """A sign apart from its name, an operand of no type that there is, a clause twice, an argument
    too few, a part of a query where a table is asked for, a backslash before the end of a string,
    a query that looks like arguments."""
    assert grammar(dialect).match(text) is None
    RoundTrip(Changed(refuse=text))(text, _choices(_dialect(dialect)))


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("snowflake", "LIST @k1"),
        ("tsql", "SELECT N'k1'"),
        ("tsql", "SELECT c1 AT TIME ZONE 'UTC'"),
        ("duckdb", "SELECT c1 - c2 AT TIME ZONE 'UTC'"),
        ("postgres", "SELECT c1 * c2 AT TIME ZONE 'UTC'"),
        ("clickhouse", "SELECT c1 FROM t1 AS x1 FINAL"),
        ("snowflake", "UPDATE t1 SET c1 = 0 FROM t2 AS x2, s1.t3 WHERE c1 = 0"),
        ("snowflake", "UPDATE t1 SET c1 = 0 FROM (SELECT c1 FROM t2) AS x2 WHERE c1 = 0"),
        ("drill", "SELECT 'k1''k2', `k 1` FROM t1"),
        ("spark", "INSERT INTO t1 REPLACE WHERE (c1 = c2) (SELECT 1) EXCEPT SELECT 1"),
        ("spark", "INSERT INTO t1 REPLACE WHERE c1 = c2 SELECT 1 ORDER BY c1 LIMIT 1"),
    ],
)
def test_what_a_vendor_documents_must_not_be_refused(dialect: str, text: str) -> None:
    """PostgreSQL lets users define operators, so every operand may have a type there."""
    with pytest.raises(Violation, match="refuses documented SQL"):
        RoundTrip(Changed(refuse=text))(text, _choices(_dialect(dialect)))


def test_the_dollars_around_a_text_may_change_but_no_name() -> None:
    """What stands between dollars only says where a text ends."""
    text = "CREATE TABLE t1 PARTITION OF t2 FOR VALUES FROM ($x1$k1'k2$x1$) TO ('k2')"
    RoundTrip(Changed())(text, _choices(_dialect("postgres")))
    with pytest.raises(Violation, match="loses a name"):
        RoundTrip(Changed(lambda sql: sql.replace("t2", "k9")))(
            text, _choices(_dialect("postgres"))
        )


def test_what_is_written_may_change_once_more_if_it_settles() -> None:
    """A path quoted by its parts, then as a whole; not a text that changes again and again."""
    text = "SELECT * FROM k1.s1.INFORMATION_SCHEMA.TABLES"
    RoundTrip(Changed())(text, _choices(_dialect("bigquery")))
    with pytest.raises(Violation, match="in two ways"):
        RoundTrip(Changed(lambda sql: sql.replace(" AS ", " AS x", 1)))(
            text, _choices(_dialect("bigquery"))
        )
    turning = {"c1, c2": "c2, c1", "c2, c1": "c1, c2"}
    with pytest.raises(Violation, match="in two ways"):
        RoundTrip(Changed(lambda sql: re.sub("c., c.", lambda found: turning[found[0]], sql)))(
            "SELECT c1, c2", _choices(0)
        )


def test_a_string_stays_itself_in_another_dialect() -> None:
    """However its quotes are escaped there."""
    text = "SELECT 'k1''k2' AS x1"
    ways = _choices(0, _dialect("bigquery"))
    Transpile(Changed())(text, ways)
    with pytest.raises(Violation, match="a string changes"):
        Transpile(Changed(lambda sql: sql.replace("k1", "")))(
            text, _choices(0, _dialect("bigquery"))
        )


def test_an_optimized_query_has_the_same_rows() -> None:
    """NOT IN with a NULL among the rows is where optimizers go wrong."""
    text = "SELECT x1.c1 AS c1, x1.c2 AS c2 FROM t1 AS x1 WHERE x1.c1 NOT IN (1)"
    optimizer = _Optimizer()
    optimizer.run("simplify", text, _choices())
    optimizer._rules["simplify"] = lambda tree: tree.where("x1.c1 = 2")
    with pytest.raises(Violation, match="simplify gives fewer rows"):
        optimizer.run("simplify", text, _choices())


def test_the_way_through_another_dialect_keeps_the_rows() -> None:
    """What comes back is run; what the other dialect does not have is not compared."""
    text = "SELECT UPPER('abc') AS c1, x1.c1 AS c2 FROM t1 AS x1 WHERE x1.c1 NOT IN (1)"
    optimizer = _Optimizer()
    for number in range(len(optimizer._sqlglot.dialects)):
        optimizer.through(text, Choices(bytes((number,))))
    parse = optimizer._sqlglot.parse

    def spoilt(text: str, name: str) -> list[Any]:
        trees = parse(text, name)
        return trees if name == "sqlite" else [tree.where("x1.c1 = 2") for tree in trees]

    optimizer._sqlglot.parse = spoilt  # type: ignore[method-assign] # what a wrong parser gives
    with pytest.raises(Violation, match="through: postgres gives fewer rows"):
        optimizer.through(text, Choices(b"\1"))


def test_unfinished_brackets_name_a_crash_of_a_path() -> None:
    """Each construct reads on in its own way."""
    assert unfinished("$[?(@.x") == "a bracket, a filter"
    assert unfinished("$[('a") == "a bracket, a script, a text"
    assert unfinished("$[0]") == "a path"


@pytest.mark.parametrize("inputs", [sqlglot_inputs, metadata_inputs, jsonpaths, rows])
def test_mutations_are_within_size_and_the_same_again(inputs: Any) -> None:
    """For any input, also a broken one."""
    data = b""
    for seed in range(150):
        made = inputs.mutate(data, 300, random.Random(seed))
        assert made == inputs.mutate(data, 300, random.Random(seed))
        assert len(made) <= 300
        data = made if seed % 5 else b"\xff'\0(" + made[:40]


def test_pieces_join_to_the_input() -> None:
    """A minimizer must lose nothing by cutting."""
    for data in (b"SELECT 'k1\xff' --\n\0\1\2", b"", b"\0", "é`".encode()):
        assert b"".join(sqlglot_inputs.tokens(data)) == data


@pytest.mark.parametrize(
    ("make", "inputs"), [(sqlglot_optimize, rows), (sqlglot_jsonpath, jsonpaths)]
)
def test_the_current_release_runs(make: Any, inputs: Any) -> None:
    """Only violations come out of random inputs, never a mistake of the adapter."""
    subject = make()
    rng = random.Random(3)
    for _ in range(60):
        try:
            check(inputs.mutate(b"", 300, rng), subject)
        except (Violation, ValueError, IndexError):
            continue  # a finding of the subject
