"""Form bodies as a grammar: mostly right, with odd delimiters, headers and parameters between."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.formats.multipart.parameters import parameters

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

Words = tuple[bytes, ...]
ODD: Final = 0.015
_PIECES: Final = re.compile(rb"\r\n|--|[A-Za-z0-9]+|.", re.DOTALL)

_BOUNDARIES: Final[Words] = (b"x", b"X-9_b", b"----WebKitFormBoundary7MA4", b"a", b"b" * 70)
_ODD_BOUNDARIES: Final[Words] = (
    *(b"", b"b" * 71, b"a b", b"a ", b'a"b', b"a\\b", b"(a)", b"a:b", b"\xff", b"-", b"--", b"\r"),
    *(b"\n",),
    *(b"a\nb", b"\0", b".*", b"[", b"a;b", b"a,b", b"\xc3\xa9", b"a/b?=", b"a\r\nb", b"c" * 3000),
)
_ENDS: Final[Words] = (
    b"\n",
    b"\r",
    b"",
    b" \r\n",
    b"\t\r\n",
    b"\r\r\n",
    b"\n\r\n",
    b"\r\n\r\n",
    b"x\r\n",
)
_LASTS: Final[Words] = (
    b"-",
    b"",
    b"-- ",
    b"--x",
    b"---",
    b" --",
    b"--\r",
    b"--\n",
    b"-\r\n",
    b"--\r\n--",
)
_DATA: Final[Words] = (
    *(b"", b"a", b"hello world", b"\r\n", b"\r\n\r\n", b"a\r\nb", b"\r", b"\n", b"-", b"--"),
    *(b"\r\n-",),
    *(b"\r\n--", b"a\r", b"\r\r\n", b"\n\n", b"\xff\xfe\0", b"\xc3\xa9", b"x" * 64, b"\r" * 9),
    *(b"=41=\r\n",),
    *(b"YWJj", b"YW\r\nJj", b"\r\n--y\r\n", b"--x", b"GIF89a", b"a" * 1000, b"\r\n" * 20),
    *(b"&=;%41+",),
)
_HEADERS: Final[Words] = (
    *(b"Content-Type: text/plain", b"Content-Type: image/png", b"X-A: b") * 4,
    *(b"Content-Type: text/plain", b"Content-Type: image/png"),
    *(b"Content-Type: text/plain; charset=x",),
    *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable"),
    *(b"X-A: b",),
    *(b"Content-Transfer-Encoding: binary", b"Content-Length: 3", b"X: ", b"content-type: a/b"),
    *(b"Content-Type: multipart/mixed; boundary=y", b"Content-Type: text/plain; charset=utf-16"),
)
_ODD_HEADERS: Final[Words] = (
    *(b"Content-Type: text/plain", b"Content-Type: image/png", b"X-A: b") * 4,
    *(b"X", b": a", b" X: y", b"X : y", b"X\0: y", b"X: \0", b"X:\r\n y", b"X: a\rb", b"X: a\nb"),
    *(b"\xff: \xff",),
    *(b"Content-Disposition: form-data; name=b", b"Content-Transfer-Encoding: X", b"X[: y", b"\t"),
    *(b":",),
    *(b"X: " + b"y" * 500, b"Y" * 500 + b": x", b"Content-Type", b"X:\xc3\xa9"),
    *(b"Content-Type: ;;;=",),
)
_PAIRS: Final[Words] = (
    *(b"a=b", b"a=", b"a", b"=b", b"", b"a=b=c", b"%61=%62", b"a+b=c+d", b"a=%", b"a=%zz"),
    *(b"a=\xff", b"a;b=c"),
    *(b"a=b;c=d", b";", b"a==", b"%c3%a9=%ff", b"a=\r\n", b" a = b ", b"a[]=1", b"%00=%0a"),
    *(b"_charset_=x",),
)
_EVERYTHING: Final[Words] = (
    *(b"\r\n", b"\n", b"\r", b"--", b"-", b'"', b"\\", b";", b"=", b":", b" ", b"\0", b"\xff"),
    *(b"%", b"&"),
    *(b"\r\n--x\r\n", b"\r\n--x--\r\n", b"name=a", b'filename="b"', b"filename*=utf-8''c"),
    *(b"boundary=",),
    *(b"Content-Disposition: form-data; ", b"form-data", b"\\\\\\\\", b'\\"', b"''", b"*0="),
    *(b"*1*=",),
)


def form(draw: Draw) -> bytes:
    """An input: the value of Content-Type, a line end, and a body."""
    shape = draw.integer(0, 19)
    if shape < 3:
        body = draw.choice((b"&", b"&", b"&", b";")).join(
            draw.choice(_PAIRS) for _ in range(draw.choice((0, 1, 2, 3, 8)))
        )
        odd = parameters(draw) if draw.chance(0.1) else b""
        return b"application/x-www-form-urlencoded" + odd + b"\r\n" + body
    if shape == 3:
        kind = draw.choice((b"application/octet-stream", b"multipart/mixed", b"", b"text/plain"))
        return kind + parameters(draw) + b"\r\n" + draw.choice(_DATA)
    return _multipart(draw)


def _word(draw: Draw, usual: Words, odd: Words) -> bytes:
    return draw.choice(odd if draw.chance(ODD) else usual)


def _multipart(draw: Draw) -> bytes:
    boundary = draw.choice(_ODD_BOUNDARIES if draw.chance(0.08) else _BOUNDARIES)
    stated = b'"' + boundary + b'"' if draw.chance(0.2) else boundary
    content_type = b"multipart/form-data; boundary=" + stated
    if draw.chance(0.08):
        content_type = b"multipart/form-data" + parameters(draw) + b"; boundary=" + stated
    if draw.chance(0.05):
        content_type += parameters(draw)
    body = draw.choice(_DATA) + b"\r\n" if draw.chance(0.05) else b""
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3))):
        body += b"--" + boundary + _word(draw, (b"\r\n",), _ENDS) + _part(draw, boundary)
    body += b"--" + boundary + _word(draw, (b"--", b"--", b"--\r\n"), _LASTS)
    if draw.chance(0.05):
        body += draw.choice(_DATA)
    return content_type + b"\r\n" + body


def _part(draw: Draw, boundary: bytes) -> bytes:
    disposition = b"Content-Disposition: form-data" + parameters(draw, b"name", _file(draw))
    if draw.chance(0.08):
        disposition += b"; filename*=utf-8''c.txt"
    lines = [disposition]
    if draw.chance(ODD):
        lines = []
    for _ in range(draw.choice((0, 0, 0, 1, 1, 2))):
        lines.insert(draw.integer(0, len(lines)), _word(draw, _HEADERS, _ODD_HEADERS))
    head = b"".join(line + _word(draw, (b"\r\n",), _ENDS) for line in lines)
    data = draw.choice(_DATA)
    if draw.chance(0.08):
        data += draw.choice((b"\r\n--" + boundary[:-1], b"\n--" + boundary, b"\r\n-" + boundary))
        data += draw.choice(_DATA)
    blank = _word(draw, (b"\r\n",), _ENDS)
    return head + blank + data + _word(draw, (b"\r\n",), _ENDS)


def _file(draw: Draw) -> bytes | None:
    return draw.choice((None, None, b"filename", b"filename", b"filename*"))


def strategy() -> SearchStrategy[bytes]:
    """The same inputs as choices."""
    return drawing.strategy(form)


def tokens(data: bytes) -> list[bytes]:
    """Words, line ends and single bytes."""
    return _PIECES.findall(data)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A new form, or `data` with a few pieces changed."""
    draw = drawing.from_random(rng)
    if len(data) < 8 or draw.chance(0.5):
        return form(draw)[:max_size]
    pieces = tokens(data)
    for _ in range(draw.integer(1, 3)):
        at = draw.integer(0, len(pieces))
        match draw.integer(0, 5):
            case 0:
                del pieces[at : at + draw.choice((1, 1, 2, 5))]
            case 1:
                end = at + draw.integer(1, 12)
                pieces[at:at] = pieces[at:end] * draw.choice((1, 1, 2, 8))
            case 2:
                pieces[at : at + 1] = [_any_word(draw)]
            case 3:
                pieces.insert(at, parameters(draw))
            case _:
                pieces.insert(at, _any_word(draw))
    return b"".join(pieces)[:max_size]


def _any_word(draw: Draw) -> bytes:
    words = vocabulary.words()
    if words and draw.chance(0.15):
        return draw.choice(words)
    return draw.choice(
        draw.choice((_EVERYTHING, _EVERYTHING, _DATA, _ODD_HEADERS, _HEADERS, _PAIRS))
    )
