"""Which version to try next, and what the tries so far prove: pure, whatever a version is.

Versions are positions in an order, oldest first. From one that is bad the search goes to the
nearest good one on each side, in steps that double, and halves what lies between. A version that
cannot be tried is skipped, as `git bisect skip` does: its neighbours are tried instead.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
from collections.abc import Sequence
from typing import Literal

PATIENCE = 8
"""Versions that cannot be tried, beyond a bad one, before the search goes no further that way."""
Side = Literal[-1, 1]
OLDER: Side = -1
NEWER: Side = 1


class Verdict(enum.StrEnum):
    """What one try says: the bug is not there, it is, or it cannot be told."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


Try = tuple[int, Verdict]
"""A version's position, and what was seen there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """What is known on one side of a bad version, as positions.

    `bad` is the outermost one known to be bad before the nearest `good` one (None: none is known).
    `between` lie beyond `bad` and, if there is one, before `good`: skipped, or not tried.
    """

    bad: int
    good: int | None
    between: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Search:
    """`count` versions, of which the one at `start` is bad."""

    count: int
    start: int
    patience: int = PATIENCE

    def following(self, tries: Sequence[Try]) -> int | None:
        """The position to try next after `tries` (in that order); None: nothing more to learn.

        First whether the newest version is good, then the newer side, then the older one.
        """
        sides: tuple[Side, Side] = (NEWER, OLDER)
        for side in sides:
            lane = self._lane(tries, side)
            distance = lane.following()
            if distance is not None:
                return self.start + side * distance
        return None

    def edge(self, tries: Sequence[Try], side: Side) -> Edge:
        """What `tries` prove on one side, `OLDER` or `NEWER`."""
        lane = self._lane(tries, side)
        end = lane.length + 1 if lane.good is None else lane.good
        between = (self.start + side * distance for distance in range(lane.bad + 1, end))
        good = None if lane.good is None else self.start + side * lane.good
        return Edge(self.start + side * lane.bad, good, tuple(between))

    def _lane(self, tries: Sequence[Try], side: Side) -> _Lane:
        length = self.start if side == OLDER else self.count - 1 - self.start
        mine = [(side * (at - self.start), verdict) for at, verdict in tries]
        seen = {distance: verdict for distance, verdict in mine if 0 < distance <= length}
        goods = [distance for distance, verdict in seen.items() if verdict is Verdict.GOOD]
        good = min(goods, default=None)
        bads = [
            distance
            for distance, verdict in seen.items()
            if verdict is Verdict.BAD and (good is None or distance < good)
        ]
        return _Lane(length, seen, max(bads, default=0), good, self.patience, side == NEWER)


@dataclasses.dataclass(frozen=True, slots=True)
class _Lane:
    """One side, in distances from the start, which is 0 and bad.

    `ends_first`: the far end is where the bug may be gone, so it is looked at before the rest.
    """

    length: int
    seen: dict[int, Verdict]
    bad: int
    good: int | None
    patience: int
    ends_first: bool

    def following(self) -> int | None:
        end = self.length if self.good is None else self.good - 1
        rest = [at for at in range(self.bad + 1, end + 1) if at not in self.seen]
        if not rest:
            return None
        if self.good is None:
            return self._outwards(rest)
        reach = max(1, 2 * self.bad)
        skips = self._skips_in_a_row()
        if skips == 0:
            wanted = min(reach, rest[(len(rest) - 1) // 2])
            return max((at for at in rest if at <= wanted), default=rest[0])
        return _spread([at for at in rest if at <= reach << skips] or rest, skips)

    def _outwards(self, rest: list[int]) -> int | None:
        """No good one is known on this side yet."""
        beyond = [at for at, verdict in self.seen.items() if verdict is Verdict.SKIP]
        beyond = [at for at in beyond if at > self.bad]
        if self.ends_first:
            last = next(
                (at for at in range(self.length, 0, -1) if self.seen.get(at) is not Verdict.SKIP), 0
            )
            if last == self.bad:
                return None
            if len(beyond) < self.patience:
                return last
        reach = max(1, 2 * self.bad)
        # Versions that cannot be tried are mostly all those before some version: look for it.
        wall = min(beyond, default=None)
        if wall is None:
            return max((at for at in rest if at <= reach), default=rest[0])
        near = [at for at in rest if at < wall]
        if near:
            return near[(len(near) - 1) // 2]
        if len(beyond) >= self.patience:
            return None
        skips = self._skips_in_a_row()
        return next((at for at in rest if at >= self.bad + (1 << skips)), _spread(rest, skips))

    def _skips_in_a_row(self) -> int:
        """How many of the last tries on this side, between bad and good, were skipped."""
        count = 0
        for at, verdict in reversed(self.seen.items()):
            if verdict is not Verdict.SKIP:
                break
            count += at > self.bad and (self.good is None or at < self.good)
        return count


def _spread(places: list[int], number: int) -> int:
    """The `number`-th of tries spread evenly (1/2, 1/4, 3/4, 1/8 …): skips come in clusters."""
    fraction, weight = 0.0, 0.5
    while number:
        fraction += weight * (number & 1)
        number >>= 1
        weight /= 2
    return places[int(fraction * len(places))]


def hunt(count: int, start: int, tries: Sequence[Try]) -> int | None:
    """The position to try next while none is known to be bad: ever further back from `start`,
    then in the middle of the widest gaps, O(log count) times in all; None: given up."""
    tried = {at for at, _ in tries}
    step = 1
    while start - step > 0:
        if start - step not in tried:
            return start - step
        step *= 2
    if start > 0 and 0 not in tried:
        return 0
    if len(tried) > 3 * count.bit_length():
        return None
    places = sorted(tried | {start})
    gaps = [(b - a, -a) for a, b in itertools.pairwise(places) if b - a > 1]
    if not gaps:
        return None
    width, before = max(gaps)
    return -before + width // 2
