"""Inputs for sql-metadata: statements of the dialects that it names, more of them broken."""

from __future__ import annotations

import random as randomness
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.sql import answers, sqlglot_inputs
from targets.sql.dialects import grammar
from targets.sql.implementation import write

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

NAMES: Final = ("", "", "", "mysql", "postgres", "sqlite", "tsql", "spark")
CHANGES: Final = (sqlglot_inputs.broken, sqlglot_inputs.followed, sqlglot_inputs.followed)
ANSWERS: Final = 4
"""Number of the operation that knows the answers."""


def build(draw: Draw) -> bytes:
    """A statement: one with certain answers, or any; many with a part of WITH, many broken."""
    if draw.chance(0.5):
        text = answers.write(draw, draw.choice((4, 8, 16)))
        if draw.chance(0.15):
            text = sqlglot_inputs.commented(text, draw)
        if draw.chance(0.8):
            return write(text, bytes((ANSWERS, *_rest(draw))))
        change = draw.choice(CHANGES)
        return write(change(text, draw), bytes((draw.integer(0, 3), *_rest(draw))))
    rules = grammar(draw.choice(NAMES))
    text = rules.write(draw, budget=draw.choice((4, 8, 16, 30)))
    if draw.chance(0.5):
        query = rules.write(draw, "select", budget=draw.choice((2, 6, 12)))
        text = f"{rules.write(draw, 'with', budget=draw.choice((4, 10)))} {query}"
    if draw.chance(0.2):
        text = sqlglot_inputs.commented(text, draw)
    if draw.chance(0.5):
        change = draw.choice(CHANGES)
        text = change(text, draw)
    return write(text, bytes((draw.integer(0, 3), *_rest(draw))))


def _rest(draw: Draw) -> tuple[int, int]:
    return draw.integer(0, 63), draw.integer(0, 63)


def strategy() -> SearchStrategy[bytes]:
    """What `build` makes, as choices that shrink."""
    return drawing.strategy(build)


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(random)
    if not data or draw.chance(0.5):
        return build(draw)[:max_size]
    return sqlglot_inputs.mutate(data, max_size, random)
