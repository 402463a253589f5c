"""What one execution did, seen through atheris' instrumentation without libFuzzer.

Instrumented code calls `atheris._trace_branch` at every branch and `atheris._trace_cmp` for every
comparison, and looks both up each time. Put in their place are the `append` of a bounded trail, and
a function that compares and notes how close the operands were.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable, Hashable
from typing import Any, Final

Feature = Hashable
"""A branch (int), an event or a step: anything seen or not seen."""
Operands = tuple[Any, Any]

_OPERATORS: Final[tuple[Callable[[Any, Any], Any], ...]] = (
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
)
_EQUALITY: Final = frozenset({2, 3})
"""Of the operators, those that ask whether operands are the same."""
_LONGEST: Final = 32
"""Characters of a common beginning that count."""
_COUNTED: Final = 16
"""Numbers this close are told apart one by one, as counters need it; others by halves."""
_MEASURED: Final = frozenset({int, float, str, bytes})
_FAR: Final = 1 << 30
_OPERANDS: Final = 4000
"""Comparisons of one execution that are remembered."""


_TRAIL: Final = 1 << 18
"""Branches of one execution that are remembered, the latest."""
_BUCKET_BITS: Final = 4
_MANY: Final = 8


def branch_of(feature: int) -> int:
    """The branch that a feature counts."""
    return feature >> _BUCKET_BITS


class Feedback:
    """Collects while a test runs; `begin` before each execution."""

    def __init__(self) -> None:
        self.trail: collections.deque[int] = collections.deque(maxlen=_TRAIL)
        """Branches in the order in which they were taken."""
        self.operands: list[Operands] = []
        """What was compared and found to differ."""
        self.apart: dict[int, int] = {}
        """Place of a comparison → how far its operands were apart at the closest; 0: reached.

        For an order, the place stands for the answer yes, and its complement for no.
        """

    def branches(self) -> set[int]:
        """Each branch with how often it was taken: once, twice, three times, a few, or many."""
        counts = collections.Counter(self.trail)
        return {
            branch << _BUCKET_BITS | (count if count < 4 else 4 if count < _MANY else 5)
            for branch, count in counts.items()
        }

    def install(self) -> None:
        """Take the place of libFuzzer's hooks in all code that atheris instruments."""
        import atheris

        module: Any = atheris
        module._trace_branch = self.trail.append
        module._trace_cmp = self._comparing()

    def begin(self) -> None:
        """Forget the execution before."""
        self.trail.clear()
        self.operands.clear()
        self.apart.clear()

    def _comparing(self) -> Callable[[Any, Any, int, int, bool], Any]:
        """The hook, as a closure: it runs at every comparison."""
        note, known, closest = self.operands.append, self.operands, self.apart

        def compare(left: Any, right: Any, which: int, place: int, _constant: bool) -> Any:
            result = _OPERATORS[which](left, right)
            kind = type(left)
            if kind is not type(right) or kind not in _MEASURED:
                return result
            if left == right:
                apart = 0
            elif kind is int:
                apart = abs(left - right)
                if apart > _COUNTED:
                    apart = _COUNTED + apart.bit_length()
            else:
                apart = 1 if kind is float else _differing(left, right)
            if which not in _EQUALITY:
                # Either answer is a goal until it was seen: the other one's distance counts.
                closest[~place if result else place] = 0
                place = place if result else ~place
                if closest.get(place, _FAR) > apart + 1:
                    closest[place] = apart + 1
            elif apart < closest.get(place, _FAR):
                closest[place] = apart
            if apart and len(known) < _OPERANDS:
                note((left, right))
            return result

        return compare


def _differing(left: Any, right: Any) -> int:
    """How many items of the longer do not belong to a common beginning; at least 1."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other or count == _LONGEST:
            break
        count += 1
    return max(min(max(len(left), len(right)), _LONGEST) - count, 1)
