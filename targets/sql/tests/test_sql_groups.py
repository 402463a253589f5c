"""How sqlparse groups tokens, and the room that it has for it."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
import sqlparse
from sqlparse.engine import grouping

from targets import drawing
from targets.oracles import Violation
from targets.sql import groupings, sqlparse_format, sqlparse_operations
from targets.sql.implementation import Choices
from targets.sql.room import little_room
from targets.sql.sqlparse_groups import groups


def test_the_current_release_groups_what_the_grammar_writes() -> None:
    """With blanks between words; what else separates them is another question."""
    draw = drawing.from_random(random.Random(2))
    for _ in range(150):
        groups(" ".join(groupings.write(draw).split()), Choices())


@pytest.mark.parametrize(
    ("step", "text", "oracle"),
    [
        ("group_where", "DELETE FROM a WHERE b = 1", "no Where is made of where"),
        ("group_case", "SELECT CASE WHEN a = 1 THEN 1 END, b FROM c", "no Case is made of case"),
        ("group_comparison", "DELETE FROM a WHERE b LIKE c", "no Comparison is made of comparison"),
        ("group_as", "SELECT foo(a) AS b, c FROM a", "no Identifier is made of aliased"),
        ("group_identifier_list", "SELECT a, b FROM c", "no IdentifierList is made of"),
    ],
)
def test_a_group_that_is_not_made_is_seen(
    step: str, text: str, oracle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of sqlparse's steps, left out."""
    groups(text, Choices())

    def nothing(*_arguments: Any) -> None:
        """Groups nothing."""

    monkeypatch.setattr(grouping, step, nothing)
    with pytest.raises(Violation, match=oracle):
        groups(text, Choices())


def test_a_group_that_answers_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alias is the last word."""
    monkeypatch.setattr(sqlparse.sql.Identifier, "get_alias", lambda _: None)
    with pytest.raises(Violation, match="aliased answers otherwise"):
        groups("SELECT a AS b, c FROM t1", Choices())


def test_little_room_is_little_and_is_given_back() -> None:
    """As many calls as it says, and the limit afterwards is the one before."""

    def calls(depth: int) -> int:
        return 0 if depth == 0 else 1 + calls(depth - 1)

    limit = sys.getrecursionlimit()
    with little_room(50):
        assert calls(40) == 40
        with pytest.raises(RecursionError):
            calls(60)
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("CASE WHEN ", " END"), ("f(", ")")])
def test_what_sqlparse_allows_has_room(opening: str, closing: str) -> None:
    """No level of nesting is a finding, whether sqlparse takes or refuses it."""
    for depth in (40, 99, 150):
        text = opening * depth + "a" + closing * depth
        sqlparse_operations.parse(text, Choices())
        for bit in range(len(sqlparse_format.SWITCHES)):
            sqlparse_format.format_(text, Choices(bytes((1 << bit, 0))))


def test_source_with_nul_is_judged_by_its_layout_only() -> None:
    """Neither SQL nor Python can have one."""
    assert sqlparse_format.python("sql = 'SELECT \0'") == "SELECT \0"
