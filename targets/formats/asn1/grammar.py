"""Makes and takes apart ASN.1 in BER, CER and DER: all universal types, all length forms."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from targets.drawing import Draw
from targets.formats.grammar import Grammar, Tokens, framed, some

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

MAX_DEPTH: Final = 5
_INTEGERS: Final = (
    *(b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\0\x80", b"\0\0", b"\xff\xff", b"\xff\x7f", b""),
    *(b"\x7f" + b"\xff" * 7, b"\x80" + bytes(7), b"\0" + b"\xff" * 8, b"\1" + bytes(16), b"\0\0\1"),
)
_OIDS: Final = (
    *(
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
        b"\x55\x04\x03",
        b"\0",
        b"\x27",
        b"\x28",
        b"\x50",
        b"\x78",
    ),
    *(b"\x81\x34\x03", b"\x2a", b"", b"\x80\x01", b"\x2a\x80", b"\x2a\x80\x01", b"\x88\x37"),
    *(b"\x2a\xff\xff\xff\xff\x7f", b"\x2a" + b"\xff" * 30 + b"\x7f", b"\xff" * 10 + b"\0", b"\x81"),
    *(b"\x2a" + b"\x81" * 200 + b"\1", b"\x4f", b"\x7f", b"\x83\x7f", b"\x82\x80\x00"),
)
_REALS: Final = (
    *(
        b"",
        b"\x40",
        b"\x41",
        b"\x42",
        b"\x43",
        b"\x80\0\1",
        b"\xc0\0\1",
        b"\x80\xff\1",
        b"\x90\xfe\x0a",
    ),
    *(b"\xa0\1\1", b"\xb0\1\1", b"\x81\0\1\1", b"\x82\0\0\1\1", b"\x83\1\1\1", b"\x83\4\0\0\0\1\1"),
    *(
        b"\x01123",
        b"\x0212.5",
        b"\x03 1.E-2",
        b"\x03123.E+5",
        b"\x0315,5E3",
        b"\x04\x31",
        b"\x80",
        b"\x44",
    ),
    *(
        b"\x81\x7f\xff\1",
        b"\x81\x80\0\1",
        b"\x82\x7f\xff\xff\1",
        b"\x031.E400",
        b"\x83\0\1",
        b"\x03",
    ),
    *(
        b"\x84\0\1",
        b"\x88\0\1",
        b"\x8c\0\7",
        b"\x01+1",
        b"\x01 -5",
        b"\x02.5",
        b"\x021.",
        b"\x0300.E0",
    ),
    *(b"\x80\0" + b"\xff" * 20, b"\x031.E+0", b"\x80\0", b"\x03-1.E0", b"\x80\0\0", b"\x03NaN"),
)
_BITS: Final = (
    *(b"\0", b"\0\xff", b"\7\x80", b"\4\xf0", b"\1\xff", b"\x08\0", b"", b"\1", b"\0" + bytes(20)),
    *(b"\xff\0", b"\3\x0f", b"\7\0"),
)
_TIMES: Final = (
    *(b"910506234540Z", b"9105062345Z", b"910506164540-0700", b"91050623454", b"500101000000Z"),
    *(
        b"19851106210627.3",
        b"19851106210627.3Z",
        b"19851106210627.3-0500",
        b"1985110621Z",
        b"19850230Z",
    ),
    *(
        b"20170711000102.3Z",
        b"20170711000102,3+02",
        b"201707110001Z",
        b"99991231235959Z",
        b"",
        b"Z",
    ),
    *(
        b"20170711000102.",
        b"20170711000102.+0200",
        b"2017071100.5",
        b"170711000102.3Z",
        b"\xff",
        b"a",
    ),
)
_TEXTS: Final = (
    *(
        b"",
        b"a",
        b"Quick brown fox",
        "é".encode(),
        b"\xff",
        b"\0a",
        b"\0\0\0a",
        b"a" * 127,
        b"b" * 200,
    ),
    *(b"c" * 1001, b"*@&", b"\xd8\0", "😀".encode(), b"\xd8\x3d\xde\0", b"\0\x11\0\0"),
)
_CONTENTS: Final[dict[int, tuple[bytes, ...]]] = {
    **dict.fromkeys((1,), (b"\0", b"\xff", b"\1", b"", b"\0\0")),
    **dict.fromkeys((2, 10), _INTEGERS),
    **dict.fromkeys((3,), _BITS),
    **dict.fromkeys((5,), (b"", b"", b"\0")),
    **dict.fromkeys((6, 13), _OIDS),
    **dict.fromkeys((9,), _REALS),
    **dict.fromkeys((23, 24), _TIMES),
    **dict.fromkeys((4, 7, 12, 18, 19, 20, 21, 22, 25, 26, 27, 28, 30), _TEXTS),
    **dict.fromkeys((0, 14, 15, 29, 31, 32, 33, 34, 37), (b"", b"a")),
}
_NUMBERS: Final = (
    *(
        1,
        2,
        2,
        3,
        3,
        4,
        4,
        5,
        6,
        6,
        6,
        9,
        9,
        10,
        12,
        13,
        18,
        19,
        20,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        30,
    ),
)


def _identifier(draw: Draw, tag_class: int, number: int, *, constructed: bool) -> bytes:
    first = tag_class << 6 | (0x20 if constructed else 0)
    if number < 31 and not draw.chance(0.02):
        return bytes((first | number,))
    digits = [number & 127]
    while number > 127:
        number >>= 7
        digits.append(number & 127 | 128)
    if draw.chance(0.05):
        digits.append(128)
    return bytes((first | 31, *reversed(digits)))


def _length(draw: Draw, size: int) -> bytes:
    if draw.chance(0.03):
        size = draw.choice((size + 1, max(0, size - 1), 2**16, 2**31, 2**63, 2**64))
    if size < 128 and not draw.chance(0.06):
        return bytes((size,))
    digits = size.to_bytes(max(1, (size.bit_length() + 7) // 8), "big")
    if draw.chance(0.1):
        digits = bytes(draw.choice((1, 3, 8, 100))) + digits
    return bytes((128 | min(len(digits), 127),)) + digits


def _whole(draw: Draw, tag: tuple[int, int], content: bytes, *, constructed: bool) -> bytes:
    written = _identifier(draw, *tag, constructed=constructed)
    if constructed and draw.chance(0.25):
        end = b"\0\0" if not draw.chance(0.04) else draw.choice((b"", b"\0", b"\0\1"))
        return written + b"\x80" + content + end
    if draw.chance(0.01):
        return written + b"\x80" + content
    return written + _length(draw, len(content)) + content


def _primitive(draw: Draw, _depth: int) -> bytes:
    number = draw.choice(_NUMBERS) if not draw.chance(0.03) else draw.choice(tuple(_CONTENTS))
    content = draw.choice(_CONTENTS[number])
    if draw.chance(0.1):
        content = draw.binary(0, 12)
    return _whole(draw, (0, number), content, constructed=draw.chance(0.01))


def _sequence(draw: Draw, depth: int) -> bytes:
    content = b"".join(element(draw, depth + 1) for _ in range(some(draw, 0, 4)))
    number = draw.choice((16, 16, 17)) if not draw.chance(0.04) else draw.choice(_NUMBERS)
    return _whole(draw, (0, number), content, constructed=not draw.chance(0.01))


def _string(draw: Draw, depth: int) -> bytes:
    """A string in pieces, which BER allows."""
    number = draw.choice((3, 4, 12, 19, 22, 26, 30, 24))
    inner = number if draw.chance(0.5) and number != 3 else (3 if number == 3 else 4)
    pieces = [
        _whole(draw, (0, inner), draw.choice(_CONTENTS[inner]), constructed=False)
        for _ in range(some(draw, 0, 3))
    ]
    if draw.chance(0.1):
        pieces.append(element(draw, depth + 1))
    return _whole(draw, (0, number), b"".join(pieces), constructed=True)


def _tagged(draw: Draw, depth: int) -> bytes:
    tag = (draw.integer(1, 3), draw.choice((0, 1, 2, 30, 31, 127, 128, 16383, 16384, 2**31, 2**64)))
    if draw.chance(0.4):
        return _whole(draw, tag, draw.binary(0, 10), constructed=False)
    return _whole(draw, tag, element(draw, depth + 1), constructed=True)


_MAKERS: Final[tuple[Callable[[Draw, int], bytes], ...]] = (
    *(_primitive, _primitive, _primitive, _sequence, _sequence, _string, _tagged),
)


def element(draw: Draw, depth: int = 0) -> bytes:
    """An element; containers hold less the deeper they are."""
    return draw.choice(_MAKERS)(draw, depth) if depth < MAX_DEPTH else _primitive(draw, depth)


def document(draw: Draw) -> bytes:
    """One element, seldom several."""
    made = element(draw)
    if draw.chance(0.05):
        made += draw.choice((b"\0\0", b"\5\0", b"\0", b"\xff"))
    return made


def piece(draw: Draw) -> bytes:
    """A small element, or a head without what it announces."""
    if draw.chance(0.2):
        heads = (
            b"\x30\x80",
            b"\x24\x80",
            b"\0\0",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x1f\x81",
            b"\x23\x80",
        )
        return draw.choice(heads)
    return element(draw, MAX_DEPTH - 2)


def _head(data: bytes, at: int) -> tuple[int, int, bool]:
    """The position behind the head, the length of the content, whether it is constructed."""
    first = data[at]
    at += 1
    if first & 31 == 31:
        while at < len(data) and data[at] & 128:
            at += 1
        at += 1
    length = data[at] if at < len(data) else 0
    at += 1
    if length > 128:
        size = length & 127
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    return at, (0 if length == 128 else length), bool(first & 32)


def tokens(data: bytes) -> Tokens:
    """Heads of what is constructed, and primitive elements; they join to `data`."""
    pieces: Tokens = []
    at = 0
    while at < len(data):
        end, length, constructed = _head(data, at)
        if not constructed:
            end += length
        pieces.append(data[at:end])
        at = end
    return pieces


def payload(data: bytes) -> tuple[bytes, Callable[[bytes], bytes]] | None:
    """The content of the last primitive element, and that element with another content."""
    for piece_ in reversed(tokens(data)):
        end, length, constructed = _head(piece_, 0)
        if not constructed and 0 < length <= len(piece_) - end and piece_[0] & 31 != 31:
            return piece_[end:], framed(piece_[:1] + b"\x84")
    return None


def unit(pieces: Tokens, at: int) -> int:
    """Index behind the element that starts at a token."""
    end, length, constructed = _head(pieces[at], 0)
    if not constructed:
        return at + 1
    if length == 0 and pieces[at][end - 1 : end] == b"\x80":
        depth = 0
        while at < len(pieces):
            held = pieces[at]
            depth += (held[:1] != b"\0" and held[-1:] == b"\x80") - (held == b"\0\0")
            at += 1
            if depth <= 0:
                break
        return at
    at += 1
    while at < len(pieces) and length > 0:
        length -= len(pieces[at])
        at += 1
    return at


GRAMMAR: Final = Grammar(
    build=document,
    piece=piece,
    tokens=tokens,
    unit=unit,
    wraps=(
        *(
            (b"\x30\x80", b"\0\0"),
            (b"\xa0\x80", b"\0\0"),
            (b"\x24\x80", b"\0\0"),
            (b"\x31\x80", b"\0\0"),
        ),
        *((b"\x30\x80", b""), (b"\x23\x80", b"\0\0"), (b"\x2c\x80", b"\0\0")),
    ),
    fresh=0.5,
)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed or new document."""
    return GRAMMAR.mutate(data, max_size, rng)


def strategy() -> SearchStrategy[bytes]:
    """Documents for Hypothesis."""
    return GRAMMAR.strategy()
