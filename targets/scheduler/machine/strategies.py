"""What the machine draws: instants worth looking at, jobs, operations, deaths and damage."""

from __future__ import annotations

import datetime
import functools
from typing import Any, Final

from hypothesis import strategies as st

from targets.scheduler.machine.disk import Death
from targets.scheduler.machine.operations import (
    Add,
    AddText,
    Finish,
    Modify,
    Operation,
    Options,
    Pause,
    Remove,
    Resume,
    Tick,
    Update,
    UpdateText,
)
from targets.scheduler.machine.timetable import Part, Timetable

Draw = st.DrawFn
Damage = tuple[str, int]
"""How a file is damaged, and where in it (of 256)."""

NAMES: Final = ("a", "b", "c")
ZONES: Final = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"),
    *("America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"),
)
_CHANGES: Final = (
    *("2024-03-31T01:00", "2024-10-27T01:00", "2024-03-10T07:00", "2024-11-03T06:00"),
    *("2024-04-06T15:00", "2024-10-05T15:30", "2024-04-25T22:00", "2024-10-31T21:00"),
    *("2024-04-07T03:00", "2024-09-08T04:00", "2011-12-30T10:00", "2024-03-10T02:00"),
    *("2024-04-14T02:00", "2024-02-28T23:59", "2023-02-28T23:59", "2024-12-31T23:59"),
    *("2024-04-30T23:59", "2024-07-15T12:00", "2096-02-28T23:58", "2099-12-31T23:59"),
    *("2100-02-28T22:30", "2100-02-28T23:59"),
)
"""Instants in UTC: changes of clocks in the zones above, ends of months and years."""
_NIGHTS: Final = (
    *(("Europe/Berlin", "2024-03-31T01:00"), ("Europe/Berlin", "2024-10-27T01:00")),
    *(("America/New_York", "2024-03-10T07:00"), ("America/New_York", "2024-11-03T06:00")),
    *(("Australia/Lord_Howe", "2024-04-06T15:00"), ("Australia/Lord_Howe", "2024-10-05T15:30")),
    *(("Africa/Cairo", "2024-04-25T22:00"), ("Africa/Casablanca", "2024-03-10T02:00")),
)
_EARLIER_S: Final = st.integers(1, 3 * 3600)
_BAD_TEXTS: Final = (
    *("", " ", ",", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *"),
    *("* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *", "1, * * * *", "mon * * * *"),
    *("0 0 30 2 *", "0 0 31 2,4,6 *", "@never", "*-5 * * * *", "1-2-3 * * * *", "-1 * * * *"),
)
_BAD_ZONES: Final = ("Nowhere/City", "", "/etc/localtime", "../UTC", "Europe/Berlin\0", "utc+1")
_KINDS: Final = ("add", "tick", "tick", "update", "pause", "resume", "remove")
_EARLY: Final = Part("0-4", frozenset(range(5)))
"""Hours in which clocks are set."""
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final = {
    "minutes": (0, 59),
    "hours": (0, 23),
    "days": (1, 31),
    "months": (1, 12),
    "weekdays": (0, 6),
}


@functools.cache
def starts() -> st.SearchStrategy[int]:
    """Seconds since 1970, near instants worth looking at."""
    around = st.integers(-4 * 3600, 4 * 3600) | st.integers(-90, 90)
    return st.builds(lambda instant, by: instant + by, st.sampled_from(_instants()), around)


@functools.cache
def jumps(longest_s: int) -> st.SearchStrategy[int]:
    """Seconds that a clock goes forward."""
    sizes = [1, 59, 60, 3600, 86_400, 31 * 86_400, longest_s]
    return st.one_of(
        *(st.integers(0, size) for size in sizes if size <= longest_s),
        st.sampled_from([60, 600, 3600, 7200, min(longest_s, 86_400)]),
    )


@functools.cache
def timetables(*, zones: bool) -> st.SearchStrategy[Timetable]:
    """Jobs from every minute to once in years; those in zones are due within days."""
    return _timetables(zones)


@functools.cache
def timetables_or_none(*, zones: bool) -> st.SearchStrategy[Timetable | None]:
    """A timetable, or None for the one that is there."""
    return timetables(zones=zones) | st.none()


@st.composite
def _timetables(draw: Draw, zones: bool) -> Timetable:
    zone = draw(some(ZONES if zones else ZONES[:1]))
    parts = {name: _whole(name) for name in _FIELDS}
    shape = draw(some(("minutes", "times", "times", "days", "dates")))
    parts["minutes"] = draw(_parts("minutes"))
    if shape != "minutes":
        parts["hours"] = draw(_early_hours() if zone != "UTC" else _parts("hours"))
        if parts["minutes"].whole:
            parts["minutes"] = draw(_lists("minutes"))
    if shape == "days":
        parts["weekdays"] = draw(_days_of_week())
    if shape == "dates" and zone == "UTC":
        parts["days"] = draw(_parts("days"))
        parts["weekdays"] = draw(_named_or_whole())
        parts["months"] = _possible(draw(_parts("months")), parts["days"])
    return Timetable(**parts, zone=zone)


@functools.lru_cache(maxsize=1024)
def some(items: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """One of these."""
    return st.sampled_from(items)


@functools.cache
def _early_hours() -> st.SearchStrategy[Part]:
    return _parts("hours") | st.just(_EARLY)


@functools.cache
def _days_of_week() -> st.SearchStrategy[Part]:
    return _named_weekdays() | _parts("weekdays")


@functools.cache
def _named_or_whole() -> st.SearchStrategy[Part]:
    return st.just(_whole("weekdays")) | _named_weekdays()


@functools.lru_cache(maxsize=64)
def operations(known: tuple[str, ...], *, zones: bool) -> st.SearchStrategy[Operation]:
    """One operation, mostly on a job that is there, or a new one where there is room for it."""
    return _operations(known, zones)


@st.composite
def _operations(draw: Draw, known: tuple[str, ...], zones: bool) -> Operation:
    new = tuple(name for name in NAMES if name not in known)
    kind = draw(some(_KINDS if new else _KINDS[1:]))
    names = new if kind == "add" and new else known
    name = draw(some((*(names or NAMES) * 3, *NAMES)))
    match kind:
        case "add":
            return Add(name, draw(timetables(zones=zones)))
        case "update":
            return Update(name, draw(timetables(zones=zones)))
        case "pause":
            return Pause(name)
        case "resume":
            return Resume(name)
        case "remove":
            return Remove(name)
        case _:
            return Tick()


@functools.cache
def nights() -> st.SearchStrategy[tuple[int, Timetable]]:
    """A moment a few hours before a zone's clock is set, and a job at such a time of day."""
    return _nights()


@st.composite
def _nights(draw: Draw) -> tuple[int, Timetable]:
    zone, text = draw(some(_NIGHTS))
    change_s = _seconds(text)
    hour = draw(some((0, 1, 2, 3, 4)))
    parts = {name: _whole(name) for name in _FIELDS}
    parts["minutes"] = draw(_lists("minutes"))
    parts["hours"] = Part(str(hour), frozenset({hour}))
    return change_s - draw(_EARLIER_S), Timetable(**parts, zone=zone)


@functools.cache
def additions(*, zones: bool) -> st.SearchStrategy[Operation]:
    """A job, now and then with options."""
    return st.builds(
        Add, st.sampled_from(NAMES), timetables(zones=zones), st.just(Options()) | options()
    )


@functools.cache
def options() -> st.SearchStrategy[Options]:
    """How a job deals with what it missed."""
    return st.builds(
        Options,
        st.booleans(),
        st.none() | st.sampled_from((1, 30, 60, 3600)) | st.integers(1, 10_000),
        st.integers(1, 3),
        st.booleans(),
    )


@functools.cache
def special_operations() -> st.SearchStrategy[Operation]:
    """Operations on jobs with options."""
    modify = st.builds(Modify, st.sampled_from(NAMES), options())
    return st.one_of(st.just(Finish()), modify, additions(zones=False))


@functools.cache
def refusals() -> st.SearchStrategy[Operation]:
    """Expressions that every scheduler must refuse."""
    bad = st.one_of(
        st.tuples(some(_BAD_TEXTS), some(("UTC", "UTC", "Europe/Berlin"))),
        st.tuples(st.just("* * * * *"), some(_BAD_ZONES)),
    )
    kinds = some((AddText, UpdateText))
    return st.builds(lambda kind, name, told: kind(name, *told), kinds, some(NAMES), bad)


@functools.cache
def deaths() -> st.SearchStrategy[Death]:
    """Where and how a process, or its machine, dies."""
    return st.builds(
        Death,
        st.integers(0, 10),
        st.booleans(),
        st.integers(0, 256),
        st.booleans(),
        st.integers(0, 2),
    )


@functools.cache
def damages(*, gone: bool = True) -> st.SearchStrategy[Damage]:
    """What happens to a file; `gone`: it may be gone."""
    ways = ("gone", "empty", "cut", "flipped", "zeros", "other")
    return st.tuples(st.sampled_from(ways if gone else ways[1:]), st.integers(0, 255))


def damaged(data: bytes, damage: Damage) -> bytes | None:
    """A file after damage; never as it was."""
    way, place = damage
    at = len(data) * place // 256
    match way:
        case "gone":
            return None
        case "empty":
            return b""
        case "cut":
            return data[:at]
        case "flipped":
            return data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1 :]
        case "zeros":
            return b"\0" * len(data)
        case _:
            return b'{"jobs": []}\n'


def _instants() -> list[int]:
    return [_seconds(text) for text in _CHANGES]


def _seconds(text: str) -> int:
    """An instant in UTC as seconds since 1970."""
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp())


