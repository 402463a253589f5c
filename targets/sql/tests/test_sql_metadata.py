"""What is asked of sql-metadata, and what the grammar knows of a statement."""

from __future__ import annotations

import pytest

from targets.oracles import Violation
from targets.sql import agree
from targets.sql.facts import facts
from targets.sql.implementation import Facts, Implementation
from targets.sql.sql_metadata import _varied

QUERY = "WITH x1 AS (SELECT c1 FROM t1) SELECT c1 FROM x1 JOIN s1.t2 AS x2 ON x1.c1 = x2.c1"


@pytest.mark.parametrize(
    ("text", "kind", "tables"),
    [
        ("SELECT c1 FROM t1, t2 WHERE c2 IN (SELECT c1 FROM t3)", "select", {"t1", "t2", "t3"}),
        ("INSERT INTO s1.t1 SELECT c1 FROM t2", "insert", {"s1.t1", "t2"}),
        ("DELETE FROM t1", "delete", {"t1"}),
        ("WITH x1 AS (SELECT c1 FROM t1) SELECT c1 FROM t2", "select", {"t1", "t2"}),
        (QUERY, "select", {"t1", "s1.t2"}),
    ],
)
def test_facts_are_read_off_the_grammar(text: str, kind: str, tables: set[str]) -> None:
    """Kind and tables of standard SQL."""
    assert facts(text) == Facts(kind, frozenset(tables))


def test_no_facts_of_what_is_not_standard() -> None:
    """Nothing is claimed of it."""
    assert facts("SELECT c1 FROM t1 FINAL") is None
    assert facts("SELECT c1 FROM x1") is None


@pytest.mark.parametrize(
    ("found", "oracle"),
    [
        (Facts("insert", frozenset({"t1"})), "select is taken for insert"),
        (Facts("select", frozenset()), "misses a table"),
        (Facts("select", frozenset({"t1", "c1"})), "invents a table"),
    ],
)
def test_a_wrong_answer_is_seen(found: Facts, oracle: str) -> None:
    """Kind and tables are compared."""
    right = Implementation(name="x", operations={}, facts=lambda _: facts("SELECT c1 FROM t1"))
    agree.check(b"SELECT c1 FROM t1", right)
    with pytest.raises(Violation, match=oracle):
        agree.check(
            b"SELECT c1 FROM t1", Implementation(name="x", operations={}, facts=lambda _: found)
        )


def test_a_statement_is_written_otherwise() -> None:
    """Only what does not matter changes: names and texts stay."""
    assert _varied("SELECT c1 FROM t1 WHERE c2 = 'Ab'", "lower case") == (
        "select c1 from t1 where c2 = 'Ab'"
    )
    assert _varied("SELECT c1", "line comment") == "SELECT -- k1\nc1"


def test_the_current_release_answers() -> None:
    """All attributes, in any order."""
    pytest.importorskip("sql_metadata")
    from targets.sql.implementation import Choices
    from targets.sql.sql_metadata import sql_metadata

    subject = sql_metadata()
    for operation in subject.operations.values():
        operation(QUERY, Choices(b"\3\5"))
    assert subject.facts is not None
    assert subject.facts("DELETE FROM t1") == Facts("delete", frozenset({"t1"}))
