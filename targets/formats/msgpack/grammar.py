"""Makes and takes apart MessagePack: every type in every form, extensions, claims too big."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from targets.drawing import Draw
from targets.formats.grammar import Grammar, Tokens, framed, some

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

MAX_DEPTH: Final = 5
_INTEGERS: Final = (
    0,
    1,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
_LONG: Final = (*_INTEGERS, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1)
_TEXTS: Final = (
    *(b"", b"a", b"key", "é".encode(), "😀".encode(), b"\0", b"a" * 31, b"a" * 32, b"b" * 255),
    *(b"c" * 256, b"compact", b"schema"),
)
_BAD_TEXTS: Final = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"a\x80b")
_TIMES: Final = (
    *(b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\0\0\0\0\0", b"\xee\x6b\x27\xfc\0\0\0\0"),
    *(b"\xee\x6b\x28\0\0\0\0\0", b"\xff" * 8, b"\0\0\0\3\xff\xff\xff\xff", bytes(12), b"\xff" * 12),
    *(
        b"\x3b\x9a\xc9\xff" + b"\xff" * 8,
        b"\x3b\x9a\xca\0" + bytes(8),
        b"\0" * 4 + b"\x80" + bytes(7),
    ),
    *(
        bytes(4) + b"\x7f" + b"\xff" * 7,
        bytes(4) + b"\0\0\0\x3a\xff\xf4\x41\x7f",
        b"",
        b"\0",
        bytes(13),
    ),
)


def _sized(draw: Draw, forms: tuple[int, ...], size: int) -> bytes:
    """A head for `size` in one of the forms of 1, 2 and 4 bytes that fit (or of 2 and 4)."""
    widths = (1, 2, 4)[-len(forms) :]
    fits = [pair for pair in zip(forms, widths, strict=True) if size < 1 << 8 * pair[1]]
    form, width = draw.choice(fits) if draw.chance(0.2) else fits[0]
    return bytes((form,)) + size.to_bytes(width, "big")


def _claimed(draw: Draw, size: int) -> int:
    if draw.chance(0.04):
        return draw.choice((size + 1, 2**16, 2**20, 2**24, 2**28, 2**31 - 1, 2**31, 2**32 - 1))
    return size


def _text(draw: Draw, _depth: int = 0) -> bytes:
    text = draw.choice(_TEXTS) if not draw.chance(0.05) else draw.choice(_BAD_TEXTS)
    size = _claimed(draw, len(text))
    if size < 32 and not draw.chance(0.15):
        return bytes((0xA0 | size,)) + text
    return _sized(draw, (0xD9, 0xDA, 0xDB), size) + text


def _binary(draw: Draw, _depth: int) -> bytes:
    held = draw.binary(0, 20)
    return _sized(draw, (0xC4, 0xC5, 0xC6), _claimed(draw, len(held))) + held


def _integer(draw: Draw, _depth: int) -> bytes:
    kind = draw.integer(0, 9)
    if kind < 2:
        return bytes((draw.choice((0, 1, 127, 0xE0, 0xFF)),))
    width = draw.choice((1, 2, 4, 8))
    value = draw.choice(_LONG) % (1 << 8 * width)
    first = (0xCC if kind < 6 else 0xD0) + (1, 2, 4, 8).index(width)
    return bytes((first,)) + value.to_bytes(width, "big")


def _float(draw: Draw, _depth: int) -> bytes:
    value = draw.choice((0.0, -0.0, 1.5, 1e300, 0.1, float("inf"), float("nan"), 5e-324, 1e9))
    if draw.chance(0.4):
        return b"\xca" + draw.choice(
            (b"\x7f\xc0\0\0", b"\0\0\0\1", b"\x3f\x80\0\0", b"\xff\x80\0\0")
        )
    return b"\xcb" + struct.pack(">d", value)


def _constant(draw: Draw, _depth: int) -> bytes:
    return draw.choice((b"\xc0", b"\xc2", b"\xc3")) if not draw.chance(0.03) else b"\xc1"


def _extension(draw: Draw, _depth: int) -> bytes:
    if draw.chance(0.5):
        code, held = b"\xff", draw.choice(_TIMES)
    else:
        code, held = (
            draw.choice((b"\0", b"\1", b"\x7f", b"\x80", b"\xfe", b"\x05")),
            draw.binary(0, 20),
        )
    if len(held) in (1, 2, 4, 8, 16) and not draw.chance(0.2):
        return bytes((0xD4 + (1, 2, 4, 8, 16).index(len(held)),)) + code + held
    return _sized(draw, (0xC7, 0xC8, 0xC9), _claimed(draw, len(held))) + code + held


def _array(draw: Draw, depth: int) -> bytes:
    count = some(draw, 0, 5)
    held = b"".join(value(draw, depth + 1) for _ in range(count))
    count = _claimed(draw, count)
    if count < 16 and not draw.chance(0.15):
        return bytes((0x90 | count,)) + held
    return _sized(draw, (0xDC, 0xDD), count) + held


def _map(draw: Draw, depth: int) -> bytes:
    count = some(draw, 0, 4)
    keys = [_text(draw) if draw.chance(0.7) else value(draw, MAX_DEPTH) for _ in range(count)]
    if draw.chance(0.04) and keys:
        keys[-1] = value(draw, depth + 1)
    held = b"".join(key + value(draw, depth + 1) for key in keys)
    count = _claimed(draw, count)
    if count < 16 and not draw.chance(0.15):
        return bytes((0x80 | count,)) + held
    return _sized(draw, (0xDE, 0xDF), count) + held


_LEAVES: Final = (_text, _binary, _integer, _integer, _float, _constant, _extension)
_CONTAINERS: Final = (_array, _array, _map, _map, _extension, _text)


def value(draw: Draw, depth: int) -> bytes:
    """A value; containers hold less the deeper they are."""
    makers = _LEAVES if depth >= MAX_DEPTH or draw.chance(0.25) else _CONTAINERS
    return draw.choice(makers)(draw, depth)


def document(draw: Draw) -> bytes:
    """A value, seldom several."""
    made = value(draw, 0)
    while draw.chance(0.05):
        made += value(draw, 2)
    return made


def piece(draw: Draw) -> bytes:
    """A small value, or a head without what it announces."""
    if draw.chance(0.2):
        return draw.choice(
            (b"\x91", b"\x81", b"\x90", b"\x80", b"\xdd\xff\xff\xff\xff", b"\xc1", b"\xc7")
        )
    return value(draw, MAX_DEPTH - 2)


def _size(data: bytes, at: int) -> int:
    """Bytes of the value's head and payload, without what a container holds."""
    first = data[at]
    if 0xA0 <= first < 0xC0:
        return 1 + (first & 31)
    if 0xC4 <= first <= 0xC9 or 0xD9 <= first <= 0xDB:
        width = 1 << ((first - 0xC4) % 3 if first < 0xCA else first - 0xD9)
        payload = int.from_bytes(data[at + 1 : at + 1 + width], "big")
        return 1 + width + payload + (0xC7 <= first <= 0xC9)
    if 0xCC <= first <= 0xD3:
        return 1 + (1 << (first - 0xCC) % 4)
    if 0xD4 <= first <= 0xD8:
        return 2 + (1 << (first - 0xD4))
    return {0xCA: 5, 0xCB: 9, 0xDC: 3, 0xDD: 5, 0xDE: 3, 0xDF: 5}.get(first, 1)


