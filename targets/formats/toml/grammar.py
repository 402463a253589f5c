"""Makes and takes apart TOML 1.0: all kinds of keys, values, tables, comments; and broken ones."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final

from targets.drawing import Draw
from targets.formats.grammar import Grammar, Tokens, some

if TYPE_CHECKING:  # pragma: no cover
    from hypothesis.strategies import SearchStrategy

MAX_DEPTH: Final = 3
KEYS: Final = (
    *(
        b"a",
        b"b",
        b"c",
        b"d",
        b"key",
        b"1",
        b"-",
        b"_",
        b"1-2",
        b'"a"',
        b"'b'",
        b'""',
        b"''",
        b"a1",
    ),
    *(b'"a.b"', b"'a b'", b'"\\n"', '"é"'.encode(), b'"a\\"b"', b"true", b"inf", b"1979-05-27"),
    *(b'"#"', b"'\"'", b'"="', b"3e4", b"'a\\b'", b'"\\u00e9"', b'"]"', b"'['", b"name", b"x"),
)
BAD_KEYS: Final = (
    *(
        "é".encode(),
        b"a b",
        b"",
        b"a!",
        b'"""a"""',
        b"'''a'''",
        b'"a',
        b"a'",
        b".a",
        b"a.",
        b"a..b",
    ),
    *(b"+", b"[", b"a#", b'"\n"', b"@", b"a,b", b"{}", b"$a", b"a:b"),
)
SCALARS: Final = (
    *(
        b"0",
        b"+0",
        b"-0",
        b"1",
        b"+1",
        b"-17",
        b"1_000",
        b"5_349_221",
        b"0xDEADBEEF",
        b"0xdead_beef",
    ),
    *(b"0o755", b"0b1101_0110", b"0x00", b"0o01", b"9223372036854775807", b"-9223372036854775808"),
    *(b"1.0", b"+1.0", b"-0.01", b"5e+22", b"1e06", b"-2E-2", b"6.626e-34", b"224_617.445_991_228"),
    *(b"inf", b"+inf", b"-inf", b"nan", b"+nan", b"-nan", b"0.0", b"-0.0", b"1e1", b"0e0", b"+0.0"),
    *(b"true", b"false", b"1e400", b"9223372036854775808", b"3_1.4_1e1_0", b"0.1e-1", b"1_2_3"),
)
TIMES: Final = (
    *(b"1979-05-27T07:32:00Z", b"1979-05-27T00:32:00-07:00", b"1979-05-27T00:32:00.999999+05:30"),
    *(b"1979-05-27 07:32:00Z", b"1979-05-27t07:32:00z", b"1979-05-27T07:32:00", b"1979-05-27"),
    *(b"07:32:00", b"00:32:00.999999", b"00:32:00.1234567", b"2000-02-29", b"00:00:00.1"),
    *(
        b"1979-05-27 07:32:00",
        b"1979-05-27T00:32:00.5",
        b"1979-05-27T07:32:00+00:00",
        b"0001-01-01",
    ),
    *(
        b"9999-12-31T23:59:59.999999999Z",
        b"1987-07-05T17:45:00-23:59",
        b"23:59:59",
        b"12:00:00.000",
    ),
)
BAD_SCALARS: Final = (
    *(b"01", b"+01", b"1_", b"_1", b"1__0", b"0x", b"0xG", b"+0x1", b"0X1", b"0b2", b"0o8", b"1."),
    *(
        b".1",
        b"1.e1",
        b"1e",
        b"1e_1",
        b"1._0",
        b"+-1",
        b"--1",
        b"Inf",
        b"NaN",
        b"infinity",
        b"True",
    ),
    *(b"FALSE", b"tru", b"t", b"1979-13-01", b"1979-02-30", b"1979-05-27T", b"1979-05-27T07:32"),
    *(b"24:00:00", b"07:32", b"1979-05-27T07:32:60Z", b"1979-5-27", b"1979-05-27T07:32:00+24:00"),
    *(
        b"1979-05-27T07:32:00.Z",
        b"00:00",
        b"nul",
        b"a",
        b"0x_1",
        b"0x1_",
        b"1 2",
        b"e1",
        b"-",
        b"+",
    ),
    *(
        b"1979-05-27  07:32:00",
        b"0_1",
        b"00",
        b"-01.0",
        b"1.0_",
        b"\xef\xbc\x91",
        b"0xa.b",
        b"2000-1-1",
    ),
    *(
        b"1985-04-12T23:20:50.52ZZ",
        b"199-09-09",
        b"0000-01-01",
        b"1:00:00",
        b"0e",
        b"nan1",
        b"0b",
        b"",
    ),
)
TEXTS: Final = (
    *(
        b"",
        b"a",
        b"value",
        "é".encode(),
        "😀".encode(),
        b"#",
        b"a # b",
        b"\\\\",
        b'\\"',
        b"\\n",
        b"\\t",
    ),
    *(b"\\b", b"\\f", b"\\r", b"\\u00E9", b"\\U0001F600", b"\\u0000", b"\t", b"=", b"[a]", b"a.b"),
    *(b"'", b"\\u007f", b"a" * 40, "\u2028".encode(), b" ", b"\\ud7ff", b"\\U0010FFFF", b"''"),
)
BAD_TEXTS: Final = (
    *(
        b"\\x41",
        b"\\e",
        b"\\u12",
        b"\\ud800",
        b"\\U00110000",
        b"\\U0000D800",
        b"\\a",
        b"\\ ",
        b"\0",
    ),
    *(
        b"\x7f",
        b"\x1f",
        b"\x08",
        b"\n",
        b"\r",
        b"\xff",
        b"\xc3",
        b"\\",
        b"\\U0000004",
        b"\\'",
        b"\\/",
    ),
    *(b"\xed\xa0\x80", b"\r\n", b"\\u00g0", b"\\0", b"\\\n"),
)
COMMENTS: Final = (
    *(b"# c", b"#", b"# a = 1", b"# [x]", "# é".encode(), b"#\t", b"# '\"", b"## x #", b"#c "),
)
_TOKEN: Final = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\']|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"'
    rb"|'[^'\n]*'|#[^\n]*|\r?\n|[ \t]+|\[\[|\]\]|[\[\]{}=,.]|[A-Za-z0-9_+:-]+|.",
    re.DOTALL,
)


def _key(draw: Draw) -> bytes:
    """A key, at times a dotted one."""
    if draw.chance(0.02):
        return draw.choice(BAD_KEYS)
    parts = [draw.choice(KEYS[:6] if draw.chance(0.7) else KEYS)]
    while draw.chance(0.22) and len(parts) < 4:
        parts.append(draw.choice(KEYS[:6]))
    dot = b"." if not draw.chance(0.1) else draw.choice((b" . ", b". ", b" .", b"\t.\t"))
    return dot.join(parts)


def _space(draw: Draw, often: float = 0.1) -> bytes:
    return draw.choice((b" ", b"  ", b"\t", b" \t ")) if draw.chance(often) else b""


def _gap(draw: Draw) -> bytes:
    """What may stand between the items of an array."""
    if draw.chance(0.7):
        return _space(draw, 0.3)
    parts = [_space(draw)]
    for _ in range(draw.integer(1, 3)):
        parts += [draw.choice(COMMENTS) if draw.chance(0.3) else b"", b"\n", _space(draw, 0.4)]
    return b"".join(parts)


def _string(draw: Draw) -> bytes:
    quote = draw.choice((b'"', b'"', b"'", b'"""', b"'''"))
    parts = []
    for _ in range(some(draw, 0, 3)):
        text = draw.choice(BAD_TEXTS) if draw.chance(0.02) else draw.choice(TEXTS)
        if quote[:1] == b"'":
            text = text.replace(b"'", b"" if len(quote) == 1 else b"' ")
        parts.append(text)
        if len(quote) == 3 and draw.chance(0.4):
            ways = (b"\n", b"\r\n", b"\n\n", quote[:1], quote[:2] + b" ", b"  ")
            parts.append(draw.choice(ways))
        if quote == b'"""' and draw.chance(0.2):
            parts.append(draw.choice((b"\\\n", b"\\\n   ", b"\\  \n\n  ", b"\\\r\n ", b'\\"""')))
    start = draw.choice((b"\n", b"\r\n", b"")) if len(quote) == 3 else b""
    end = quote if not draw.chance(0.15) or len(quote) == 1 else quote + quote[:1]
    return quote + start + b"".join(parts) + end


