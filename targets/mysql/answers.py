"""What a client makes of its server's replies, as plain values, and when two are the same."""

from __future__ import annotations

import array
import dataclasses
import datetime
import decimal
import math
from typing import Final


class _Anything:
    """Stands where the contract leaves a value open."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ANYTHING: Final = _Anything("ANYTHING")
"""A value that a client may show as it likes."""
MALFORMED: Final = _Anything("MALFORMED")
"""A value that no server sends in such a column: the client may also refuse it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One result of a command, as its user sees it; None: the client does not say."""

    rows: object = None
    """Tuple of rows, each a tuple of values; None: a result without rows."""
    names: tuple[object, ...] | None = None
    types: tuple[object, ...] | None = None
    affected: object = None
    insert_id: object = None
    warnings: object = None
    code: object = None
    """Of an error that the server reported."""
    text: object = None
    """Message of the error."""


def difference(expected: Answer, actual: Answer) -> str:
    """Which part of the answer is wrong (few words, no values); empty: none."""
    if expected.code is not None or actual.code is not None:
        for part in ("code", "text"):
            if not _same(getattr(expected, part), getattr(actual, part)):
                return f"error {part}"
        return ""
    for part in ("names", "types", "affected", "insert_id", "warnings"):
        stated = getattr(actual, part)
        if stated is not None and not _same(getattr(expected, part), stated):
            return part.replace("_", " ")
    return _rows(expected.rows, actual.rows)


def _rows(expected: object, actual: object) -> str:
    if isinstance(expected, _Anything):
        return ""
    if not isinstance(expected, tuple) or not isinstance(actual, tuple):
        return "" if expected == actual else "rows where there are none, or none"
    if len(expected) != len(actual):
        return "number of rows"
    for left, right in zip(expected, actual, strict=True):
        if isinstance(left, tuple) and isinstance(right, tuple) and len(left) != len(right):
            return "number of values in a row"
        if not _same(left, right):
            return "values"
    return ""


def wrong_cell(expected: Answer, actual: Answer) -> tuple[int, object, object]:
    """Column, expected and actual value of the first difference; (-1, …) when no cell differs."""
    if isinstance(expected.rows, tuple) and isinstance(actual.rows, tuple):
        for left, right in zip(expected.rows, actual.rows, strict=False):
            for column, (one, other) in enumerate(zip(left, right, strict=False)):
                if not _same(one, other):
                    return column, one, other
    return -1, None, None


def _same(expected: object, actual: object) -> bool:
    if isinstance(expected, _Anything):
        return True
    if expected is None or actual is None:
        return actual is None and expected is None
    if isinstance(expected, tuple | list):
        return (
            isinstance(actual, tuple | list)
            and len(expected) == len(actual)
            and all(map(_same, expected, actual))
        )
    if isinstance(expected, bytes):
        return isinstance(actual, bytes | bytearray) and bytes(actual) == expected
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, float) and isinstance(actual, float):
        return expected == actual or (math.isnan(expected) and math.isnan(actual))
    if isinstance(expected, decimal.Decimal) and isinstance(actual, decimal.Decimal):
        return expected.as_tuple() == actual.as_tuple()
    return bool(expected == actual)


def same(expected: object, actual: object) -> bool:
    """Whether two values, of parameters say, mean the same and have the same type."""
    return _same(expected, actual)


def kind(value: object) -> str:
    """A word for a value, for the name of a violation.

    >>> kind(datetime.timedelta(-1))
    'negative time'
    """
    if isinstance(value, datetime.timedelta):
        return "negative time" if value < datetime.timedelta(0) else "time"
    if isinstance(value, bytes | bytearray | str | array.array):
        return type(value).__name__
    return type(value).__name__
