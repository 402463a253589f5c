"""A grammar writes what it reads, and says how."""

from __future__ import annotations

import random

import pytest

from targets import drawing
from targets.sql.dialects import DIALECTS, grammar
from targets.sql.notation import read

SMALL = """
statement =
    SELECT {item,} [[FROM {name}]]
    {name}{tail*}

item =
    {name}
    ({item})

tail =
    .{name}

name =
    a
    b
"""


@pytest.mark.parametrize("name", DIALECTS)
def test_what_a_dialect_writes_it_reads(name: str) -> None:
    """Nearly all: the few that are too long to say are no problem, a wrong reader would be."""
    rules = grammar(name)
    draw = drawing.from_random(random.Random(1))
    texts = [rules.write(draw, budget=6) for _ in range(8)]
    unknown = [text for text in texts if rules.match(text) is None and len(text) < 300]
    assert len(unknown) <= 1, unknown[:3]


def test_a_match_says_which_rules_a_place_belongs_to() -> None:
    """The path leads from the whole statement to the innermost rule."""
    match = read((SMALL,), {}).match("SELECT a, ((b)) FROM a")
    assert match is not None
    assert match.path(12) == ("statement", "item", "item", "item", "name")


@pytest.mark.parametrize("text", ["SELECT a,, b", "a.", "SELECT c", "a..b", "SELECTa", ""])
def test_what_is_not_of_a_grammar_does_not_match(text: str) -> None:
    """One sign too many is enough."""
    assert read((SMALL,), {}).match(text) is None


@pytest.mark.parametrize("text", ["select a", "SELECT/* c */a", "SELECT a -- c\n", " a . b "])
def test_blanks_comments_and_case_do_not_matter(text: str) -> None:
    """They may stand wherever a blank may."""
    assert read((SMALL,), {}).match(text) is not None


@pytest.mark.parametrize(
    "token", ["@k1/k2", "@@k1", "#t1", "$1", "N'k1 k2'", "@`k 1`", "q'[k's]'", "k1-2"]
)
def test_a_token_has_no_blanks_within(token: str) -> None:
    """A name with its sign, or a text with its prefix: a blank would make two tokens of it."""
    rules = read((f"statement =\n    SELECT {token}.a, {token}.a\n",), {})
    assert rules.match(f"SELECT {token}.a ,/**/{token}.a") is not None
    for at in range(1, len(token) - 1):
        assert rules.match(f"SELECT {token[:at]}/**/{token[at:]}.a, {token}.a") is None


def test_a_line_comment_ends_at_its_own_line() -> None:
    """Also when nothing stands in it."""
    rules = read((SMALL,), {})
    assert rules.match("SELECT --\na") is not None
    assert rules.match("SELECT --\nb\na") is None


def test_endless_nesting_is_not_answered() -> None:
    """A text that is too deep counts as not of the grammar, and nothing is raised."""
    assert read((SMALL,), {}).match("SELECT " + "(" * 700 + "a" + ")" * 700) is None


def test_a_dialect_adds_and_takes_away() -> None:
    """`+=` and `-=` change the rules of the text before."""
    changed = read((SMALL, "name +=\n    c\n\nname -=\n    a\n"), {})
    assert changed.match("c") is not None
    assert changed.match("a") is None


@pytest.mark.parametrize("text", ["x =\n    {unknown}\n", "X = y\n", "x =\n    [[a\n"])
def test_a_mistake_in_a_grammar_is_told(text: str) -> None:
    """At reading, not at the first use."""
    with pytest.raises(ValueError, match=r"unknown|not a rule|not closed"):
        read((text,), {})


def test_an_alternative_that_is_asked_for_is_written() -> None:
    """By the shortest way, also through what may be left out; and only what is this dialect's."""
    base = "statement =\n    A [[{middle}]]\n\nmiddle =\n    B\n"
    rules = read((base, "middle +=\n    C {last*}\n\nlast =\n    D\n"), {})
    draw = drawing.from_random(random.Random(1))
    made = [rules.write(draw, budget=0, through=node) for node in rules.special]
    assert sorted(made) == ["A C", "A C D"]
