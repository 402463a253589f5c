"""Passes for numbers in bytes: lower them, alone or together with what they count.

A length or a count binds other bytes: neither can change alone. These passes change both.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Literal

from triage.minimize.passes.sequences import lowest
from triage.minimize.problem import Problem

DIGITS = re.compile(rb"[0-9]+")
MAX_DIGITS = 20
"""Longer runs of digits are text."""
NEAR = 12
"""Bytes after a number at which what it counts may begin."""
MAX_LENGTHS = 64
"""Numbers in a case of which any may be a length."""
COUNTED_UP_TO = 256
"""Bytes of a case in which anything may be what a number counts."""
MAX_ITEM = 16
"""Bytes of one counted item, at most."""
BINARY_UP_TO = 1024
"""Bytes of a case in which any byte may begin a binary length."""
FIELDS: tuple[tuple[int, Literal["big", "little"]], ...] = (
    (1, "big"),
    (2, "big"),
    (2, "little"),
    (4, "big"),
    (4, "little"),
)
"""Width in bytes and byte order of a binary length."""


def ascii_numbers(problem: Problem[bytes]) -> None:
    """Lower every decimal number as far as it goes, from the last to the first."""
    for start, stop in reversed(_runs(problem.current)):
        case = problem.current
        high = int(case[start:stop])
        lowest(problem, functools.partial(_with, case, start, stop), high)


def ascii_lengths(problem: Problem[bytes]) -> None:
    """Lower a decimal number by as much as bytes are left out soon after it."""
    _repeat(problem, _shorter_by_ascii)


def ascii_counts(problem: Problem[bytes]) -> None:
    """Lower a decimal number by one and leave out a few bytes anywhere after it."""
    _repeat(problem, _one_item_less)


def binary_lengths(problem: Problem[bytes]) -> None:
    """Lower a binary number by as much as bytes are left out right after it."""
    _repeat(problem, _shorter_by_binary)


def _repeat(problem: Problem[bytes], ideas: Callable[[bytes], Iterator[bytes]]) -> None:
    while problem.first(ideas(problem.current)) is not None:
        pass


def _runs(case: bytes) -> list[tuple[int, int]]:
    return [found.span() for found in DIGITS.finditer(case) if len(found[0]) <= MAX_DIGITS]


def _with(case: bytes, start: int, stop: int, number: int) -> bytes:
    return case[:start] + b"%d" % number + case[stop:]


def _halving(number: int) -> Iterator[int]:
    """The number, and its half down to 1."""
    while number > 0:
        yield number
        number //= 2


def _shorter_by_ascii(case: bytes) -> Iterator[bytes]:
    runs = _runs(case)
    for start, stop in runs if len(runs) <= MAX_LENGTHS else []:
        number = int(case[start:stop])
        if number > len(case) - stop:
            continue
        for less in _halving(number):
            for at in range(stop, min(stop + NEAR, len(case) - less) + 1):
                yield case[:start] + b"%d" % (number - less) + case[stop:at] + case[at + less :]


def _one_item_less(case: bytes) -> Iterator[bytes]:
    if len(case) > COUNTED_UP_TO:
        return
    for start, stop in _runs(case):
        number = int(case[start:stop])
        if number == 0 or number > len(case) - stop:
            continue
        for at in range(stop, len(case)):
            for size in range(1, min(MAX_ITEM, len(case) - at) + 1):
                yield case[:start] + b"%d" % (number - 1) + case[stop:at] + case[at + size :]


def _shorter_by_binary(case: bytes) -> Iterator[bytes]:
    for start in range(len(case) if len(case) <= BINARY_UP_TO else 0):
        for width, order in FIELDS:
            stop = start + width
            number = int.from_bytes(case[start:stop], order)
            if not 0 < number <= len(case) - stop:
                continue
            for less in _halving(number):
                field = case[:start] + (number - less).to_bytes(width, order)
                yield field + case[stop:-less]
                yield field + case[stop + less :]
