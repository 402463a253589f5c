"""Strategies of questions: an expression, a start that suits it, and options of the interface."""

from __future__ import annotations

import datetime
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.scheduler.cron import moments, texts
from targets.scheduler.cron.dialects import CRONITER
from targets.scheduler.cron.reading import read
from targets.scheduler.implementation import Options, Question

ROUTES: Final = ("", "", "", "all", "iter", "start", "set", "peek", "turn", "float start")


@st.composite
def options(draw: DrawFn) -> Options:
    """Mostly the defaults; each option is a draw of its own."""
    return Options(
        day_or=draw(st.integers(0, 7)) != 7,
        seconds_first=draw(st.booleans()),
        hash_id=draw(
            st.none()
            | st.none()
            | st.sampled_from(("hello", "x", "job-2", "", "hello", "x", "a", "b"))
        ),
        cron_bug=draw(st.integers(0, 7)) == 7,
        from_start=draw(st.integers(0, 7)) == 7,
        floats=draw(st.integers(0, 3)) == 3,
        zones=draw(st.sampled_from(("zoneinfo", "pytz", "dateutil"))),
        route=draw(st.sampled_from(ROUTES)),
        max_years=draw(st.sampled_from((None, None, None, 1, 5, 100))),
    )


@st.composite
def questions(draw: DrawFn) -> Question:
    """An expression and a start, which may stand in one of its months and near one of its days."""
    chosen = draw(options())
    if draw(st.integers(0, 3)) == 3:
        text, start = draw(texts.daily()), draw(moments.aware())
        return Question(text, start, draw(st.integers(1, 4)), chosen)
    text = draw(texts.walked())
    start = draw(moments.starts())
    if start.tzinfo is None and draw(st.booleans()):
        start = _near(text, chosen, start, draw(st.sampled_from((0, 1, -1, 3, -3, 14))))
    return Question(text, start, draw(st.integers(1, 4)), chosen)


def _near(text: str, chosen: Options, start: datetime.datetime, days: int) -> datetime.datetime:
    """The start moved into the first month that is asked for, so many days from a day."""
    schedule = read(text, CRONITER, chosen).schedule
    if schedule is None or not schedule.months or not 2 < start.year < 9990:
        return start
    start = start.replace(month=min(schedule.months), day=min(start.day, 28))
    return start + datetime.timedelta(days=days)


def strategy() -> SearchStrategy[Question]:
    """All questions."""
    return questions()
