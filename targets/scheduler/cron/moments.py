"""Strategies of starts: near changes of clocks, leap days, ends of months and of the calendar."""

from __future__ import annotations

import calendar
import datetime
import functools
import zoneinfo
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from targets.scheduler.cron.clocks import zone_changes

ZONES: Final = (
    *("Europe/Berlin", "America/New_York", "Europe/London", "Asia/Hebron", "America/Sao_Paulo"),
    *("Australia/Lord_Howe", "Africa/Cairo", "Asia/Tehran", "Pacific/Apia", "America/Havana"),
    *("Asia/Beirut", "Europe/Dublin", "Africa/Casablanca", "America/St_Johns", "Asia/Kathmandu"),
    *("Pacific/Chatham", "Antarctica/Troll", "America/Asuncion", "Asia/Amman", "UTC"),
    *("Europe/Moscow", "America/Santiago", "Pacific/Auckland", "America/Nuuk", "Atlantic/Azores"),
    *("Asia/Gaza", "Asia/Damascus", "Africa/Windhoek", "America/Caracas", "Asia/Pyongyang"),
    *("Pacific/Fakaofo", "Australia/Adelaide", "America/Scoresbysund", "Asia/Kolkata"),
    *("Pacific/Kiritimati", "America/Los_Angeles", "Pacific/Norfolk", "Europe/Istanbul"),
)
"""Changes by half an hour, two hours and a whole day, at midnight, negative ones, and none."""
_YEARS: Final = (2022, 2022, 2019, 2011, 2016, 2024, 2018, 2021, 2007, *range(1990, 2037))
_HOT: Final = (
    *(("Europe/Berlin", 2022), ("America/New_York", 2022), ("Asia/Hebron", 2022)),
    *(("America/Sao_Paulo", 2018), ("Australia/Lord_Howe", 2022), ("America/St_Johns", 2010)),
    *(
        ("America/Havana", 2022),
        ("Asia/Beirut", 2022),
        ("Pacific/Apia", 2011),
        ("Asia/Amman", 2021),
    ),
    *(("Antarctica/Troll", 2022), ("Africa/Casablanca", 2022), ("Europe/Dublin", 2022)),
    *(("Asia/Tehran", 2021), ("Africa/Cairo", 2023), ("America/St_Johns", 2009)),
    *(("Pacific/Chatham", 2022), ("America/Asuncion", 2023), ("Europe/London", 2022)),
    *(("Asia/Pyongyang", 2018), ("America/Caracas", 2007), ("America/Santiago", 2022)),
    *(("America/Scoresbysund", 2024), ("Atlantic/Azores", 2022), ("Asia/Gaza", 2010)),
)
"""Zones and years with one kind of change each, in which packages went wrong."""
_NEAR: Final = (
    *((2024, 2, 28), (2024, 2, 29), (2023, 2, 28), (2023, 12, 31), (2024, 1, 1), (2021, 3, 15)),
    *((1970, 1, 1), (2000, 2, 29), (2038, 1, 19), (1999, 12, 31), (2099, 12, 31), (2100, 2, 28)),
    *((2096, 2, 29), (2100, 3, 1), (2022, 2, 14), (2025, 6, 15), (2016, 1, 31), (2027, 11, 30)),
)
_FAR: Final = (
    *((1900, 2, 28), (1, 1, 1), (9999, 12, 31), (9998, 12, 31), (2, 1, 1), (4999, 12, 31)),
    *((1969, 12, 31), (2106, 2, 7), (1600, 2, 29), (1970, 1, 1), (4996, 2, 29), (3000, 2, 28)),
    *((4998, 7, 15), (4990, 1, 31), (2500, 10, 5), (400, 2, 29)),
)
_TIMES: Final = (
    *((0, 0, 0), (12, 30, 0), (23, 59, 59), (6, 0, 0), (2, 30, 0), (0, 0, 1), (3, 0, 0)),
    *((0, 0, 59), (23, 59, 0), (12, 0, 0), (11, 59, 59), (0, 30, 0), (10, 7, 0), (1, 2, 3)),
)
_MICROSECONDS: Final = (0, 0, 0, 0, 1, 999_999, 500_000)


def _dates() -> list[datetime.date]:
    """Interesting days, and the first and last days of months of some years."""
    edges = [
        datetime.date(year, month, day)
        for year in (2021, 2023, 2024)
        for month in range(1, 13)
        for day in (1, 15, 28, calendar.monthrange(year, month)[1])
    ]
    near = [datetime.date(*day) for day in _NEAR]
    return [*near * 3, *edges, *[datetime.date(*day) for day in _FAR] * 2]


_ANY_DAY: Final = st.integers(
    datetime.date(1971, 1, 1).toordinal(), datetime.date(2090, 12, 31).toordinal()
).map(datetime.date.fromordinal)
_DAY: Final = st.sampled_from(_dates()) | _ANY_DAY
_ANY_TIME: Final = st.integers(0, 86_399).map(
    lambda seconds: datetime.time(seconds // 3600, seconds // 60 % 60, seconds % 60)
)
_TIME: Final = st.sampled_from([datetime.time(*time) for time in _TIMES]) | _ANY_TIME
_MICROSECOND: Final = st.sampled_from(_MICROSECONDS)
_PLACE: Final = st.sampled_from(_HOT) | st.tuples(st.sampled_from(ZONES), st.sampled_from(_YEARS))
_WHICH: Final = st.integers(0, 7)
_STEPS: Final = st.integers(-30, 30) | st.sampled_from((-1, 0, 1, -2, -12, 12))
_UNITS: Final = st.sampled_from((3600, 1800, 900, 86_400, 60, 1, 600))


@st.composite
def _naive(draw: DrawFn) -> datetime.datetime:
    """A wall time without a zone, near an interesting date or anywhere."""
    wall = datetime.datetime.combine(draw(_DAY), draw(_TIME))
    return wall.replace(microsecond=draw(_MICROSECOND))


NAIVE: Final = _naive()


@st.composite
def _aware(draw: DrawFn) -> datetime.datetime:
    """A time of a zone, mostly about a day around a change of its clock."""
    name, year = draw(_PLACE)
    which = draw(_WHICH)
    zone = _zone(name)
    found = zone_changes(name, year)
    if not found or which == 7:
        wall = draw(NAIVE)
        return wall.replace(year=year, day=min(wall.day, 28), tzinfo=zone).astimezone(zone)
    moment = found[which % len(found)].at + datetime.timedelta(seconds=draw(_STEPS) * draw(_UNITS))
    return moment.astimezone(zone).replace(microsecond=draw(_MICROSECOND))


AWARE: Final = _aware()
STARTS: Final = st.one_of(NAIVE, AWARE)


@functools.lru_cache(maxsize=256)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)
