"""When a cron expression is due: the matches after an instant, and those before it.

Matches are minutes of the wall clock in one time zone, UTC if none is named. Where the zone's clock
is set forward or back, the rule is that of Debian's cron:

- Minute or hour begins with `*` or `?`: a match is every minute that the clock shows, so those it
  leaves out never come, and those it shows twice come twice.
- Else: each match comes once. One that the clock leaves out comes when the clock is past it, as the
  first moment behind the gap; one that it shows twice comes the first time.
"""

from __future__ import annotations

import bisect
import calendar
import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import Final

from targets.scheduler.reference.errors import CronError, NeverDue, NoMatch
from targets.scheduler.reference.fields import parsed

UTC: Final = datetime.UTC
LAST_YEAR: Final = 4999
"""The search upwards gives up behind it."""
_CYCLE_YEARS: Final = range(2000, 2400)
"""The calendar repeats: what did not match for so long never does."""
_CYCLE_MONTHS: Final = len(_CYCLE_YEARS) * 12
_DAY: Final = datetime.timedelta(days=1)
_SIX_HOURS: Final = datetime.timedelta(hours=6)
_KEPT_DAYS: Final = 8
_SATURDAY: Final = 5

Moment = datetime.datetime
Month = tuple[int, int]


class Schedule:
    """An expression in a time zone. CronError if it is not of the dialect or never due."""

    def __init__(
        self,
        text: str,
        zone: datetime.tzinfo = UTC,
        faulty: frozenset[str] = frozenset(),
    ) -> None:
        minutes, hours, self._days, self._months, self._weekdays = parsed(text, faulty)
        self.text = text
        self.zone = zone
        self._faulty = faulty
        self._times = [
            datetime.time(hour, minute)
            for hour, minute in itertools.product(sorted(hours.values), sorted(minutes.values))
        ]
        self._by_clock = minutes.starred or hours.starred
        self._shapes: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self._moments: dict[datetime.date, tuple[Moment, ...]] = {}
        if "searches-on" not in faulty and "empty-part" not in faulty:
            months = itertools.product(_CYCLE_YEARS, self._months.values)
            if not any(self._matching(month) for month in months):
                raise NeverDue(f"no day of any year matches {text!r}")

    def next(self, after: Moment) -> Moment:
        """The first match after an instant, in the schedule's zone; NoMatch if there is none."""
        later = after.astimezone(UTC)
        best: Moment | None = None
        best_day = datetime.date.max
        for day in self._upwards(_shifted(after.astimezone(self.zone).date(), -_DAY)):
            if best is not None and day > _shifted(best_day, _DAY):
                break
            moments = self._of_day(day)
            found = bisect.bisect_right(moments, later)
            if "start-counts" in self._faulty:
                found = bisect.bisect_left(moments, later)
            if found < len(moments) and (best is None or moments[found] < best):
                best_day = min(best_day, day)
                best = moments[found]
        if best is None:
            raise NoMatch(f"{self.text!r} has no match up to the year {LAST_YEAR}")
        if "keeps-seconds" in self._faulty:
            best = best.replace(second=later.second)
        return best.astimezone(self.zone)

    def prev(self, before: Moment) -> Moment:
        """The last match before an instant, in the schedule's zone; NoMatch if there is none."""
        earlier = before.astimezone(UTC)
        best: Moment | None = None
        best_day = datetime.date.min
        for day in self._downwards(_shifted(before.astimezone(self.zone).date(), _DAY)):
            if best is not None and day < _shifted(best_day, -_DAY):
                break
            moments = self._of_day(day)
            found = bisect.bisect_left(moments, earlier)
            if found and (best is None or moments[found - 1] > best):
                best_day = max(best_day, day)
                best = moments[found - 1]
        if best is None:
            raise NoMatch(f"{self.text!r} has no match since the year 1")
        return best.astimezone(self.zone)

    def matches(self, instant: Moment) -> bool:
        """Whether this very instant, to the second, is a match."""
        moment = instant.astimezone(UTC)
        day = instant.astimezone(self.zone).date()
        around = {_shifted(day, -_DAY), day, _shifted(day, _DAY)}
        return any(
            moment in self._of_day(day)
            for day in around
            if day.day in self._matching((day.year, day.month))
        )

    def _upwards(self, first: datetime.date) -> Iterator[datetime.date]:
        """Matching days from one on, until the search gives up."""
        searched = 0
        month: Month = (first.year, first.month)
        last = datetime.MAXYEAR + 1 if "searches-on" in self._faulty else LAST_YEAR
        while searched <= _CYCLE_MONTHS or last > LAST_YEAR:
            if month[0] > last:
                return
            for day in self._matching(month):
                searched = 0
                date = datetime.date(*month, day)
                if date >= first:
                    yield date
            searched += 1
            month = self._behind(month)

    def _downwards(self, last: datetime.date) -> Iterator[datetime.date]:
        """Matching days from one down, until the search gives up."""
        searched = 0
        month: Month = (last.year, last.month)
        while searched <= _CYCLE_MONTHS and month[0] >= datetime.MINYEAR:
            for day in reversed(self._matching(month)):
                searched = 0
                date = datetime.date(*month, day)
                if date <= last:
                    yield date
            searched += 1
            if "prev-skips-february" in self._faulty and month[1] == 3:
                month = (month[0], 2)
            month = (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)

    def _behind(self, month: Month) -> Month:
        if month[1] < 12:
            return month[0], month[1] + 1
        return month[0] + 1, 2 if "skips-january" in self._faulty else 1

    def _matching(self, month: Month) -> tuple[int, ...]:
        """The days of a month that match, upwards; they depend on its length and first weekday."""
        if month[1] not in self._months.values:
            return ()
        if "searches-on" in self._faulty and month[0] > datetime.MAXYEAR:
            datetime.date(*month, 1)  # as a search without an end does: ValueError
        first, length = _shape(month, self._faulty)
        known = self._shapes.get((first, length, month[1] == 2))
        if known is None:
            known = tuple(
                day for day in range(1, length + 1) if self._is_day(day, first, length, month[1])
            )
            self._shapes[first, length, month[1] == 2] = known
        return known

    def _is_day(self, day: int, first: int, length: int, month: int) -> bool:
        """Whether a day matches, in a month that begins with weekday `first` (Monday is 0)."""
        by_day = self._is_day_of_month(day, first, length, month)
        by_weekday = self._is_weekday_of_month(day, first, length)
        if self._days.whole:
            return by_weekday
        if self._weekdays.whole:
            return by_day
        if "days-both" in self._faulty:
            return by_day and by_weekday
        return by_day or by_weekday

    def _is_day_of_month(self, day: int, first: int, length: int, month: int) -> bool:
        last = 28 if "last-of-february" in self._faulty and month == 2 else length
        return (
            day in self._days.values
            or (self._days.last and day == last)
            or any(
                day == self._nearest(target, first, length)
                for target in self._days.nearest
                if target <= length
            )
        )

    def _nearest(self, target: int, first: int, length: int) -> int:
        """The day from Monday to Friday that is nearest to a day, within the month."""
        weekday = (first + target - 1) % 7
        if weekday < _SATURDAY:
            return target
        if weekday == _SATURDAY:
            inside = target > 1 or "nearest-leaves-month" in self._faulty
            return target - 1 if inside else target + 2
        return target + 1 if target < length else target - 2

    def _is_weekday_of_month(self, day: int, first: int, length: int) -> bool:
        weekday = (first + day) % 7  # Sunday is 0
        which = (day - 1) // 7 + 1
        chosen = self._weekdays
        if (
            "fifth-is-last" in self._faulty
            and (weekday, 5) in chosen.nth_weekdays
            and day + 7 > length
        ):
            return True
        return (
            weekday in chosen.values
            or (weekday in chosen.last_weekdays and day + 7 > length)
            or (weekday, which) in chosen.nth_weekdays
        )

    def _of_day(self, day: datetime.date) -> tuple[Moment, ...]:
        """The matches of a day of the wall clock as instants in UTC, upwards, each once."""
        known = self._moments.get(day)
        if known is None:
            if len(self._moments) >= _KEPT_DAYS:
                self._moments.clear()
            known = self._moments[day] = tuple(self._computed(day))
        return known

    def _computed(self, day: datetime.date) -> list[Moment]:
        walls = [datetime.datetime.combine(day, time) for time in self._times]
        offset = self._steady(day)
        if offset is not None and (not offset or walls[0].year not in (1, datetime.MAXYEAR)):
            return [(wall - offset).replace(tzinfo=UTC) for wall in walls]
        moments = {moment for wall in walls for moment in self._of_wall(wall)}
        return sorted(moments)

    def _steady(self, day: datetime.date) -> datetime.timedelta | None:
        """The zone's difference to UTC, if it stays the same around a day."""
        if self.zone is UTC:
            return datetime.timedelta(0)
        try:
            midnight = datetime.datetime.combine(day, datetime.time(), UTC)
            offsets = {
                (midnight + hours * _SIX_HOURS).astimezone(self.zone).utcoffset()
                for hours in range(-6, 11)
            }
        except OverflowError:
            return None
        return offsets.pop() if len(offsets) == 1 else None

    def _of_wall(self, wall: Moment) -> list[Moment]:
        """The instants of one time of the wall clock: one, or by the rule none or two."""
        instants = [_instant(wall.replace(fold=fold), self.zone) for fold in (0, 1)]
        first, second = instants
        if first is None or second is None:
            return []  # beyond the calendar's end in UTC
        if first.astimezone(self.zone).replace(tzinfo=None) != wall:
            if self._by_clock or "gap-never" in self._faulty:
                return []
            return [_change(second, first, self.zone)]
        if first != second and (self._by_clock or "overlap-twice" in self._faulty):
            return [first, second]
        return [first]


