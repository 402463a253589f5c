"""Makes and takes apart CBOR: every major type, every length form, every tag in use."""

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
_EDGES: Final = (
    *(0, 1, 2, 10, 22, 23, 24, 25, 31, 32, 127, 128, 255, 256, 65535, 65536, 65537),
    *(2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1),
)
_TEXTS: Final = (
    *("", "a", "ab", "key", "κόσμε", "𝄞", "\0", "\ufeff", "\ud7ff\ue000", "a" * 23, "a" * 24),
    *("a" * 255, "é" * 128, "a" * 300, "1.5", "[0-9]+(", "(a+)+b", "^x*$", "*", "http://a/b?c#d"),
    *("Content-Type: text/plain\n\nhello", "From: a\nSubject: b\n\n", "\n\n", ":::"),
    *(
        "2013-03-21T20:04:00Z",
        "2013-03-21T20:04:00.380841+01:30",
        "2013-03-21",
        "2013-03-21T20:04Z",
    ),
    *("2013-03-21T20:04:00.3808419Z", "2013-03-21T20:04:00-24:00", "0000-00-00T00:00:00Z"),
    *("9999-12-31T23:59:59.999999-23:59", "2013-02-30T00:00:00Z", "2013-03-21T20:04:60Z"),
    *("2013-03-21t20:04:00z", "2013-03-21 20:04:00Z", "2013-03-21T20:04:00+0130", "1940-10-09"),
    *("20:04:00", "10000-01-01", "-0001-01-01", "2013-3-1", "٢٠١٣-03-21", "192.168.0.1/24"),
)
_WEIRD_TEXT: Final = (
    *(
        b"\x80",
        b"\xff\xfe",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\x80",
        b"a\xe2\x82",
    ),
)
_BYTES: Final = (
    *(b"", b"\0", b"\xff", b"\x00\x01", b"\x01" + bytes(8), b"\xff" * 16, bytes(15), bytes(17)),
    *(b"\xc0\xa8\x00\x01", b"\x20\x01\x0d\xb8" + bytes(12), b"\x01\x02\x03\x04\x05\x06", b"abc"),
    *(b"\x7f" + b"\xff" * 40, b"\0" * 9 + b"\1", bytes.fromhex("5eaffac8b51e480581277fdcc7842faf")),
)
_DOUBLES: Final = (
    *(0.0, -0.0, 1.0, 1.5, -4.1, 1.1, 65504.0, 65505.0, 1e300, -1e300, 5e-324, 2.0**-24, 2.0**-25),
    *(3.4028234663852886e38, float("inf"), float("-inf"), float("nan"), 1363896240.5, 1e10, 1e17),
    *(253402300799.0, 253402300800.0, -62135596800.0, -62135596801.0, 2.0**63, 2.0**-14, 2.0**-149),
)
_RAW_FLOATS: Final = (
    *(b"\xf9\x7e\x00", b"\xf9\x7c\x00", b"\xf9\xfc\x00", b"\xf9\x00\x01", b"\xf9\x80\x00"),
    *(b"\xf9\x7c\x01", b"\xf9\xff\xff", b"\xf9\x03\xff", b"\xf9\x04\x00", b"\xf9\x7b\xff"),
    *(
        b"\xfa\x7f\xc0\x00\x00",
        b"\xfa\x7f\x80\x00\x01",
        b"\xfa\x00\x00\x00\x01",
        b"\xfa\xff\x80\0\0",
    ),
    *(b"\xfb\x7f\xf8" + bytes(6), b"\xfb\x7f\xf0" + bytes(5) + b"\1", b"\xfb" + bytes(7) + b"\1"),
)
_RARE_TAGS: Final = (
    *(21, 22, 23, 24, 26, 27, 32, 33, 34, 38, 40, 41, 64, 72, 80, 86, 103, 257, 259, 1000, 1001),
    *(1003, 21882, 43001, 65535, 65536, 2**32, 2**64 - 1, 6, 7, 20, 99, 101, 262, 263, 268),
)