def value(draw: Draw, depth: int = 0) -> bytes:
    """A value of any type."""
    kind = draw.integer(0, 9 if depth < MAX_DEPTH else 6)
    if kind <= 2:
        return draw.choice(SCALARS)
    if kind == 3:
        return draw.choice(TIMES)
    if kind <= 6:
        return _string(draw) if not draw.chance(0.04) else draw.choice(BAD_SCALARS)
    if kind <= 8:
        return _array(draw, depth)
    return _inline(draw, depth)


def _array(draw: Draw, depth: int) -> bytes:
    items = [_gap(draw) + value(draw, depth + 1) + _gap(draw) for _ in range(some(draw, 0, 4))]
    comma = b"," if not draw.chance(0.01) else draw.choice((b"", b",,", b"\n"))
    tail = b"," + _gap(draw) if items and draw.chance(0.2) else b""
    return b"[" + comma.join(items) + tail + (_gap(draw) if not items else b"") + b"]"


def _inline(draw: Draw, depth: int) -> bytes:
    pairs = []
    for _ in range(some(draw, 0, 4)):
        before, behind = _space(draw, 0.5), _space(draw, 0.3)
        pairs.append(before + _key(draw) + b" = "[draw.integer(0, 1) :] + value(draw, depth + 1))
        pairs[-1] += behind
    tail = draw.choice((b",", b"\n", b",,")) if draw.chance(0.02) else b""
    return b"{" + b",".join(pairs) + tail + b"}"


