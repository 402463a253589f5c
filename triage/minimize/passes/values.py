"""Passes that make bytes simpler without making them fewer: towards `0`, then what can be read."""

from __future__ import annotations

from collections.abc import Iterator

from triage.minimize.passes.sequences import sweep
from triage.minimize.problem import Problem
from triage.minimize.search import RANKS

SIMPLE = b"01aA \n\0"
"""Tried for every byte, in this order."""
ALL_UP_TO = 32
"""Bytes of a case in which every simpler value of every byte is tried."""
SOME_UP_TO = 256
"""Bytes of a case in which single bytes are made simpler at all: it is for people to read."""
BLOCKS = 256
"""Parts of a longer case that become zeros or stay as they are."""


def zeros(problem: Problem[bytes]) -> None:
    """Put `0` in the place of blocks, from everything down to single bytes of a short case."""
    size = len(problem.current)
    least = 1 if size <= SOME_UP_TO else size // BLOCKS
    while size >= least and size > 0:
        sweep(problem, size, _zeroed)
        size //= 2


def same_everywhere(problem: Problem[bytes]) -> None:
    """Put a simpler value in the place of another one wherever it occurs."""
    begin = 0
    while True:
        case = problem.current
        ideas = [
            (value, other)
            for value in sorted(set(case), key=RANKS.__getitem__, reverse=True)[begin:]
            for other in SIMPLE
            if RANKS[other] < RANKS[value]
        ]
        found = problem.first(case.replace(_byte(old), _byte(new)) for old, new in ideas)
        if found is None:
            return
        begin = sorted(set(case), key=RANKS.__getitem__, reverse=True).index(ideas[found][0])


def simpler(problem: Problem[bytes]) -> None:
    """Put a simpler value in the place of each byte of a short case; of a very short one, every."""
    at = 0
    while at < len(problem.current) <= SOME_UP_TO:
        case = problem.current
        ideas = [(place, value) for place in range(at, len(case)) for value in _values(case, place)]
        found = problem.first(
            case[:place] + _byte(value) + case[place + 1 :] for place, value in ideas
        )
        if found is None:
            return
        at = ideas[found][0] + 1


def _zeroed(case: bytes, start: int, stop: int) -> bytes:
    return case[:start] + b"0" * (stop - start) + case[stop:]


def _values(case: bytes, place: int) -> Iterator[int]:
    """Simpler values than the one that is there, simplest first."""
    rank = RANKS[case[place]]
    if len(case) <= ALL_UP_TO:
        yield from _BY_RANK[:rank]
        return
    near = _BY_RANK[max(rank - 1, 0) : rank]
    for value in dict.fromkeys(SIMPLE + near):
        if RANKS[value] < rank:
            yield value


def _byte(value: int) -> bytes:
    return bytes((value,))


_BY_RANK = bytes(sorted(range(256), key=lambda byte: RANKS[byte]))
