"""When a job of the machine is due, built from numbers: its text and its meaning side by side.

The meaning comes from the numbers and never from the text, so no parser is trusted; and it is
looked up day by day, or minute by minute where a clock changes, so no search is.
"""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Iterator
from typing import Final

UTC: Final = datetime.UTC
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = datetime.timedelta(minutes=1)
_AROUND: Final = datetime.timedelta(hours=36)
_QUARTER: Final = datetime.timedelta(minutes=15)
_SEARCHED_DAYS: Final = 366 * 13
"""The 29th of February comes within so many days, also around the year 2100."""
_SEARCHED_MINUTES: Final = 15 * 24 * 60


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One field: how it is spelled, and the values it has."""

    text: str
    values: frozenset[int] = dataclasses.field(repr=False)

    @property
    def whole(self) -> bool:
        """It is not restricted."""
        return self.text == "*"

    @property
    def starred(self) -> bool:
        """It goes with the clock's minutes or hours, not at a fixed time."""
        return self.text.startswith("*")


@dataclasses.dataclass(frozen=True, slots=True)
class Timetable:
    """Five fields in a time zone; weekdays count from Sunday, 0."""

    minutes: Part
    hours: Part
    days: Part
    months: Part
    weekdays: Part
    zone: str = "UTC"

    @property
    def text(self) -> str:
        """The cron expression."""
        parts = (self.minutes, self.hours, self.days, self.months, self.weekdays)
        return " ".join(part.text for part in parts)

    @property
    def told(self) -> str:
        """The expression, and the zone."""
        return f"{self.text} in {self.zone}"

    def after(self, after_s: int, *, either: bool = True) -> int | None:
        """The first match after an instant; None if there is none for a very long time.

        With both day fields restricted a day must match `either` of them, or else both.
        """
        moment = _EPOCH + datetime.timedelta(seconds=after_s)
        if self.zone == "UTC":
            found = self._in_utc(moment, either)
        elif self.minutes.starred or self.hours.starred:
            found = self._by_clock(moment, either)
        else:
            found = self._fixed(moment, either)
        return None if found is None else int((found - _EPOCH).total_seconds())

    def _is_due_on(self, day: datetime.date, either: bool) -> bool:
        by_day = day.day in self.days.values
        by_weekday = day.isoweekday() % 7 in self.weekdays.values
        if either and not self.days.whole and not self.weekdays.whole:
            due = by_day or by_weekday
        else:
            due = by_day and by_weekday
        return due and day.month in self.months.values

    def _times(self) -> Iterator[datetime.time]:
        for hour in sorted(self.hours.values):
            for minute in sorted(self.minutes.values):
                yield datetime.time(hour, minute)

    def _in_utc(self, after: datetime.datetime, either: bool) -> datetime.datetime | None:
        # The 29th of February is a Monday every 28 years.
        for ahead in range(_SEARCHED_DAYS if either else 4 * _SEARCHED_DAYS):
            day = after.date() + datetime.timedelta(days=ahead)
            if self._is_due_on(day, either):
                for time in self._times():
                    found = datetime.datetime.combine(day, time, UTC)
                    if found > after:
                        return found
        return None

    def _by_clock(self, after: datetime.datetime, either: bool) -> datetime.datetime | None:
        """Every minute is looked at on the clock."""
        zone = zoneinfo.ZoneInfo(self.zone)
        minute = after.replace(second=0)
        for _ in range(_SEARCHED_MINUTES):
            minute += _MINUTE
            wall = minute.astimezone(zone)
            if (
                wall.minute in self.minutes.values
                and wall.hour in self.hours.values
                and self._is_due_on(wall.date(), either)
            ):
                return minute
        return None

    def _fixed(self, after: datetime.datetime, either: bool) -> datetime.datetime | None:
        """A time of a day comes when the clock first shows it, or has gone past it."""
        zone = zoneinfo.ZoneInfo(self.zone)
        today = after.astimezone(zone).date()
        for ahead in range(-1, _SEARCHED_DAYS):
            day = today + datetime.timedelta(days=ahead)
            if self._is_due_on(day, either):
                for time in self._times():
                    found = _first_shown(datetime.datetime.combine(day, time), zone)
                    if found > after:
                        return found
        return None


def _first_shown(wall: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """The first minute at which the clock of a zone shows this time or a later one.

    Clocks are between 15 hours behind UTC and 15 ahead, and change at quarters of an hour.
    """
    about = wall.replace(tzinfo=UTC)
    ahead, later = ((about + by).astimezone(zone).utcoffset() for by in (-_AROUND, _AROUND))
    if ahead is not None and ahead == later:
        return about - ahead
    moment = wall.replace(tzinfo=UTC) - datetime.timedelta(hours=15, minutes=wall.minute % 15)
    while moment.astimezone(zone).replace(tzinfo=None) + _QUARTER <= wall:
        moment += _QUARTER
    while moment.astimezone(zone).replace(tzinfo=None) < wall:
        moment += _MINUTE
    return moment
