"""Connections as a grammar: mostly right, an odd word at any place, and then more behind it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.formats.http1 import pools

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

ODD: Final = 0.02
"""How often a word is an odd one."""
_PIECES: Final = re.compile(rb"\r\n|[A-Za-z0-9\-]+|.", re.DOTALL)


def connection(draw: Draw, responses: bool | None = None) -> bytes:
    """A stream of one to three messages."""
    if responses is None:
        responses = draw.chance(0.4)
    make = _response if responses else _request
    stream = b"\r\n" if draw.chance(ODD) else b""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        stream += make(draw)
    if draw.chance(0.6):
        stream += pools.NEXT[1 if responses else 0]
    return stream


def requests(draw: Draw) -> bytes:
    """A stream that a client sends."""
    return connection(draw, responses=False)


def _word(draw: Draw, usual: pools.Words, odd: pools.Words, share: float = ODD) -> bytes:
    if not draw.chance(share):
        return draw.choice(usual)
    words = vocabulary.words()
    if words and draw.chance(0.1):
        return draw.choice(words)
    return draw.choice(odd)


def _request(draw: Draw) -> bytes:
    method = _word(draw, pools.METHODS, pools.ODD_METHODS)
    target = _word(draw, pools.TARGETS if draw.chance(0.3) else (b"/",), pools.ODD_TARGETS)
    version = _word(draw, pools.VERSIONS, pools.ODD_VERSIONS)
    words = [method, target, version]
    if draw.chance(ODD / 3):
        words.insert(draw.integer(0, 3), b"x")
    line = words[0]
    for word in words[1:]:
        line += _word(draw, (b" ",), pools.BLANKS, ODD / 2) + word
    return _head_and_body(draw, line, [(b"Host", b"a")])


def _response(draw: Draw) -> bytes:
    version = _word(draw, pools.VERSIONS, pools.ODD_VERSIONS)
    usual = (b"200",) if draw.chance(0.5) else pools.STATUSES
    status = _word(draw, usual, pools.ODD_STATUSES, 2 * ODD)
    blank = _word(draw, (b" ",), pools.BLANKS, ODD / 2)
    line = version + blank + status
    if not draw.chance(ODD):
        line += b" " + draw.choice((b"OK",) if draw.chance(0.8) else pools.REASONS)
    return _head_and_body(draw, line, [])


def _head_and_body(draw: Draw, line: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    if fields and draw.chance(ODD):
        fields = draw.choice(([], fields * 2, [(b"Host", b"a b")], [(b"hOST", b"")]))
    for _ in range(draw.choice((0, 0, 0, 1, 2, 3))):
        name = _word(draw, pools.NAMES, pools.ODD_NAMES, 2 * ODD)
        fields.append((name, _word(draw, pools.VALUES, pools.ODD_VALUES, 2 * ODD)))
    framed = draw.choice((None, _by_length, _by_length, _in_chunks, _in_chunks, _both))
    framing, body = framed(draw) if framed else ([], b"")
    for field in framing:
        fields.insert(draw.integer(0, len(fields)), field)
    lines = [line]
    for name, value in fields:
        colon = _word(draw, (b": ", b":"), (b" :", b"\t:", b"", b":\t", b"::", b": \x0b"), ODD / 2)
        lines.append(name + colon + value)
    if draw.chance(ODD / 2):
        lines.insert(draw.integer(1, len(lines)), draw.choice((b" x: y", b"x", b":", b"\t", b" ")))
    head = b"".join(part + _word(draw, (b"\r\n",), pools.LINE_ENDS, ODD / 2) for part in lines)
    return head + _word(draw, (b"\r\n",), pools.HEAD_ENDS, ODD / 3) + body


Framed = tuple[list[tuple[bytes, bytes]], bytes]


def _data(draw: Draw) -> bytes:
    if draw.chance(0.05):
        return draw.binary(0, 40)
    return draw.choice(
        (b"abc", b"", b"a", b"hello", b"\r\n", b"0\r\n\r\n", b"x" * 17, b"GET / HTTP/")
    )


def _by_length(draw: Draw) -> Framed:
    data = _data(draw)
    return _length(draw, data), data


def _length(draw: Draw, data: bytes) -> list[tuple[bytes, bytes]]:
    size = b"%d" % len(data)
    odd = draw.choice(pools.LENGTHS) if draw.chance(0.12) else b"%d"
    fields = [(b"Content-Length", odd.replace(b"%d", size))]
    if draw.chance(2 * ODD):
        fields.append((b"content-length", draw.choice((size, b"0", b"+" + size, b"", b"7"))))
    return fields


def _in_chunks(draw: Draw) -> Framed:
    coding = draw.choice(pools.CODINGS) if draw.chance(0.12) else b"chunked"
    fields = [(b"Transfer-Encoding", coding)]
    if draw.chance(2 * ODD):
        fields.append((b"transfer-encoding", draw.choice((b"chunked", b"identity", b"gzip", b""))))
    return fields, _chunks(draw)


def _chunks(draw: Draw) -> bytes:
    body = b""
    for _ in range(draw.choice((0, 1, 1, 2, 3))):
        data = _data(draw) or b"y"
        size = draw.choice(pools.SIZES) if draw.chance(0.05) else draw.choice((b"%x", b"%X"))
        body += size.replace(b"%x", b"%x" % len(data)).replace(b"%X", b"%X" % len(data))
        if draw.chance(0.07):
            body += draw.choice(pools.EXTENSIONS)
        body += _word(draw, (b"\r\n",), pools.LINE_ENDS, ODD) + data
        body += _word(draw, (b"\r\n",), pools.CHUNK_ENDS, 2 * ODD)
    body += _word(draw, (b"0",), pools.LAST_CHUNKS, 2 * ODD)
    body += _word(draw, (b"\r\n",), pools.LINE_ENDS, ODD / 2)
    if draw.chance(0.15):
        body += draw.choice(pools.TRAILERS) + _word(draw, (b"\r\n",), pools.LINE_ENDS, ODD)
    return body + _word(draw, (b"\r\n",), pools.HEAD_ENDS, ODD)


def _both(draw: Draw) -> Framed:
    """Both framings, and a body that one of them fits."""
    chunks = _chunks(draw)
    coding, _ = _in_chunks(draw)
    fields = [*coding, *_length(draw, chunks if draw.chance(0.5) else b"")]
    return (fields[::-1] if draw.chance(0.5) else fields), chunks


def strategy() -> SearchStrategy[bytes]:
    """Streams of either side."""
    return drawing.strategy(connection)


def requests_strategy() -> SearchStrategy[bytes]:
    """Streams of clients."""
    return drawing.strategy(requests)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A new stream, or `data` with a few pieces changed."""
    return _mutated(data, max_size, rng, connection)