def head(draw: Draw, major: int, argument: int) -> bytes:
    """An initial byte and its argument, at times longer than it has to be."""
    forms = ((24, 1), (25, 2), (26, 4), (27, 8))
    fits = [(info, size) for info, size in forms if argument < 1 << 8 * size]
    minimal = argument < 24 and not draw.chance(0.1)
    if minimal:
        return bytes((major << 5 | argument,))
    info, size = draw.choice(fits) if draw.chance(0.15) else fits[0]
    return bytes((major << 5 | info,)) + argument.to_bytes(size, "big")


def document(draw: Draw) -> bytes:
    """One data item, seldom followed by more or cut."""
    made = item(draw, 0)
    if draw.chance(0.03):
        made += item(draw, MAX_DEPTH)
    return made


def piece(draw: Draw) -> bytes:
    """A small item, a break, or a head without what it announces."""
    if draw.chance(0.15):
        return draw.choice(
            (b"\xff", b"\x9f", b"\xbf", b"\x5f", b"\x7f", b"\x1c", b"\xfc", b"\xf8\x18")
        )
    if draw.chance(0.1):
        return head(draw, draw.integer(2, 6), draw.choice(_EDGES))
    return item(draw, MAX_DEPTH - 2)


def item(draw: Draw, depth: int) -> bytes:
    """A data item; containers hold less the deeper they are."""
    makers = _LEAVES if depth >= MAX_DEPTH or draw.chance(0.25) else _CONTAINERS
    return draw.choice(makers)(draw, depth)


def _integer(draw: Draw, _depth: int) -> bytes:
    value = draw.choice(_EDGES) if draw.chance(0.7) else draw.integer(0, 2**64 - 1)
    return head(draw, draw.integer(0, 1), value)


def _strings(draw: Draw, major: int) -> bytes:
    """The content of a string of one of the two kinds."""
    if major == 2:
        return draw.choice(_BYTES) if draw.chance(0.7) else draw.binary(0, 40)
    if draw.chance(0.05):
        return draw.choice(_WEIRD_TEXT)
    return draw.choice(_TEXTS).encode("utf-8", "surrogatepass")


def _string(draw: Draw, _depth: int) -> bytes:
    major = draw.integer(2, 3)
    if draw.chance(0.15):
        chunks = []
        for _ in range(draw.integer(0, 3)):
            kind = major if not draw.chance(0.07) else draw.integer(0, 7)
            if kind in (2, 3):
                content = _strings(draw, kind)
                chunks.append(head(draw, kind, len(content)) + content)
            else:
                chunks.append(item(draw, MAX_DEPTH))
        ending = b"" if draw.chance(0.03) else b"\xff"
        return bytes((major << 5 | 31,)) + b"".join(chunks) + ending
    content = _strings(draw, major)
    claimed = len(content)
    if draw.chance(0.04):
        claimed = draw.choice(
            (claimed + 1, 2**16, 2**24, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1)
        )
    return head(draw, major, claimed) + content


def _simple(draw: Draw, _depth: int) -> bytes:
    if draw.chance(0.6):
        return bytes((0xE0 | draw.integer(20, 23),))
    if draw.chance(0.5):
        return bytes((0xF8, draw.integer(0, 255)))
    return bytes((0xE0 | draw.integer(0, 31),))


def _float(draw: Draw, _depth: int) -> bytes:
    if draw.chance(0.4):
        return draw.choice(_RAW_FLOATS)
    value = draw.choice(_DOUBLES)
    form = draw.integer(0, 2)
    try:
        return bytes((0xF9 + form,)) + struct.pack((">e", ">f", ">d")[form], value)
    except OverflowError:
        return b"\xfb" + struct.pack(">d", value)


def _array(draw: Draw, depth: int) -> bytes:
    count = some(draw, 0, 5)
    content = b"".join(item(draw, depth + 1) for _ in range(count))
    if draw.chance(0.2):
        return b"\x9f" + content + b"\xff"
    if draw.chance(0.03):
        count = draw.choice(_EDGES)
    return head(draw, 4, count) + content


