"""Facts said during a run: plain values in one envelope, big things are files.

The supervisor yields `Said` values; console, journal and anything else that listens are sinks.
The first event of a run is `RunStarted`, the last `RunFinished`, each exactly once.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins: what was asked for, and how to ask for it again."""

    selections: tuple[str, ...]
    jobs: tuple[str, ...]
    budget_s: float
    seed: int
    parallel: int
    command: str


@dataclasses.dataclass(frozen=True, slots=True)
class JobStarted:
    """A worker process of the job was started (again, when `restarts` > 0)."""

    pid: int
    restarts: int
    subject_version: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands; all counts are totals of the job, over its restarts."""

    executions: int
    executions_per_s: float
    edges: int
    features: int
    corpus: int
    crashes: int
    slowest_s: float
    active_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class InputKept:
    """An input that reached something new was added to the corpus."""

    sha256: str
    size_bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class CrashFound:
    """A crash seen for the first time in this run, after its trial in a clean process.

    `state` is `confirmed` (it failed again), `flaky` (not each time that it was tried: state leaks
    between inputs, or luck) or `unconfirmed` (the run ended before the trial did). `accepted` says
    why persons tolerate it, and is empty when they do not.
    """

    crash: str
    new: bool
    state: str
    reproduced: str
    kind: str
    title: str
    size_bytes: int
    replay: str
    accepted: str = ""

    @property
    def failed_again(self) -> bool:
        """Whether a clean process failed, too: it counts."""
        return self.state == "unconfirmed" or not self.reproduced.startswith("0/")


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerDied:
    """A worker process ended by itself; `cause` is a signal's name or an exit code in words."""

    pid: int
    cause: str
    input_sha256: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Noticed:
    """Something that a person should know and that stopped nothing."""

    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class JobRefused:
    """The job cannot run: a package is missing, a check raises at import. In the user's words."""

    message: str
    exit_code: int


@dataclasses.dataclass(frozen=True, slots=True)
class SuiteTestFinished:
    """The last word on one test of a suite; `failures` are fingerprints. `note` says why it had no
    (further) turns, and is empty when it had."""

    test: str
    executions: int
    active_s: float
    features: int
    failures: tuple[str, ...]
    note: str


@dataclasses.dataclass(frozen=True, slots=True)
class JobFinished:
    """The job's last word. `chance_next_hour` is None when nothing could be estimated."""

    executions: int
    edges: int
    features: int
    corpus: int
    crashes: int
    active_s: float
    share: float
    slowest_s: float
    chance_next_hour: float | None
    features_seen_once: int
    sampled_executions: int


@dataclasses.dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over: `reason` is `budget`, `interrupted`, `nothing-left` or `broke: …`."""

    reason: str
    exit_code: int
    new_crashes: tuple[str, ...]
    known_crashes: tuple[str, ...]
    flaky_crashes: tuple[str, ...]
    wall_s: float


Event = (
    RunStarted
    | JobStarted
    | Progress
    | InputKept
    | CrashFound
    | WorkerDied
    | Noticed
    | JobRefused
    | SuiteTestFinished
    | JobFinished
    | RunFinished
)

KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        RunStarted,
        JobStarted,
        Progress,
        InputKept,
        CrashFound,
        WorkerDied,
        Noticed,
        JobRefused,
        SuiteTestFinished,
        JobFinished,
        RunFinished,
    )
}


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """The envelope: which run said it, when (Unix seconds), and of which job."""

    run: str
    time_s: float
    job: str | None
    event: Event


def to_json(said: Said) -> str:
    """One line of JSON, without its newline."""
    record = {
        "run": said.run,
        "time_s": round(said.time_s, 3),
        "job": said.job,
        "event": type(said.event).__name__,
        **dataclasses.asdict(said.event),
    }
    return json.dumps(record)


def from_json(line: str) -> Said:
    """The inverse of `to_json`; ValueError when the line is not an event of this version."""
    record: dict[str, Any] = json.loads(line)
    try:
        kind = KINDS[record.pop("event")]
        run, time_s, job = record.pop("run"), record.pop("time_s"), record.pop("job")
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in record.items()
        }
        return Said(run, time_s, job, kind(**fields))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an event: {error}") from error
