"""Check `read`: any text is read as a cron expression, or refused with a ValueError."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable

START = datetime.datetime(2024, 1, 31, 12, 30)


def reader() -> Callable[[str], object]:
    """The reader; all its documented errors are ValueErrors, any other is a crash."""
    from croniter import croniter

    def answer(text: str) -> object:
        with contextlib.suppress(ValueError):
            return croniter(text, START)
        return None

    return answer


def check(data: bytes, subject: Callable[[str], object]) -> None:
    """Whatever escapes is a crash."""
    subject(data.decode("latin-1"))
