"""Check `read`: any text is read as a JSON path, or refused with SqlglotError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable


def parser() -> Callable[[str], object]:
    """The parser; its documented error is an answer, any other is a crash."""
    from sqlglot import errors, jsonpath

    def answer(text: str) -> object:
        with contextlib.suppress(errors.SqlglotError):
            return jsonpath.parse(text)
        return None

    return answer


def check(data: bytes, subject: Callable[[str], object]) -> None:
    """Whatever escapes is a crash."""
    subject(data.decode("utf-8", "replace"))
