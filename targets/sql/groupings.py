"""Statements of which it is certain how their tokens belong together, for `sqlparse_groups`."""

from __future__ import annotations

import functools
import importlib.resources
import re
from typing import Final

from targets.drawing import Draw
from targets.sql.notation import read
from targets.sql.productions import Grammar, Lexical

OPERATION: Final = 5
"""Number of the operation of sqlparse that knows their groups."""
BLANKS: Final = (" ", "\n", "  ", "\t", "\n    ")


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


def write(draw: Draw) -> str:
    """One of these statements."""
    text = grammar().write(draw, budget=draw.choice((2, 4, 8, 16)))
    return text if draw.chance(0.8) else text.replace(" ", draw.choice(BLANKS))