def tokens(data: bytes) -> Tokens:
    """Heads with their payloads; they join to `data`, whatever it is."""
    pieces: Tokens = []
    at = 0
    while at < len(data):
        end = at + _size(data, at)
        pieces.append(data[at:end])
        at = end
    return pieces


def payload(data: bytes) -> tuple[bytes, Callable[[bytes], bytes]] | None:
    """The content of the first text, and a text with another content."""
    for token in tokens(data):
        if 0xA1 <= token[0] < 0xC0 and len(token) > 1:
            return token[1:], framed(b"\xdb")
    return None


def unit(pieces: Tokens, at: int) -> int:
    """Index behind the value that starts at a token."""
    need = 1
    while need > 0 and at < len(pieces):
        first = pieces[at][0]
        need -= 1
        if 0x80 <= first < 0x90:
            need += 2 * (first & 15)
        elif 0x90 <= first < 0xA0:
            need += first & 15
        elif first in (0xDC, 0xDD, 0xDE, 0xDF):
            need += int.from_bytes(pieces[at][1:], "big") * (1 + (first >= 0xDE))
        at += 1
    return at


GRAMMAR: Final = Grammar(
    build=document,
    piece=piece,
    tokens=tokens,
    unit=unit,
    wraps=(
        (b"\x91", b""),
        (b"\x81\xa1a", b""),
        (b"\x81", b"\xc0"),
        (b"\x92\xc0", b""),
        (b"\xdc\0\1", b""),
    ),
)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed or new document."""
    return GRAMMAR.mutate(data, max_size, rng)


def strategy() -> SearchStrategy[bytes]:
    """Documents for Hypothesis."""
    return GRAMMAR.strategy()
