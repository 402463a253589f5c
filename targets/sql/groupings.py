"""Statements of which it is certain how their tokens belong together, for `sqlparse_groups`."""

from __future__ import annotations

import functools
import importlib.resources
import re
from typing import Final

from targets.drawing import Draw
from targets.sql.notation import read
from targets.sql.productions import Grammar, Lexical, Match, Node

OPERATION: Final = 5
"""Number of the operation of sqlparse that knows their groups."""
BLANKS: Final = (" ", "\n", "  ", "\t", "\n    ")


def alternatives(grammar: Grammar) -> tuple[Node, ...]:
    """What a statement of the grammar can have or not."""
    found: list[Node] = []
    waiting = [grammar.rules["statement"]]
    for node in waiting:
        inner = (grammar.rules[node.text],) if node.kind == "rule" else node.items
        if node.kind in ("choice", "optional"):
            found += inner
        waiting += [item for item in dict.fromkeys(inner) if item not in waiting]
    return tuple(dict.fromkeys(found))


@functools.lru_cache(maxsize=8)
def match(text: str) -> Match | None:
    """How a text is one of these statements."""
    return grammar().match(text)


def _words(*samples: str) -> Lexical:
    return Lexical(re.compile(rf"(?:{'|'.join(samples)})(?!\w)"), samples)


_LEXIS: Final = {
    "word": _words("a", "b", "c", "users", "x_1", "_x", "foo_bar", "t1"),
    "number": Lexical(re.compile(r"\d+(?:\.\d+)?(?![\w.])"), ("1", "42", "1.5")),
    "text": Lexical(re.compile(r"'[a-z; -]*'(?!')"), ("'a'", "''", "'a b'", "'a; b'", "'--'")),
}


@functools.cache
def grammar() -> Grammar:
    """The grammar of statements whose groups are certain."""
    file = importlib.resources.files("targets.sql") / "grammars" / "groups.grammar"
    return read((file.read_text(encoding="utf-8"),), _LEXIS)


@functools.cache
def _alternatives() -> tuple[Node, ...]:
    return alternatives(grammar())


def write(draw: Draw) -> str:
    """One of these statements, short as they are slow to group; each alternative as often."""
    through = draw.choice(_alternatives()) if draw.chance(0.7) else None
    text = grammar().write(draw, budget=draw.choice((2, 2, 4, 8)), through=through)
    return text if draw.chance(0.8) else text.replace(" ", draw.choice(BLANKS))
