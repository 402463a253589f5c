"""Wall times and instants: which instants a zone's clock shows a wall time at, and the gaps."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from typing import Final

from targets.scheduler.cron import clocks
from targets.scheduler.cron.schedule import Schedule

UTC: Final = datetime.UTC
_DAY: Final = datetime.timedelta(days=1)
_MINUTE: Final = datetime.timedelta(minutes=1)
_YEAR: Final = datetime.timedelta(days=370)

Moment = datetime.datetime


def wall_of(moment: Moment, zone: datetime.tzinfo | None) -> Moment:
    """What the clock of the zone shows; without a zone, moments are wall times written as UTC."""
    return (moment if zone is None else moment.astimezone(zone)).replace(tzinfo=None, fold=0)


def instants_of(wall: Moment, zone: datetime.tzinfo | None) -> tuple[Moment, ...]:
    """The instants, in UTC, at which the clock shows `wall`: none, one or two, upwards."""
    if zone is None:
        return (wall.replace(tzinfo=UTC),)
    found = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant not in found and wall_of(instant, zone) == wall:
            found.append(instant)
    return tuple(sorted(found))


def behind_gap(wall: Moment, zone: datetime.tzinfo) -> tuple[Moment, Moment]:
    """For a wall time in a gap of the clock: the first instant behind the gap, and the one that is
    the gap's length later than asked for."""
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    new = late.astimezone(zone).utcoffset()
    low, high = 0, int((late - early).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if (early + datetime.timedelta(seconds=middle)).astimezone(zone).utcoffset() == new:
            high = middle
        else:
            low = middle + 1
    return early + datetime.timedelta(seconds=low), late


def spread(first: Moment, last: Moment, zone: datetime.tzinfo | None) -> datetime.timedelta:
    """How far the zone's clock is set forward and back around two instants; zero: not at all."""
    if zone is None:
        return datetime.timedelta(0)
    if not clocks.FIRST_YEAR + 1 < first.year <= last.year < clocks.LAST_YEAR - 1:
        return datetime.timedelta(0)
    ends = (
        (first - clocks.NEAR, min(last, first + _YEAR) + clocks.NEAR),
        (last - clocks.NEAR, last + clocks.NEAR),
    )
    differences = [clocks.difference(first, zone)]
    for low, high in ends if last - first > _YEAR else ends[:1]:
        for year in range(low.year, high.year + 1):
            for change in clocks.changes(zone, year):
                if low <= change.at <= high:
                    differences += (change.before, change.after)
    return max(differences) - min(differences)


def walls_between(
    schedule: Schedule, low: Moment, high: Moment, upwards: bool = True
) -> Iterator[Moment]:
    """Wall times from `low` to `high` that are due, in order."""
    for day in _days(schedule, low.date(), high.date(), upwards):
        walls = schedule.walls(day, low, high)
        yield from walls if upwards else reversed(list(walls))


def _days(
    schedule: Schedule, low: datetime.date, high: datetime.date, upwards: bool
) -> Iterator[datetime.date]:
    """Days that are due; years and months that are not asked for are passed over at once."""
    day = low if upwards else high
    years, months = schedule.years, schedule.months
    step = _DAY if upwards else -_DAY
    while low <= day <= high:
        if years is not None and day.year not in years:
            day = day.replace(month=12, day=31) if upwards else day.replace(month=1, day=1)
        elif day.month not in months:
            last = calendar.monthrange(day.year, day.month)[1] if upwards else 1
            day = day.replace(day=last)
        elif schedule.due_on(day):
            yield day
        try:
            day += step
        except OverflowError:
            return


def due(schedule: Schedule, wall: Moment, zone: datetime.tzinfo | None) -> tuple[Moment, ...]:
    """When a wall time that a schedule has is due by the rule of Debian's cron, in UTC."""
    found = instants_of(wall, zone)
    if schedule.by_clock or zone is None:
        return found
    return found[:1] if found else behind_gap(wall, zone)[:1]


def put_off(
    schedule: Schedule, found: Moment, zone: datetime.tzinfo
) -> Iterator[tuple[Moment, Moment]]:
    """For each match that a gap just before `found` skipped: see `behind_gap`."""
    around = spread(found, found, zone)
    if around:
        wall = wall_of(found, zone)
        for skipped in walls_between(schedule, wall - around - _MINUTE, wall):
            if not instants_of(skipped, zone):
                yield behind_gap(skipped, zone)
