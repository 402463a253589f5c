"""A test case of a suite as bytes: the test's id, a NUL, and its choices as Hypothesis does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from targets import hypotheses

_END = b"\0"


def stored(test: str, choices: bytes) -> bytes:
    """The bytes of a test case of the test with this id."""
    return test.encode("utf-8", "surrogatepass") + _END + choices


def test_of(data: bytes) -> str | None:
    """Id of the test that a test case is for; None when the bytes are no test case."""
    name, end, _ = data.partition(_END)
    try:
        return name.decode("utf-8", "surrogatepass") if end and name else None
    except UnicodeDecodeError:
        return None


def choices_of(data: bytes) -> Sequence[Any] | None:
    """Its choices; None when there are none: then only the explicit examples run."""
    from hypothesis.database import choices_from_bytes

    _, _, choices = data.partition(_END)
    return choices_from_bytes(choices) if choices else None


def pieces(data: bytes) -> list[bytes]:
    """The test's id and each choice, for a minimizer; they join to `data`."""
    name, end, choices = data.partition(_END)
    return [name + end, *hypotheses.pieces(choices)] if choices else [data]
