"""The course of one search: what is tried in which order, until it is answered or time is up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from triage.bisect.attempts import Attempt
from triage.bisect.search import NEWER, OLDER, Edge, Search, Try, Verdict, hunt


class OutOfTime(Exception):
    """Raised by a look at a version that did not come to its end in time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Course:
    """The versions by name, oldest first, and what each that was tried showed.

    `start` is the bad one that the search went out from; None: none was found to be bad.
    """

    names: tuple[str, ...]
    start: int | None
    seen: Mapping[int, Attempt]
    finished: bool

    @property
    def tries(self) -> list[Try]:
        """Position and verdict, in the order in which they were tried."""
        return [(at, attempt.verdict) for at, attempt in self.seen.items()]

    @property
    def older(self) -> Edge:
        """Where the bug came from; ValueError when none is bad."""
        return self._search().edge(self.tries, OLDER)

    @property
    def newer(self) -> Edge:
        """Where it went; ValueError when none is bad."""
        return self._search().edge(self.tries, NEWER)

    def _search(self) -> Search:
        if self.start is None:
            raise ValueError("no version is known to be bad")
        return Search(len(self.names), self.start)

    def named(self, verdict: Verdict) -> list[str]:
        """Versions with this verdict, oldest first."""
        return [self.names[at] for at in sorted(self.seen) if self.seen[at].verdict is verdict]


def follow(
    names: tuple[str, ...],
    bad: str | None,
    good: str | None,
    look: Callable[[str], Attempt],
) -> Course:
    """Search `names` from the version `bad` (None: from the newest back until one is), with `good`
    tried early, until nothing is left to learn or `look` raises `OutOfTime`."""
    seen: dict[int, Attempt] = {}

    def verdict(at: int) -> Verdict:
        if at not in seen:
            seen[at] = look(names[at])
        return seen[at].verdict

    def tries() -> list[Try]:
        return [(at, attempt.verdict) for at, attempt in seen.items()]

    start: int | None = None
    try:
        at: int | None = len(names) - 1 if bad is None else names.index(bad)
        newest = at or 0
        while at is not None and verdict(at) is not Verdict.BAD:
            at = hunt(len(names), newest, tries()) if bad is None else None
        start = at
        if start is None:
            return Course(names, None, seen, finished=True)
        if good is not None:
            verdict(names.index(good))
        search = Search(len(names), start)
        while (following := search.following(tries())) is not None:
            verdict(following)
    except OutOfTime:
        return Course(names, start, seen, finished=False)
    return Course(names, start, seen, finished=True)