def _map(draw: Draw, depth: int) -> bytes:
    count = some(draw, 0, 4)
    keys = [item(draw, MAX_DEPTH if draw.chance(0.8) else depth + 1) for _ in range(count)]
    if count > 1 and draw.chance(0.1):
        keys[-1] = keys[0]
    content = b"".join(key + item(draw, depth + 1) for key in keys)
    if draw.chance(0.2):
        if draw.chance(0.1):
            content += item(draw, MAX_DEPTH)
        return b"\xbf" + content + b"\xff"
    if draw.chance(0.03):
        count = draw.choice(_EDGES)
    return head(draw, 5, count) + content


def _number(draw: Draw) -> bytes:
    """Something that counts as a number in the content of a tag."""
    kind = draw.integer(0, 3)
    if kind <= 1:
        small = draw.choice(
            (0, 1, 2, 3, 10, 100, 4999, 5000, 2**15, 2**31, 2**40, 2**63, 2**64 - 1)
        )
        return head(draw, kind, small)
    if kind == 2:
        content = draw.choice(_BYTES)
        return bytes((0xC2 + draw.integer(0, 1),)) + head(draw, 2, len(content)) + content
    return _float(draw, 0)


def _text_of(draw: Draw, first: int = 0) -> bytes:
    text = draw.choice(_TEXTS[first:]).encode()
    return head(draw, 3, len(text)) + text


def _bytes_of(draw: Draw) -> bytes:
    content = _strings(draw, 2)
    return head(draw, 2, len(content)) + content


def _pair(draw: Draw) -> bytes:
    count = 2 if not draw.chance(0.1) else draw.integer(0, 3)
    return head(draw, 4, count) + b"".join(_number(draw) for _ in range(count))


def _items(draw: Draw) -> bytes:
    count = some(draw, 0, 4)
    leaves = [draw.choice(_LEAVES)(draw, MAX_DEPTH) for _ in range(count)]
    return head(draw, 4, count) + b"".join(leaves)


def _networks(draw: Draw) -> bytes:
    """The content of tags 260 and 261, 52 and 54: an address, or a network with its prefix."""
    address = draw.choice(_BYTES)
    written = head(draw, 2, len(address)) + address
    prefix = head(draw, 0, draw.choice((0, 8, 24, 31, 32, 33, 64, 128, 129, 255, 256)))
    way = draw.integer(0, 3)
    if way == 0:
        return b"\xa1" + written + prefix
    if way == 1:
        return b"\x82" + prefix + written
    return b"\x82" + written + prefix if way == 2 else written


_CONTENTS: Final[dict[int, Callable[[Draw], bytes]]] = {
    0: lambda draw: _text_of(draw, 19),
    1: _number,
    2: _bytes_of,
    3: _bytes_of,
    4: _pair,
    5: _pair,
    25: lambda draw: head(draw, 0, draw.integer(0, 4)),
    28: lambda draw: item(draw, 2),
    29: lambda draw: head(draw, 0, draw.integer(0, 3)),
    30: _pair,
    35: _text_of,
    36: _text_of,
    37: lambda draw: _bytes_of(draw) if draw.chance(0.5) else b"\x50" + bytes(range(16)),
    52: _networks,
    54: _networks,
    100: lambda draw: head(draw, draw.integer(0, 1), draw.choice(_EDGES)),
    256: lambda draw: item(draw, 1),
    258: _items,
    260: _networks,
    261: _networks,
    1004: lambda draw: _text_of(draw, 19),
    43000: _pair,
    55799: lambda draw: item(draw, 2),
}
_TAGS: Final = tuple(_CONTENTS)


def _tag(draw: Draw, depth: int) -> bytes:
    if draw.chance(0.12):
        return head(draw, 6, draw.choice(_RARE_TAGS)) + item(draw, depth + 1)
    number = draw.choice(_TAGS)
    if draw.chance(0.25):
        return head(draw, 6, number) + item(draw, min(depth + 2, MAX_DEPTH))
    return head(draw, 6, number) + _CONTENTS[number](draw)


