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
_ROUTE: Final = st.sampled_from(ROUTES)
_LIBRARY: Final = st.sampled_from(("zoneinfo", "pytz", "dateutil"))
_RARELY: Final = st.sampled_from((False, False, False, False, False, False, False, True))
_OFTEN: Final = st.booleans()
_HASH_ID: Final = st.sampled_from((None, None, None, None, "hello", "x", "job-2", "", "a"))
_YEARS: Final = st.sampled_from((None, None, None, None, 1, 5, 100))
_COUNT: Final = st.sampled_from((1, 2, 3, 1, 2, 4, 9))


@st.composite
def _plain(draw: DrawFn) -> Options:
    """The defaults, by any way and with any library of zones."""
    return Options(zones=draw(_LIBRARY), route=draw(_ROUTE))


@st.composite
def _special(draw: DrawFn) -> Options:
    """Each option is a draw of its own."""
    return Options(
        day_or=not draw(_RARELY),
        seconds_first=draw(_OFTEN),
        hash_id=draw(_HASH_ID),
        cron_bug=draw(_RARELY),
        from_start=draw(_OFTEN),
        floats=draw(_RARELY),
        zones=draw(_LIBRARY),
        route=draw(_ROUTE),
        max_years=draw(_YEARS),
    )


OPTIONS: Final = st.one_of(_plain(), _plain(), _special())
"""Mostly the defaults."""
NIGHT: Final = st.sampled_from((False, False, True))
"""Whether it is about a change of a clock."""
_MOVES: Final = st.sampled_from((None, 0, 1, -1, 3, -3, 14, None, -14, 28))


@st.composite
def _questions(draw: DrawFn) -> Question:
    """An expression and a start, which may stand in one of its months and near one of its days."""
    chosen = draw(OPTIONS)
    if draw(NIGHT):
        return Question(draw(texts.DAILY), draw(moments.AWARE), draw(_COUNT), chosen)
    text = draw(texts.walked())
    start = draw(moments.STARTS)
    if start.tzinfo is None:
        days = draw(_MOVES)
        start = start if days is None else _near(text, chosen, start, days)
    return Question(text, start, draw(_COUNT), chosen)


_QUESTIONS: Final = _questions()


def _near(text: str, chosen: Options, start: datetime.datetime, days: int) -> datetime.datetime:
    """The start moved into the first month that is asked for, so many days from a day."""
    schedule = read(text, CRONITER, chosen).schedule
    if schedule is None or not schedule.months or not 2 < start.year < 9990:
        return start
    start = start.replace(month=min(schedule.months), day=min(start.day, 28))
    return start + datetime.timedelta(days=days)


def strategy() -> SearchStrategy[Question]:
    """All questions."""
    return _QUESTIONS
