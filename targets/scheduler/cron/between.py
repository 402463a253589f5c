"""The check `between`: what croniter finds between two times, listed, matched and strict.

`croniter_range` gives the matches of the span in its direction, ends included unless told
otherwise; `match_range` says whether there is one; `strict` refuses days that no month has.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import clocks, instants, moments, questions, texts
from targets.scheduler.cron.instants import UTC, Moment
from targets.scheduler.cron.reading import read
from targets.scheduler.cron.schedule import Schedule
from targets.scheduler.implementation import Cron, Options, offered
from targets.scheduler.subjects import zones
from targets.scheduler.subjects.croniter import error_of, library_of
from targets.scheduler.subjects.releases import known_to

_MOST: Final = 40
_MINUTE: Final = datetime.timedelta(minutes=1)
_SECOND: Final = datetime.timedelta(seconds=1)
_OTHERS: Final = ("cron_bug", "from_start", "hash_id", "max_years")
_BOOLEANS: Final = st.booleans()
_MINUTES: Final = st.sampled_from((None, 0, 30))
_NUMBERS: Final = st.integers(-40, 40)
_UNITS_S: Final = st.sampled_from((60, 3600, 86_400, 86_400 * 30))

Case = tuple[str, datetime.datetime, datetime.timedelta, bool, Options]


@st.composite
def cases(draw: DrawFn) -> Case:
    """An expression, a start, a span up or down, whether the ends are out, and options."""
    if draw(_BOOLEANS):
        text, start = draw(texts.DAILY), draw(moments.AWARE)
    else:
        text, start = draw(texts.walked()), draw(moments.STARTS)
    minute = draw(_MINUTES)
    if minute is not None:
        start = start.replace(minute=minute, second=0, microsecond=0)
    span = datetime.timedelta(seconds=draw(_NUMBERS) * draw(_UNITS_S))
    return text, start, span, draw(_BOOLEANS), draw(questions.OPTIONS)


def strategy() -> SearchStrategy[Case]:
    """All cases."""
    return cases()


def check(case: Case, subject: Cron) -> None:
    """The list, and the answer whether it is empty."""
    text, start, span, _, _ = case
    package: Any = subject.package
    options = offered(case[4], subject, _OTHERS)
    schedule = read(text, subject.dialect, options, start).schedule
    if schedule is None or not 100 < start.year < 9900 or not span:
        return
    start = zones.moved(start, library_of(options, subject.release))
    stop = start + span
    if start.tzinfo is not None:
        stop = (start.astimezone(UTC) + span).astimezone(start.tzinfo)
    # What is refused, and what is not found within a limit of years, is for other checks.
    with contextlib.suppress(error_of(package, "CroniterError", ValueError)):
        if hasattr(package, "croniter_range"):
            _lists(package, schedule, (start, stop), case, options)
        if hasattr(package.croniter, "match_range") and span > datetime.timedelta(0):
            _finds(package.croniter, schedule, (start, stop), case, options)


def _lists(
    package: Any,
    schedule: Schedule,
    ends: tuple[Moment, Moment],
    case: Case,
    options: Options,
) -> None:
    start, stop = ends
    without_ends = case[3]
    wanted = {
        "day_or": options.day_or,
        "second_at_beginning": options.seconds_first,
        "exclude_ends": without_ends,
    }
    made = package.croniter_range(start, stop, case[0], **known_to(package.croniter_range, wanted))
    found = list(itertools.islice(made, _MOST))
    shown = f"{case!r} gives {[str(item) for item in found[:4]]}"
    low, high = sorted(_utc(end) for end in ends)
    upwards = _utc(start) < _utc(stop)
    before: Moment | None = None
    for item in found:
        at = _utc(item)
        if before is not None and (at == before or (at > before) != upwards):
            zone = case[1].tzinfo
            change = clocks.named_change(before, at, zone) if zone is not None else ""
            hourly = ", in every hour" if schedule.any_hour else ""
            near = f"{hourly}, at a change of the clock{change}" if change else ""
            raise Violation(f"between: the list does not move on{near}", shown)
        if not low <= at <= high or (without_ends and at in (low, high)):
            raise Violation("between: the list leaves the span", shown)
        before = at
    if start.tzinfo is not None and instants.spread(low, high, case[1].tzinfo):
        return
    first, last = sorted((_wall(start), _wall(stop)))
    walls = instants.walls_between(schedule, first, last, upwards)
    right = list(itertools.islice(walls, _MOST + 2))
    if without_ends:
        right = [wall for wall in right if wall not in (_wall(start), _wall(stop))]
    if [_wall(item) for item in found] != right[:_MOST]:
        ends_only = set(right[:_MOST]) ^ {_wall(item) for item in found}
        at_end = ends_only <= {_wall(start), _wall(stop)}
        what = "an end is missing or too much" if at_end else "not the matches of the span"
        raise Violation(f"between: {what}", f"{shown}, not {[str(wall) for wall in right[:4]]}")


def _finds(
    croniter: Any,
    schedule: Schedule,
    ends: tuple[Moment, Moment],
    case: Case,
    options: Options,
) -> None:
    start, stop = ends
    if start.tzinfo is not None and instants.spread(_utc(start), _utc(stop), case[1].tzinfo):
        return
    wanted = {"day_or": options.day_or, "second_at_beginning": options.seconds_first}
    said = croniter.match_range(case[0], start, stop, **known_to(croniter.match_range, wanted))
    precision = _SECOND if len(case[0].split()) > 5 else _MINUTE
    within = next(instants.walls_between(schedule, _wall(start), _wall(stop)), None)
    about = next(instants.walls_between(schedule, _wall(start) - precision, _wall(stop)), None)
    if said and about is None:
        raise Violation("between: match_range says yes to no match", repr(case))
    if not said and within is not None:
        raise Violation("between: match_range says no to a match", f"{case!r}: {within}")


def _utc(moment: Moment) -> Moment:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _wall(moment: Moment) -> Moment:
    return moment.replace(tzinfo=None, fold=0)
