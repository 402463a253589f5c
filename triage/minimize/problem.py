"""What a reduction is made of: a problem, passes that work on it, and formats to see it through.

A `Problem` holds the smallest test case known so far and says of any other whether it is
interesting: whether it still shows the same crash. A *pass* is a function `(problem) -> None` that
proposes smaller cases. A `Format` turns a case into another shape and back (bytes into lines), and
`compose` lets a pass for that shape work on the original problem. Nothing here knows of files,
processes, time or a user. Pure; standard library only.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class Problem(Protocol[T]):
    """A test case to make smaller. A case is only ever adopted if it is interesting *and* smaller
    than `current`, so a pass may propose anything, in any number."""

    @property
    def current(self) -> T:
        """The smallest interesting case known."""

    def sort_key(self, case: T) -> Any:
        """Orders cases totally, smaller first: by size, then by content (shortlex)."""

    def size(self, case: T) -> int:
        """Bytes of the input that the case stands for."""

    def first(self, cases: Iterable[T]) -> int | None:
        """Adopt the first of `cases` that is interesting and smaller; its index, or None.

        Cases are taken lazily and judged many at a time, beyond the first hit too, but the answer
        is always that of one after the other. This is the way to propose: one at a time is slow.
        """

    def every(self, cases: Iterable[T]) -> int:
        """Adopt the last of `cases` before the first that is not interesting and smaller; says how
        many there were before that one. For steps that grow: delete 1, 2, 4, 8…"""

    def is_interesting(self, case: T) -> bool:
        """`first` of one case: whether it was adopted."""


Pass = Callable[[Problem[T]], None]
"""Proposes smaller cases until it has no more ideas; repeated as long as anything changes."""


class Format(Protocol[T, S]):
    """Another shape of a case, which passes for that shape can work on."""

    @property
    def name(self) -> str:
        """One word, for people."""

    def parse(self, case: T) -> S:
        """The case in this shape; ValueError when it has none."""

    def dumps(self, shape: S) -> T:
        """The case that has this shape; ValueError when there is none. `dumps(parse(case))` need
        not be `case` itself, only what the shape can express."""


@dataclasses.dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the input's language beforehand."""

    tokens: tuple[bytes, ...] = ()
    """Words of the check's dictionary."""
    split: Callable[[bytes], list[bytes]] | None = None
    """The target's own splitter (`Fuzz.tokens`): pieces that join to the input."""


LOOKAHEAD = 4096
"""Most cases that a problem takes beyond the one that it answers with."""
LOOKAHEAD_BYTES = 8 << 20
"""Their bytes, at most."""


class Recent(Generic[T]):
    """The last things of a long row, by their number, counted from 0."""

    def __init__(self) -> None:
        self._kept: collections.deque[tuple[T, int]] = collections.deque()
        self._bytes = 0
        self.count = 0

    def add(self, thing: T, size_bytes: int) -> None:
        """The next one."""
        self._kept.append((thing, size_bytes))
        self._bytes += size_bytes
        self.count += 1
        while len(self._kept) > 2 * LOOKAHEAD or self._bytes > 2 * LOOKAHEAD_BYTES + size_bytes:
            self._bytes -= self._kept.popleft()[1]

    def get(self, number: int) -> T | None:
        """None when that was too long ago."""
        at = number - (self.count - len(self._kept))
        return self._kept[at][0] if at >= 0 else None


class View(Generic[T, S]):
    """A problem seen through a format: its cases are shapes, its order that of the original."""

    def __init__(self, problem: Problem[T], format_: Format[T, S]) -> None:
        """ValueError when the current case does not have this shape."""
        self._problem = problem
        self._format = format_
        self._current = format_.parse(problem.current)

    @property
    def current(self) -> S:
        """The smallest known shape."""
        return self._current

    def sort_key(self, case: S) -> Any:
        """The order of the original problem."""
        return self._problem.sort_key(self._format.dumps(case))

    def size(self, case: S) -> int:
        """Bytes of the original case."""
        return self._problem.size(self._format.dumps(case))

    def first(self, cases: Iterable[S]) -> int | None:
        """As `Problem.first`; shapes that no case has are passed over."""
        shapes = _Shapes(self._problem, self._format, cases)
        found = self._problem.first(shapes)
        if found is None:
            return None
        index, self._current = self._adopted(shapes, found)
        return index

    def every(self, cases: Iterable[S]) -> int:
        """As `Problem.every`; it ends at a shape that no case has."""
        shapes = _Shapes(self._problem, self._format, cases, ends=True)
        count = self._problem.every(shapes)
        if count:
            _, self._current = self._adopted(shapes, count - 1)
        return count

    def is_interesting(self, case: S) -> bool:
        """Whether it was adopted."""
        return self.first((case,)) is not None

    def _adopted(self, shapes: _Shapes[T, S], number: int) -> tuple[int, S]:
        kept = shapes.recent.get(number)
        # It was long ago only if thousands of cases that were tried before lay in between.
        return kept if kept is not None else (number, self._format.parse(self._problem.current))


class _Shapes(Generic[T, S]):
    """Shapes on their way to be judged, remembered with the index that they had."""

    def __init__(
        self, problem: Problem[T], format_: Format[T, S], shapes: Iterable[S], ends: bool = False
    ) -> None:
        self._problem = problem
        self._format = format_
        self._shapes = shapes
        self._ends = ends
        self.recent: Recent[tuple[int, S]] = Recent()

    def __iter__(self) -> Iterator[T]:
        for index, shape in enumerate(self._shapes):
            try:
                case = self._format.dumps(shape)
            except ValueError:
                if self._ends:
                    return
                continue
            self.recent.add((index, shape), self._problem.size(case))
            yield case


def compose(format_: Format[T, S], pass_: Pass[S]) -> Pass[T]:
    """`pass_`, made for one shape, as a pass for the original cases: it does nothing when the
    current case does not have that shape."""

    def composed(problem: Problem[T]) -> None:
        try:
            view = View(problem, format_)
        except ValueError:
            return
        pass_(view)

    composed.__name__ = f"{format_.name}.{getattr(pass_, '__name__', 'pass')}"
    return composed
