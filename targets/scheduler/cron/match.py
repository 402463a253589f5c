"""The check `match`: whether one time is due, at it, beside it and between two of them."""

from __future__ import annotations

import datetime
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import instants, moments, questions, texts
from targets.scheduler.cron.dialects import CRONITER
from targets.scheduler.cron.parse import refusal
from targets.scheduler.cron.reading import ACCEPT, REFUSE, read
from targets.scheduler.cron.schedule import Schedule
from targets.scheduler.implementation import Cron, Options, Question, Refused, asked

_YEAR: Final = datetime.timedelta(days=366)
_OTHERS: Final = ("cron_bug", "from_start", "hash_id", "max_years")
"""Options that no `match` has."""
_BESIDE_S: Final = st.sampled_from((None, 0, 0, 0, 1, 30, 59, 60, -1, None, 1e-6, 0.999999, 3600))
"""Seconds from a time that is due; None: it is no such time."""


@st.composite
def cases(draw: DrawFn) -> Question:
    """A time that is often due, or beside one that is."""
    chosen = draw(questions.OPTIONS)
    if draw(questions.NIGHT):
        return Question(draw(texts.DAILY), draw(moments.AWARE).replace(microsecond=0), 1, chosen)
    text = draw(texts.walked())
    start = draw(moments.STARTS)
    beside_s = draw(_BESIDE_S)
    if beside_s is not None:
        start = _due_after(text, chosen, start) + datetime.timedelta(seconds=beside_s)
    return Question(text, start, 1, chosen)


def strategy() -> SearchStrategy[Question]:
    """All cases."""
    return cases()


def check(question: Question, subject: Cron) -> None:
    """True within the minute, or second, that is due; False elsewhere."""
    if subject.matches is None:
        return
    question = asked(question, subject, _OTHERS)
    reading = read(question.text, subject.dialect, question.options, question.start)
    near_end = not 60 < question.start.year < 9939
    try:
        said = subject.matches(question)
    except Refused as refused:
        if reading.verdict == ACCEPT:
            raise refusal(question, subject, refused) from refused
        return
    except (OverflowError, ValueError):
        if near_end:
            return
        raise
    if reading.verdict == REFUSE:
        raise Violation(f"parse: accepts {reading.reasons[0]}", repr(question))
    if reading.schedule is None:
        return
    if question.start.tzinfo is not None and _at_change(question.start):
        if subject.dialect.gap == "after":
            _follows_rule(question, reading.schedule, said)
        return
    wall = question.start.replace(tzinfo=None)
    if not subject.to_the_second:
        wall = wall.replace(microsecond=0)
        if len(question.text.split()) <= 5:
            wall = wall.replace(second=0)
    right = reading.schedule.due_at(wall)
    if said != right:
        field = reading.schedule.misses(wall)
        seconds = " with seconds" if len(question.text.split()) > 5 else ""
        what = f"true though the {field} is not due" if said else "false though it is due"
        raise Violation(f"match: {what}{seconds}", repr(question))


def _follows_rule(question: Question, schedule: Schedule, said: bool) -> None:
    """At a change of the clock, by the rule of Debian's cron."""
    zone = question.start.tzinfo
    assert zone is not None
    moment = question.start.astimezone(datetime.UTC)
    wall = instants.wall_of(moment, zone)
    right = not schedule.misses(wall) and moment in instants.due(schedule, wall, zone)
    if not right and not schedule.by_clock:
        right = any(first == moment for first, _ in instants.put_off(schedule, moment, zone))
    if said != right:
        told = "true though it is not due" if said else "false though it is due"
        raise Violation(f"match: {told} at a change of the clock", repr(question))


def _at_change(start: datetime.datetime) -> bool:
    """Near a change of the clock `next` and `prev` say more."""
    return start.tzinfo is not None and bool(instants.spread(start, start, start.tzinfo))


def _due_after(text: str, chosen: Options, start: datetime.datetime) -> datetime.datetime:
    """A wall time that is due, within some years; the start itself if there is none."""
    schedule = read(text, CRONITER, chosen).schedule
    if schedule is None or not 2 < start.year < 9990:
        return start
    low = start.replace(tzinfo=None)
    for wall in instants.walls_between(schedule, low, low + 5 * _YEAR):
        return wall.replace(tzinfo=start.tzinfo)
    return start
