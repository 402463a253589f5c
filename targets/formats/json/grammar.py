"""Makes and takes apart JSON: numbers at every edge, every escape, deep and broken documents."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final

from targets.drawing import Draw
from targets.formats.grammar import Grammar, Tokens, some

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

MAX_DEPTH: Final = 5
NUMBERS: Final = (
    *(b"0", b"-0", b"1", b"-1", b"10", b"0.0", b"-0.0", b"1.5", b"1e1", b"1E+2", b"1e-2", b"0e0"),
    *(b"9007199254740993", b"2147483647", b"2147483648", b"-2147483649", b"4294967296"),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"1e0"),
    *(b"-9223372036854775809", b"18446744073709551615", b"18446744073709551616", b"-1e-0"),
    *(
        b"1e400",
        b"-1e400",
        b"1e-400",
        b"1e308",
        b"1.7976931348623157e308",
        b"1.7976931348623159e308",
    ),
    *(b"5e-324", b"2.4703282292062327e-324", b"2.2250738585072011e-308", b"4.9e-324", b"1e22"),
    *(
        b"0.1",
        b"0.30000000000000004",
        b"1e23",
        b"123456789012345678901234567890",
        b"3.14159265358979",
    ),
    *(b"1e9999999999", b"1e-9999999999", b"1" * 309, b"9" * 400, b"0." + b"3" * 400, b"9" * 5000),
    *(b"0." + b"0" * 400 + b"1", b"1" + b"0" * 400 + b"e-400", b"31.245270191439438", b"1e+00"),
    *(b"100000000000000000000.5", b"-31.245270191439438", b"121.48791951161945", b"1.1e01"),
    *(b"8.41", b"90071992547409921", b"1.0000000000000002", b"72057594037927945", b"2e-0001"),
)
BAD: Final = (
    *(b"01", b"-01", b"00", b"+1", b"1.", b".5", b"-.5", b"1e", b"1e+", b"-", b"--1", b"0x10"),
    *(
        b"1.e1",
        b"1_0",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"nan",
        b"inf",
        b"-NaN",
        b"1.5.5",
        b"1-1",
    ),
    *(b"True", b"nul", b"nulll", b"tru", b"truee", b"undefined", b"'a'", b"1a", b"1 2", b"-a"),
    *(b"\xef\xbc\x91", b"1e5.5", b"-Inf", b"0e", b"1e-", b"fals", b"N", b"-I", b"I", b"t", b"nulL"),
)
ESCAPES: Final = (
    *(b'\\"', b"\\\\", b"\\/", b"\\b", b"\\f", b"\\n", b"\\r", b"\\t", b"\\u0000", b"\\u0041"),
    *(b"\\u00e9", b"\\uFFFF", b"\\ud83d\\ude00", b"\\uD83D\\uDE00", b"\\u2028", b"\\uffff"),
    *(b"\\ud800", b"\\udc00", b"\\udc00\\ud800", b"\\ud800\\ud800", b"\\ud800a", b"\\ud800\\n"),
    *(b"\\ud800\\u0041", b"\\udbff\\udfff", b"\\ud83d\\", b"\\ud83d\\u", b"\\ud83d\\udeX0"),
)
BAD_ESCAPES: Final = (
    *(
        b"\\u",
        b"\\u12",
        b"\\u12G4",
        b"\\x41",
        b"\\a",
        b"\\0",
        b"\\",
        b"\\u+041",
        b"\\u 041",
        b"\\'",
    ),
    *(b"\\U00000041", b"\\u00", b"\\u-001", b"\\v", b"\n", b"\t", b"\0", b"\x1f", b"\r", b"\\\n"),
    *(
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\x80",
        b"\xf0\x9f\x98",
        b"\\u000",
    ),
    *(b"\xe2\x82", b"\x80", b"\xf8\x88\x80\x80\x80", b"\xed\xb0\x80", b"\\ud800\\u", b"\\u_000"),
)
TEXTS: Final = (
    *(
        b"",
        b"a",
        b"key",
        "é".encode(),
        "😀".encode(),
        "\u2028".encode(),
        b"\x7f",
        "\ufeff".encode(),
    ),
    *(b"a" * 15, b"a" * 16, b"a" * 31, b"a" * 64, b"a" * 300, "é".encode() * 130, b"<script>&"),
    *(b"__proto__", b"2013-03-21T20:04:00Z", b"/", b"\xf0\x90\x80\x80", "\uffff".encode(), b"0"),
)
SPACES: Final = (b" ", b"\n", b"\t", b"\r", b"\r\n", b"  ", b" " * 70)
BAD_SPACES: Final = (
    *(
        b"\x0b",
        b"\x0c",
        b"\xc2\xa0",
        b"\0",
        b"/**/",
        b"//\n",
        b"#\n",
        b"\xef\xbb\xbf",
        b"\xe2\x80\x83",
    ),
)
_TOKEN: Final = re.compile(
    rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[ \t\r\n]+|[-+.0-9a-zA-Z_]+|.', re.DOTALL
)


def _space(draw: Draw) -> bytes:
    if draw.chance(0.85):
        return b""
    return draw.choice(SPACES) if draw.chance(0.98) else draw.choice(BAD_SPACES)


def string(draw: Draw) -> bytes:
    """A string, seldom a broken one."""
    if draw.chance(0.4):
        return b'"' + draw.choice(TEXTS) + b'"'
    parts = []
    for _ in range(some(draw, 1, 5)):
        kind = draw.integer(0, 9)
        if kind < 4:
            parts.append(draw.choice(ESCAPES))
        elif kind == 4 and draw.chance(0.12):
            parts.append(draw.choice(BAD_ESCAPES))
        else:
            parts.append(draw.choice(TEXTS))
    return b'"' + b"".join(parts) + (b'"' if not draw.chance(0.005) else b"")


def number(draw: Draw) -> bytes:
    """A number, an edge or made up."""
    if draw.chance(0.6):
        return draw.choice(NUMBERS)
    if draw.chance(0.05):
        return draw.choice(BAD)
    written = b"-" if draw.chance(0.3) else b""
    written += b"%d" % draw.integer(0, 10 ** draw.integer(1, 20))
    if draw.chance(0.5):
        written += b".%d" % draw.integer(0, 10 ** draw.integer(1, 18))
    if draw.chance(0.3):
        written += draw.choice((b"e", b"E", b"e-", b"e+")) + b"%d" % draw.integer(0, 330)
    return written


def value(draw: Draw, depth: int) -> bytes:
    """A value; containers hold less the deeper they are."""
    kind = draw.integer(0, 9 if depth < MAX_DEPTH else 5)
    if kind <= 1:
        return number(draw)
    if kind <= 3:
        return string(draw)
    if kind <= 5:
        return draw.choice((b"true", b"false", b"null")) if draw.chance(0.98) else draw.choice(BAD)
    inside = [_member(draw, depth, named=kind >= 8) for _ in range(some(draw, 0, 5))]
    if len(inside) > 1 and draw.chance(0.1):
        inside[-1] = inside[0]
    joined = _comma(draw).join(inside) + _space(draw)
    if inside and draw.chance(0.02):
        joined += b","
    return b"{" + joined + b"}" if kind >= 8 else b"[" + joined + b"]"


def _comma(draw: Draw) -> bytes:
    return b"," if not draw.chance(0.01) else draw.choice((b"", b",,", b";", b" ", b":"))


def _member(draw: Draw, depth: int, *, named: bool) -> bytes:
    held = _space(draw) + value(draw, depth + 1) + _space(draw)
    if not named:
        return held
    name = string(draw) if not draw.chance(0.005) else value(draw, MAX_DEPTH)
    colon = b":" if not draw.chance(0.01) else draw.choice((b"", b"::", b"=", b","))
    return _space(draw) + name + _space(draw) + colon + held


def document(draw: Draw) -> bytes:
    """One value, seldom with something around it."""
    made = _space(draw) + value(draw, 0) + _space(draw)
    if draw.chance(0.02):
        made = draw.choice(BAD_SPACES) + made
    if draw.chance(0.03):
        made += draw.choice((b",", b"]", b"}", b"1", b"\0", b"null", b'"', b"x", b":"))
    return made


def piece(draw: Draw) -> bytes:
    """Something that stands within a document."""
    kind = draw.integer(0, 9)
    if kind < 2:
        return draw.choice(
            (b"[", b"]", b"{", b"}", b",", b":", b'"', b"[[", b'{"":', b"[{}", b"[]")
        )
    if kind == 2:
        return draw.choice(BAD)
    if kind == 3:
        return draw.choice(BAD_SPACES)
    if kind == 4:
        return draw.choice(ESCAPES + BAD_ESCAPES)
    return value(draw, MAX_DEPTH - 2)


def tokens(data: bytes) -> Tokens:
    """Strings, numbers, words, brackets and space; they join to `data`, whatever it is."""
    return _TOKEN.findall(data)


def unit(pieces: Tokens, at: int) -> int:
    """Index behind the value that starts at a token."""
    depth = 0
    while at < len(pieces):
        depth += (pieces[at] in (b"[", b"{")) - (pieces[at] in (b"]", b"}"))
        at += 1
        if depth <= 0:
            break
    return at


GRAMMAR: Final = Grammar(
    build=document,
    piece=piece,
    tokens=tokens,
    unit=unit,
    wraps=(
        (b"[", b"]"),
        (b'{"a":', b"}"),
        (b"[[],", b"]"),
        (b"[", b""),
        (b" ", b" "),
        (b'{"":[', b"]}"),
    ),
)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed or new document."""
    return GRAMMAR.mutate(data, max_size, rng)


def strategy() -> SearchStrategy[bytes]:
    """Documents for Hypothesis."""
    return GRAMMAR.strategy()
