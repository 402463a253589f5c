"""Makes and changes inputs of the check `escape`; their form is told in `cases.py`."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.mysql.literals.cases import FIXED, OPENING, SIZED, tokens

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

TEXTS: Final = (
    *(b"", b"a", b"'", b'"', b"\\", b"`", b"%", b"_", b"\0", b"\n", b"\r", b"\x1a", b"\t", b";"),
    *(b"''", b"\\'", b"' OR 1=1 -- ", b"\\\\'", b"%s", b"%(a)s", b"%%", b"%d", b"?", b"{}", b":a"),
    *(b"/*", b"*/", b"--", b"#", b")", b"(", b",", b"), (", b"\\%", b"\\_", b"100%", b"NULL"),
    *(b"\xbf", b"\xbf'", b"\xbf\\", b"\x95\\", b"\x81'", b"\xa1\\'", b"\xe5", b"\xff", b"\\0"),
    *("¥'", "¥", "₩'", "縗", "表'", "ソ'", "功\\", "é", "€", "𝄞", "\u2019", "ʼ", "\uff07", "‾"),
    *(b"\xed\xa0\x80", b"p", b"db.p", b"p`q", b"p(1)", b"it's", b"x y"),
    *(b"a" * 100, b"'" * 60, b"VALUES (", b"values", b"ON DUPLICATE KEY UPDATE", b"e", b"0x41"),
)
ENCODED: Final = tuple(text.encode() if isinstance(text, str) else text for text in TEXTS)
WHOLES: Final = (
    *(0, 1, -1, 127, 128, 255, 256, 2**31 - 1, 2**31, -(2**31), 2**32, 2**53 + 1, 2**63 - 1),
    *(2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**30, -(10**40)),
)
REALS: Final = (
    *(0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, 1e100),
    *(float("inf"), float("-inf"), float("nan"), 123456789.123456789, -2.5e-10),
)
DECIMALS: Final = (
    *(b"0", b"-0", b"1.5", b"1E+5", b"1E-10", b"-12.340", b"NaN", b"sNaN", b"Infinity"),
    *(b"-Infinity", b"12345678901234567890.123456789", b"1E+300", b".5", b"1e-400"),
)
SCALARS: Final = b"sssssyyyYSBOiiIffFdntuDTZME"
RAW: Final = 0.08
FRESH: Final = 0.25


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(rng)
    if len(data) < 3 or draw.chance(FRESH):
        return build(draw)[:max_size]
    if draw.chance(RAW):
        at = draw.integer(0, len(data))
        return (data[:at] + draw.binary(0, 3) + data[at + draw.integer(0, 3) :])[:max_size]
    pieces = tokens(data)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        _change(pieces, draw)
    return b"".join(pieces)[:max_size]


def strategy() -> SearchStrategy[bytes]:
    """The same inputs for Hypothesis."""
    return drawing.strategy(build)


def build(draw: Draw) -> bytes:
    """A new input: options, and one to four rows of a few values."""
    charset = draw.choice((0, 0, 0, draw.integer(0, 11)))
    options = (
        charset | draw.choice((0, 0, 0x10)) | draw.choice((0, 0, 0x20)) | draw.choice((0, 0x40))
    )
    call = draw.choice((0, 0, 0, 0, 1, 1, 2, 3))
    pieces = [bytes((options, call | draw.integer(0, 7) << 2))]
    width = draw.choice((1, 1, 2, 3))
    for number in range(draw.choice((1, 2, 2, 4)) if call in (1, 2) else 1):
        if number:
            pieces.append(b"/")
        pieces += [value(draw, 0) for _ in range(width)]
    return b"".join(pieces)


def value(draw: Draw, depth: int) -> bytes:
    """One value; containers are rarer the deeper they are."""
    if depth < 4 and draw.chance(0.25 if depth < 2 else 0.1):
        opening = draw.choice((b"[", b"(", b"<", b"{", b">"))
        inner = [value(draw, depth + 1) for _ in range(draw.choice((0, 1, 1, 2, 3)))]
        return opening + b"".join(inner) + b"]"
    letter = draw.choice(SCALARS)
    if letter in b"sSyYBO":
        return _sized(letter, _text(draw))
    if letter in b"iI":
        number = draw.choice(WHOLES)
        return _sized(letter, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))
    if letter == ord("d"):
        return _sized(letter, draw.choice(DECIMALS))
    if letter in b"fF":
        return bytes([letter]) + struct.pack(">d", draw.choice(REALS))
    size = FIXED.get(letter, 0)
    return bytes([letter]) + draw.binary(size, size)


def _sized(letter: int, body: bytes) -> bytes:
    return bytes((letter, len(body))) + body


def _text(draw: Draw) -> bytes:
    """A few pieces that mean something somewhere, at most 255 bytes."""
    parts: list[bytes] = []
    words = vocabulary.words()
    for _ in range(draw.choice((1, 1, 2, 3))):
        if words and draw.chance(0.1):
            parts.append(draw.choice(words))
        elif draw.chance(0.1):
            parts.append(draw.binary(0, 4))
        else:
            parts.append(draw.choice(ENCODED))
    return b"".join(parts)[:255]


def _change(pieces: list[bytes], draw: Draw) -> None:
    """Change one of the pieces, in place."""
    at = draw.integer(0, len(pieces) - 1)
    piece = pieces[at]
    if at == 0:
        options = bytearray(piece.ljust(2, b"\0"))
        options[draw.integer(0, 1)] ^= 1 << draw.integer(0, 7)
        pieces[0] = bytes(options)
        return
    match draw.integer(0, 7):
        case 0:
            pieces[at] = value(draw, 1)
        case 1:
            pieces.insert(at, value(draw, 0))
        case 2:
            del pieces[at]
        case 3:
            pieces.insert(at, piece)
        case 4:
            pieces.insert(at, bytes([draw.choice(OPENING)]))
        case 5:
            pieces.insert(at, draw.choice((b"]", b"/")))
        case _:
            _change_body(pieces, at, draw)


def _change_body(pieces: list[bytes], at: int, draw: Draw) -> None:
    piece = pieces[at]
    if piece[0] not in SIZED:
        pieces[at] = value(draw, 2)
        return
    body = piece[2:]
    place = draw.integer(0, len(body))
    if draw.chance(0.6):
        body = body[:place] + _text(draw) + body[place:]
    else:
        body = body[:place] + body[place + draw.integer(1, 4) :]
    letter = draw.choice(b"sSyYBO") if draw.chance(0.15) else piece[0]
    pieces[at] = _sized(letter, body[:255])
