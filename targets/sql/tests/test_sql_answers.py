"""What is read off a statement: tables, columns and aliases for sql-metadata."""

from __future__ import annotations

import random
from typing import Any

import pytest

from targets import drawing
from targets.oracles import Violation
from targets.sql import answers
from targets.sql.implementation import Choices
from targets.sql.sql_metadata import sql_metadata

JOINED = "SELECT x1.c1 AS a1, t2.c2 + c3 a2 FROM s1.t1 AS x1 JOIN t2 ON x1.c1 = t2.c1 WHERE c3 < 1"


def _values(text: str) -> dict[str, Any]:
    found = answers.answers(text)
    assert found is not None
    return dict(found.values)


def _ask_everything() -> None:
    """Each question that the statement has an answer to."""
    answer = sql_metadata().operations["answers"]
    for number in range(20):
        answer(JOINED, Choices(bytes((number,))))


def test_names_are_told_by_their_place() -> None:
    """A name before a column stands for its table, and an alias for its columns."""
    found = _values(JOINED)
    assert found["tables"] == {"s1.t1", "t2"}
    assert found["columns"] == {"s1.t1.c1", "t2.c2", "c3", "t2.c1"}
    assert found["columns_aliases"] == {"a1": "s1.t1.c1", "a2": ["t2.c2", "c3"]}
    assert found["tables_aliases"] == {"x1": "s1.t1"}
    assert found["columns_dict"]["join"] == {"s1.t1.c1", "t2.c1"}


def test_what_with_and_from_make_is_no_table() -> None:
    """Columns of theirs are those that they are made of."""
    found = _values("WITH w1 AS (SELECT c1 FROM t1) SELECT w1.c1 FROM w1 LIMIT 1 OFFSET 10")
    assert (found["tables"], found["columns"], found["with_names"]) == ({"t1"}, {"c1"}, ["w1"])
    assert found["limit_and_offset"] == (1, 10)
    assert _values("SELECT d1.c1 FROM (SELECT c1 FROM t1) AS d1")["subqueries_names"] == ["d1"]


def test_values_are_those_of_the_literals() -> None:
    """Rows of an INSERT, one or many."""
    text = "INSERT INTO t1 (c1) VALUES (1), ('k1''k2')"
    assert _values(text)["values"] == [[1], ["k1'k2"]]
    assert _values("REPLACE INTO t1 VALUES (1.5)")["values"] == [1.5]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT x1.c1 FROM t1",
        "WITH w1 AS (SELECT c1 FROM t1) SELECT w1.c2 FROM w1",
        "WITH w1 AS (SELECT c1 FROM t1) SELECT c2 FROM w2",
        'SELECT `c1` FROM "t2"',
        "SELECT c1 FROM t1 FORCE INDEX (x1)",
    ],
)
def test_nothing_is_claimed_of_what_may_mean_two_things(text: str) -> None:
    """A name of no table, columns that nobody makes, two ways of quoting, other grammars."""
    assert answers.answers(text) is None


def test_what_is_written_mostly_has_answers() -> None:
    """Names before columns are those of the statement's own tables."""
    draw = drawing.from_random(random.Random(1))
    made = [answers.write(draw, 8) for _ in range(100)]
    assert sum(answers.answers(text) is not None for text in made) > 70


@pytest.mark.parametrize(
    ("spoil", "oracle"),
    [
        (lambda parser: parser.columns.remove("c3"), "columns of SELECT misses: column in"),
        (lambda parser: parser.columns.append("x1"), "columns of SELECT invents: owner in"),
        (lambda parser: parser.tables.append("nothing"), "tables of SELECT invents: a word"),
        (lambda parser: parser.columns_aliases.pop("a2"), "columns_aliases of SELECT misses: "),
    ],
)
def test_a_wrong_answer_has_a_name_without_names(spoil: Any, oracle: str) -> None:
    """The right ones pass; what is lost or invented is told by the rules that have it."""
    import sql_metadata as package

    _ask_everything()

    class Spoilt(package.Parser):  # type: ignore[misc] # the package has no types
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            spoil(self)

    package.Parser, kept = Spoilt, package.Parser
    try:
        with pytest.raises(Violation, match=oracle):
            _ask_everything()
    finally:
        package.Parser = kept
