"""The checks `next` and `prev`: every instant is a match, and none is passed over.

Instants are held against the strict grammar's meaning by brute force over days and minutes. Only
what every user would expect is asked for where the clock of a zone is changed: results move on in
absolute time and exist in the zone; a time that comes twice runs at least once, at a fixed time of
day, and each time where the hour is open; one that the clock skips may run right behind the gap.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any, Final

from targets.oracles import Violation
from targets.scheduler.cron import clocks, instants
from targets.scheduler.cron.dialects import Dialect
from targets.scheduler.cron.instants import UTC, Moment
from targets.scheduler.cron.parse import refusal
from targets.scheduler.cron.reading import ACCEPT, REFUSE, Reading, read
from targets.scheduler.cron.schedule import Schedule
from targets.scheduler.implementation import Cron, Question, Refused, asked

_SECOND: Final = datetime.timedelta(seconds=1)
_MINUTE: Final = datetime.timedelta(minutes=1)
_THREE_HOURS: Final = datetime.timedelta(hours=3)
_EDGE_YEARS: Final = 60
"""So near to the ends of the calendar, what the calendar itself raises is no verdict."""


_NEEDED: Final[Mapping[str, tuple[str, object]]] = {
    "by another way": ("route", ""),
    "as seconds": ("floats", False),
    "with steps from the start": ("from_start", False),
    "with a limit of years": ("max_years", None),
    "with a name to hash": ("hash_id", None),
}
"""Options that a bug may need, as its name tells them, and their defaults."""


class _OtherData(Exception):
    """Two libraries of time zones have other data of a zone: no verdict is fair."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Step:
    """From one instant to the next one that the subject gave, in UTC."""

    verb: str
    schedule: Schedule
    zone: datetime.tzinfo | None
    before: Moment
    upwards: bool
    question: Question
    strict: bool
    """Debian's rule holds at changes of the clock."""


def check_next(question: Question, subject: Cron) -> None:
    """What follows the start, upwards."""
    _check(question, subject, upwards=True)


def check_prev(question: Question, subject: Cron) -> None:
    """What precedes the start, downwards."""
    _check(question, subject, upwards=False)


def _check(question: Question, subject: Cron, upwards: bool) -> None:
    """As `_is_answered`; what is wrong is told of the plainest question that shows it."""
    question = asked(question, subject)
    try:
        _is_answered(question, subject, upwards)
    except Violation as broken:
        raise _blamed(broken, question, subject, upwards) from broken


def _blamed(broken: Violation, question: Question, subject: Cron, upwards: bool) -> Violation:
    """What is broken without a zone, an option or a way that is not needed for it.

    One bug then has one name, and another one that needs them has a name of its own.
    """
    for needed in ("a zone", *_NEEDED):
        plainer = _without(needed, question)
        if plainer == question:
            continue
        try:
            _is_answered(plainer, subject, upwards)
        except Violation as other:
            broken, question = other, plainer
        except Exception:  # another bug, which has its own examples
            continue
        else:
            if needed in _NEEDED:
                broken = Violation(f"{broken.oracle}, {needed}", broken.detail)
    return broken


def _without(needed: str, question: Question) -> Question:
    """The question without one thing; itself: it has not that."""
    if needed not in _NEEDED:
        naive = question.start.replace(tzinfo=None, fold=0)
        return dataclasses.replace(question, start=naive)
    name, default = _NEEDED[needed]
    plain: Any = {name: default}
    return dataclasses.replace(question, options=dataclasses.replace(question.options, **plain))


def _is_answered(question: Question, subject: Cron, upwards: bool) -> None:
    """The subject's answer is right, or a refusal that it documents."""
    walk = subject.following if upwards else subject.preceding
    if walk is None:
        return
    verb = "next" if upwards else "prev"
    reading = read(question.text, subject.dialect, question.options, question.start)
    near_end = not _EDGE_YEARS < question.start.year < 9999 - _EDGE_YEARS
    try:
        results = walk(question)
    except Refused as refused:
        if reading.verdict == ACCEPT:
            raise refusal(question, subject, refused) from refused
        return
    except (OverflowError, ValueError):
        if near_end or question.options.max_years:
            return
        raise
    if reading.verdict == REFUSE:
        raise Violation(f"parse: accepts {reading.reasons[0]}", _show(question))
    with contextlib.suppress(_OtherData):
        _follow(question, reading, results, subject.dialect, (verb, upwards))


def _follow(
    question: Question,
    reading: Reading,
    results: tuple[datetime.datetime, ...],
    dialect: Dialect,
    way: tuple[str, bool],
) -> None:
    """Every result after the one before it, and what is said by there being no more of them."""
    verb, upwards = way
    zone = question.start.tzinfo
    start = before = _utc(question.start)
    for result in results:  # the worst first: a scheduler that stands still never ends
        if (result.tzinfo is None) != (zone is None):
            raise Violation(f"{verb}: the zone of the start is lost", _show(question, result))
        found = _utc(result)
        if found == before or (found > before) != upwards:
            change = _at_change((before, before), zone, result, reading.schedule)
            raise Violation(f"{verb}: does not move on{change}", _show(question, result))
        before = found
    before = start
    strict = _is_strict(dialect, upwards, (start, _utc(results[-1]) if results else start), zone)
    for result in results:
        _is_of_zone(result, zone, verb)
        found = _utc(result)
        if reading.schedule is not None:
            step = _Step(verb, reading.schedule, zone, before, upwards, question, strict)
            _is_match(step, found, result)
            _nothing_between(step, found, result)
        before = found
    if len(results) < question.count and reading.schedule is not None:
        step = _Step(verb, reading.schedule, zone, before, upwards, question, strict)
        _gives_up_rightly(step, dialect)


