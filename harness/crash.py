"""What is known of a crash, as plain values: from one sighting, or merged from many.

A crash is the sum of facts that only grow: `merge` is a pure union, so that the crashes of many
machines can be joined in any order, any number of times. Its state follows from the facts.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from harness import fingerprint
from harness.failure import Failure, to_record
from harness.lifecycle import STATES, Trial, state

__all__ = ["FORMAT", "STATES", "Trial"]

FORMAT = 2
"""Version of `crash.json`; 1 had one state instead of the facts that it follows from."""

SPLIT = "|split "
"""Stands in a fingerprint before the text by which a person told a part of a crash from the rest.
"""
AS = " as "
"""Stands behind a run's name before the id under which a run's sightings were merged in."""


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
    failed: int = 0
    """How many of `tries` executions in clean processes failed, if it was tried already."""
    tries: int = 0

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
class Issue:
    """The crash's issue in one repository, as last seen at `time_s`."""

    number: int
    url: str
    time_s: float
    closed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Bisection:
    """Between which versions (or revisions) the bug came and went; None: not known.

    `skipped` could not be tried.
    """

    time_s: float
    last_good: str | None = None
    first_bad: str | None = None
    last_bad: str | None = None
    first_fixed: str | None = None
    skipped: tuple[str, ...] = ()


_Fact = TypeVar("_Fact", Trial, Issue, Bisection)


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
    failed: int = 0
    """How many of `tries` replays in clean processes failed."""
    tries: int = 0
    original_bytes: int | None = None
    """Size before it was minimized; None: it was not."""

    @property
    def sha256(self) -> str:
        """Of the input."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def size_bytes(self) -> int:
        """Of the input."""
        return len(self.data)

    @property
    def reproduced(self) -> str:
        """How often it failed again when tried: `3/3`; empty before."""
        return f"{self.failed}/{self.tries}" if self.tries else ""


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
    runs: Mapping[str, Seen]
    """By name of the run."""
    example: Example
    aliases: tuple[str, ...] = ()
    """Other ids that mean it: by older versions of the fingerprint, or merged by a person."""
    trials: Mapping[str, Trial] = dataclasses.field(default_factory=dict)
    """The newest trial of each version and outcome, by `Trial.key`."""
    issues: Mapping[str, Issue] = dataclasses.field(default_factory=dict)
    """By repository, `OWNER/NAME`."""
    bisections: Mapping[str, Bisection] = dataclasses.field(default_factory=dict)
    """By what was searched: `package NAME` or `git PATH`."""

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return state(
            self.trials.values(),
            seen_s=self.first_s,
            seen_in=self.versions,
            minimized=self.example.original_bytes is not None,
            filed=bool(self.issues),
        )

    @property
    def reproduced(self) -> str:
        """How often the example failed again when tried: `3/3`; empty before."""
        return self.example.reproduced

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of the subject that were seen failing."""
        return tuple(sorted({version for seen in self.runs.values() for version in seen.versions}))

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
    seen = Seen(sighting.count, sighting.time_s, sighting.time_s, (version,) if version else ())
    trial = Trial(version, sighting.time_s, sighting.failed, sighting.tries)
    crash = Crash(
        id="",
        target=sighting.target,
        package=sighting.package,
        fingerprint=line,
        fingerprint_version=fingerprint.VERSION,
        kind=sighting.failure.kind,
        subjects=(sighting.subject,),
        checks=(sighting.check,),
        runs={sighting.run: seen},
        example=Example(
            data=sighting.data,
            selection=f"{selection}=={version}" if version else selection,
            requirements=sighting.requirements,
            title=fingerprint.title(sighting.failure, sighting.own),
            failure=sighting.failure,
            own=sighting.own,
            failed=sighting.failed,
            tries=sighting.tries,
        ),
        trials={trial.key: trial} if sighting.tries else {},
    )
    return named(crash)


