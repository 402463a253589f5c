"""Cron expressions counted from a start: what croniter refuses, it says with its own error."""

import contextlib
import datetime

from croniter import CroniterError, croniter
from hypothesis import given
from hypothesis import strategies as st

START = datetime.datetime(2024, 1, 1)


@given(st.text(" *0123456789/-,LHR#()"))
def test(expression: str) -> None:
    with contextlib.suppress(CroniterError):
        croniter(expression, START, expand_from_start_time=True)
