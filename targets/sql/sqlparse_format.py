"""sqlparse.format with every documented option: blanks change, and what an option says; no more.

What must be the same before and after is read by `scan`, and only where all dialects read a text
alike: no backslash, no `#`, nothing that is never closed.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import math
import re
from collections.abc import Callable
from typing import Any, Final

import sqlparse
from sqlparse.exceptions import SQLParseError

from targets.oracles import Violation
from targets.sql import scan
from targets.sql.implementation import Choices
from targets.sql.room import little_room
from targets.sql.scan import Piece

Options = dict[str, Any]

SWITCHES: Final = (
    *("reindent", "strip_comments", "strip_whitespace", "use_space_around_operators"),
    *("reindent_aligned", "comma_first", "compact", "indent_tabs"),
)
VALUES: Final[tuple[tuple[str, tuple[Any, ...]], ...]] = (
    ("keyword_case", ("upper", "lower", "capitalize")),
    ("identifier_case", ("upper", "lower", "capitalize")),
    ("output_format", ("python", "php", "sql")),
    ("wrap_after", (1, 10, 40, 80, -1, "x")),
    ("indent_width", (4, 1, 8, 0, None)),
    ("truncate_strings", (2, 5, 10, 1, "x")),
    ("indent_columns", (True, "x")),
    ("indent_after_first", (True,)),
)
"""Options that are not switches, each with values that have a meaning, then some that have none.
`right_margin` is left out: no document names it, and it says that it is not implemented."""

MEANINGLESS: Final[tuple[Any, ...]] = (
    *(None, "", "x", "1", b"x", 0, 1, -1, 1.5, math.inf, math.nan, True, (), [], {}, [1], object),
)
"""Values that mean nothing for most options."""
NAMES: Final = (*(name for name, _ in VALUES), *SWITCHES, "truncate_char")
ROOM: Final = 400
"""Frames that formatting may take: sqlparse allows 100 levels of nesting, for which the option that
needs most needs 318."""
_MINOR: Final = frozenset(
    ("wrap_after", "indent_width", "indent_tabs", "comma_first", "compact", "indent_after_first")
)
"""Options that say how to do what another option says to do."""
_HINTS: Final = ("/*+", "--+")
_ESCAPE: Final = re.compile(r"\\([\s\S])")
_PHP: Final = re.compile(r'\$sql\d* {0,2}(?:\.=|=) *"')
_PHP_TEXT: Final = re.compile(r'((?:[^"\\]|\\[\s\S])*+)"')
_PHP_VARIABLE: Final = re.compile(r"(?<!\\)(?:\\\\)*(?:\$[a-zA-Z_{\x80-\U0010ffff]|\{\$)")
_PHP_ESCAPES: Final = {
    **{"n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b", "f": "\f"},
    **{"\\": "\\", '"': '"', "$": "$"},
}
_PYTHON_GAP: Final = re.compile(r"(?:\s|[()]|sql\d* = )*+")
_PYTHON_TEXT: Final = re.compile(r"'(?:[^'\\]|\\[\s\S])*+'")
_PYTHON_ESCAPES: Final = {
    **{"n": "\n", "r": "\r", "t": "\t", "v": "\v", "a": "\a", "b": "\b", "f": "\f"},
    **{"\\": "\\", "'": "'", '"': '"', "\n": ""},
}


def format_(text: str, choices: Choices) -> None:
    """Format with the options that the choices say."""
    options = drawn(choices)
    try:
        with little_room(ROOM):
            result = sqlparse.format(text, **options)
    except SQLParseError:
        return
    if not isinstance(result, str):
        raise Violation("format: the result is no text")
    language = options.pop("output_format", "sql")
    if language != "sql":
        _require_source(text, result, options, _READERS[language])
    elif scan.is_plain(text):
        require_kept(text, result, options)


def misuse(text: str, choices: Choices) -> None:
    """Format with options of values that mean nothing: one error is documented for those."""
    options: Options = {}
    for _ in range(1 + choices.integer(0, 2)):
        name = choices.pick(NAMES)
        options[name] = choices.pick(MEANINGLESS)
    with contextlib.suppress(SQLParseError), little_room(ROOM):
        sqlparse.format(text, **options)


def drawn(choices: Choices) -> Options:
    """Options, none by default."""
    switches, valued = choices.integer(0, 255), choices.integer(0, 255)
    options: Options = {name: True for bit, name in enumerate(SWITCHES) if switches & 1 << bit}
    for bit, (name, values) in enumerate(VALUES):
        if valued & 1 << bit:
            options[name] = choices.pick(values)
    return options


def ink(text: str) -> str:
    """All that is not blank."""
    return "".join(text.split())


def require_kept(text: str, result: str, options: Options) -> None:
    """Violation when more than blanks, and what the options name, has changed."""
    broken = _broken(text, result, options)
    if not broken:
        return
    needed = dict(options)
    for name in options:
        fewer = {other: value for other, value in needed.items() if other != name}
        if _broken(text, sqlparse.format(text, **fewer), fewer) == broken:
            needed = fewer
    how = ", ".join(name for name in needed if name not in _MINOR)
    raise Violation(f"format: {broken}, by {how or 'default'}", f"{text[:80]!r}: {result[:80]!r}")


def _broken(text: str, result: str, options: Options) -> str:
    """What is broken, in a few words; empty: nothing."""
    old, new = scan.scan(text), scan.scan(result)
    recased = "keyword_case" in options or "identifier_case" in options
    if recased and not text.isascii():
        return ""
    wanted, got = (_meaning(pieces, options, recased=recased) for pieces in (old, new))
    if wanted != got:
        return _change(wanted, got)
    expected = [ink(piece.text) for piece in old if _is_comment(piece)]
    found = [ink(piece.text) for piece in new if _is_comment(piece)]
    if not options.get("strip_comments"):
        return "" if expected == found else "comments are not the same"
    if any(not comment.startswith(_HINTS) for comment in found):
        return "a comment stays"
    hints = [comment for comment in expected if comment.startswith(_HINTS)]
    return "" if hints == found else "a hint is lost"


def _is_comment(piece: Piece) -> bool:
    return piece.kind in (scan.COMMENT, scan.LINE_COMMENT)


def _meaning(pieces: list[Piece], options: Options, *, recased: bool) -> list[Piece]:
    """What must be the same: tokens in order, without what the options change."""
    truncated = "truncate_strings" in options
    found: list[Piece] = []
    for piece in pieces:
        if piece.kind in scan.IGNORED:
            continue
        text = piece.text.lower() if recased else piece.text
        if truncated and piece.kind in (scan.TEXT, scan.PREFIXED_TEXT):
            text = "'"
        found.append(Piece(piece.kind, text))
    return found


def _change(before: list[Piece], after: list[Piece]) -> str:
    """In a few words what became of the first token that is not the same."""
    at = sum(
        1
        for _ in itertools.takewhile(
            lambda pair: pair[0] == pair[1], zip(before, after, strict=False)
        )
    )
    if at == len(before):
        return f"a {after[at].kind} too many"
    old = before[at]
    if at == len(after):
        return f"a {old.kind} is lost at the end"
    new = after[at]
    if new.text.startswith(old.text):
        behind = before[at + 1].kind if at + 1 < len(before) else "nothing"
        return f"a {old.kind} is glued to a {behind}"
    if old.text.startswith(new.text):
        return f"a {old.kind} is cut"
    lost = at + 1 < len(before) and before[at + 1] == new
    return f"a {old.kind} is {'lost' if lost else 'another'}"


def _require_source(text: str, result: str, options: Options, reader: Callable[[str], str]) -> None:
    """Source of another language gives back the formatted text when it is run."""
    try:
        plain = sqlparse.format(text, **options)
    except SQLParseError:
        return
    value = reader(result)
    if ink(value) != ink(plain):
        how = ", strip_comments" if options.get("strip_comments") else ""
        raise Violation(
            f"format: {reader.__name__} source gives another text{how}",
            f"{value[:80]!r}: {plain[:80]!r}",
        )


def python(source: str) -> str:
    """The text that `sql = '…'`, once or more often, gives when it is run."""
    values: list[str] = []
    at = 0
    while gap := _PYTHON_GAP.match(source, at):
        if gap.end() == len(source):
            break
        opening = gap.end()
        closing = _PYTHON_TEXT.match(source, opening)
        if closing is None:
            raise Violation("format: a text in python source ends elsewhere", source[at : at + 40])
        at = closing.end()
        values.append(_unescaped(source[opening + 1 : at - 1], _PYTHON_ESCAPES))
    try:
        # A text with NUL is no SQL, and no Python source can have one: nothing is promised of it.
        ast.parse(source.replace("\0", " "))
    except (SyntaxError, ValueError, MemoryError) as error:
        reason = "a text over lines" if "unterminated" in str(error) else "its layout"
        raise Violation(f"format: python source is no Python for {reason}", str(error)) from None
    return "".join(values)


def php(source: str) -> str:
    """The text that `$sql = "…";`, once or more often, gives when it is run."""
    values: list[str] = []
    at = 0
    while source[at:].strip():
        at += len(source[at:]) - len(source[at:].lstrip())
        opening = _PHP.match(source, at)
        if opening is None:
            raise Violation("format: php source does more than assign a text", source[at : at + 40])
        value, at = _php_text(source, opening.end())
        values.append(value)
        if source[at : at + 1] != ";":
            raise Violation("format: a text in php source ends too early", source[at : at + 40])
        at += 1
    return "".join(values)


def _php_text(source: str, at: int) -> tuple[str, int]:
    """The value of a text in double quotes, and the index behind it."""
    found = _PHP_TEXT.match(source, at)
    if found is None:
        raise Violation("format: a text in php source is never closed")
    if _PHP_VARIABLE.search(found[1]):
        raise Violation("format: php source has a variable in a text", found[1][:80])
    return _unescaped(found[1], _PHP_ESCAPES), found.end()


def _unescaped(text: str, escapes: dict[str, str]) -> str:
    """The value of a text between its quotes; a backslash before any other character stays."""
    return _ESCAPE.sub(lambda found: escapes.get(found[1], found[0]), text)


_READERS: Final[dict[str, Callable[[str], str]]] = {"python": python, "php": php}