def _is_strict(
    dialect: Dialect, upwards: bool, ends: tuple[Moment, Moment], zone: datetime.tzinfo | None
) -> bool:
    """Whether the dialect's rule for changes of the clock holds for those between two instants."""
    if dialect.gap != "after upwards":
        return dialect.gap == "after"
    low, high = sorted(ends)
    return upwards and instants.spread(low, high, zone) < _THREE_HOURS


def _utc(moment: datetime.datetime) -> Moment:
    """The instant; a wall time without a zone counts as one of UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _is_of_zone(moment: datetime.datetime, zone: datetime.tzinfo | None, verb: str) -> None:
    """What is not a time of the zone of the start is no answer."""
    if zone is None:
        return
    found = moment.astimezone(UTC)
    wall = moment.replace(tzinfo=None, fold=0)
    if found.astimezone(moment.tzinfo).replace(tzinfo=None, fold=0) != wall:
        shown = _at_change((found, found), zone, moment)
        raise Violation(f"{verb}: a time that its zone does not have{shown}", repr(moment))
    if instants.wall_of(found, zone) != wall:
        if str(zone) in f"{moment.tzinfo} {moment.tzinfo!r}":
            raise _OtherData(str(zone))
        raise Violation(f"{verb}: a time of another zone", repr(moment))


def _is_match(step: _Step, found: Moment, result: datetime.datetime) -> None:
    wall = instants.wall_of(found, step.zone)
    field = step.schedule.misses(wall)
    if step.strict and not field and found not in instants.due(step.schedule, wall, step.zone):
        change = _at_change((found, found), step.zone, result, step.schedule)
        raise Violation(
            f"{step.verb}: a time that comes twice runs twice{change}", _show(step.question, result)
        )
    if not field or _is_behind_gap(step, found):
        return
    change = _at_change((found, found), step.zone, result, step.schedule)
    days = _days_by(step.schedule) if field == "day" else ""
    raise Violation(
        f"{step.verb}: the {field} is not asked for{days}{change}", _show(step.question, result)
    )


def _is_behind_gap(step: _Step, found: Moment) -> bool:
    """Whether a match that the clock skipped was put off to here."""
    if step.zone is None or (step.strict and step.schedule.by_clock):
        return False
    for first, later in instants.put_off(step.schedule, found, step.zone):
        if found == first or (not step.strict and (found < first + _MINUTE or found == later)):
            return True
    return False


def _nothing_between(step: _Step, found: Moment, result: datetime.datetime) -> None:
    low, high = sorted((step.before, found))
    spread = instants.spread(low, high, step.zone)
    missed = _first_between(step, low, high, spread)
    if missed is not None:
        change = _at_change((low, high), step.zone, result, step.schedule)
        raise Violation(
            f"{step.verb}: a match is passed over{_days_of(step)}{change}",
            f"{_show(step.question, result)}, not {missed.isoformat()}",
        )


def _first_between(
    step: _Step, low: Moment, high: Moment, spread: datetime.timedelta
) -> Moment | None:
    """A match after `low` and before `high` that must not be left out."""
    walls = instants.walls_between(
        step.schedule,
        _bounded(instants.wall_of(low, step.zone), -spread),
        _bounded(instants.wall_of(high, step.zone), spread),
        step.upwards,
    )
    for wall in walls:
        if step.strict:
            times = instants.due(step.schedule, wall, step.zone)
        else:
            times = instants.instants_of(wall, step.zone)
        inside = [moment for moment in times if low < moment < high]
        whole = step.strict or step.schedule.any_hour or len(inside) == len(times)
        if inside and whole:
            return wall
    return None


def _gives_up_rightly(step: _Step, dialect: Dialect) -> None:
    years = min(step.question.options.max_years or dialect.horizon_years, dialect.horizon_years) - 1
    low = high = step.before
    if step.upwards:
        high = Moment(min(low.year + years, dialect.last_year, 9998), 1, 1, tzinfo=UTC)
    else:
        low = Moment(max(high.year - years, 2), 12, 31, tzinfo=UTC)
    if low >= high:
        return
    missed = _first_between(step, low, high, instants.spread(low, high, step.zone))
    if missed is not None:
        raise Violation(
            f"{step.verb}: gives up though there is a match{_days_of(step)}",
            f"{_show(step.question)}, not {missed.isoformat()}",
        )


def _bounded(wall: Moment, by: datetime.timedelta) -> Moment:
    try:
        return wall + by
    except OverflowError:
        return wall


def _days_by(schedule: Schedule) -> str:
    """What the days go by: it tells bugs of rules apart from those of numbers."""
    rules = sorted({rule[0] for rule in schedule.day_rules | schedule.weekday_rules})
    both = ", of either day field" if schedule.either else ""
    return both + (f", of a rule {' and '.join(rules)}" if rules else "")


def _days_of(step: _Step) -> str:
    return _days_by(step.schedule)


def _at_change(
    ends: tuple[Moment, Moment],
    zone: datetime.tzinfo | None,
    result: datetime.datetime,
    schedule: Schedule | None = None,
) -> str:
    """Where it happens: bugs at each kind of change, and of each library of zones, are apart."""
    if zone is None:
        return ""
    library = type(result.tzinfo).__module__.partition(".")[0]
    change = clocks.named_change(*ends, zone)
    if not change:
        return f", in a zone of {library}"
    hourly = ", in every hour" if schedule is not None and schedule.any_hour else ""
    return f"{hourly}, at a change of the clock{change}, in a zone of {library}"


def _show(question: Question, result: datetime.datetime | None = None) -> str:
    shown = f"{question.text!r} from {question.start!r}, {question.options!r}"
    return shown if result is None else f"{shown} gives {result!r}"
