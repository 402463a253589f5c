"""The smallest parts of an expression: a field is terms between commas, whatever the dialect."""

from __future__ import annotations

import dataclasses
import enum
import re
from typing import Final


class Field(enum.Enum):
    """A place in an expression, with the lowest and the highest number that it can hold."""

    SECOND = ("second", 0, 59)
    MINUTE = ("minute", 0, 59)
    HOUR = ("hour", 0, 23)
    DAY = ("day", 1, 31)
    MONTH = ("month", 1, 12)
    WEEKDAY = ("weekday", 0, 7)
    YEAR = ("year", 1970, 2099)

    @property
    def low(self) -> int:
        """The lowest number."""
        return int(self.value[1])

    @property
    def high(self) -> int:
        """The highest number."""
        return int(self.value[2])


FIVE: Final = (Field.MINUTE, Field.HOUR, Field.DAY, Field.MONTH, Field.WEEKDAY)
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """`kind` of: star, question, value, range, last, last-in-words, last-workday, workday,
    before-last, to-last, last-weekday, nth, nth-range, hash, junk, empty."""

    kind: str
    first: str = ""
    last: str = ""
    step: str | None = None
    spelling: str = ""
    """Which of several spellings of one kind it is."""


_VALUE: Final = r"[0-9]+|[a-z]{3}"
_FORMS: Final = tuple(
    (kind, spelling, re.compile(rf"(?:{pattern})(?:/(?P<step>[0-9]+))?"))
    for kind, spelling, pattern in (
        ("star", "*", r"\*"),
        ("question", "?", r"\?"),
        ("value", "v", rf"(?P<first>{_VALUE})"),
        ("range", "v-v", rf"(?P<first>{_VALUE})-(?P<last>{_VALUE})"),
        ("last", "l", r"l"),
        ("last-in-words", "last word", r"last"),
        ("last-workday", "lw", r"lw"),
        ("last-workday", "wl", r"wl"),
        ("workday", "nw", r"(?P<first>[0-9]+)w"),
        ("workday", "wn", r"w(?P<first>[0-9]+)"),
        ("before-last", "l-n", r"l-(?P<first>[0-9]+)"),
        ("to-last", "n-l", r"(?P<first>[0-9]+)-l"),
        ("last-weekday", "nl", rf"(?P<first>{_VALUE})l"),
        ("last-weekday", "ln", r"l(?P<first>[0-9]+)"),
        ("last-weekday", "n#l", rf"(?P<first>{_VALUE})#l"),
        ("nth", "n#n", rf"(?P<first>{_VALUE})#(?P<last>[0-9]+)"),
        ("nth-range", "n-n#n", rf"(?P<first>{_VALUE})-(?:{_VALUE})#(?P<last>[0-9]+)"),
        ("hash", "h", r"h(?:\((?P<first>[0-9]+)-(?P<last>[0-9]+)\))?"),
        ("hash", "r", r"r(?:\((?P<first>[0-9]+)-(?P<last>[0-9]+)\))?"),
    )
)
_JUNK: Final = tuple(
    (Term("junk", spelling=name), re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("other digits", r".*[^\W0-9a-z_].*"),
        ("other signs", r".*[^\x21-\x7e].*"),
        ("a slash without a step", r".*/"),
        ("a step that is none", r"[^/]*/.*"),
        ("a sign without a value", r".*[-#]|[-#].*"),
        ("signs together", r"[^a-z]*"),
        ("letters", r".*"),
    )
)
"""What is no term, by the first form that it has."""
_EMPTY: Final = Term("empty")


def cut(field: str) -> tuple[Term, ...]:
    """The terms of a field. Nothing is judged but the form; capitals mean small letters."""
    return tuple(_term(part) for part in field.lower().split(","))


def _term(text: str) -> Term:
    if not text:
        return _EMPTY
    for kind, spelling, form in _FORMS:
        found = form.fullmatch(text)
        if found is not None:
            parts = found.groupdict()
            return Term(
                kind, parts.get("first") or "", parts.get("last") or "", parts["step"], spelling
            )
    return next(junk for junk, form in _JUNK if form.fullmatch(text))