def _line(draw: Draw) -> bytes:
    """A pair, a header, a comment or nothing, without the line end."""
    kind = draw.integer(0, 9)
    comment = b""
    if draw.chance(0.15):
        comment = _space(draw, 0.8) + draw.choice(COMMENTS)
    if kind <= 5:
        equals = draw.choice((b" = ", b"=", b" =", b"= ", b"\t=\t"))
        if draw.chance(0.01):
            equals = draw.choice((b"", b" ", b"==", b":", b"=\n", b"\n="))
        return _space(draw) + _key(draw) + equals + value(draw) + comment
    if kind <= 7:
        return _space(draw) + b"[" + _space(draw) + _key(draw) + _space(draw) + b"]" + comment
    if kind == 8:
        return _space(draw) + b"[[" + _space(draw) + _key(draw) + _space(draw) + b"]]" + comment
    return comment


def document(draw: Draw) -> bytes:
    """Some lines; one kind of line end."""
    end = b"\n" if not draw.chance(0.1) else b"\r\n"
    lines = [_line(draw) for _ in range(some(draw, 1, 9))]
    made = end.join(lines)
    if not draw.chance(0.3):
        made += end
    if draw.chance(0.02):
        made += draw.choice((b"\r", b"\xef\xbb\xbf", b"\x0c", b"x", b"[", b"=", b"#\x01", b"#\r"))
    return made


def piece(draw: Draw) -> bytes:
    """Something that stands within a document."""
    kind = draw.integer(0, 11)
    if kind == 0:
        return draw.choice(
            (b"[", b"]", b"{", b"}", b"=", b",", b".", b"[[", b"]]", b'"', b"'", b'"""')
        )
    if kind == 1:
        return draw.choice(BAD_SCALARS)
    if kind == 2:
        return draw.choice(COMMENTS)
    if kind == 3:
        return draw.choice(BAD_KEYS + KEYS)
    if kind == 4:
        return draw.choice((b"\n", b"\r\n", b"\n\n", b"\r", b"\n#\n", b" ", b"\t"))
    if kind <= 6:
        return value(draw, 1)
    return b"\n" + _line(draw) + b"\n"


def tokens(data: bytes) -> Tokens:
    """Strings, words, brackets, comments, space; they join to `data`, whatever it is."""
    return _TOKEN.findall(data)


def unit(pieces: Tokens, at: int) -> int:
    """Index behind the value, the header or the line that starts at a token."""
    if pieces[at] in (b"[", b"{", b"[["):
        depth = 0
        while at < len(pieces):
            held = pieces[at]
            depth += held.count(b"[") + held.count(b"{") if held in (b"[", b"[[", b"{") else 0
            depth -= held.count(b"]") + held.count(b"}") if held in (b"]", b"]]", b"}") else 0
            at += 1
            if depth <= 0:
                break
        return at
    if at and pieces[at - 1] in (b"\n", b"\r\n"):
        while at < len(pieces) and pieces[at] not in (b"\n", b"\r\n"):
            at += 1
    return at + 1


GRAMMAR: Final = Grammar(
    build=document,
    piece=piece,
    tokens=tokens,
    unit=unit,
    wraps=(
        *(
            (b"[", b"]"),
            (b"{a=", b"}"),
            (b"a.", b""),
            (b"[[", b"]]"),
            (b"\n[", b"]\n"),
            (b"\n", b"\n"),
        ),
        *((b"a=[", b"]"), (b"'", b"'"), (b'"', b'"'), (b'"""', b'"""'), (b"# ", b"")),
    ),
    fresh=0.4,
)


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A changed or new document."""
    return GRAMMAR.mutate(data, max_size, rng)


def strategy() -> SearchStrategy[bytes]:
    """Documents for Hypothesis."""
    return GRAMMAR.strategy()
