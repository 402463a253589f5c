"""Makes and changes inputs of the check `events`: sequences of decisions, one byte or more each."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

LENGTHS: Final = (4, 8, 8, 12, 16, 24, 40, 80, 200, 600)
PIECE: Final = 4


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(rng)
    if len(data) < 4 or draw.chance(0.4):
        return build(draw)[:max_size]
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4))):
        at = draw.integer(0, len(changed))
        match draw.integer(0, 4):
            case 0:
                del changed[at : at + draw.integer(1, 4)]
            case 1:
                changed[at:at] = draw.binary(1, 4)
            case 2:
                # The first decisions say what kind of event it is.
                at = draw.integer(0, min(8, len(changed)))
                changed[at : at + 1] = draw.binary(1, 1)
            case 3:
                del changed[at:]
            case _:
                changed[at : at + 1] = draw.binary(1, 1)
    return bytes(changed[:max_size])


def strategy() -> SearchStrategy[bytes]:
    """The same inputs for Hypothesis."""
    return drawing.strategy(build)


def build(draw: Draw) -> bytes:
    """A new input."""
    size = draw.choice(LENGTHS)
    return draw.binary(size, size)


def tokens(data: bytes) -> list[bytes]:
    """Pieces of a few decisions, which join to `data`."""
    return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