def _shape(month: Month, faulty: frozenset[str]) -> tuple[int, int]:
    """The weekday that a month begins with (Monday is 0), and its length in days."""
    first, length = calendar.monthrange(*month)
    if "leap-by-four" in faulty and month[1] == 2 and month[0] % 4 == 0:
        length = 29
    return first, length


def _instant(wall: Moment, zone: datetime.tzinfo) -> Moment | None:
    try:
        return wall.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None


def _change(before: Moment, behind: Moment, zone: datetime.tzinfo) -> Moment:
    """The first second of the new difference to UTC, between an instant of the old one and it."""

    def is_new(seconds: int) -> bool:
        moment = before + datetime.timedelta(seconds=seconds)
        return moment.astimezone(zone).utcoffset() != old

    old = before.astimezone(zone).utcoffset()
    seconds = int((behind - before).total_seconds())
    found = bisect.bisect_left(range(seconds + 1), True, key=is_new)
    return before + datetime.timedelta(seconds=found)


def _shifted(day: datetime.date, by: datetime.timedelta) -> datetime.date:
    """A day and so many more, or the calendar's end."""
    try:
        return day + by
    except OverflowError:
        return datetime.date.max if by > datetime.timedelta(0) else datetime.date.min


Search = Callable[[Moment], Moment]
"""`Schedule.next` and `Schedule.prev` are such."""

__all__ = ["CronError", "NoMatch", "Schedule", "Search"]
