"""Plants a bug in a reference and measures how the checks find it: time, executions, small input.

A fault that is not found means that a check is blind. What was found is made small, and has to pass
once the fault is gone: else it is a bug of the reference itself.
"""

from __future__ import annotations

import dataclasses
import pathlib
import shlex
import time

from harness import cases
from harness.crashes import load
from harness.events import CrashFound, JobFinished, JobRefused
from harness.home import Home, open_home
from harness.options import Options, Stop
from harness.plan import Job, make_jobs
from harness.supervisor import Supervisor
from targets.errors import FarmError
from targets.registry import Found, Registry
from triage.minimize.jobs import Options as Reduction
from triage.minimize.stored import minimize_crash

MINIMIZE_S = 20.0
"""Wall seconds to make the input small; what is reached by then is shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Hunt:
    """What became of one planted fault. `check` is empty when no check found it.

    `executions` are those of all checks until the run had stopped; `data` is the minimized input.
    `without`: the input fails on the reference without the fault, too.
    """

    target: str
    fault: str
    check: str = ""
    seconds: float = 0.0
    executions: int = 0
    data: bytes = b""
    title: str = ""
    without: bool = False

    @property
    def found(self) -> bool:
        """Whether a check saw the fault, and nothing but the fault."""
        return bool(self.check) and not self.without


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """How long each hunt may last (wall seconds), with how many workers and which seed."""

    seconds: float
    parallel: int
    seed: int


def hunt(found: Found, fault: str, registry: Registry, folder: pathlib.Path, terms: Terms) -> Hunt:
    """Plant the fault, run every check of the target on it, and stop at the first crash.

    `folder` becomes the home of this hunt. FarmError when a job cannot run at all.
    """
    home = open_home(folder)
    selection = f"{found.name}@+{fault}"
    jobs, missing = make_jobs([selection], registry, home, (), terms.parallel)
    if missing:
        raise FarmError("; ".join(missing))
    crash, seconds, executions = _first_crash(home, jobs, selection, terms)
    if crash is None:
        return Hunt(found.name, fault, seconds=seconds, executions=executions)
    known = load(home, crash.crash)
    minimized = minimize_crash(
        home, registry, known, Reduction(seconds=MINIMIZE_S, parallel=terms.parallel), _say_nothing
    )
    example = minimized.crash.example
    return Hunt(
        target=found.name,
        fault=fault,
        check=known.checks[0],
        seconds=seconds,
        executions=executions,
        data=example.data,
        title=example.title,
        without=_fails_without(home, registry, example.selection, example.data),
    )


def _first_crash(
    home: Home, jobs: list[Job], selection: str, terms: Terms
) -> tuple[CrashFound | None, float, int]:
    """The first crash that failed again in a clean process, with wall seconds and executions."""
    stop = Stop()
    options = Options(
        run="hunt",
        selections=(selection,),
        budget_s=terms.seconds,
        seed=terms.seed,
        parallel=terms.parallel,
        command=shlex.join(["fuzz", "run", selection]),
        elsewhere=True,
    )
    began_s = time.monotonic()
    crash, seconds, executions = None, 0.0, 0
    for said in Supervisor(home, jobs, options, stop).events():
        match said.event:
            case JobFinished(executions=done):
                executions += done
            case JobRefused(message=message):
                raise FarmError(message)
            case CrashFound() if crash is None and said.event.failed_again:
                crash, seconds = said.event, time.monotonic() - began_s
                stop.requested = True
    return crash, seconds or time.monotonic() - began_s, executions


def _fails_without(home: Home, registry: Registry, selection: str, data: bytes) -> bool:
    """Whether the input fails on the reference as it is."""
    plain = selection.partition("+")[0]
    job = cases.job_of(cases.Case(data, plain), registry, home)
    with cases.replaying(home, job) as replays:
        return replays.run(data).failure is not None


def _say_nothing(_progress: object) -> None:
    """Hunts are told as rows of a table."""
