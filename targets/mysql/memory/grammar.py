"""Makes and changes inputs of the check `rogue`; their form is told in `script.py`."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.mysql.memory.script import STEPS, tokens

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

LOGIN: Final = (b"\0\0\0\0", b"\0\0\0\0", b"\0\0", b"\x0f\3\0\0", b"\x0f\1\3\0\0\0", b"")
"""Ways to greet a client and let it in."""


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(rng)
    if len(data) < 3 or draw.chance(0.3):
        return build(draw)[:max_size]
    pieces = tokens(data)
    for _ in range(draw.choice((1, 1, 2))):
        at = draw.integer(0, len(pieces))
        match draw.integer(0, 3):
            case 0:
                pieces.insert(max(1, at), _step(draw))
            case 1:
                del pieces[max(1, at) : at + 1]
            case 2:
                pieces[at : at + 1] = [_step(draw)] if at else [draw.binary(1, 1)]
            case _:
                pieces.insert(max(1, at), b"\0\0")
    return b"".join(pieces)[:max_size]


def strategy() -> SearchStrategy[bytes]:
    """The same inputs for Hypothesis."""
    return drawing.strategy(build)


def build(draw: Draw) -> bytes:
    """A new script: mostly a login, some good turns, and then one that is not."""
    options = bytes([draw.integer(0, 3)])
    good = b"\0\0" * draw.choice((0, 0, 1, 2, 3, 4, 6))
    steps = b"".join(_step(draw) for _ in range(draw.choice((1, 1, 2, 3))))
    return options + draw.choice(LOGIN) + good + steps


def _step(draw: Draw) -> bytes:
    return bytes((draw.integer(0, len(STEPS) - 1), draw.integer(0, 255)))
