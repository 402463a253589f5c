"""Check `read`: any text is parsed, or refused with SQLParseError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable


def parser() -> Callable[[str], object]:
    """The parser; its documented error is an answer, any other is a crash."""
    import sqlparse
    from sqlparse.exceptions import SQLParseError

    def answer(text: str) -> object:
        with contextlib.suppress(SQLParseError):
            return sqlparse.parse(text)
        return None

    return answer


def check(data: bytes, subject: Callable[[str], object]) -> None:
    """Whatever escapes is a crash."""
    subject(data.decode("utf-8", "replace"))
