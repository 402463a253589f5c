"""The strict grammar: what a dialect must say of a text, and what the text then means."""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import functools
import re
from typing import Final

from targets.scheduler.cron.dialects import Dialect
from targets.scheduler.cron.schedule import Schedule
from targets.scheduler.cron.terms import FIVE, Field
from targets.scheduler.cron.values import Meaning, Phase, meaning
from targets.scheduler.implementation import Options

ACCEPT: Final = "accept"
REFUSE: Final = "refuse"
OPEN: Final = "open"
_BLANKS: Final = re.compile(r"[ \t]+")
_OTHER_SPACE: Final = re.compile(r"[^\S \t]")
_OTHER_DIGITS: Final = re.compile(r"(?![0-9])\d")
_STARRED: Final = re.compile(r"\*")
_ORDER: Final = (Field.SECOND, *FIVE, Field.YEAR)


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """A dialect's verdict of a text: `accept`, `refuse`, or `open` when both are fine."""

    verdict: str
    reasons: tuple[str, ...] = ()
    """Why it is refused or open, without values."""
    schedule: Schedule | None = None
    """What it means if it is accepted; None: not stated."""


def read(
    text: str,
    dialect: Dialect,
    options: Options | None = None,
    start: datetime.datetime | None = None,
) -> Reading:
    """What `dialect` says of `text`, with these options; `start` is where steps may count from."""
    options = options or Options()
    doubts: list[str] = []
    if text != text.strip() and "edge space" in dialect.unsure:
        doubts.append("edge space")
    else:
        text = text.strip(" \t")
    if text.startswith("@"):
        word = dialect.words.get(text.lower())
        if word is None:
            return _worded(text, dialect)
        if options.hash_id is not None:
            return Reading(OPEN, ("hash",))
        text = word
    if _OTHER_SPACE.search(text):
        doubts.append("white space")
    if _OTHER_DIGITS.search(text):
        doubts.append("other digits")
    fields = _BLANKS.split(text.strip(" \t"))
    if len(fields) not in dialect.counts or not text.strip():
        if "white space" in doubts:
            return Reading(OPEN if "white space" in dialect.unsure else REFUSE, ("white space",))
        return Reading(REFUSE, ("number of fields",))
    placed = place(fields, dialect, options)
    meanings = {
        field: _meaning(part, field, dialect, _phase(field, options, start))
        for field, part in placed.items()
    }
    return _verdict(meanings, dialect, options, doubts)


_meaning: Final = functools.lru_cache(maxsize=4096)(meaning)
"""The same few fields come again and again; nobody changes what one means."""


def _worded(text: str, dialect: Dialect) -> Reading:
    word = text.lower()
    if word in dialect.unsure or "other words" in dialect.unsure:
        return Reading(OPEN, ("a word",))
    return Reading(REFUSE, ("a word that is none",))


def place(fields: list[str], dialect: Dialect, options: Options) -> dict[Field, str]:
    """Which field is which; there are as many as the dialect can have."""
    first = dialect.seconds == "first" or options.seconds_first
    if len(fields) > 5 and first:
        order: tuple[Field, ...] = _ORDER
    elif len(fields) > 5:
        order = (*FIVE, Field.SECOND, Field.YEAR)
    else:
        order = FIVE
    return dict(zip(order, fields, strict=False))


def _phase(field: Field, options: Options, start: datetime.datetime | None) -> Phase | None:
    if not options.from_start or start is None:
        return None
    if field is Field.WEEKDAY:
        return Phase(start.isoweekday() % 7)
    return Phase(int(getattr(start, field.value[0])))


def _verdict(
    meanings: dict[Field, Meaning], dialect: Dialect, options: Options, doubts: list[str]
) -> Reading:
    wrong = [reason for item in meanings.values() for reason in item.wrong]
    doubts += [reason for item in meanings.values() for reason in item.doubts]
    firm = [reason for reason in doubts if reason in ("white space", "other digits")]
    wrong += [reason for reason in firm if reason not in dialect.unsure]
    if "other digits" in doubts and "other digits" in dialect.unsure:
        return Reading(OPEN, ("other digits",))
    if any("hash" in item.doubts for item in meanings.values()) and options.hash_id is None:
        doubts.append("a hash without its name")
    if wrong:
        return Reading(REFUSE, tuple(wrong))
    mixed = meanings[Field.WEEKDAY]
    if mixed.rules and mixed.numbers and not dialect.rules_join:
        doubts.append("rules and numbers of weekdays")
    schedule = None
    if not any(item.unknown for item in meanings.values()):
        schedule = _schedule(meanings, dialect, options)
    if schedule is None and not doubts:
        doubts.append("no stated meaning")
    guarded = dialect.refuses_never or "never due" in dialect.unsure
    if guarded and schedule is not None and is_never(schedule):
        return Reading(REFUSE if dialect.refuses_never else OPEN, ("never due",), schedule)
    verdict = OPEN if any(reason for reason in doubts) else ACCEPT
    return Reading(verdict, tuple(doubts), schedule)


def _schedule(
    meanings: dict[Field, Meaning], dialect: Dialect, options: Options
) -> Schedule | None:
    """None: how the two day fields go together is not stated."""
    day, week = meanings[Field.DAY], meanings[Field.WEEKDAY]
    both = not day.open and not week.open
    if both and (day.rules or week.rules) and not dialect.rules_join and dialect.days == "either":
        return None
    if week.rules and week.numbers and not dialect.rules_join:
        return None
    starred = day.begins_with_star or week.begins_with_star
    either = both and dialect.days != "both" and options.day_or
    if (dialect.days == "star" or options.cron_bug) and starred:
        either = False
    seconds = meanings[Field.SECOND].numbers if Field.SECOND in meanings else {0}
    year = meanings.get(Field.YEAR)
    return Schedule(
        seconds=tuple(sorted(seconds)),
        minutes=tuple(sorted(meanings[Field.MINUTE].numbers)),
        hours=tuple(sorted(meanings[Field.HOUR].numbers)),
        days=frozenset(day.numbers),
        months=frozenset(meanings[Field.MONTH].numbers),
        weekdays=frozenset((number - dialect.sunday) % 7 for number in week.numbers),
        years=_years(year, dialect),
        day_rules=frozenset(day.rules),
        weekday_rules=frozenset(week.rules),
        either=either,
        by_clock=any(meanings[field].begins_with_star for field in (Field.HOUR, Field.MINUTE)),
        any_hour=meanings[Field.HOUR].open,
    )


def _years(year: Meaning | None, dialect: Dialect) -> frozenset[int] | None:
    if year is not None and not year.open:
        return frozenset(year.numbers)
    if dialect.first_year > 1:
        return frozenset(range(dialect.first_year, datetime.MAXYEAR + 1))
    return None


def is_never(schedule: Schedule) -> bool:
    """No day of any year is due, as on 30 February: 28 years have every calendar there is."""
    if schedule.years is not None:
        return False
    return not any(schedule.due_on(day) for month in schedule.months for day in _days_of(month))


@functools.lru_cache(maxsize=12)
def _days_of(month: int) -> tuple[datetime.date, ...]:
    """The days of a month in all calendars that there are: 28 years have them."""
    return tuple(
        datetime.date(year, month, day)
        for year in range(2000, 2028)
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
    )
