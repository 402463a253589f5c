"""Parameters of header fields as a grammar: `; name="value"` in every spelling."""

from __future__ import annotations

from typing import Final

from targets.drawing import Draw

Words = tuple[bytes, ...]

_NAMES: Final[Words] = (b"a", b"charset", b"boundary", b"q", b"x", b"name", b"filename", b"path")
_ODD_NAMES: Final[Words] = (
    *(b"", b"!", b"a b", b"*", b"a*", b"a*0", b"a*1", b"a*0*", b"a*1*", b"A", b"\xff", b'"a"'),
    *(b"a\0", b"="),
    *(b"filename*0", b"filename*1*", b"name*", b"a*x", b"a*00", b"a**", b"a*-1", b"a*999999"),
    *(b"a*\xb2",),
)
_VALUES: Final[Words] = (b"b", b"1", b"a.txt", b"utf-8", b"x-y", b"field")
_QUOTED: Final[Words] = (
    *(b"", b"a b", b"a;b", b"a=b", b"a,b", b'\\"', b"\\\\", b"a\\", b"a%22b", b"C:\\a\\b.txt"),
    *(b"\\\\a\\b",),
    *(b"\xc3\xa9", b"\xff", b"a\tb", b"\\a", b"a\\\\\\", b"../a", b"/a/b", b"\\0", b"a:b", b"%"),
    *(b"a\\\\b",),
)
_EXTENDED: Final[Words] = (
    *(b"utf-8''a", b"UTF-8'en'%e2%82%ac", b"utf-8''%ff", b"iso-8859-1'en'%A3", b"x''a", b"'a"),
    *(b"''",),
    *(b"utf-8''", b"utf-8'%41", b"utf-8''%", b"utf-8''a%2fb", b"us-ascii''a'b", b"\xff''a"),
    *(b"utf-16''%41",),
    *(b"\"utf-8''a\"", b"utf-8''%zz", b"undefined''a", b"base64''a", b"idna''%ff", b"\0''a"),
    *(b"utf-7''+",),
)
_SEPARATORS: Final[Words] = (
    b";",
    b" ; ",
    b";;",
    b"; ;",
    b";\t",
    b" ",
    b",",
    b"",
    b";\r\n ",
    b"; \\",
)


def parameters(draw: Draw, first: bytes = b"", second: bytes | None = None) -> bytes:
    """Zero to four of them, with the ones of these names at the beginning."""
    text = b""
    if first:
        text += b"; " + first + b"=" + _value(draw, first)
    if second is not None:
        text += b"; " + second + b"=" + _value(draw, second)
    for _ in range(draw.choice((0,) * 9 + (1, 2, 4)) if first else draw.integer(0, 3)):
        odd = draw.chance(0.15)
        name = draw.choice(_ODD_NAMES if odd else _NAMES)
        text += draw.choice(_SEPARATORS) if draw.chance(0.1) else b"; "
        text += name
        if not draw.chance(0.05):
            text += draw.choice((b" = ", b"= ", b" =", b"==")) if draw.chance(0.05) else b"="
            text += _value(draw, name)
    return text


def _value(draw: Draw, name: bytes) -> bytes:
    if name.endswith(b"*") and not draw.chance(0.1):
        return draw.choice(_EXTENDED)
    shape = draw.integer(0, 19)
    if shape < 13:
        return b'"' + draw.choice(_VALUES) + b'"'
    if shape < 16:
        return draw.choice(_VALUES)
    if shape < 19:
        quoted = draw.choice(_QUOTED) * draw.choice((1, 1, 1, 5, 15))
        return b'"' + quoted + (b"" if draw.chance(0.1) else b'"')
    return draw.choice(_EXTENDED + _QUOTED)
