"""The problem of making bytes small: shortlex order, memory of what was tried, one judge.

The judge alone knows how a candidate is tried. Pure; standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from triage.minimize.problem import Recent

MAX_TRIED = 500_000
"""Candidates remembered as not interesting; then it is begun anew."""


def _ranks() -> bytes:
    """A translation that orders bytes by how simple they look: `0` first, then what can be read."""
    digits, lower, upper = b"0123456789", bytes(range(97, 123)), bytes(range(65, 91))
    first = digits + lower + upper + b" \n"
    rest = [byte for byte in range(33, 127) if byte not in first]
    rest += [byte for byte in range(256) if byte not in first and byte not in rest]
    table = bytearray(256)
    for rank, byte in enumerate(first + bytes(rest)):
        table[byte] = rank
    return bytes(table)


RANKS = _ranks()
"""Rank of each byte value; 0 is the simplest, `0`."""


class TimeIsUp(Exception):
    """The time limit of the reduction is over; what was reached so far stands."""


class Judge(Protocol):
    """Says of candidates whether they show the crash."""

    def find(self, cases: Iterator[bytes], wanted: bool) -> int | None:
        """Index of the first case whose verdict is `wanted`; TimeIsUp when there is no time.

        May take up to `LOOKAHEAD` cases of `LOOKAHEAD_BYTES` beyond that one.
        """


class Calling:
    """A judge that calls a function in this process."""

    def __init__(self, shows: Callable[[bytes], bool]) -> None:
        self._shows = shows
        self.executions = 0
        """Candidates that were tried."""

    def find(self, cases: Iterator[bytes], wanted: bool) -> int | None:
        """One after the other."""
        for index, case in enumerate(cases):
            self.executions += 1
            if self._shows(case) == wanted:
                return index
        return None


class Search:
    """A `Problem` over bytes. `adopted` is called with every case that becomes the current one."""

    def __init__(
        self, judge: Judge, data: bytes, adopted: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self._judge = judge
        self._current = data
        self._adopted = adopted
        self._tried: set[int] = set()

    @property
    def current(self) -> bytes:
        """The smallest interesting case known."""
        return self._current

    def sort_key(self, case: bytes) -> tuple[int, bytes]:
        """Shortlex, with bytes ordered by `RANKS`."""
        return len(case), case.translate(RANKS)

    def size(self, case: bytes) -> int:
        """Bytes."""
        return len(case)

    def first(self, cases: Iterable[bytes]) -> int | None:
        """As `Problem.first`."""
        asked = _Asked(cases, self._is_new)
        found = self._judge.find(iter(asked), True)
        self._remember(asked.marks[:found])
        if found is None:
            return None
        kept = asked.recent.get(found)
        assert kept is not None, "a judge looked further ahead than it may"
        index, case = kept
        self._adopt(case)
        return index

    def every(self, cases: Iterable[bytes]) -> int:
        """As `Problem.every`."""
        asked = _Asked(cases, self._is_new, ends=True)
        found = self._judge.find(iter(asked), False)
        if found is not None:
            self._remember(asked.marks[found : found + 1])
        count = len(asked.marks) if found is None else found
        if count:
            kept = asked.recent.get(count - 1)
            assert kept is not None, "a judge looked further ahead than it may"
            self._adopt(kept[1])
        return count

    def is_interesting(self, case: bytes) -> bool:
        """As `Problem.is_interesting`."""
        return self.first((case,)) is not None

    def restart(self, data: bytes) -> None:
        """Go back to a case that is interesting for sure, and believe no verdict so far."""
        self._tried.clear()
        self._current = data

    def _adopt(self, case: bytes) -> None:
        self._current = case
        self._adopted(case)

    def _remember(self, marks: list[int]) -> None:
        if len(self._tried) > MAX_TRIED:
            self._tried.clear()
        self._tried.update(marks)

    def _is_new(self, case: bytes, mark: int) -> bool:
        """Whether the case is smaller than the current one and was not tried yet."""
        if mark in self._tried:
            return False
        size, best = len(case), len(self._current)
        if size != best:
            return size < best
        return case.translate(RANKS) < self._current.translate(RANKS)


class _Asked:
    """Cases on their way to the judge: those that are worth asking, with their index.

    A case is remembered by its 64-bit hash: that two of a million collide is as likely as nothing,
    and would cost one candidate.
    """

    def __init__(
        self,
        cases: Iterable[bytes],
        is_new: Callable[[bytes, int], bool],
        ends: bool = False,
    ) -> None:
        self._source = cases
        self._is_new = is_new
        self._ends = ends
        self.marks: list[int] = []
        self.recent: Recent[tuple[int, bytes]] = Recent()

    def __iter__(self) -> Iterator[bytes]:
        asked: set[int] = set()
        for index, case in enumerate(self._source):
            mark = hash(case)
            if mark not in asked and self._is_new(case, mark):
                asked.add(mark)
                self.marks.append(mark)
                self.recent.add((index, case), len(case))
                yield case
            elif self._ends:
                return
