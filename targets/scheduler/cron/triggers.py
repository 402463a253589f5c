"""The check `triggers`: APScheduler's own triggers, by field, by interval and combined.

Fire times move on, stay between the start and the end, match every field, and none is passed over;
an interval is kept in absolute time; a combination fires when both, or one of them, would.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import instants, moments, texts
from targets.scheduler.cron.instants import UTC, Moment
from targets.scheduler.cron.terms import WEEKDAYS, Field
from targets.scheduler.implementation import Cron
from targets.scheduler.subjects import zones

_NAMES: Final = ("year", "month", "day", "week", "day_of_week", "hour", "minute", "second")
_POSITIONS: Final = ("1st", "2nd", "3rd", "4th", "5th", "last")
_MONDAY_FIRST: Final = (*WEEKDAYS[1:], WEEKDAYS[0])
_COUNT: Final = 4
_NEXT: Final = datetime.timedelta(microseconds=1)
_LATER: Final = datetime.timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """The fields of a cron trigger, an interval, bounds, a start, and how they go together."""

    fields: tuple[tuple[str, str], ...]
    seconds: int
    start: datetime.datetime
    begins: int | None
    """Seconds from the start to the first date; None: there is none."""
    ends: int | None
    how: str
    jitter: int | None
    library: str


@st.composite
def parts(draw: DrawFn, name: str) -> str:
    """One field of the trigger."""
    match name:
        case "year":
            return draw(st.sampled_from(("*", "2022", "2019-2024", "*/2", "2023,2030")))
        case "week":
            return draw(st.sampled_from(("*", "1", "53", "*/2", "13", "44", "52-53")))
        case "day":
            position = draw(st.sampled_from(_POSITIONS))
            place = f"{position} {draw(st.sampled_from(_MONDAY_FIRST))}"
            return draw(st.sampled_from(("*", "1", "last", place, place, "31", "*/5", "28-31")))
        case "day_of_week":
            return draw(st.sampled_from(("*", "mon", "mon-fri", "6", "0-4/2", "sat,sun", "fri")))
        case "month":
            return draw(st.sampled_from(("*", "3", "2", "*/3", "jan-mar", "10,11", "feb")))
        case "hour":
            return draw(texts.VALUES[Field.HOUR] | st.sampled_from(("*", "*/6", "1-3", "2,3")))
        case _:
            return draw(texts.VALUES[Field.MINUTE] | st.sampled_from(("*", "*/15", "0,30")))


@st.composite
def cases(draw: DrawFn) -> Case:
    """Any trigger."""
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4, unique=True))
    return Case(
        fields=tuple((name, draw(parts(name))) for name in _NAMES if name in names),
        seconds=draw(st.sampled_from((1, 60, 90, 3600, 86400, 7)) | st.integers(1, 100_000)),
        start=draw(moments.AWARE),
        begins=draw(st.none() | st.integers(-100_000, 100_000)),
        ends=draw(st.none() | st.integers(0, 10_000_000)),
        how=draw(st.sampled_from(("cron", "cron", "cron", "interval", "and", "or", "calendar"))),
        jitter=draw(st.sampled_from((None, None, None, 60, 5000))),
        library=draw(st.sampled_from(("zoneinfo", "pytz"))),
    )


def strategy() -> SearchStrategy[Case]:
    """All cases."""
    return cases()


def check(case: Case, subject: Cron) -> None:
    """Some fire times in a row, as a scheduler asks for them."""
    library = case.library if subject.release >= (3, 11) else "pytz"
    if not zones.has(library) or not zones.key_of(case.start):
        return
    trigger = _made(case, zones.zone_in(library, zones.key_of(case.start)))
    if trigger is None:
        return
    bounds = _bounds(case)
    now = zones.moved(case.start, library)
    last = None
    for _ in range(_COUNT):
        found = trigger.get_next_fire_time(last, now)
        if found is None:
            break
        _is_right(case, (last or now, found, last is not None), bounds)
        last = now = found


def _made(case: Case, zone: Any) -> Any:
    """The trigger; None: this release has no such one, or refuses the values, as documented."""
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    low, high = _bounds(case)
    dates = {"start_date": low and low.astimezone(zone), "end_date": high and high.astimezone(zone)}
    try:
        cron = CronTrigger(**dict(case.fields), **dates, timezone=zone)
        if case.jitter and case.how == "cron":
            cron = CronTrigger(**dict(case.fields), **dates, timezone=zone, jitter=case.jitter)
    except (ValueError, TypeError):
        return None
    interval = IntervalTrigger(seconds=case.seconds, **dates, timezone=zone)
    match case.how:
        case "cron":
            return cron
        case "interval":
            return interval
        case "calendar":
            return _calendar(case, zone)
        case how:
            try:
                from apscheduler.triggers.combining import AndTrigger, OrTrigger
            except ImportError:
                return None
            return AndTrigger([cron, cron]) if how == "and" else OrTrigger([cron, interval])


def _calendar(case: Case, zone: Any) -> Any:
    try:
        from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
    except ImportError:
        return None
    return CalendarIntervalTrigger(
        days=case.seconds % 40 + 1,
        hour=case.seconds % 24,
        start_date=case.start.date(),
        timezone=zone,
    )


def _bounds(case: Case) -> tuple[Moment | None, Moment | None]:
    start = case.start.replace(microsecond=0).astimezone(UTC)
    low = None if case.begins is None else start + datetime.timedelta(seconds=case.begins)
    high = None if case.ends is None else start + datetime.timedelta(seconds=case.ends)
    return low, high if low is None or high is None or low < high else None


def _is_right(
    case: Case, steps: tuple[Moment, Moment, bool], bounds: tuple[Moment | None, Moment | None]
) -> None:
    before, found, behind = steps[0].astimezone(UTC), steps[1].astimezone(UTC), steps[2]
    shown = f"{case!r}: {steps[1]!r} after {steps[0]!r}"
    low, high = bounds
    if case.how == "calendar":
        low = high = None
    if case.how == "calendar" and not behind:
        return  # its first date is what it was told, even one that is over
    if found < before or (behind and found == before):
        raise Violation(f"triggers: {case.how} does not move on", shown)
    if case.jitter and case.how == "cron":
        if high is not None and found > high:
            raise Violation(f"triggers: {case.how} with jitter fires behind its end", shown)
        return
    if (low is not None and found < low) or (high is not None and found > high):
        raise Violation(f"triggers: {case.how} fires outside its dates", shown)
    if case.how == "interval" and behind and found - before != _seconds(case):
        raise Violation("triggers: an interval is not kept", shown)
    if case.how in ("cron", "and"):
        _fits(case, found, shown)
        _misses_none(case, (before + (_NEXT if behind else 0 * _NEXT), found), bounds, shown)


def _seconds(case: Case) -> datetime.timedelta:
    return datetime.timedelta(seconds=case.seconds)


def _fits(case: Case, found: Moment, shown: str) -> None:
    wall = instants.wall_of(found, case.start.tzinfo)
    if instants.spread(found, found, case.start.tzinfo):
        return
    for name, text in case.fields:
        if not _holds(name, text, wall):
            raise Violation(f"triggers: the {name} is not asked for", shown)


def _misses_none(
    case: Case, ends: tuple[Moment, Moment], bounds: tuple[Moment | None, Moment | None], shown: str
) -> None:
    """The day of the result is the first that fits, and its seconds are the first of the day."""
    zone = case.start.tzinfo
    first, found = ends
    low = bounds[0]
    first = first if low is None else max(first, low)
    if instants.spread(first, found, zone):
        return
    wall = instants.wall_of(first, zone)
    end = instants.wall_of(found, zone)
    wall = wall.replace(microsecond=0) + (_LATER if wall.microsecond else 0 * _LATER)
    day = wall.date()
    while day < end.date():
        whole = datetime.datetime.combine(day, datetime.time())
        if all(_holds(name, text, whole) for name, text in case.fields if name in _NAMES[:5]):
            after = wall.time() if day == wall.date() else datetime.time()
            if _implied(case, whole) and any(_times(case, after, datetime.time.max)):
                raise Violation("triggers: a day is passed over", shown)
        day += datetime.timedelta(days=1)
    after = wall.time() if wall.date() == end.date() else datetime.time()
    if any(time < end.time() for time in _times(case, after, end.time())):
        raise Violation("triggers: a time of the day is passed over", shown)


def _implied(case: Case, day: Moment) -> bool:
    """Fields below the least one that is given are at their lowest."""
    given = [_NAMES.index(name) for name, _ in case.fields]
    least = max(given)
    if least < 1 and day.month != 1:
        return False
    return not (least < 2 and day.day != 1)


def _times(case: Case, low: datetime.time, high: datetime.time) -> list[datetime.time]:
    """The times of a day that the fields name, from `low` to `high`: the first one of them."""
    given = dict(case.fields)
    least = max(_NAMES.index(name) for name in given)
    values = []
    for name, top in (("hour", 24), ("minute", 60), ("second", 60)):
        if name in given:
            values.append([n for n in range(top) if _number(given[name], n, 0)])
        else:
            values.append([0] if _NAMES.index(name) > least else list(range(top)))
    for hour in values[0]:
        if hour < low.hour:
            continue
        for minute in values[1]:
            if (hour, minute) < (low.hour, low.minute):
                continue
            for second in values[2]:
                time = datetime.time(hour, minute, second)
                if low <= time:
                    return [time] if time <= high else []
    return []


def _holds(name: str, text: str, wall: Moment) -> bool:
    match name:
        case "week":
            return _number(text, wall.isocalendar()[1], 1)
        case "day_of_week":
            return _number(text, wall.weekday(), 0)
        case "day" if " " in text or text == "last":
            return _position(text, wall)
        case "year":
            return _number(text, wall.year, 1970)
        case "month" | "day":
            return _number(text, getattr(wall, name), 1)
        case _:
            return _number(text, getattr(wall, name), 0)


def _position(text: str, wall: Moment) -> bool:
    length = (wall.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    last = (length - datetime.timedelta(days=1)).day
    if text == "last":
        return wall.day == last
    which, weekday = text.split()
    if _MONDAY_FIRST[wall.weekday()] != weekday:
        return False
    if which == "last":
        return wall.day + 7 > last
    return (wall.day - 1) // 7 == _POSITIONS.index(which)


def _number(text: str, value: int, low: int) -> bool:
    """Whether a list of values, ranges and steps has a number."""
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            begin, end = low, value
        else:
            begin = _named(first)
            end = _named(last) if last else (value if step else begin)
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


def _named(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text in _MONDAY_FIRST:
        return _MONDAY_FIRST.index(text)
    return 1 + ("jan", "feb", "mar").index(text)
