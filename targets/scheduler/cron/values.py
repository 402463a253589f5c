"""What one field means in a dialect: its numbers, its rules of days, and what speaks against it."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.scheduler.cron.dialects import Dialect
from targets.scheduler.cron.schedule import Rule
from targets.scheduler.cron.terms import MONTHS, WEEKDAYS, Field, Term, cut

DAYS: Final = (Field.DAY, Field.WEEKDAY)
WORDED: Final = {
    "last": Field.DAY,
    "last-in-words": Field.DAY,
    "last-workday": Field.DAY,
    "workday": Field.DAY,
    "before-last": Field.DAY,
    "to-last": Field.DAY,
    "last-weekday": Field.WEEKDAY,
    "nth": Field.WEEKDAY,
    "nth-range": Field.WEEKDAY,
}
"""Kinds of terms that have a meaning in one field only."""
MAX_DIGITS: Final = 9
_SIZES: Final = ("big", "small")


@dataclasses.dataclass(slots=True)
class Meaning:
    """Of one field, filled term by term."""

    numbers: set[int] = dataclasses.field(default_factory=set)
    rules: set[Rule] = dataclasses.field(default_factory=set)
    open: bool = False
    """It is a lone `*` or `?`."""
    begins_with_star: bool = False
    wrong: list[str] = dataclasses.field(default_factory=list)
    """Reasons why the dialect must refuse it."""
    doubts: list[str] = dataclasses.field(default_factory=list)
    """Reasons why no verdict is fair, though it has a meaning if it is accepted."""
    unknown: bool = False
    """What it means is not stated."""


@dataclasses.dataclass(frozen=True, slots=True)
class Phase:
    """Where the steps of a field count from, if not from its start."""

    offset: int


class _Reader:
    """Reads the terms of one field into its meaning."""

    def __init__(self, field: Field, dialect: Dialect, phase: Phase | None) -> None:
        self.field = field
        self.dialect = dialect
        self.phase = phase
        self.into = Meaning()

    def refuse(self, reason: str, which: str = "") -> None:
        """The dialect must refuse this, or leaves it open; `which` of such cases it is."""
        if reason in self.dialect.unsure:
            self.into.doubts.append(reason)
        else:
            self.into.wrong.append(reason + which)
        self.into.unknown = True

    def doubt(self, reason: str) -> None:
        """Accepted by some, refused by others."""
        if reason in self.dialect.unsure:
            self.into.doubts.append(reason)

    def read(self, text: str) -> Meaning:
        terms = cut(text)
        alone = len(terms) == 1
        self.into.begins_with_star = text.startswith("*" if self.field in DAYS else ("*", "?"))
        for term in terms:
            if not alone and term.kind in ("star", "question") and term.step is None:
                self.doubt("star in a list")
                self.into.unknown |= self.field in DAYS
            if not alone and term.kind in WORDED and term.kind not in ("nth", "last-weekday"):
                self.doubt("extra in a list")
                if term.kind != "last":
                    self.into.unknown = True
            self.term(term)
        self.into.open = alone and terms[0].kind in ("star", "question") and terms[0].step is None
        return self.into

    def term(self, term: Term) -> None:
        kind = term.kind
        if kind == "junk":
            return self.refuse("junk", f" of {term.spelling}")
        if kind == "empty":
            return self.refuse("an empty part")
        if term.step is not None and not term.step.strip("0"):
            return self.refuse("a step of 0", f" behind a {kind}")
        if term.step is not None and len(term.step) > MAX_DIGITS:
            self.into.doubts.append("big step")
            self.into.unknown = True
            return None
        if kind in ("star", "value", "range"):
            return self.span(term)
        if {kind, term.spelling}.isdisjoint(self.dialect.kinds):
            reason = kind if kind in self.dialect.unsure else term.spelling
            return self.refuse(reason, f" as a {self.field.value[0]}")
        if kind == "hash":
            return self.hashed(term)
        if kind == "question":
            return self.question(term)
        if self.field is not WORDED[kind]:
            return self.refuse("extra elsewhere", f": {kind} as a {self.field.value[0]}")
        if term.step is not None:
            self.doubt("step of a word")
            self.into.unknown = True
        return self.rule(term)

    def question(self, term: Term) -> None:
        if self.field not in DAYS and "question elsewhere" not in self.dialect.kinds:
            self.refuse("question elsewhere")
        elif term.step is not None and "question with a step" not in self.dialect.kinds:
            self.refuse("question with a step")
        else:
            self.span(dataclasses.replace(term, kind="star"))

    def hashed(self, term: Term) -> None:
        self.into.unknown = True
        if term.first and (
            self.number(term.first) is None
            or self.number(term.last) is None
            or int(term.first) >= int(term.last)
        ):
            self.refuse("a hash of no range")
        self.into.doubts.append("hash")

    def span(self, term: Term) -> None:
        """`*`, a value or a range, with or without a step."""
        low, high = self.field.low, self.highest()
        step = int(term.step) if term.step is not None else 1
        if term.kind == "star":
            return self.fill(low, high, step, term)
        first = self.number(term.first)
        if first is None:
            return None
        if term.kind == "value":
            if term.step is None:
                self.into.numbers.add(first)
            else:
                self.start_and_step(first, high, step, term)
            return None
        last = self.number(term.last)
        if last is None:
            return None
        if term.step is not None and not term.first.isdigit():
            self.doubt("step of a name")
        if term.first.isdigit() != term.last.isdigit():
            self.doubt("a name and a number")
        if first == last and self.dialect.equal_is_all:
            self.into.doubts.append("a range of one")
            self.into.unknown = True
        elif self.field is Field.WEEKDAY and 7 in (first, last) and not self.plain_seven(first):
            self.into.unknown = True
        elif first > last:
            self.reversed(first, last, step, term)
        else:
            self.fill(first, last, step, term)
        return None

    def start_and_step(self, first: int, high: int, step: int, term: Term) -> None:
        if not term.first.isdigit():
            self.doubt("step of a name")
        if self.field is Field.WEEKDAY:
            self.doubt("weekday start and step")
            if first == 7 or (7 - first) % step == 0:
                self.into.unknown = True
        self.fill(first, high, step, term)

    def plain_seven(self, first: int) -> bool:
        """7 closes a range that begins on another day than Sunday."""
        return 0 < first < 7

    def reversed(self, first: int, last: int, step: int, term: Term) -> None:
        if not self.dialect.wraps:
            return self.refuse("a reversed range", "" if term.step is None else " with a step")
        named = self.field in (Field.MONTH, Field.WEEKDAY)
        self.doubt("a reversed range" if named else "a reversed range elsewhere")
        top = 6 if self.field is Field.WEEKDAY else self.field.high
        around = [*range(first, top + 1), *range(self.field.low, last + 1)]
        if step > len(around):
            self.doubt("big step")
        self.into.unknown |= self.phase is not None and term.step is not None
        self.into.numbers |= set(around[::step])
        return None

    def fill(self, low: int, high: int, step: int, term: Term) -> None:
        if term.step is not None and step > high - low:
            self.doubt("big step")
        if self.phase is not None and term.step is not None and low < high:
            base = self.field.low
            start = (self.phase.offset - base) % step + base
            if start < low:
                start += -(-(low - start) // step) * step
            if low <= start <= high:
                low = start
        self.into.numbers |= set(range(low, high + 1, step))

    def highest(self) -> int:
        return 6 if self.field is Field.WEEKDAY else self.field.high

    def number(self, text: str) -> int | None:
        """The number of a value; None, and refused: it is none of this field."""
        if text.isdigit():
            highest = self.field.high
            if self.field is Field.WEEKDAY and not self.dialect.seven:
                highest = 6
            if len(text) <= MAX_DIGITS and self.field.low <= int(text) <= highest:
                return int(text)
            below = len(text) <= MAX_DIGITS and int(text) < self.field.low
            self.refuse("a number out of range", f": a {self.field.value[0]} too {_SIZES[below]}")
            return None
        if self.dialect.names and self.field is Field.MONTH and text in MONTHS:
            return MONTHS.index(text) + 1
        if self.dialect.names and self.field is Field.WEEKDAY and text in WEEKDAYS:
            return (WEEKDAYS.index(text) + self.dialect.sunday) % 7
        if text in MONTHS or text in WEEKDAYS:
            self.refuse("name in another field")
        else:
            self.refuse("junk", " of letters")
        return None

    def rule(self, term: Term) -> None:
        rules = self.into.rules
        match term.kind:
            case "last" | "last-in-words":
                rules.add(("last", 0, 0))
            case "last-workday":
                rules.add(("last-workday", 0, 0))
            case "workday":
                day = self.number(term.first)
                if day is not None:
                    rules.add(("nearest-workday", day, 0))
                    self.into.unknown |= day > 28 and not self.dialect.rules_join
            case "to-last":
                first = self.number(term.first)
                self.into.numbers |= set(range(first, 32)) if first is not None else set()
            case "before-last":
                self.into.unknown = True
            case "last-weekday":
                weekday = self.number(term.first)
                if weekday is not None:
                    rules.add(("last-weekday", (weekday - self.dialect.sunday) % 7, 0))
            case _:
                self.nth(term)

    def nth(self, term: Term) -> None:
        weekday = self.number(term.first)
        if len(term.last) > MAX_DIGITS or not 1 <= int(term.last) <= 5:
            self.refuse("no such week of a month")
        elif weekday is not None:
            self.into.rules.add(("nth", (weekday - self.dialect.sunday) % 7, int(term.last)))


def meaning(text: str, field: Field, dialect: Dialect, phase: Phase | None = None) -> Meaning:
    """What the text of one field means; `phase`: steps count from there."""
    return _Reader(field, dialect, phase).read(text)
