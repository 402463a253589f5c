"""Strategies of starts: near changes of clocks, leap days, ends of months and of the calendar."""

from __future__ import annotations

import datetime
import functools
import zoneinfo
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

ZONES: Final = (
    *("Europe/Berlin", "America/New_York", "Europe/London", "Asia/Hebron", "America/Sao_Paulo"),
    *("Australia/Lord_Howe", "Africa/Cairo", "Asia/Tehran", "Pacific/Apia", "America/Havana"),
    *("Asia/Beirut", "Europe/Dublin", "Africa/Casablanca", "America/St_Johns", "Asia/Kathmandu"),
    *("Pacific/Chatham", "Antarctica/Troll", "America/Asuncion", "Asia/Amman", "UTC"),
    *("Europe/Moscow", "America/Santiago", "Pacific/Auckland", "America/Nuuk", "Atlantic/Azores"),
)
"""Changes by half an hour, two hours and a whole day, at midnight, negative ones, and none."""
_DAY: Final = datetime.timedelta(days=1)
_DATES: Final = (
    *((2021, 3, 15), (2024, 2, 28), (2024, 2, 29), (2023, 2, 28), (2023, 12, 31), (2024, 1, 1)),
    *((2021, 4, 30), (2021, 3, 1), (2021, 3, 31), (1970, 1, 1), (2000, 2, 29), (2038, 1, 19)),
    *((1999, 12, 31), (2099, 12, 31), (2100, 2, 28), (1900, 2, 28), (1, 1, 1), (9999, 12, 31)),
    *((9998, 12, 31), (2, 1, 1), (4999, 12, 31), (1969, 12, 31), (2106, 2, 7), (2096, 2, 29)),
)
_TIMES: Final = ((0, 0, 0), (12, 30, 0), (23, 59, 59), (6, 0, 0), (2, 30, 0), (0, 0, 1), (3, 0, 0))
_MICROSECONDS: Final = (0, 1, 999_999, 500_000)


@functools.lru_cache(maxsize=2048)
def changes(zone: str, year: int) -> tuple[datetime.datetime, ...]:
    """The instants of a year, in UTC to the minute, at which the zone's clock is changed."""
    tz = zoneinfo.ZoneInfo(zone)
    found = []
    low = datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)
    for _ in range(366):
        high = low + _DAY
        if low.astimezone(tz).utcoffset() != high.astimezone(tz).utcoffset():
            first, last = 0, 24 * 60
            while first < last:
                middle = (first + last) // 2
                at = low + datetime.timedelta(minutes=middle)
                if at.astimezone(tz).utcoffset() == high.astimezone(tz).utcoffset():
                    last = middle
                else:
                    first = middle + 1
            found.append(low + datetime.timedelta(minutes=first))
        low = high
    return tuple(found)


@st.composite
def naive(draw: DrawFn) -> datetime.datetime:
    """A wall time without a zone, near an interesting date or anywhere."""
    if draw(st.booleans()):
        day = datetime.date(*draw(st.sampled_from(_DATES)))
    else:
        year = draw(st.integers(1971, 2090))
        month = draw(st.integers(1, 12))
        day = datetime.date(year, month, draw(st.integers(1, 28)))
    if draw(st.booleans()):
        time = datetime.time(*draw(st.sampled_from(_TIMES)))
    else:
        time = datetime.time(
            draw(st.integers(0, 23)), draw(st.integers(0, 59)), draw(st.integers(0, 59))
        )
    wall = datetime.datetime.combine(day, time)
    return wall.replace(microsecond=draw(st.sampled_from(_MICROSECONDS)))


@st.composite
def aware(draw: DrawFn) -> datetime.datetime:
    """A time of a zone, mostly about a day around a change of its clock."""
    name = draw(st.sampled_from(ZONES))
    zone = zoneinfo.ZoneInfo(name)
    year = draw(st.sampled_from((2022, 2019, 2011, 2016)) | st.integers(2000, 2030))
    found = changes(name, year)
    if not found or draw(st.integers(0, 4)) == 4:
        wall = draw(naive())
        return wall.replace(year=year, day=min(wall.day, 28), tzinfo=zone).astimezone(zone)
    change = draw(st.sampled_from(found))
    steps = draw(st.integers(-30, 30))
    unit = draw(st.sampled_from((3600, 1800, 900, 86400, 60, 1)))
    moment = change + datetime.timedelta(seconds=steps * unit)
    return moment.astimezone(zone).replace(microsecond=draw(st.sampled_from(_MICROSECONDS)))


def starts() -> st.SearchStrategy[datetime.datetime]:
    """Times with a zone, or without."""
    return st.one_of(naive(), aware())