def mutate_requests(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """As `mutate`, of streams that a client sends."""
    return _mutated(data, max_size, rng, requests)


def _mutated(
    data: bytes, max_size: int, rng: random.Random, make: Callable[[Draw], bytes]
) -> bytes:
    draw = drawing.from_random(rng)
    if len(data) < 8 or draw.chance(0.5):
        return make(draw)[:max_size]
    pieces = tokens(data)
    for _ in range(draw.integer(1, 3)):
        _EDITS[draw.integer(0, len(_EDITS) - 1)](draw, pieces)
    return b"".join(pieces)[:max_size]


def tokens(data: bytes) -> list[bytes]:
    """Words, line ends and single bytes."""
    return _PIECES.findall(data)


def _replace(draw: Draw, pieces: list[bytes]) -> None:
    if pieces:
        pieces[draw.integer(0, len(pieces) - 1)] = _any_word(draw)


def _insert(draw: Draw, pieces: list[bytes]) -> None:
    pieces.insert(draw.integer(0, len(pieces)), _any_word(draw))


def _delete(draw: Draw, pieces: list[bytes]) -> None:
    if pieces:
        at = draw.integer(0, len(pieces) - 1)
        del pieces[at : at + draw.choice((1, 1, 1, 2, 5))]


def _repeat_line(draw: Draw, pieces: list[bytes]) -> None:
    ends = [at for at, piece in enumerate(pieces) if piece == b"\r\n"]
    if len(ends) > 1:
        line = draw.integer(0, len(ends) - 2)
        pieces[ends[line] : ends[line]] = pieces[ends[line] : ends[line + 1]]


def _another(draw: Draw, pieces: list[bytes]) -> None:
    pieces.append(draw.choice(pools.NEXT))


_EDITS: Final = (_replace, _replace, _insert, _insert, _delete, _repeat_line, _another)
_POOLS: Final = (
    *(pools.EVERYTHING, pools.EVERYTHING, pools.ODD_NAMES, pools.ODD_VALUES, pools.LENGTHS),
    *(pools.CODINGS, pools.SIZES, pools.EXTENSIONS, pools.CHUNK_ENDS, pools.TRAILERS, pools.NAMES),
)


def _any_word(draw: Draw) -> bytes:
    words = vocabulary.words()
    if words and draw.chance(0.15):
        return draw.choice(words)
    word = draw.choice(draw.choice(_POOLS))
    return word.replace(b"%d", b"3").replace(b"%x", b"3")
