"""The other sides of `fuzz bench bugs`: the tools that people use today, on the same checks.

Each gets the same CPU time as the farm, shared equally by the same jobs, with the target's seeds
and hand-written dictionary. Atheris is restarted after each crash on the corpus that it has; the
loop around Hypothesis goes on after a failure, with the strategy that the target offers. Every
input that fails is judged, one for each fingerprint.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import harness
from harness.children import last_input
from harness.children.spec import Spec
from harness.home import Home
from harness.plan import Job
from targets.registry import Registry
from triage.bench.bugs_ours import Result
from triage.bench.bugs_verdict import Judge, jobs_of
from triage.bench.historic_bugs import Bug

MODULES = {
    "atheris": "harness.bench.plain",
    "hypothesis": "harness.bench.hypothesis_loop",
    "hypofuzz": "harness.bench.hypofuzz",
}
BESIDE: dict[str, tuple[str, ...]] = {
    "atheris": (),
    "hypothesis": ("hypothesis>=6.130,<7",),
    "hypofuzz": ("hypofuzz>=25.11,<27", "hypothesis[cli]>=6.130,<7", "pytest>=8.3"),
}
LOOK_S = 0.1
MAX_JUDGED = 200
"""Failing inputs of one job that are judged at most, the first ones."""


@dataclasses.dataclass(slots=True)
class Attempt:
    """One job's share: what was found, by when (CPU seconds of the rival in this job).

    `bare` starts without the target's seeds and dictionary.
    """

    job: Job
    folder: pathlib.Path
    bare: bool = False
    failing: dict[str, tuple[float, bytes]] = dataclasses.field(default_factory=dict)
    used_s: float = 0.0


def hunt(
    rival: str, bug: Bug, seconds: float, seed: int, judge: Judge, folder: pathlib.Path
) -> Result:
    """Let a rival hunt for so many CPU seconds; `seconds` of the result are CPU seconds, too."""
    registry: Registry = judge.registry
    home: Home = judge.home
    jobs = jobs_of(bug, bug.vulnerable, (*bug.pins_vulnerable, *BESIDE[rival]), registry, home)
    if rival != "atheris":
        jobs = [job for job in jobs if job.inputs.strategy is not None]
    if not jobs:
        return Result(None, 0, 0, note="offers no strategy")
    before_s, best, crashes = 0.0, None, 0
    for number, job in enumerate(jobs):
        attempt = Attempt(job, folder / str(number))
        attempt.folder.mkdir(parents=True)
        run_rival(rival, attempt, seconds / len(jobs), seed)
        crashes += len(attempt.failing)
        for at_s, data in _one_of_each(attempt, judge):
            if judge.shows(job.selected, data):
                best = min(best or 1e9, before_s + at_s)
                break
        before_s += attempt.used_s
    return Result(best, 0, crashes)


def _one_of_each(attempt: Attempt, judge: Judge) -> Iterator[tuple[float, bytes]]:
    """Failing inputs in the order in which they came, the first of each fingerprint."""
    bug, seen = judge.bug, set()
    for at_s, data in sorted(attempt.failing.values())[:MAX_JUDGED]:
        outcome = judge.run(attempt.job.selected, bug.vulnerable, bug.pins_vulnerable, data)
        if outcome is None or outcome.failure is None or outcome.fingerprint in seen:
            continue
        seen.add(outcome.fingerprint)
        yield at_s, data


def run_rival(rival: str, attempt: Attempt, seconds: float, seed: int) -> None:
    """Let the rival run on one job for so many CPU seconds, restarted whenever it ends."""
    corpus = attempt.folder / "corpus"
    corpus.mkdir()
    restarts = 0
    while attempt.used_s < seconds:
        scratch = attempt.folder / str(restarts)
        scratch.mkdir()
        code = _child(rival, attempt, (scratch, corpus), seconds, seed + 1000003 * restarts)
        _collect(attempt, scratch, code)
        restarts += 1


def _child(
    rival: str,
    attempt: Attempt,
    folders: tuple[pathlib.Path, pathlib.Path],
    seconds: float,
    seed: int,
) -> int:
    """One process until it ends or the CPU time is used up; its exit code."""
    scratch, corpus = folders
    job = attempt.job
    selected = job.selected
    spec = Spec(
        job=job.name,
        package=selected.found.module,
        check=selected.check_name,
        subject=selected.subject_name,
        folder=str(scratch),
        seed=seed % 0x7FFFFFFF or 1,
        corpus=str(corpus),
        seeds=(str(job.seeds),) if job.seeds.is_dir() and not attempt.bare else (),
        dictionary="" if attempt.bare else str(job.dictionary or ""),
        sys_path=selected.found.sys_path,
    )
    spec.write(scratch / "spec.json")
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if job.environment.python == pathlib.Path(sys.executable):
        environment["PYTHONPATH"] = str(pathlib.Path(harness.__file__).parent.parent)
    with (scratch / "log.txt").open("wb") as log:
        child = subprocess.Popen(
            [str(job.environment.python), "-P", "-m", MODULES[rival], str(scratch / "spec.json")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=scratch,
            env=environment,
            process_group=0,
        )
        try:
            return _wait(child, attempt, scratch, seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _wait(
    child: subprocess.Popen[bytes], attempt: Attempt, scratch: pathlib.Path, seconds: float
) -> int:
    before_s, wall_s = attempt.used_s, time.monotonic()
    while child.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_S)
        # One that sleeps uses no CPU time: by the clock it may take twice as long.
        used_s = max(_cpu_s(child.pid), (time.monotonic() - wall_s) / 2)
        attempt.used_s = max(attempt.used_s, before_s + used_s)
        _collect(attempt, scratch, None)
        if attempt.used_s >= seconds:
            return 0
    return child.returncode


def _collect(attempt: Attempt, scratch: pathlib.Path, code: int | None) -> None:
    """Take in what failed by now; a death tells the input that it was executing."""
    for path in scratch.iterdir():
        if path.name.startswith(("crash-", "timeout-", "oom-", "failed-")):
            attempt.failing.setdefault(path.name, (attempt.used_s, path.read_bytes()))
    if code is not None and code < 0:
        data = last_input.read(scratch)
        if data is not None:
            attempt.failing.setdefault(f"died-{scratch.name}", (attempt.used_s, data))


def _cpu_s(group: int) -> float:
    """User and system seconds of all processes of a group, and of those that they waited for."""
    ticks = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text(encoding="ascii", errors="replace")
        except OSError:  # it ended meanwhile
            continue
        fields = text.rpartition(")")[2].split()
        if int(fields[2]) == group:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
