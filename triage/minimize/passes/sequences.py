"""Passes that leave parts of a sequence out: of bytes, or a list or tuple of anything.

Sweeps go from the end to the beginning, so that what was left out does not move what is still to
be looked at. Every size comes down to 1: afterwards no single part can be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from triage.minimize.problem import Problem

MAX_WINDOW = 8
WINDOWS_UP_TO = 512
"""Parts of a sequence in which every window is tried."""
PAIRS_UP_TO = 48
"""Parts of a sequence in which every pair is tried."""

Edit = Callable[[Any, int, int], Any]
"""`edit(case, start, stop)`: the case with its parts from `start` to `stop` changed."""


def without(case: Any, start: int, stop: int) -> Any:
    """The case without these parts."""
    return case[:start] + case[stop:]


def cut_tail(problem: Problem[Any]) -> None:
    """Keep only a beginning, as short as can be."""
    case = problem.current
    lowest(problem, lambda size: case[:size], len(case))


def cut_head(problem: Problem[Any]) -> None:
    """Keep only an end, as short as can be."""
    case = problem.current
    lowest(problem, lambda size: case[len(case) - size :], len(case))


def blocks(problem: Problem[Any]) -> None:
    """Leave blocks out, from half of everything down to single parts; neighbours of one that could
    be left out go 1, 2, 4, 8… at a time (ddmin that adapts)."""
    for size in _halves(len(problem.current)):
        sweep(problem, size, without)


def windows(problem: Problem[Any]) -> None:
    """Leave out a few neighbours anywhere: parts that only go together."""
    for size in range(MAX_WINDOW, 1, -1):
        if size < len(problem.current) <= WINDOWS_UP_TO:
            _slide(problem, size)


def pairs(problem: Problem[Any]) -> None:
    """Leave out two parts that are far from each other, as a pair of brackets."""
    start = 0
    while len(problem.current) <= PAIRS_UP_TO:
        case = problem.current
        two = [
            (left, right)
            for left in range(start, len(case))
            for right in range(left + 1, len(case))
        ]
        found = problem.first(
            case[:left] + case[left + 1 : right] + case[right + 1 :] for left, right in two
        )
        if found is None:
            return
        start = two[found][0]


def sweep(problem: Problem[Any], size: int, edit: Edit) -> None:
    """Edit every block of `size`, from the end; runs of blocks that may be edited grow."""
    end = len(problem.current)
    while end > 0:
        case = problem.current
        ends = range(end, 0, -size)
        found = problem.first(edit(case, max(stop - size, 0), stop) for stop in ends)
        if found is None:
            return
        end = _grown(problem, max(ends[found] - size, 0), size, edit)


def lowest(problem: Problem[Any], make: Callable[[int], Any], high: int) -> int:
    """The least number below `high` for which `make` gives an interesting case, if the numbers
    from there on do too; `high` itself is known to. The case is adopted, the number returned."""
    low = -1
    while high - low > 1:
        numbers = _between(low, high)
        found = problem.first(make(number) for number in numbers)
        if found is None:
            return high
        high, low = numbers[found], numbers[found - 1] if found else low
    return high


def _between(low: int, high: int) -> list[int]:
    """Numbers above `low` and below `high`: dense at both ends, ascending."""
    numbers, step = {low + 1, high - 1}, 1
    while 2 * step < high - low:
        numbers |= {low + 1 + step, high - 1 - step}
        step *= 2
    return sorted(numbers)


def _grown(problem: Problem[Any], start: int, size: int, edit: Edit) -> int:
    """Edit further blocks before `start`; where the last of them begins."""
    case = problem.current
    starts = [max(start - blocks * size, 0) for blocks in _doubling(start // size + 1)]
    count = problem.every(edit(case, at, start) for at in starts if at < start)
    return starts[count - 1] if count else start


def _doubling(last: int) -> Iterator[int]:
    """1, 3, 7… and at the end `last`, once."""
    count = 1
    while count < last:
        yield count
        count = 2 * count + 1
    yield last


def _halves(size: int) -> Iterator[int]:
    """`size` halved until 1."""
    while size > 0:
        size = (size + 1) // 2
        yield size
        if size == 1:
            return


def _slide(problem: Problem[Any], size: int) -> None:
    start = 0
    while True:
        case = problem.current
        starts = range(start, len(case) - size + 1)
        found = problem.first(without(case, at, at + size) for at in starts)
        if found is None:
            return
        start = max(starts[found] - size, 0)