def named(crash: Crash) -> Crash:
    """The crash under the id that today's fingerprint gives it; all older ids are aliases.

    An id that a person chose stays, and so does the part that a person split off.
    """
    example = crash.example
    _, mark, part = crash.fingerprint.partition(SPLIT)

    def id_of(line: str) -> str:
        return fingerprint.crash_id(crash.target, crash.package, line)

    line = fingerprint.fingerprint(example.failure, example.own) + mark + part
    older = fingerprint.former(example.failure, example.own)
    former = [id_of(text + mark + part) for text in older]
    chosen = crash.id not in ("", id_of(crash.fingerprint))
    name = crash.id if chosen else id_of(line)
    ids = [crash.id, id_of(line), *former]
    return dataclasses.replace(
        crash,
        id=name,
        fingerprint=line,
        fingerprint_version=fingerprint.VERSION,
        aliases=_union(ids, crash.aliases, but=("", name)),
    )


def tried(crash: Crash, trial: Trial) -> Crash:
    """The crash with one more trial of its example."""
    newest = _newest(crash.trials, {trial.key: trial})
    example = dataclasses.replace(crash.example, failed=trial.failed, tries=trial.tries)
    # A version that does not fail any more says nothing about how reliable the example is.
    known = example if trial.failed or not crash.example.failed else crash.example
    return dataclasses.replace(crash, trials=newest, example=known)


def merge(a: Crash, b: Crash) -> Crash:
    """What both say of the same crash: commutative, associative, idempotent.

    The smallest input is kept (shorter first, then by bytes), but one that failed again is not
    given up for one that was not tried. ValueError when they are different crashes.
    """
    if (a.id, a.target, a.package) != (b.id, b.target, b.package):
        raise ValueError(f"{a.id} and {b.id} are different crashes")
    better = min(a, b, key=_preference)
    runs = dict(a.runs)
    for run, seen in b.runs.items():
        runs[run] = _joined(runs[run], seen) if run in runs else seen
    return dataclasses.replace(
        better,
        subjects=_union(a.subjects, b.subjects),
        checks=_union(a.checks, b.checks),
        aliases=_union(a.aliases, b.aliases),
        runs={run: runs[run] for run in sorted(runs)},
        trials=_newest(a.trials, b.trials),
        issues=_newest(a.issues, b.issues),
        bisections=_newest(a.bisections, b.bisections),
    )


def _union(*several: Iterable[str], but: Iterable[str] = ()) -> tuple[str, ...]:
    return tuple(sorted({text for texts in several for text in texts} - set(but)))


def _newest(a: Mapping[str, _Fact], b: Mapping[str, _Fact]) -> dict[str, _Fact]:
    """Of each key the latest fact; facts of one moment are ordered by all that they say."""
    facts = dict(a)
    for key, fact in b.items():
        facts[key] = max(facts.get(key, fact), fact, key=lambda one: (one.time_s, repr(one)))
    return {key: facts[key] for key in sorted(facts)}


def _preference(crash: Crash) -> tuple[object, ...]:
    """Orders examples totally: only equal ones compare as equal."""
    example = crash.example
    rest = json.dumps([crash.fingerprint, example_record(example), example.failure.text])
    return (
        example.failed == 0,
        example.failed < example.tries,
        example.size_bytes,
        example.data,
        example.original_bytes is None,
        -example.tries,
        rest,
    )


def _joined(a: Seen, b: Seen) -> Seen:
    """Two reports of the same run: counts only grow, so the greater one is the later one."""
    return Seen(
        count=max(a.count, b.count),
        first_s=min(a.first_s, b.first_s),
        last_s=max(a.last_s, b.last_s),
        versions=_union(a.versions, b.versions),
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
        "failed": example.failed,
        "tries": example.tries,
        "original_bytes": example.original_bytes,
    }


def to_json(crash: Crash) -> dict[str, Any]:
    """All facts as plain values for JSON; the input by its sha256, the trace left out."""
    return {
        "format": FORMAT,
        "id": crash.id,
        "aliases": crash.aliases,
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
        "runs": _records(crash.runs),
        "trials": _records(crash.trials),
        "issues": _records(crash.issues),
        "bisections": _records(crash.bisections),
        "example": example_record(crash.example),
    }


def _records(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: dataclasses.asdict(fact) for key, fact in facts.items()}
