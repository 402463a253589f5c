"""The check `describe`: what is a proper expression has words, which say all that it asks for.

Words in English are held against the expression: fixed times, months and weekdays by name, numbers
of days and years, steps. In other languages nothing may be left unfilled or empty.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import naming, texts
from targets.scheduler.cron.reading import ACCEPT, OPEN, read
from targets.scheduler.cron.terms import FIVE, MONTHS, WEEKDAYS, Field, Term, cut
from targets.scheduler.cron.wording import Wording, wordings
from targets.scheduler.implementation import Cron, Options, Refused

Case = tuple[str, Wording]
_FLAWS: Final = (
    ("a place left unfilled", re.compile(r"[{}]|\[grThen|\bNone\b|%[sd]")),
    ("two commas in a row", re.compile(r",\s*,")),
    ("two blanks in a row", re.compile(r"\S  +\S")),
    ("a blank before a comma", re.compile(r"\S ,")),
    ("a comma at the end", re.compile(r", ?$")),
)
_MONTHS: Final = [name.lower() for name in calendar.month_name]
_DAYS: Final = ["sunday", *(name.lower() for name in calendar.day_name[:6])]
_WEEKS: Final = ("", "first", "second", "third", "fourth", "fifth")
_TEXTS: Final = st.one_of(
    *(texts.LONE, texts.LONE, texts.SPARSE, texts.FIVE_FIELDS, texts.PROPER, texts.DAMAGED)
)
_TO_SPEAK: Final = Options(seconds_first=True)


def strategy() -> SearchStrategy[Case]:
    """An expression, mostly well formed, and how it is to be described."""
    return st.tuples(_TEXTS, wordings())


def check(case: Case, subject: Cron) -> None:
    """Documented errors only; proper expressions are described, in full and in order."""
    text, wording = case
    if subject.describe is None:
        return
    if "wording" not in subject.offers:
        _is_explained(text, subject)
        return
    reading = read(text, subject.dialect, _TO_SPEAK)
    proper = reading.verdict == ACCEPT and (_zero_based(wording) or not _has_zero(text))
    try:
        words = subject.describe(text, wording)
    except Refused as refused:
        if proper and wording.part == "FULL":
            raise Violation(
                f"describe: refuses {naming.kinds(_placed(text))}",
                f"{text!r}, {wording}: {refused}",
            ) from refused
        return
    except (IndexError, ValueError, KeyError, TypeError, AttributeError):
        if not proper and reading.verdict == OPEN and wording.part != "FULL":
            return  # parts, unlike the whole, are described without a look at the values
        raise
    if proper:
        _is_sound(words, text, wording)
        if wording.locale_code == "en_US" and wording.part == "FULL":
            _says_all(words.lower(), text, wording)
            _same_as_spelled(words, text, wording, subject)


def _is_explained(text: str, subject: Cron) -> None:
    """What it reads it can explain, in its only way."""
    assert subject.describe is not None
    try:
        words = subject.describe(text, None)
    except Refused:
        return
    _is_sound(words, text, Wording())


def _zero_based(wording: Wording) -> bool:
    return wording.day_of_week_start_index_zero


def _has_zero(text: str) -> bool:
    """Weekdays that are no numbers from 1 to 7 have no meaning when they count from 1."""
    week = _placed(text).get(Field.WEEKDAY, "*")
    return re.search(r"[08-9/]", week) is not None


def _is_sound(words: str, text: str, wording: Wording) -> None:
    if not words.strip() and wording.part in ("FULL", "TIMEOFDAY"):
        raise Violation("describe: no words at all", f"{text!r}, {wording}")
    for flaw, sign in _FLAWS:
        spoken = wording.locale_code == "en_US" or flaw == _FLAWS[0][0]
        if spoken and wording.part == "FULL" and sign.search(words):
            raise Violation(f"describe: {flaw}", f"{text!r}, {wording}: {words!r}")


def _placed(text: str) -> dict[Field, str]:
    fields = text.split()
    order: tuple[Field, ...] = FIVE if len(fields) == 5 else (Field.SECOND, *FIVE, Field.YEAR)
    if len(fields) == 6 and (re.search(r"\d{4}$", fields[5]) or "?" in (fields[2], fields[4])):
        order = (*FIVE, Field.YEAR)
    return dict(zip(order, fields, strict=False))


def _says_all(words: str, text: str, wording: Wording) -> None:
    """Everything that must be found in the words of an English description."""
    placed = _placed(text)
    wanted = [
        *_of_months(placed[Field.MONTH]),
        *_of_weekdays(placed[Field.WEEKDAY], wording),
        *_of_days(placed[Field.DAY]),
        *_of_clock(placed, wording),
    ]
    for what, word in wanted:
        if word not in words:
            raise Violation(f"describe: {what} is not told", f"{text!r}, {wording}: {words!r}")
    for what, word in _strange(placed, wording):
        if re.search(rf"\b{word}\b", words):
            raise Violation(f"describe: {what} too much", f"{text!r}, {wording}: {words!r}")


def _of_months(field: str) -> Iterator[tuple[str, str]]:
    for term in cut(field):
        if term.kind in ("value", "range") and term.step is None:
            for value in filter(None, (term.first, term.last)):
                number = int(value) if value.isdigit() else MONTHS.index(value) + 1
                yield f"a month of a {term.kind}", _MONTHS[number]


def _of_weekdays(field: str, wording: Wording) -> Iterator[tuple[str, str]]:
    for term in cut(field):
        if term.step is not None or term.kind not in ("value", "range", "nth", "last-weekday"):
            continue
        yield f"a weekday of a term {term.kind}", _DAYS[_weekday(term.first, wording)]
        if term.kind == "range":
            yield "the end of a range of weekdays", _DAYS[_weekday(term.last, wording)]
        if term.kind == "nth" and "," not in field:
            yield "which weekday of the month", _WEEKS[int(term.last)]
        if term.kind == "last-weekday" and "," not in field:
            yield "the last weekday of the month", "last"


def _weekday(value: str, wording: Wording) -> int:
    if not value.isdigit():
        return WEEKDAYS.index(value)
    number = int(value) if wording.day_of_week_start_index_zero else int(value) - 1
    return number % 7


def _of_days(field: str) -> Iterator[tuple[str, str]]:
    terms = cut(field)
    for term in terms:
        if term.kind in ("value", "range") and term.step is None:
            yield f"a day of a {term.kind}", str(int(term.first))
            if term.last:
                yield "the end of a range of days", str(int(term.last))
        if len(terms) > 1:
            continue
        match term.kind:
            case "last":
                yield "the last day", "last day"
            case "last-workday":
                yield "the last weekday", "last weekday"
            case "workday":
                day = int(term.first)
                yield "the nearest weekday", "first weekday" if day == 1 else f"day {day}"


def _of_clock(placed: dict[Field, str], wording: Wording) -> Iterator[tuple[str, str]]:
    """A fixed time of day, in full."""
    if not all(placed[field].isdigit() for field in (Field.MINUTE, Field.HOUR)):
        return
    if not placed.get(Field.SECOND, "0").isdigit():
        return
    hour, minute = int(placed[Field.HOUR]), int(placed[Field.MINUTE])
    second = int(placed.get(Field.SECOND, "0"))
    seconds = f":{second:02d}" if placed.get(Field.SECOND, "0") not in ("0",) else ""
    if seconds == ":00":
        seconds = ""
    if wording.use_24hour_time_format:
        yield "the time of day", f"at {hour:02d}:{minute:02d}{seconds}"
    else:
        half = "pm" if hour >= 12 else "am"
        shown = (hour - 1) % 12 + 1
        yield "the time of day", f"at {shown:02d}:{minute:02d}{seconds}"
        yield "the half of the day", half


def _strange(placed: dict[Field, str], wording: Wording) -> Iterator[tuple[str, str]]:
    """Names of months and weekdays that the expression does not name."""
    for field, names in ((Field.MONTH, _MONTHS[1:]), (Field.WEEKDAY, _DAYS)):
        terms: tuple[Term, ...] = cut(placed[field])
        if all(term.kind == "value" and term.step is None for term in terms):
            told = {
                word
                for _, word in (
                    *_of_months(placed[Field.MONTH]),
                    *_of_weekdays(placed[Field.WEEKDAY], wording),
                )
            }
            for name in names:
                if name not in told:
                    yield f"a {field.value[0]}", name


def _same_as_spelled(words: str, text: str, wording: Wording, subject: Cron) -> None:
    """Small letters for capitals, and numbers for names of months, change nothing."""
    assert subject.describe is not None
    placed = _placed(text)
    month = placed[Field.MONTH].lower()
    for number, name in enumerate(MONTHS, 1):
        month = month.replace(name, str(number))
    other = " ".join(month if field is Field.MONTH else part for field, part in placed.items())
    if other == text:
        return
    try:
        said = subject.describe(other, wording)
    except Refused as refused:
        raise Violation(
            "describe: refuses the same with months as numbers", repr(text)
        ) from refused
    if said != words:
        raise Violation(
            "describe: months as numbers are described differently",
            f"{text!r} {words!r}, {other!r} {said!r}",
        )
