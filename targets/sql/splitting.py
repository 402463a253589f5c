"""Where statements end, by a second reading: only for scripts whose every word is accounted for.

It claims plain statements, transactions, and routines with blocks as SQL/PSM, MySQL, PL/pgSQL and
SQLite write them. In any other script no place is certain.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.sql import scan

PLAIN: Final = frozenset(
    ("select", "insert", "update", "delete", "with", "alter", "drop", "truncate", "values", "set")
) | {"create", "commit", "rollback", "replace", "explain", "show", "use", "grant", "call", "merge"}
"""Words that a statement without blocks begins with."""
ROUTINES: Final = frozenset(("function", "procedure", "trigger"))
CLOSING: Final = {"if": "if", "loop": "loop", "while": "while", "for": "for", "case": "case"}
"""What END is followed by → the block that it closes."""
_UNCERTAIN: Final = frozenset(
    ("declare", "begin", "loop", "while", "repeat", "go", "delimiter", "handler", "do", "until")
) | {"language", "return", "returns", "exit", "leave", "atomic", "package", "body"}
"""Words that end statements, or open blocks, in one dialect only."""
_BEFORE_STEP: Final = frozenset((";", "then", "else", "begin", "loop", "do"))
_STEPS: Final = PLAIN - {"create", "commit", "rollback", "show", "use", "grant", "explain"}
_BRANCHES: Final = frozenset(
    (("elseif", "if"), ("elsif", "if"), ("else", "if"), ("when", "case"), ("else", "case"))
)
"""Words that begin a branch, each with the block that has it."""


class Uncertain(Exception):
    """The script has something that is not accounted for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """A statement: its tokens, and for each of them which blocks are open behind it."""

    words: list[str]
    open: list[tuple[str, ...]]


def statements(text: str) -> list[Part] | None:
    """The statements of `text`, without blanks and comments; None: not certain."""
    words = meaning(text)
    parts: list[Part] = []
    at = 0
    try:
        while at < len(words):
            reader = _Reader(words, at)
            part = reader.statement()
            if part.words != [";"]:
                parts.append(part)
            elif parts or len(words) > 1:
                return None
            at = reader.at
    except Uncertain:
        return None
    return parts


def meaning(text: str) -> list[str]:
    """The tokens of `text` in order; words in lower case."""
    return [
        piece.text.lower() if piece.kind == scan.WORD else piece.text
        for piece in scan.scan(text)
        if piece.kind not in scan.IGNORED
    ]


class _Reader:
    """Reads one statement from a place in the words on."""

    def __init__(self, words: list[str], at: int) -> None:
        self._words = words
        self._start = at
        self.at = at
        self._blocks: list[str] = []
        self._open: list[tuple[str, ...]] = []

    def statement(self) -> Part:
        """The statement, to its semicolon or the end of the text; Uncertain: it is not claimed."""
        first = self._words[self.at]
        if first == "begin" and self._peek(1) in _STEPS:
            self._block()
        elif first in ("begin", "start"):
            self._transaction()
        elif first == "create" and self._is_routine():
            self._routine()
        elif first in PLAIN:
            self._plain()
        else:
            raise Uncertain
        return Part(self._words[self._start : self.at], self._open)

    def _take(self) -> str:
        """The next word, and with which blocks open."""
        word = self._words[self.at]
        self.at += 1
        self._open.append(tuple(self._blocks))
        return word

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self._words[place] if place < len(self._words) else ""

    def _is_routine(self) -> bool:
        kind = self._peek(1) if self._peek(1) != "or" else self._peek(3)
        if kind in ROUTINES:
            return True
        if kind not in ("table", "view", "index", "unique", "database", "temporary"):
            raise Uncertain
        return False

    def _transaction(self) -> None:
        """`BEGIN [TRANSACTION | WORK]` and `START TRANSACTION`, with nothing behind them."""
        begins = self._take() == "begin"
        if self._peek() in ("transaction", "work"):
            self._take()
        elif not begins:
            raise Uncertain
        if self._peek() not in ("", ";"):
            raise Uncertain
        if self._peek():
            self._take()

    def _plain(self) -> None:
        while self._peek():
            word = self._take()
            if word == ";" and not self._blocks:
                return
            if word in ROUTINES:
                raise Uncertain
            self._word(word)
        if self._blocks:
            raise Uncertain

    def _routine(self) -> None:
        while self._peek() not in ("begin", ";", ""):
            word = self._take()
            if word in ("declare", "as", "is", "language", "if", "case"):
                raise Uncertain
            self._brackets(word)
        if self._blocks or self._peek() != "begin":
            raise Uncertain
        self._block()

    def _block(self) -> None:
        """BEGIN, steps, END."""
        previous = self._take()
        self._blocks.append("begin")
        while self._blocks:
            if not self._peek():
                raise Uncertain
            word = self._take()
            if previous in _BEFORE_STEP and self._blocks[-1] not in ("(", "case expression"):
                self._step(word)
            else:
                self._within(word)
            previous = word
        if self._peek() not in (";", ""):
            raise Uncertain
        if self._peek():
            self._take()

    def _step(self, word: str) -> None:
        """The first word of a step in a block."""
        if word in ("begin", "if", "loop", "while", "for", "case"):
            self._blocks.append(word)
        elif word == "end":
            self._end(statement=True)
        elif word == "declare":
            self._declaration()
        elif (word, self._blocks[-1]) not in _BRANCHES and word not in _STEPS:
            raise Uncertain

    def _declaration(self) -> None:
        """A variable, or a handler of MySQL, with a block or not."""
        while self._peek() not in (";", ""):
            if self._peek() == "begin" and "handler" in self._words[self.at - 8 : self.at]:
                self._take()
                self._blocks.append("begin")
                return
            word = self._take()
            if word in ("begin", "case", "if", "cursor", "("):
                raise Uncertain

    def _within(self, word: str) -> None:
        """A word inside a step."""
        if word in ("do", "loop") and self._blocks[-1] in ("while", "for"):
            if word == "loop":
                self._blocks[-1] = "loop"
        elif word in ("then", "else") and self._blocks[-1] in ("if", "case", "case expression"):
            return
        elif word == ";":
            if self._blocks[-1] in ("(", "case expression"):
                raise Uncertain
        else:
            self._word(word)

    def _word(self, word: str) -> None:
        """A word of an expression or clause."""
        if word == "case":
            self._blocks.append("case expression")
        elif word == "end":
            self._end(statement=False)
        elif word in _UNCERTAIN or (word == "if" and not self._is_function_or_exists()):
            raise Uncertain
        else:
            self._brackets(word)

    def _is_function_or_exists(self) -> bool:
        """Whether the IF before opens no block."""
        return self._peek() == "(" or "exists" in (self._peek(), self._peek(1))

    def _brackets(self, word: str) -> None:
        if word == ";":
            raise Uncertain
        if word == "(":
            self._blocks.append("(")
        elif word == ")" and (not self._blocks or self._blocks.pop() != "("):
            raise Uncertain

    def _end(self, *, statement: bool) -> None:
        """END, with what it says that it closes."""
        block = self._blocks.pop() if self._blocks else ""
        if not statement:
            if block != "case expression":
                raise Uncertain
            return
        closes = self._peek()
        if closes in CLOSING:
            self._take()
        if block != CLOSING.get(closes, "begin"):
            raise Uncertain
        if self._peek() not in (";", ""):
            raise Uncertain
