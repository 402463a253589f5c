"""The reference: turns a statement into its digest, for statistics that group queries.

Literals become `?`, comments and runs of blanks one blank, lists behind IN and rows behind VALUES
one `(?)`. It is built on the lexer of sqlparse, with rules of its own that never fail, never start
over and never look back, so that every text has a digest, in linear time, and none that is longer
than the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlparse import tokens
from sqlparse.lexer import Lexer

from targets import faults

LABEL_BYTES: Final = 64
"""Longest label of a metric; a longer digest is cut so that it fits with its ellipsis."""
_ELLIPSIS: Final = "..."

_IN_QUOTES: Final = r"(?:[^{0}\\]++|{0}{0}|\\[\s\S]?)*+{0}?"
_TEXT: Final = "'" + _IN_QUOTES.format("'")
_QUOTED_TEXT: Final = '"' + _IN_QUOTES.format('"')
_DOLLAR_TEXT: Final = r"(\$(?:[^\W\d]\w*+)?\$)[\s\S]*?(?:(?-i:\1)|\Z)"
_COMMENT: Final = r"/\*[\s\S]*?(?:\*/|\Z)"
_DIGITS: Final = r"(?:[0-9]|(?<![\w$])\.[0-9])"
_EXPONENT: Final = rf"{_DIGITS}[0-9.]*+e[+-][0-9][\w.]*+"
_NUMBER: Final = rf"{_DIGITS}[\w.]*+"

Rule = tuple[str, Any]
RULES: Final[tuple[Rule, ...]] = (
    (r"\s++", tokens.Whitespace),
    (r"--[^\n]*+\n?", tokens.Comment.Single),
    (_COMMENT, tokens.Comment.Multiline),
    (_TEXT, tokens.Literal.String.Single),
    (_QUOTED_TEXT, tokens.Literal.String.Symbol),
    (rf"[xbne]{_TEXT}", tokens.Literal.String),
    (r"`[^`]*+`?", tokens.Name),
    (_DOLLAR_TEXT, tokens.Literal),
    (r"\?|\$[0-9][\w.]*+", tokens.Name.Placeholder),
    (_EXPONENT, tokens.Literal.Number.Float),
    (_NUMBER, tokens.Literal.Number),
    (r"[^\W\d][\w$]*+", tokens.Keyword),
    (r"[\s\S]", tokens.Operator),
)
"""Regular expressions in order of precedence, as sqlparse's lexer takes them: case is ignored.
One of them matches at any place, and none gives back what it took."""

FAULTY_RULES: Final[dict[str, tuple[str, Rule]]] = {
    "escape-ends-text": (_TEXT, ("'(?:[^']++|'')*+'?", tokens.Literal.String.Single)),
    "exponent-leaks": (_EXPONENT, (r"(?!)", tokens.Literal.Number.Float)),
    "hexadecimal-leaks": (_NUMBER, (rf"{_DIGITS}[0-9.e]*+", tokens.Literal.Number)),
    "open-comment-rescans": (_COMMENT, (r"/\*[\s\S]*?\*/", tokens.Comment.Multiline)),
}
"""A planted fault, the pattern of the rule that it spoils, and what stands there instead."""

_IN: Final = re.compile(r"\bin \(", re.IGNORECASE)
_BLANK: Final = " "
_LITERAL: Final = "?"
_CONSTANTS: Final = frozenset({_LITERAL, "null", "true", "false", "default"})
_BEFORE_CONSTANT: Final = frozenset({"+", "-", _BLANK})


class Normalizer:
    """Makes digests. Total: any text has one."""

    def __init__(self) -> None:
        rules = list(RULES)
        for name, (pattern, faulty) in FAULTY_RULES.items():
            if faults.on(name):
                rules = [faulty if rule[0] == pattern else rule for rule in rules]
        lexer = Lexer()
        lexer.clear()
        lexer.set_SQL_REGEX(rules)
        self._lex: Callable[[str], Iterator[tuple[Any, str]]] = lexer.get_tokens
        self._leaks_comment = faults.on("open-comment-leaks")
        self._forgets_names = faults.on("quoted-names-vanish")
        self._marks_lists = faults.on("list-marker-grows")
        self._wants_blanks = faults.on("tight-list-stays")
        self._rereads = faults.on("lists-reread")
        self._recurses = faults.on("nesting-recurses")
        self._cuts_letters = faults.on("label-cuts-letters")

    def digest(self, text: str) -> str:
        """`text` without its literals; at most as long, and its own digest."""
        symbols = self._symbols(text)
        if self._recurses:
            _close(symbols, 0)
        return "".join(self._folded(symbols))

    def label(self, text: str) -> str:
        """The digest, cut between letters to at most `LABEL_BYTES` bytes of UTF-8."""
        digest = self.digest(text)
        data = digest.encode("utf-8")
        if len(data) <= LABEL_BYTES:
            return digest
        kept = data[: LABEL_BYTES - len(_ELLIPSIS)]
        return kept.decode("utf-8", "strict" if self._cuts_letters else "ignore") + _ELLIPSIS

    def _symbols(self, text: str) -> list[str]:
        """The tokens as they stand in a digest, without blanks at either end."""
        symbols: list[str] = []
        for kind, value in self._lex(text):
            if kind in tokens.Whitespace or kind in tokens.Comment:
                if symbols and symbols[-1] != _BLANK:
                    symbols.append(_BLANK)
                if self._leaks_comment and value.startswith("/*") and not value.endswith("*/"):
                    symbols.append(value[-1])
            elif kind in tokens.Literal or kind is tokens.Name.Placeholder:
                symbols.append(_LITERAL)
            elif not (self._forgets_names and kind is tokens.Name):
                symbols.append(value)
        if symbols and symbols[-1] == _BLANK:
            symbols.pop()
        return symbols

    def _folded(self, symbols: list[str]) -> list[str]:
        """The symbols, with lists and rows of constants as one `(?)`.

        Looking ahead for the end of a list is linear in all: what turns out to be no list of
        constants has no IN and no VALUES before the place that says so, and no second look.
        """
        folded: list[str] = []
        at = 0
        while at < len(symbols):
            word = symbols[at].lower()
            folded.append(symbols[at])
            at += 1
            if word in {"in", "values"}:
                if self._rereads:
                    _IN.findall("".join(folded))
                start, end = self._list(symbols, at)
                if end > start:
                    folded += (*symbols[at:start], "(", _LITERAL)
                    folded += self._closing(symbols[end - 1])
                    at = end if word == "in" else self._last_row(symbols, end)
        return folded

    def _closing(self, last: str) -> list[str]:
        closing = [", ..."] if self._marks_lists else []
        return [*closing, ")"] if last == ")" else closing

    def _last_row(self, symbols: list[str], at: int) -> int:
        """The index behind the last of the rows of constants that go on at `at`."""
        while True:
            comma = _skip_blank(symbols, at)
            if comma == len(symbols) or symbols[comma] != ",":
                return at
            start, end = self._list(symbols, comma + 1)
            if end == start:
                return at
            at = end

    def _list(self, symbols: list[str], at: int) -> tuple[int, int]:
        """Start and end of the list of constants behind `at`, both the same when there is none.

        The end of the text closes a list, too: statements are cut where they are logged.
        """
        start = at = _skip_blank(symbols, at)
        if at == len(symbols) or symbols[at] != "(":
            return start, start
        while True:
            if self._wants_blanks and symbols[at] == "," and symbols[at + 1 : at + 2] != [_BLANK]:
                return start, start
            item = at = _skip_blank(symbols, at + 1)
            while at < len(symbols) and symbols[at] in _BEFORE_CONSTANT:
                at += 1
            if at == len(symbols):
                return (start, at) if item > start + 1 else (start, start)
            if symbols[at].lower() not in _CONSTANTS:
                return start, start
            at = _skip_blank(symbols, at + 1)
            if at == len(symbols) or symbols[at] == ")":
                return start, min(at + 1, len(symbols))
            if symbols[at] != ",":
                return start, start


def _skip_blank(symbols: list[str], at: int) -> int:
    return at + 1 if at < len(symbols) and symbols[at] == _BLANK else at


def _close(symbols: list[str], at: int) -> int:
    """The index behind the bracket that closes what opened before `at`, by recursion."""
    while at < len(symbols):
        symbol = symbols[at]
        at += 1
        if symbol == "(":
            at = _close(symbols, at)
        elif symbol == ")":
            break
    return at