def _shared(draw: Draw, depth: int) -> bytes:
    """A shareable container that refers to itself, or is referred to behind it."""
    reference = b"\xd8\x1d" + head(draw, 0, draw.choice((0, 0, 0, 1, 2)))
    inner = draw.choice((_array, _map, _tag, _integer))(draw, depth + 2)
    way = draw.integer(0, 4)
    if way == 0:
        return b"\xd8\x1c\x82" + inner + reference
    if way == 1:
        return b"\xd8\x1c\xa1" + reference + inner
    if way == 2:
        return b"\x82\xd8\x1c" + inner + reference
    if way == 3:
        return b"\xd8\x1c" + head(draw, 6, draw.choice(_TAGS)) + b"\x82" + inner + reference
    return b"\xd8\x1c\xa1" + inner + reference


def _referred(draw: Draw, _depth: int) -> bytes:
    """Strings and references to them (tags 256 and 25)."""
    count = draw.integer(1, 4)
    content = b"".join(
        _string(draw, MAX_DEPTH)
        if draw.chance(0.6)
        else b"\xd8\x19" + head(draw, 0, draw.choice((0, 1, 2, 24)))
        for _ in range(count)
    )
    return (b"" if draw.chance(0.15) else b"\xd9\x01\x00") + head(draw, 4, count) + content


_LEAVES: Final = (_integer, _string, _string, _simple, _float, _tag)
_CONTAINERS: Final = (_array, _array, _map, _map, _tag, _tag, _tag, _shared, _referred, _string)


def tokens(data: bytes) -> Tokens:
    """Heads with their strings, in order; they join to `data`, whatever it is."""
    pieces: Tokens = []
    at = 0
    while at < len(data):
        low = data[at] & 31
        size = 1 << (low - 24) if 24 <= low <= 27 else 0
        end = at + 1 + size
        if data[at] >> 5 in (2, 3) and low < 28:
            end += int.from_bytes(data[at + 1 : end], "big") if size else low
        pieces.append(data[at:end])
        at = end
    return pieces


def payload(data: bytes) -> tuple[bytes, Callable[[bytes], bytes]] | None:
    """The content of the first string, and the tags before it with another content."""
    tags = b""
    for token in tokens(data):
        major, low = token[0] >> 5, token[0] & 31
        if major == 6:
            tags += token
            continue
        head_bytes = 1 + (1 << (low - 24) if 24 <= low <= 27 else 0)
        if major in (2, 3) and low < 28 and len(token) > head_bytes:
            return token[head_bytes:], framed(tags + bytes((major << 5 | 26,)))
        tags = b""
    return None


def unit(pieces: Tokens, at: int) -> int:
    """Index behind the data item that starts at a token."""
    need = [1]
    while need and at < len(pieces):
        initial = pieces[at][0]
        at += 1
        if initial == 0xFF:
            need.pop()
            while need and need[-1] == 0:
                need.pop()
            continue
        need[-1] -= 1
        major, low = initial >> 5, initial & 31
        if low == 31 and 2 <= major <= 5:
            need.append(-1)
            continue
        argument = low if low < 24 else int.from_bytes(pieces[at - 1][1:9], "big")
        if major in (4, 5, 6):
            need.append((argument, 2 * argument, 1)[major - 4])
        while need and need[-1] == 0:
            need.pop()
    return at


GRAMMAR: Final = Grammar(
    build=document,
    piece=piece,
    tokens=tokens,
    unit=unit,
    wraps=(
        *(
            (b"\x81", b""),
            (b"\x9f", b"\xff"),
            (b"\xa1\x00", b""),
            (b"\xa1", b"\x00"),
            (b"\xc1", b""),
        ),
        *((b"\xd8\x1c", b""), (b"\xd9\xd9\xf7", b""), (b"\x82\x00", b""), (b"\x5f", b"\xff")),
        *(
            (b"\xd9\x01\x02\x81", b""),
            (b"\xd9\x01\x00", b""),
            (b"\xbf\x00", b"\xff"),
            (b"\xd8\x23", b""),
        ),
    ),
)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed or new document."""
    return GRAMMAR.mutate(data, max_size, rng)


def strategy() -> SearchStrategy[bytes]:
    """Documents for Hypothesis."""
    return GRAMMAR.strategy()
