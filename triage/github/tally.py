"""What an issue says about the sightings of its crash: facts that only grow.

Many machines edit the same comment, each knowing only its own runs. So the comment carries the
facts themselves, and an edit is a union: whoever comes last loses nothing, and whoever has nothing
new changes nothing.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from harness.crash import Bisection, Crash, Seen
from triage.text import safe

MAX_RUNS = 200
"""Runs kept apart; older ones are added up, and what is said of them later is not counted."""
MAX_VERSIONS = 40
"""Versions kept: the last ones in the order of their text."""
MAX_BISECTIONS = 8
"""Bisections kept: the first ones by the name of what was searched."""
MAX_TEXT = 80
"""Characters kept of the name of a run or version. All of a tally fits into a comment."""

_PLAIN = str.maketrans("<>", "__")
"""These would be written as six characters each."""

Searched = tuple[float, str, str, str, str]
"""Unix seconds, last good, first bad, last bad, first fixed version; an empty one is not known."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """Sightings by run, those of older runs in one, versions seen failing, the smallest input as
    (bytes, sha256), and what bisecting found, by what was searched."""

    runs: Mapping[str, Seen] = dataclasses.field(default_factory=dict)
    older: Seen | None = None
    versions: tuple[str, ...] = ()
    smallest: tuple[int, str] | None = None
    bisections: Mapping[str, Searched] = dataclasses.field(default_factory=dict)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """All that was seen."""
        return (*self.runs.values(), *([self.older] if self.older else []))

    @property
    def count(self) -> int:
        """Sightings over all runs."""
        return sum(seen.count for seen in self.seen)


def of(crash: Crash) -> Tally:
    """What this home knows of the crash; times in whole seconds."""
    return _bounded(
        Tally(
            runs={
                _text(run): Seen(seen.count, float(int(seen.first_s)), float(int(seen.last_s)))
                for run, seen in crash.runs.items()
            },
            versions=tuple(map(_text, crash.versions)),
            smallest=(crash.example.size_bytes, crash.example.sha256),
            bisections={_text(name): _searched(one) for name, one in crash.bisections.items()},
        )
    )


def joined(a: Tally, b: Tally) -> Tally:
    """What both say: for each run the greater count, the smaller input, the later bisection."""
    runs = dict(a.runs)
    for run, seen in b.runs.items():
        runs[run] = _union(runs[run], seen) if run in runs else seen
    bisections = dict(a.bisections)
    for name, found in b.bisections.items():
        bisections[name] = max(bisections.get(name, found), found)
    return _bounded(
        Tally(
            runs=runs,
            older=_union(a.older, b.older) if a.older and b.older else a.older or b.older,
            versions=(*a.versions, *b.versions),
            smallest=min((one for one in (a.smallest, b.smallest) if one), default=None),
            bisections=bisections,
        )
    )


def to_record(tally: Tally) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        "runs": {run: _listed(seen) for run, seen in tally.runs.items()},
        "older": _listed(tally.older) if tally.older else None,
        "versions": list(tally.versions),
        "smallest": list(tally.smallest) if tally.smallest else None,
        "bisections": {name: list(found) for name, found in tally.bisections.items()},
    }


def from_record(record: dict[str, Any]) -> Tally:
    """The inverse; what a person's edit made unreadable counts as not said."""
    try:
        older, smallest = record["older"], record["smallest"]
        return _bounded(
            Tally(
                runs={_text(run): _seen(listed) for run, listed in record["runs"].items()},
                older=_seen(older) if older else None,
                versions=tuple(map(_text, record["versions"])),
                smallest=(int(smallest[0]), _text(smallest[1])) if smallest else None,
                bisections={
                    _text(name): (float(at_s), _text(a), _text(b), _text(c), _text(d))
                    for name, (at_s, a, b, c, d) in record["bisections"].items()
                },
            )
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
        return Tally()


def _bounded(tally: Tally) -> Tally:
    """Within the limits above. Runs that ended before the newest of the older ones were added up
    with them already."""
    until = tally.older.last_s if tally.older else -math.inf
    runs = {run: seen for run, seen in sorted(tally.runs.items()) if seen.last_s > until}
    older = tally.older
    if len(runs) > MAX_RUNS:
        cut = sorted(seen.last_s for seen in runs.values())[len(runs) - MAX_RUNS - 1]
        for run in [run for run, seen in runs.items() if seen.last_s <= cut]:
            seen = runs.pop(run)
            older = seen if older is None else _added(older, seen)
    return dataclasses.replace(
        tally,
        runs=runs,
        older=older,
        versions=tuple(sorted(set(tally.versions))[-MAX_VERSIONS:]),
        bisections=dict(sorted(tally.bisections.items())[:MAX_BISECTIONS]),
    )


def _union(a: Seen, b: Seen) -> Seen:
    return Seen(max(a.count, b.count), min(a.first_s, b.first_s), max(a.last_s, b.last_s))


def _added(a: Seen, b: Seen) -> Seen:
    return dataclasses.replace(_union(a, b), count=a.count + b.count)


def _text(value: object) -> str:
    return safe(str(value)).translate(_PLAIN)[:MAX_TEXT]


def _listed(seen: Seen) -> list[int]:
    return [seen.count, int(seen.first_s), int(seen.last_s)]


def _seen(listed: list[Any]) -> Seen:
    count, first_s, last_s = listed
    return Seen(int(count), float(int(first_s)), float(int(last_s)))


def _searched(found: Bisection) -> Searched:
    ends = (found.last_good, found.first_bad, found.last_bad, found.first_fixed)
    good, bad, last, fixed = (_text(end or "") for end in ends)
    return (float(int(found.time_s)), good, bad, last, fixed)
