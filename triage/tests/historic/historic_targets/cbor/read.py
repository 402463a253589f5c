"""Check `read`: any bytes are read, or refused with CBORDecodeError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable


def decoder() -> Callable[[bytes], object]:
    """The decoder; its documented error is an answer, any other is a crash."""
    import cbor2

    def answer(data: bytes) -> object:
        with contextlib.suppress(cbor2.CBORDecodeError):
            return cbor2.loads(data)
        return None

    return answer


def check(data: bytes, subject: Callable[[bytes], object]) -> None:
    """Whatever escapes is a crash."""
    subject(data)