@functools.cache
def _whole(field: str) -> Part:
    low, high = _FIELDS[field]
    return Part("*", frozenset(range(low, high + 1)))


@functools.cache
def _parts(field: str) -> st.SearchStrategy[Part]:
    return st.one_of(_lists(field), st.just(_whole(field)), _steps(field), _ranges(field))


@functools.cache
def _values(field: str) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(*_FIELDS[field]), min_size=1, max_size=3, unique=True)


@functools.cache
def _lists(field: str) -> st.SearchStrategy[Part]:
    return _values(field).map(lambda values: Part(",".join(map(str, values)), frozenset(values)))


@functools.cache
def _steps(field: str) -> st.SearchStrategy[Part]:
    low, high = _FIELDS[field]
    return st.integers(1, min(high, 30)).map(
        lambda step: Part(f"*/{step}", frozenset(range(low, high + 1, step)))
    )


@functools.cache
def _ranges(field: str) -> st.SearchStrategy[Part]:
    bounds = st.integers(*_FIELDS[field])
    return st.builds(_range, bounds, bounds, st.integers(1, 7))


def _range(one: int, other: int, step: int) -> Part:
    first, last = sorted((one, other))
    text = f"{first}-{last}" if step == 1 else f"{first}-{last}/{step}"
    return Part(text, frozenset(range(first, last + 1, step)))


@functools.cache
def _named_weekdays() -> st.SearchStrategy[Part]:
    """By name, as schedulers count them from different days."""
    return _values("weekdays").map(
        lambda values: Part(",".join(_WEEKDAYS[value] for value in values), frozenset(values))
    )


def _possible(months: Part, days: Part) -> Part:
    """These months if one of them has one of the days, else all."""
    lengths = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    if all(min(days.values) > lengths.get(month, 31) for month in months.values):
        return _whole("months")
    return months
