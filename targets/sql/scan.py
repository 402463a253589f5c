"""A second reading of SQL text, by hand: what oracles compare with; no code of any subject in it.

It knows what every dialect agrees on and takes a stand where they differ: `"…"` is a text, `#` is
an operator, comments do not nest, a backslash escapes in texts, and what is never closed runs to
the end. One pass, no search starts over.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

BLANK: Final = "blank"
LINE_COMMENT: Final = "line comment"
COMMENT: Final = "comment"
TEXT: Final = "text"
QUOTED_TEXT: Final = "double-quoted text"
PREFIXED_TEXT: Final = "prefixed text"
DOLLAR_TEXT: Final = "dollar-quoted text"
NUMBER: Final = "number"
HEX: Final = "hexadecimal number"
PLACEHOLDER: Final = "placeholder"
NAME: Final = "quoted name"
WORD: Final = "word"
OPERATOR: Final = "operator"

LITERALS: Final = frozenset({TEXT, QUOTED_TEXT, PREFIXED_TEXT, DOLLAR_TEXT, NUMBER, HEX})
IGNORED: Final = frozenset({BLANK, LINE_COMMENT, COMMENT})
PREFIXES: Final = frozenset("xXbBnNeE")
_AMBIGUOUS: Final = re.compile(
    r"[\\#´`\[\]{}@\x00\x0b-\x0c\x1c-\x1f\x85\u2028\u2029]|\r(?!\n)|(?<!\w)\$|\$(?=\$)"
)
_SIMPLE_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A token of the text, and whether it is one that only the end of the text closes."""

    kind: str
    text: str
    open: bool = False


def scan(text: str) -> list[Piece]:
    """The pieces of `text`; they join to it."""
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        piece = _piece(text, at)
        pieces.append(piece)
        at += len(piece.text)
    return pieces


def is_blank(text: str) -> bool:
    """Whether there is nothing but blanks and comments in it."""
    at = 0
    while at < len(text):
        piece = _piece(text, at)
        if piece.kind not in IGNORED:
            return False
        at += len(piece.text)
    return True


def is_plain(text: str) -> bool:
    """Whether every dialect finds the same tokens in it."""
    if _AMBIGUOUS.search(text):
        return False
    for piece in scan(text):
        if piece.open and piece.kind != LINE_COMMENT:
            return False
        if piece.kind == NUMBER and not _SIMPLE_NUMBER.fullmatch(piece.text):
            return False
        if piece.kind == HEX:
            return False
    return True


def _piece(text: str, at: int) -> Piece:
    char = text[at]
    following = text[at + 1 : at + 2]
    if char.isspace():
        return Piece(BLANK, text[at : _run(text, at, str.isspace)])
    if char == "-" and following == "-":
        return _until(text, at, "\n", at + 2, LINE_COMMENT)
    if char == "/" and following == "*":
        return _until(text, at, "*/", at + 2, COMMENT)
    if char in "'\"":
        return _quoted(text, at, at, TEXT if char == "'" else QUOTED_TEXT)
    if char in PREFIXES and following == "'":
        return _quoted(text, at, at + 1, PREFIXED_TEXT)
    if char == "`":
        return _until(text, at, "`", at + 1, NAME)
    if char == "$":
        return _dollar(text, at)
    if char == "?":
        return Piece(PLACEHOLDER, char)
    if _is_digit(char) or (char == "." and _is_digit(following) and not _in_word(text, at)):
        return _number(text, at)
    if _starts_word(char):
        return Piece(WORD, text[at : _run(text, at, _continues_word)])
    return Piece(OPERATOR, char)


def _run(text: str, at: int, wanted: object) -> int:
    """The end of the run of characters from `at` that `wanted` is true of."""
    assert callable(wanted)
    end = at + 1
    while end < len(text) and wanted(text[end]):
        end += 1
    return end


def _until(text: str, at: int, close: str, start: int, kind: str) -> Piece:
    end = text.find(close, start)
    if end < 0:
        return Piece(kind, text[at:], open=True)
    return Piece(kind, text[at : end + len(close)])


def _quoted(text: str, at: int, opening: int, kind: str) -> Piece:
    quote = text[opening]
    end = opening + 1
    while end < len(text):
        if text[end] == "\\" or text[end : end + 2] == quote * 2:
            end += 2
        elif text[end] == quote:
            return Piece(kind, text[at : end + 1])
        else:
            end += 1
    return Piece(kind, text[at:], open=True)


def _dollar(text: str, at: int) -> Piece:
    end = at + 1
    if end < len(text) and _is_digit(text[end]):
        return Piece(PLACEHOLDER, text[at : _run(text, at, _in_number)])
    if end < len(text) and _starts_word(text[end]):
        end = _run(text, end, _in_tag)
    if text[end : end + 1] != "$":
        return Piece(OPERATOR, "$")
    return _until(text, at, text[at : end + 1], end + 1, DOLLAR_TEXT)


def _number(text: str, at: int) -> Piece:
    """A number with all that is glued to it, so that no other number can become part of a word."""
    end = _run(text, at, _in_number)
    token = text[at:end]
    kind = HEX if token[:2] in ("0x", "0X") else NUMBER
    signed = text[end : end + 1] in ("+", "-") and _is_digit(text[end + 1 : end + 2])
    if kind == NUMBER and signed and _is_mantissa(token):
        token = text[at : _run(text, end, _in_number)]
    return Piece(kind, token)


def _is_mantissa(token: str) -> bool:
    """Whether it is a number that an exponent with a sign belongs to: `1e`, `.5E`."""
    return token[-1] in "eE" and all(_is_digit(char) or char == "." for char in token[:-1])


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"


def _starts_word(char: str) -> bool:
    return char == "_" or (char.isalnum() and not char.isdecimal())


def _continues_word(char: str) -> bool:
    return char in "_$" or char.isalnum()


def _in_tag(char: str) -> bool:
    return char == "_" or char.isalnum()


def _in_number(char: str) -> bool:
    return char in "._" or char.isalnum()


def _in_word(text: str, at: int) -> bool:
    return at > 0 and _continues_word(text[at - 1])
