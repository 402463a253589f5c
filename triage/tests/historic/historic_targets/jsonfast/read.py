"""Check `read`: any bytes are read as JSON, or refused with JSONDecodeError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable


def decoder() -> Callable[[bytes], object]:
    """The decoder; its documented error is an answer, any other is a crash."""
    import orjson

    def answer(data: bytes) -> object:
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(data)
        return None

    return answer


def check(data: bytes, subject: Callable[[bytes], object]) -> None:
    """Whatever escapes is a crash."""
    subject(data)
