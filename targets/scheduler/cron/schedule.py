"""What an expression means: on which days and at which times of day it is due, by wall clock."""

from __future__ import annotations

import calendar
import dataclasses
import datetime
from collections.abc import Iterator
from typing import Final

Rule = tuple[str, int, int]
"""A rule of days: `("last", 0, 0)` of the month, `("before-last", n, 0)` days before it,
`("last-workday", 0, 0)`, `("nearest-workday", day, 0)`, `("nth", weekday, n)`,
`("last-weekday", weekday, 0)`. Weekdays count from Sunday, 0."""

ALL_YEARS: Final[frozenset[int] | None] = None
_HOUR: Final = datetime.timedelta(hours=1) - datetime.timedelta(microseconds=1)
_MINUTE: Final = datetime.timedelta(minutes=1)
_LAST: Final = datetime.timedelta(seconds=59, microseconds=999999)
SATURDAY: Final = 6
SUNDAY: Final = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """The values of each field. A wall time is due when every field has it, but see `either`."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """From Sunday, 0, to Saturday, 6."""
    years: frozenset[int] | None = ALL_YEARS
    day_rules: frozenset[Rule] = frozenset()
    weekday_rules: frozenset[Rule] = frozenset()
    either: bool = False
    """A day is due when one of the two day fields has it; else both must."""
    any_hour: bool = False
    """The hour field is open: it is no job at a fixed time of day."""
    by_clock: bool = False
    """Its hours or minutes begin with a star: Debian's cron then goes by the clock alone."""

    def due_on(self, day: datetime.date) -> bool:
        """Whether some time of this day is due."""
        if day.month not in self.months or (self.years is not None and day.year not in self.years):
            return False
        weekday = day.isoweekday() % 7
        by_day = day.day in self.days or any(_holds(rule, day) for rule in self.day_rules)
        by_week = weekday in self.weekdays or any(_holds(rule, day) for rule in self.weekday_rules)
        return (by_day or by_week) if self.either else (by_day and by_week)

    def due_at(self, wall: datetime.datetime) -> bool:
        """Whether this wall time, to the second, is due."""
        return not self.misses(wall)

    def misses(self, wall: datetime.datetime) -> str:
        """The first field that does not have this wall time; empty: it is due."""
        if wall.microsecond or wall.second not in self.seconds:
            return "second"
        if wall.minute not in self.minutes:
            return "minute"
        if wall.hour not in self.hours:
            return "hour"
        if self.years is not None and wall.year not in self.years:
            return "year"
        if wall.month not in self.months:
            return "month"
        return "" if self.due_on(wall.date()) else "day"

    def walls(
        self, day: datetime.date, low: datetime.datetime, high: datetime.datetime
    ) -> Iterator[datetime.datetime]:
        """The times of a day that is due, from `low` to `high`, upwards."""
        for hour in self.hours:
            block = datetime.datetime(day.year, day.month, day.day, hour)
            if block + _HOUR < low or block > high:
                continue
            for minute in self.minutes:
                part = block + minute * _MINUTE
                if part + _LAST < low or part > high:
                    continue
                for second in self.seconds:
                    wall = part.replace(second=second)
                    if low <= wall <= high:
                        yield wall


def _holds(rule: Rule, day: datetime.date) -> bool:
    kind, first, second = rule
    last = calendar.monthrange(day.year, day.month)[1]
    weekday = day.isoweekday() % 7
    match kind:
        case "last":
            return day.day == last
        case "before-last":
            return day.day == last - first
        case "last-workday":
            return day.day == _workday_near(day.year, day.month, last)
        case "nearest-workday":
            return first <= last and day.day == _workday_near(day.year, day.month, first)
        case "nth":
            return weekday == first and (day.day - 1) // 7 + 1 == second
        case "last-weekday":
            return weekday == first and day.day + 7 > last
        case _:
            raise AssertionError(f"no such rule: {rule}")


def _workday_near(year: int, month: int, day: int) -> int:
    """The day from Monday to Friday next to this one that is in the same month."""
    last = calendar.monthrange(year, month)[1]
    weekday = datetime.date(year, month, day).isoweekday() % 7
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < last else day - 2
    return day
