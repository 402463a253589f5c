"""Two well-known reducers to compare with, in this process: ddmin, and Hypothesis's shrinker.

Both ask the same question as ours: does the input fail with the same fingerprint? Where the process
would not outlive the failure they ask in a fork, and for the planted bug instead.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable

from hypothesis.strategies import binary

from harness.failure import from_exception, quick_key
from harness.fingerprint import fingerprint
from triage.bench.minimize_planted import TARGET
from triage.bench.minimize_starts import SIZE_BYTES
from triage.bench.minimize_truth import reader, shows
from triage.minimize.formats.choices import minimize_choices

Test = Callable[[bytes], bool]

IN_FORKS = ("hang", "abort", "memory")


@dataclasses.dataclass(frozen=True, slots=True)
class Reduced:
    """What a reference came to; `finished`: it ended before its time was over."""

    data: bytes
    seconds: float
    tests: int
    finished: bool


class _Over(BaseException):
    """The time is over. No Exception: Hypothesis must let it pass."""


class _Timed:
    """A test that remembers the smallest input that passed, and ends when its time is over."""

    def __init__(self, test: Test, data: bytes, seconds: float) -> None:
        self._test = test
        self._known: dict[bytes, bool] = {}
        self._end_s = time.monotonic() + seconds
        self.best = data
        self.tests = 0

    def __call__(self, data: bytes) -> bool:
        known = self._known.get(data)
        if known is not None:
            return known
        if time.monotonic() >= self._end_s:
            raise _Over
        self.tests += 1
        verdict = self._known[data] = self._test(data)
        if verdict and (len(data), data) < (len(self.best), self.best):
            self.best = data
        return verdict


def same(name: str, data: bytes) -> Test:
    """Whether an input fails as `data` does, which fails."""
    if name in IN_FORKS:
        return lambda other: shows(name, other) == name
    read, own = reader(name), TARGET.subjects["planted"].instrument
    known: dict[tuple[object, ...], str] = {}

    def mark(other: bytes) -> str | None:
        try:
            read(other, None)
        except Exception as error:  # whatever a planted bug raises
            key = quick_key(error)
            if key not in known:
                known[key] = fingerprint(from_exception(error), own)
            return known[key]
        return None

    wanted = mark(data)
    return lambda other: mark(other) == wanted


def run(reduce: Callable[[bytes, Test], None], name: str, data: bytes, seconds: float) -> Reduced:
    """`reduce` on the planted crash `name` for at most `seconds`, to its end if it has one."""
    began_s = time.monotonic()
    test = _Timed(same(name, data), data, seconds)
    finished = True
    try:
        reduce(data, test)
    except _Over:
        finished = False
    return Reduced(test.best, time.monotonic() - began_s, test.tests, finished)


def ddmin(data: bytes, test: Test) -> None:
    """Zeller and Hildebrandt's minimizing delta debugging (2002), on single bytes."""
    parts = 2
    while len(data) >= 2:
        ends = [len(data) * number // parts for number in range(parts + 1)]
        pieces = list(itertools.pairwise(ends))
        subset = next((data[a:b] for a, b in pieces if test(data[a:b])), None)
        if subset is not None:
            data, parts = subset, 2
            continue
        rest = next((data[:a] + data[b:] for a, b in pieces if test(data[:a] + data[b:])), None)
        if rest is not None:
            data, parts = rest, max(parts - 1, 2)
        elif parts < len(data):
            parts = min(len(data), 2 * parts)
        else:
            break


def hypothesis(data: bytes, test: Test) -> None:
    """Hypothesis's shrinker on `binary()`, once, with the limits of its own that it always has."""
    minimize_choices(binary(max_size=SIZE_BYTES), test, (data,), rounds=1)
