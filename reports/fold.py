"""A journal folded to what a report says: pure, from lines to one value, at any time again.

Nothing is left out in silence: lines that are no events, jobs that never began and runs that never
ended are part of the result.
"""

from __future__ import annotations

import collections
import dataclasses
import types
import typing
from collections.abc import Iterable

from harness.events import (
    CrashFound,
    Event,
    InputKept,
    JobFinished,
    JobRefused,
    JobStarted,
    Noticed,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    WorkerDied,
    from_json,
)


@dataclasses.dataclass(slots=True)
class Job:
    """What a run said of one job; `progress` is the last one, `finished` its last word."""

    name: str
    versions: list[str] = dataclasses.field(default_factory=list)
    starts: int = 0
    kept: int = 0
    deaths: dict[str, int] = dataclasses.field(default_factory=dict)
    progress: Progress | None = None
    finished: JobFinished | None = None
    refused: str | None = None

    @property
    def totals(self) -> JobFinished | Progress | None:
        """The latest counts that there are."""
        return self.finished or self.progress


@dataclasses.dataclass(slots=True)
class Run:
    """What a journal says of a run. `problems` are its damage, one line each, in order."""

    name: str
    started: RunStarted | None = None
    finished: RunFinished | None = None
    first_s: float | None = None
    last_s: float | None = None
    jobs: dict[str, Job] = dataclasses.field(default_factory=dict)
    crashes: dict[str, CrashFound] = dataclasses.field(default_factory=dict)
    """The last that was said of each."""
    crash_jobs: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    notices: dict[str, int] = dataclasses.field(default_factory=dict)
    """Each different one, and how often it was said."""
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def wall_s(self) -> float:
        """How long it took; so far, when it did not finish."""
        if self.finished is not None:
            return self.finished.wall_s
        return (self.last_s or 0.0) - (self.first_s or 0.0)


def fold(name: str, lines: Iterable[bytes]) -> Run:
    """The run `name` as told by the lines of its journal, each with its newline."""
    run = Run(name)
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            said = _event(line)
        except (ValueError, RecursionError) as error:
            cut = "" if line.endswith(b"\n") else ", cut short"
            run.problems.append(f"line {number} is no event{cut}: {error}")
        else:
            _hear(run, said, number)
    if number == 0:
        run.problems.append("the journal is empty")
    elif run.started is None:
        run.problems.append("its beginning is missing: no RunStarted")
    if run.finished is None:
        run.problems.append("no RunFinished: the run goes on, or it was ended from outside")
    return run


def _event(line: bytes) -> Said:
    said = from_json(line.decode("utf-8"))  # UnicodeDecodeError is a ValueError
    for where, value in (("its envelope", said), (type(said.event).__name__, said.event)):
        for field, hint in typing.get_type_hints(type(value)).items():
            if value is said and field == "event":
                continue
            if not _fits(getattr(value, field), hint):
                raise ValueError(f"{where}: {field} is {getattr(value, field)!r:.80}")
    return said


def _fits(value: object, hint: object) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, one) for one in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if hint in (int, float):
        wanted = (int,) if hint is int else (int, float)
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, hint) if isinstance(hint, type) else False


def _hear(run: Run, said: Said, number: int) -> None:
    run.first_s = said.time_s if run.first_s is None else run.first_s
    run.last_s = said.time_s
    event: Event = said.event
    match event:
        case RunStarted():
            if number != 1:
                run.problems.append(f"line {number} is a RunStarted, which only begins a run")
            run.started = event
            for name in event.jobs:
                run.jobs.setdefault(name, Job(name))
        case RunFinished():
            if run.finished is not None:
                run.problems.append(f"line {number} is a further RunFinished")
            run.finished = event
        case Noticed(message=message):
            text = f"{said.job}: {message}" if said.job else message
            run.notices[text] = run.notices.get(text, 0) + 1
        case CrashFound():
            run.crashes[event.crash] = event
            jobs = run.crash_jobs.setdefault(event.crash, [])
            if said.job and said.job not in jobs:
                jobs.append(said.job)
        case _:
            name = said.job or "(no job)"
            _hear_job(run.jobs.setdefault(name, Job(name)), event)


def _hear_job(job: Job, event: Event) -> None:
    match event:
        case JobStarted(subject_version=version):
            job.starts += 1
            if version is not None and version not in job.versions:
                job.versions.append(version)
        case Progress():
            job.progress = event
        case InputKept():
            job.kept += 1
        case WorkerDied(cause=cause):
            job.deaths = dict(collections.Counter(job.deaths) + collections.Counter([cause]))
        case JobRefused(message=message):
            job.refused = message
        case JobFinished():
            job.finished = event
        case _:
            pass
