"""What a search has found, in words, as a record, and as the fact that the crash keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from harness.crash import Bisection
from triage.bisect.course import Course
from triage.bisect.search import Edge, Verdict

LISTED = 6
"""Versions that a range is written out with; a longer one is told by its ends."""
REASONS = 5
"""Different notes on versions that are told."""
MAX_NOTE = 240
"""Characters of a note."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A course in which some version was bad, and how to write a version's name."""

    course: Course
    noun: str
    """What was searched: `versions of hiredis`."""
    written: Callable[[str], str] = str

    def line(self) -> str:
        """`first bad 3.0.0 (last good 2.4.0); fixed in 3.2.0 (last bad 3.1.1)`."""
        return f"{self._came()}; {self._went()}"

    def lines(self) -> Iterator[str]:
        """What was really tried, and what else is to be known of it."""
        seen = self.course.seen
        skipped = self.course.named(Verdict.SKIP)
        yield (
            f"{len(seen)} of {len(self.course.names)} {self.noun} tried"
            + (f", {len(skipped)} of them skipped" if skipped else "")
        )
        for verdict in (Verdict.BAD, Verdict.GOOD):
            names = [self.written(name).partition(" ")[0] for name in self.course.named(verdict)]
            if names:
                yield f"{verdict}: {', '.join(names)}"
        notes = [(at, attempt.note) for at, attempt in sorted(seen.items()) if attempt.note]
        groups: dict[str, list[int]] = {}
        for at, note in notes:
            alike = note.replace(self.course.names[at], "")
            groups.setdefault(f"{seen[at].verdict} {alike}", []).append(at)
        for places in list(groups.values())[-REASONS:]:
            last = seen[places[-1]]
            skip = "skipped " if last.verdict is Verdict.SKIP else ""
            yield f"{skip}{self._range(places)}: {shortened(last.note)}"

    def fact(self, time_s: float) -> Bisection:
        """What the crash keeps. Without an older good version the oldest bad one is only the first
        if there is none before it."""
        older, newer = self.course.older, self.course.newer
        name = self.course.names
        first_known = older.good is not None or older.bad == 0
        return Bisection(
            time_s=time_s,
            last_good=None if older.good is None else name[older.good],
            first_bad=name[older.bad] if first_known else None,
            last_bad=name[newer.bad],
            first_fixed=None if newer.good is None else name[newer.good],
            skipped=tuple(self.course.named(Verdict.SKIP)),
        )

    def record(self, time_s: float) -> dict[str, Any]:
        """The fact and the course as plain values for JSON.

        `first_bad_one_of` and `first_fixed_one_of` are what it could be when versions between
        cannot be tried.
        """
        names, older, newer = self.course.names, self.course.older, self.course.newer
        return {
            **dataclasses.asdict(self.fact(time_s)),
            "first_bad_one_of": _candidates(names, older, older.bad),
            "first_fixed_one_of": _candidates(names, newer, newer.good),
            "finished": self.course.finished,
            "versions": len(names),
            "tried": [
                {"version": names[at], "verdict": attempt.verdict.value, "note": attempt.note}
                for at, attempt in self.course.seen.items()
            ],
        }

    def _came(self) -> str:
        edge = self.course.older
        bad = self._name(edge.bad)
        if edge.good is None:
            if edge.bad == 0:
                return f"bad since {bad}, the oldest"
            return f"bad at least since {bad}: {self._rest(edge, 'older')}"
        good = self._name(edge.good)
        if not edge.between:
            return f"first bad {bad} (last good {good})"
        if self._open(edge):
            return f"first bad after {good}, at {bad} at the latest"
        return f"first bad is one of {self._range([*edge.between, edge.bad])} (last good {good})"

    def _went(self) -> str:
        edge = self.course.newer
        bad = self._name(edge.bad)
        if edge.good is None:
            if edge.bad == len(self.course.names) - 1:
                return f"not fixed in {bad}, the newest"
            return f"not fixed in {bad}: {self._rest(edge, 'newer')}"
        good = self._name(edge.good)
        if not edge.between:
            return f"fixed in {good} (last bad {bad})"
        if self._open(edge):
            return f"fixed after {bad}, in {good} at the latest"
        return f"fixed in one of {self._range([*edge.between, edge.good])} (last bad {bad})"

    def _open(self, edge: Edge) -> bool:
        """Whether something between was not even tried."""
        return any(at not in self.course.seen for at in edge.between)

    def _rest(self, edge: Edge, which: str) -> str:
        tried = any(at in self.course.seen for at in edge.between)
        return f"{which} ones {'cannot be' if tried else 'were not'} tried"

    def _range(self, places: list[int]) -> str:
        places = sorted(places)
        if len(places) <= LISTED:
            return ", ".join(self._name(at) for at in places)
        ends = f"from {self._name(places[0])} to {self._name(places[-1])}"
        return f"{len(places)} {self.noun} {ends}"

    def _name(self, at: int) -> str:
        return self.written(self.course.names[at])


def shortened(note: str) -> str:
    """The note, or its beginning when it is long."""
    return note if len(note) <= MAX_NOTE else f"{note[: MAX_NOTE - 1]}…"


def _candidates(names: tuple[str, ...], edge: Edge, end: int | None) -> list[str]:
    if edge.good is None or end is None:
        return []
    return [names[at] for at in sorted({*edge.between, end})]
