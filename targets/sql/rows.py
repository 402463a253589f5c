"""Queries that mean the same everywhere, and a database to run them in: SQLite, in memory."""

from __future__ import annotations

import collections
import importlib.resources
import random as randomness
import re
import sqlite3
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.sql.implementation import divide, write
from targets.sql.notation import read
from targets.sql.productions import Grammar, Lexical

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

STEPS: Final = 200_000
"""Instructions of SQLite that one query may take; longer ones are not compared."""
TABLES: Final = {
    "t1": ((1, 1), (1, None), (2, 0), (None, 3), (3, 2), (3, 2)),
    "t2": ((1, 3), (2, None), (2, 2), (4, 1), (None, 1)),
}
SCHEMA: Final = {name: {"c1": "INT", "c2": "INT"} for name in TABLES}

FILES: Final = ("rows", "meaning")
OPERATIONS: Final = (*range(8), *(8,) * 8)
"""Numbers of the operations: rules of the optimizer, and the way through another dialect."""

_LEXIS: Final = {"integer": Lexical(re.compile(r"\d{1,2}(?![\w.])"), ("0", "1", "2", "3"))}

Rows = collections.Counter[tuple[object, ...]]


def _grammar() -> Grammar:
    folder = importlib.resources.files("targets.sql") / "grammars"
    texts = ((folder / f"{name}.grammar").read_text(encoding="utf-8") for name in FILES)
    return read(tuple(texts), _LEXIS)


GRAMMAR: Final = _grammar()


class Database:
    """The tables, read only in effect: nothing but queries of the grammar is ever run."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")
        for name, rows in TABLES.items():
            self._connection.execute(f"CREATE TABLE {name} (c1 INT, c2 INT)")
            self._connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows)
        self._connection.set_progress_handler(lambda: 1, STEPS)

    def rows(self, text: str) -> Rows:
        """The rows of a query in any order; sqlite3.Error when it cannot be run, or not so long."""
        return collections.Counter(self._connection.execute(text).fetchall())


def build(draw: Draw) -> bytes:
    """A query."""
    text = GRAMMAR.write(draw, "query", budget=draw.choice((8, 16, 30, 50)))
    return write(text, bytes((draw.choice(OPERATIONS), draw.integer(0, 255))))


def strategy() -> SearchStrategy[bytes]:
    """What `build` makes, as choices that shrink."""
    return drawing.strategy(build)


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A query, or `data` with another part; the same arguments give the same bytes."""
    draw = drawing.from_random(random)
    body, choices = divide(data)
    text = body.decode("utf-8", "replace")
    match = GRAMMAR.match(text, "query") if body and draw.chance(0.4) else None
    if match is None:
        return build(draw)[:max_size]
    part = draw.choice(list(match.walk()))
    made = GRAMMAR.write(draw, part.rule, budget=draw.choice((1, 4, 12)))
    return write(f"{text[: part.start]}{made}{text[part.end :]}", choices)[:max_size]
