"""A grammar of streams, for Hypothesis: frames of all types in each other, and how they break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.resp.grammar import AGGREGATES, FRAMES, KINDS, LENGTHS, PAYLOADS

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

MAX_DEPTH: Final = 5
BROKEN: Final = 0.06
"""How often a part is not what it should be."""
LINES: Final = (
    *(b"OK", b"", b"1", b"-1", b"1.5", b"inf", b"-inf", b"nan", b"1e5", b"t", b"f", b"PING"),
    *(b"\xff", b"a\nb", b"a\rb", b"ERR no", b"9223372036854775807", b"3492890328409238509324850"),
)


def strategy() -> SearchStrategy[bytes]:
    """Streams of RESP2 and RESP3 as bytes, most of them proper."""
    return drawing.strategy(stream)


def stream(draw: Draw) -> bytes:
    """Some frames, one after the other; sometimes cut short."""
    sent = b"".join(_frame(draw, 0) for _ in range(draw.integer(1, 4)))
    return sent[: draw.integer(0, len(sent))] if draw.chance(BROKEN) else sent


def _frame(draw: Draw, depth: int) -> bytes:
    if draw.chance(0.2):
        return draw.choice(FRAMES)
    kind = draw.choice(KINDS)
    if kind in AGGREGATES:
        return _aggregate(draw, kind, depth)
    if kind in PAYLOADS:
        payload = draw.binary(0, 12)
        payload = b"txt:" + payload if kind == ord("=") else payload
        end = b"XX" if draw.chance(BROKEN) else b"\r\n"
        return bytes([kind]) + _length(draw, len(payload)) + b"\r\n" + payload + end
    return bytes([kind]) + draw.choice(LINES) + (b"\n" if draw.chance(BROKEN) else b"\r\n")


def _aggregate(draw: Draw, kind: int, depth: int) -> bytes:
    if depth >= MAX_DEPTH:
        return bytes([kind]) + b"0\r\n"
    count = draw.integer(0, 3)
    width = 2 * count if kind in b"%|" else count
    items = [_frame(draw, depth + 1) for _ in range(width + (kind == ord("|")))]
    return bytes([kind]) + _length(draw, count) + b"\r\n" + b"".join(items)


def _length(draw: Draw, right: int) -> bytes:
    return draw.choice(LENGTHS) if draw.chance(BROKEN) else str(right).encode()
