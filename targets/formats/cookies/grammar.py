"""Header fields as a grammar: names that parsers know, and values mostly right."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.formats.multipart.parameters import parameters

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

Words = tuple[bytes, ...]
_PIECES: Final = re.compile(rb"[A-Za-z0-9]+|.", re.DOTALL)

_KEYS: Final[Words] = (
    b"a",
    b"session",
    b"__Host-x",
    b"__Secure-y",
    b"x-y",
    b"path",
    b"expires",
    b"b",
)
_ODD_KEYS: Final[Words] = (
    b"",
    b" ",
    b"=a",
    b"==",
    b"a b",
    b'"a"',
    b"\xff",
    b"$Path",
    b"a[0]",
    b"\0",
    b"\\",
)
_COOKIES: Final[Words] = (b"1", b"abc", b"", b"a=b", b"x/y?z", b"a&b", b"{}", b"!#$%&'()*+")
_ODD_COOKIES: Final[Words] = (
    *(b'"a"', b'"a;b"', b'"\\"', b'"\\073"', b'"\\"\\"\\""', b'"', b'""', b"\xc3\xa9", b"\xff"),
    *(b"a b", b"a,b"),
    *(b'"\\400"', b'"\\\\"', b'"a', b'a"', b'"\\', b"\\", b"\\101", b'"\\303\\251"', b"\0"),
    *(b"a\tb", b"Wed, 1"),
    *(b'"' + b"\\" * 20, b'"' + b'\\"' * 9 + b'"', b'"' + b"\\101" * 9 + b'"', b"[1]"),
    *(b'{"a": "b;c"}',),
)
_ATTRIBUTES: Final[Words] = (
    *(b"; Path=/", b"; Secure", b"; HttpOnly", b"; Max-Age=1", b"; Domain=a.b", b"; SameSite=Lax"),
    *(b"; x",),
    *(b"; Expires=Wed, 21 Oct 2015 07:28:00 GMT", b"; expires=x", b"; Version=1", b"; =; =", b";;"),
    *(b"; Path",),
)
_SEPARATORS: Final[Words] = (b"; ", b"; ", b"; ", b"; ", b";", b" ; ", b";;", b", ", b"\t;", b"&")
_CHOICES: Final[Words] = (
    b"gzip",
    b"br",
    b"identity",
    b"x-a",
    b"*",
    b"en-GB",
    b"text/html",
    b"a/*",
    b"*/*",
)
_WEIGHTS: Final[Words] = (
    *(b"", b"", b";q=1", b";q=0.5", b";q=0", b"; q=0.1", b";q=1.5", b";q=-1", b";q=nan", b";q="),
    *(b";q",),
    *(b";q=inf", b";a=b;q=0.3", b';q="1"', b";Q=0.2", b";q=1_0", b";q=\xb2", b";q=1e400"),
    *(b";q=0x1",),
)
_RANGES: Final[Words] = (
    *(b"bytes=0-1", b"bytes=5-", b"bytes=-5", b"bytes=0-0,2-3", b"bytes=1-0", b"bytes=-"),
    *(b"bytes=", b"=0-1"),
    *(b"bytes 0-1/2", b"bytes 0-1/*", b"bytes */2", b"bytes 1-0/1", b"bytes=+1-2", b"bytes=1_0-20"),
    *(b"x=1-2",),
    *(b"bytes=0-1, -2", b"bytes=\xb2-", b"bytes=0-1,0-1", b"bytes =0-1"),
    *(b"bytes=" + b"9" * 5000 + b"-",),
)
_DATES: Final[Words] = (
    *(b"Wed, 21 Oct 2015 07:28:00 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT"),
    *(b"Sun Nov  6 08:49:37 1994",),
    *(b"Thu, 01 Jan 1970 00:00:00 GMT", b"Wed, 21 Oct 2015 07:28:00 +9999"),
    *(b"Wed, 21 Oct 99999 07:28:00 GMT",),
    *(b"Wed, 21 Oct 2015 25:28:00 GMT", b"Fri, 31 Dec 9999 23:59:59 GMT"),
    *(b"Mon, 01 Jan 0001 00:00:00 GMT",),
    *(b"Wed, 21 Oct 2015 07:28:00 -0000", b"21 Oct 2015", b"0", b""),
    *(b"Wed, 21 Oct 2015 07:28:60 GMT", b"-1"),
    *(b"Mon, 01 Jan 0001 00:00:00 +2359", b"Wed, 29 Feb 2023 00:00:00 GMT"),
    *(b"Thu, 29 Feb 2024 00:00:00 GMT",),
)
_TAGS: Final[Words] = (
    *(b'"a"', b'W/"b"', b"*", b'""', b"a", b'"a', b'w/"c"', b'"a,b"', b'"a"b', b"W/", b'"\\"'),
    *(b'W/"a" ', b","),
)
_OTHERS: Final[dict[bytes, Words]] = {
    b"Cache-Control": (
        b"max-age=1",
        b"no-cache",
        b"max-age=x",
        b'private="a, b"',
        b"max-age=-1",
        b"s-maxage=",
    ),
    b"Authorization": (
        *(
            b"Basic YTpi",
            b"Basic YQ==",
            b"Basic !",
            b"Basic /w==",
            b"Basic",
            b"Bearer a.b",
            b"Bearer",
            b"x",
        ),
        *(
            b'Digest a="b", c=d',
            b"Digest",
            b"Basic YTpi=",
            b"basic 6Q==",
            b"\xff \xff",
            b"Basic  YTpi",
        ),
    ),
    b"WWW-Authenticate": (
        b'Basic realm="a"',
        b'Digest qop="auth", nonce=b',
        b"Negotiate",
        b"Negotiate a==",
        b"",
    ),
    b"Connection": (b"keep-alive, close", b'"a, b", c', b'"a', b'"\\"', b",,", b'a"b', b'"a\\\\"'),
    b"Prefer": (
        b'a=b, c="d, e"',
        b"a*=utf-8''b",
        b"a",
        b"a=",
        b"=b",
        b'a="',
        b"a*=x''%ff",
        b"a*=''",
    ),
    b"Allow": (b"GET, HEAD", b"", b'"a"', b",", b"GET,GET"),
    b"Age": (b"1", b"-1", b"x", b"99999999999999", b"\xb2", b"1_0", b"+1"),
    b"If-Range": (b'"a"', b'W/"a"', b"Wed, 21 Oct 2015 07:28:00 GMT", b"x", b'"'),
    b"Content-Security-Policy": (
        b"default-src 'self'; img-src *",
        b";;",
        b"a",
        b"a b; a c",
        b" ; a ",
    ),
    b"Content-Range": _RANGES,
}


def field(draw: Draw) -> bytes:
    """A field: name, colon, value."""
    return draw.choice(_MAKERS)(draw)


def cookies(draw: Draw) -> bytes:
    """A Cookie or Set-Cookie field."""
    parts = []
    for _ in range(draw.choice((1, 1, 2, 3, 5))):
        key = draw.choice(_ODD_KEYS if draw.chance(0.06) else _KEYS)
        value = draw.choice(_ODD_COOKIES if draw.chance(0.15) else _COOKIES)
        parts.append(key + (b"" if draw.chance(0.03) else b"=") + value)
    if draw.chance(0.25):
        return (
            b"Set-Cookie: "
            + parts[0]
            + b"".join(draw.choice(_ATTRIBUTES) for _ in range(draw.integer(0, 3)))
        )
    separator = draw.choice(_SEPARATORS) if draw.chance(0.3) else b"; "
    return b"Cookie: " + separator.join(parts)


def _options(draw: Draw) -> bytes:
    if draw.chance(0.5):
        return b"Content-Disposition: form-data" + parameters(draw, b"name", b"filename")
    media = draw.choice(
        (b"text/html", b"a/b", b"text", b"", b"a/b/c", b'"a"', b"multipart/form-data")
    )
    return b"Content-Type: " + media + parameters(draw)


def _weights(draw: Draw) -> bytes:
    name = draw.choice((b"Accept-Encoding: ", b"Accept-Encoding: ", b"Accept: "))
    return name + b", ".join(
        draw.choice(_CHOICES) + (parameters(draw) if draw.chance(0.1) else draw.choice(_WEIGHTS))
        for _ in range(draw.integer(0, 4))
    )


def _tags(draw: Draw) -> bytes:
    return b"If-None-Match: " + b", ".join(draw.choice(_TAGS) for _ in range(draw.integer(1, 4)))


def _one(draw: Draw) -> bytes:
    name, words = draw.choice(((b"Range", _RANGES), (b"Date", _DATES), *_OTHERS.items()))
    return name + b": " + b", ".join(draw.choice(words) for _ in range(draw.choice((1, 1, 1, 2))))


_MAKERS: Final[tuple[Callable[[Draw], bytes], ...]] = (
    cookies,
    cookies,
    _options,
    _weights,
    _tags,
    _one,
)


def strategy() -> SearchStrategy[bytes]:
    """Fields of all names."""
    return drawing.strategy(field)


def cookies_strategy() -> SearchStrategy[bytes]:
    """Cookie fields."""
    return drawing.strategy(cookies)


def tokens(data: bytes) -> list[bytes]:
    """Words and single bytes."""
    return _PIECES.findall(data)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A new field, or `data` with a few pieces changed."""
    return _mutated(data, max_size, rng, field)


def mutate_cookies(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """As `mutate`, of cookies."""
    return _mutated(data, max_size, rng, cookies)


def _mutated(
    data: bytes, max_size: int, rng: random.Random, make: Callable[[Draw], bytes]
) -> bytes:
    draw = drawing.from_random(rng)
    if len(data) < 8 or draw.chance(0.5):
        return make(draw)[:max_size]
    pieces = tokens(data)
    for _ in range(draw.integer(1, 3)):
        at = draw.integer(0, len(pieces))
        match draw.integer(0, 3):
            case 0:
                del pieces[at : at + draw.choice((1, 1, 2, 5))]
            case 1:
                end = at + draw.integer(1, 8)
                pieces[at:at] = pieces[at:end] * draw.choice((1, 1, 2, 8, 20))
            case _:
                pieces.insert(at, _any_word(draw))
    return b"".join(pieces)[:max_size]


def _any_word(draw: Draw) -> bytes:
    words = vocabulary.words()
    if words and draw.chance(0.2):
        return draw.choice(words)
    pools = (_ODD_KEYS, _ODD_COOKIES, _WEIGHTS, _TAGS, _ATTRIBUTES)
    return parameters(draw) if draw.chance(0.2) else draw.choice(draw.choice(pools))
