"""When the clock of a zone is set forward or back: its differences to UTC, year by year."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import zoneinfo
from typing import Final

UTC: Final = datetime.UTC
_WEEK_S: Final = 7 * 24 * 3600
_HOUR: Final = datetime.timedelta(hours=1)
_SECOND: Final = datetime.timedelta(seconds=1)
NEAR: Final = datetime.timedelta(hours=36)
"""So far from an instant a change of the clock may matter."""
_FAR: Final = datetime.timedelta(days=370)
FIRST_YEAR: Final = 1
LAST_YEAR: Final = 9999


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """The first instant of a new difference to UTC, and the differences on both sides of it."""

    at: datetime.datetime
    before: datetime.timedelta
    after: datetime.timedelta


@functools.lru_cache(maxsize=8192)
def changes(zone: datetime.tzinfo, year: int) -> tuple[Change, ...]:
    """The changes of a year in UTC, upwards, to the second.

    It is looked at once a week: two changes within one that undo each other are not seen.
    """
    if not FIRST_YEAR < year < LAST_YEAR:
        return ()
    begin = datetime.datetime(year, 1, 1, tzinfo=UTC)
    size_s = int((datetime.datetime(year + 1, 1, 1, tzinfo=UTC) - begin).total_seconds())
    found: list[Change] = []
    low_s, low = 0, difference(begin, zone)
    while low_s < size_s:
        high_s = min(low_s + _WEEK_S, size_s)
        high = difference(_later(begin, high_s), zone)
        while low != high:
            found.append(_first_change(begin, (low_s, high_s), zone))
            low_s, low = int((found[-1].at - begin).total_seconds()), found[-1].after
        low_s = high_s
    return tuple(found)


def zone_changes(name: str, year: int) -> tuple[Change, ...]:
    """As `changes`, for a zone by its name."""
    return changes(zoneinfo.ZoneInfo(name), year)


def difference(moment: datetime.datetime, zone: datetime.tzinfo) -> datetime.timedelta:
    """What the zone's clock is ahead of UTC."""
    return moment.astimezone(zone).utcoffset() or datetime.timedelta(0)


def _later(begin: datetime.datetime, seconds: int) -> datetime.datetime:
    return begin + datetime.timedelta(seconds=seconds)


def _first_change(
    begin: datetime.datetime, ends_s: tuple[int, int], zone: datetime.tzinfo
) -> Change:
    """A change between two instants that differ; by halves."""
    low_s, high_s = ends_s
    old = difference(_later(begin, low_s), zone)
    while high_s - low_s > 1:
        middle_s = (low_s + high_s) // 2
        if difference(_later(begin, middle_s), zone) == old:
            low_s = middle_s
        else:
            high_s = middle_s
    at = _later(begin, high_s)
    return Change(at, old, difference(at, zone))


def named_change(first: datetime.datetime, last: datetime.datetime, zone: datetime.tzinfo) -> str:
    """The change of the clock that is nearest to `last`, as a part of a name; empty: none is near.

    Those between the two instants count, and those up to 36 hours from them.
    """
    low, high = sorted((first, last))
    if high - low > _FAR:
        low = high = last
    low, high = low - NEAR, high + NEAR
    if not FIRST_YEAR < low.year <= high.year < LAST_YEAR:
        return ""
    found = [
        change
        for year in range(low.year, high.year + 1)
        for change in changes(zone, year)
        if low <= change.at <= high
    ]
    if not found:
        return ""
    change = min(found, key=lambda one: abs(one.at - last))
    early, late = sorted((change.at + change.before, change.at + change.after))
    forward = change.after > change.before
    size = late - early
    short = ", by less than an hour" if size < _HOUR else ", by a day" if size > 9 * _HOUR else ""
    # A gap has its first moment, and an overlap the moment before its end.
    midnight = ", over midnight" if (late - _SECOND).date() != (early - _SECOND).date() else ""
    return f" {'forward' if forward else 'back'}{short or midnight}"
