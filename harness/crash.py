"""What is known of a crash, as plain values: from one sighting, or merged from many.

A crash is the sum of its sightings: `merge` is a pure union, so that the crashes of many machines
can be joined in any order, any number of times. Standard library only.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from harness import fingerprint
from harness.failure import Failure, to_record

FORMAT = 1
"""Version of `crash.json`."""
STATES = ("new", "flaky", "confirmed")
"""From least to most known: not tried, tried and did not fail every time, failed every time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sighting:
    """A failing execution (`count`: so many alike since the last one recorded of this run)."""

    target: str
    check: str
    subject: str
    package: str
    """Distribution of the subject; the subject's name when it is part of the farm."""
    subject_version: str | None
    failure: Failure
    own: tuple[str, ...]
    """Module prefixes of the subject, which name the crash."""
    data: bytes
    run: str
    time_s: float
    count: int = 1
    requirements: tuple[str, ...] = ()
    """What `--with` added to the subject's environment."""
    state: str = "new"
    """Result of a trial in a clean process, if there was one already."""
    reproduced: str = ""

    @property
    def crash(self) -> str:
        """The id of the crash that this is a sighting of."""
        line = fingerprint.fingerprint(self.failure, self.own)
        return fingerprint.crash_id(self.target, self.package, line)


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """The sightings of one crash in one run; times in Unix seconds."""

    count: int
    first_s: float
    last_s: float
    versions: tuple[str, ...] = ()
    """Versions of the subject that were seen failing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """The sighting that a crash is replayed with, and all that belongs to just this one."""

    data: bytes
    selection: str
    """What it failed on: `resp:parse@redis-py==8.1.0`."""
    requirements: tuple[str, ...]
    title: str
    failure: Failure
    own: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Of the input."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def size_bytes(self) -> int:
        """Of the input."""
        return len(self.data)


@dataclasses.dataclass(frozen=True, slots=True)
class Crash:
    """All sightings of one fingerprint in one target and package."""

    id: str
    target: str
    package: str
    fingerprint: str
    fingerprint_version: int
    kind: str
    subjects: tuple[str, ...]
    checks: tuple[str, ...]
    state: str
    reproduced: str
    """How often it failed again when tried: `3/3`; empty before."""
    runs: Mapping[str, Seen]
    example: Example

    @property
    def title(self) -> str:
        """One line that a person would write."""
        return self.example.title

    @property
    def data(self) -> bytes:
        """The input to replay."""
        return self.example.data

    @property
    def count(self) -> int:
        """Sightings over all runs."""
        return sum(seen.count for seen in self.runs.values())

    @property
    def first_s(self) -> float:
        """When it was first seen, Unix seconds."""
        return min(seen.first_s for seen in self.runs.values())

    @property
    def last_s(self) -> float:
        """When it was last seen, Unix seconds."""
        return max(seen.last_s for seen in self.runs.values())

    @property
    def replay(self) -> str:
        """The command that shows it again."""
        return f"fuzz replay {self.id}"


def of(sighting: Sighting) -> Crash:
    """The crash as known from one sighting."""
    line = fingerprint.fingerprint(sighting.failure, sighting.own)
    version = sighting.subject_version
    selection = f"{sighting.target}:{sighting.check}@{sighting.subject}"
    return Crash(
        id=fingerprint.crash_id(sighting.target, sighting.package, line),
        target=sighting.target,
        package=sighting.package,
        fingerprint=line,
        fingerprint_version=fingerprint.VERSION,
        kind=sighting.failure.kind,
        subjects=(sighting.subject,),
        checks=(sighting.check,),
        state=sighting.state,
        reproduced=sighting.reproduced,
        runs={
            sighting.run: Seen(
                sighting.count, sighting.time_s, sighting.time_s, (version,) if version else ()
            )
        },
        example=Example(
            data=sighting.data,
            selection=f"{selection}=={version}" if version else selection,
            requirements=sighting.requirements,
            title=fingerprint.title(sighting.failure, sighting.own),
            failure=sighting.failure,
            own=sighting.own,
        ),
    )


def merge(a: Crash, b: Crash) -> Crash:
    """What both say of the same crash: commutative, associative, idempotent.

    The smallest input is kept (shorter first, then by bytes), but one that was confirmed is not
    given up for one that was not. ValueError when they are different crashes.
    """
    if (a.id, a.target, a.package, a.fingerprint) != (b.id, b.target, b.package, b.fingerprint):
        raise ValueError(f"{a.id} and {b.id} are different crashes")
    better = min(a, b, key=_preference)
    known = max(a, b, key=lambda crash: (STATES.index(crash.state), crash.reproduced))
    runs = dict(a.runs)
    for run, seen in b.runs.items():
        runs[run] = _joined(runs[run], seen) if run in runs else seen
    return dataclasses.replace(
        better,
        subjects=tuple(sorted({*a.subjects, *b.subjects})),
        checks=tuple(sorted({*a.checks, *b.checks})),
        state=known.state,
        reproduced=known.reproduced,
        runs={run: runs[run] for run in sorted(runs)},
    )


def _preference(crash: Crash) -> tuple[object, ...]:
    """Orders examples totally: only equal ones compare as equal."""
    example = crash.example
    rest = json.dumps([example_record(example), example.failure.text])
    return (crash.state != "confirmed", example.size_bytes, example.data, rest)


def _joined(a: Seen, b: Seen) -> Seen:
    """Two reports of the same run: counts only grow, so the greater one is the later one."""
    return Seen(
        count=max(a.count, b.count),
        first_s=min(a.first_s, b.first_s),
        last_s=max(a.last_s, b.last_s),
        versions=tuple(sorted({*a.versions, *b.versions})),
    )


def example_record(example: Example) -> dict[str, Any]:
    """The example as plain values for JSON: the input by its sha256, without the trace."""
    failure = to_record(example.failure)
    failure.pop("text")  # that is trace.txt
    return {
        "sha256": example.sha256,
        "size_bytes": example.size_bytes,
        "selection": example.selection,
        "requirements": example.requirements,
        "title": example.title,
        "failure": failure,
        "own": example.own,
    }


def to_json(crash: Crash) -> dict[str, Any]:
    """All facts as plain values for JSON; the input by its sha256, the trace left out."""
    return {
        "format": FORMAT,
        "id": crash.id,
        "target": crash.target,
        "package": crash.package,
        "fingerprint": crash.fingerprint,
        "fingerprint_version": crash.fingerprint_version,
        "kind": crash.kind,
        "title": crash.title,
        "subjects": crash.subjects,
        "checks": crash.checks,
        "state": crash.state,
        "reproduced": crash.reproduced,
        "replay": crash.replay,
        "count": crash.count,
        "first_s": crash.first_s,
        "last_s": crash.last_s,
        "runs": {run: dataclasses.asdict(seen) for run, seen in crash.runs.items()},
        "example": example_record(crash.example),
    }
