"""What one execution did, seen through atheris' instrumentation without libFuzzer.

Instrumented code calls `atheris._trace_branch` at every branch and `atheris._trace_cmp` for every
comparison, and looks both up each time. Put in their place are the `add` of a set, and a function
that compares and notes how close the operands were.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import Any, Final

Feature = Hashable
"""A branch (int), the progress of a comparison, an event or a step: anything seen or not seen."""
Operands = tuple[Any, Any]

_OPERATORS: Final[tuple[Callable[[Any, Any], Any], ...]] = (
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
)
_LONGEST: Final = 32
"""Characters of a common beginning that count."""
_OPERANDS: Final = 4000
"""Comparisons of one execution that are remembered."""


class Feedback:
    """Collects while a test runs; `begin` before each execution."""

    def __init__(self) -> None:
        self.features: set[Feature] = set()
        self.operands: list[Operands] = []
        """What was compared and found to differ."""

    def install(self) -> None:
        """Take the place of libFuzzer's hooks in all code that atheris instruments."""
        import atheris

        module: Any = atheris
        module._trace_branch = self.features.add
        module._trace_cmp = self._comparing()

    def begin(self) -> None:
        """Forget the execution before."""
        self.features.clear()
        self.operands.clear()

    def _comparing(self) -> Callable[[Any, Any, int, int, bool], Any]:
        """The hook, as a closure: it runs at every comparison."""
        add, note, known = self.features.add, self.operands.append, self.operands

        def compare(left: Any, right: Any, which: int, place: int, _constant: bool) -> Any:
            result = _OPERATORS[which](left, right)
            kind = type(left)
            if kind is not type(right):
                return result
            if kind is int:
                apart = left - right
                add((place, apart.bit_length(), apart > 0))
                if apart and len(known) < _OPERANDS:
                    note((left, right))
            elif kind is str or kind is bytes:
                if left == right:
                    add((place, -1))
                else:
                    add((place, _common(left, right)))
                    if len(known) < _OPERANDS:
                        note((left, right))
            elif kind is float and left != right and len(known) < _OPERANDS:
                note((left, right))
            return result

        return compare


def _common(left: Any, right: Any) -> int:
    """How many characters or bytes both begin with, up to a limit."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other or count == _LONGEST:
            break
        count += 1
    return count
