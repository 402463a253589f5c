"""Whether a crash still fails: replays in clean processes, on one version, and why some passed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

from harness import cases, crashes, rulings
from harness.cases import Case
from harness.crash import Crash, Trial, of, tried
from harness.home import Home
from targets.registry import Registry

PROCESSES = 3
"""Processes that the replays of one trial are shared between."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verified:
    """A trial of a crash on one version; `crash` is what is known after it.

    `others` are crashes that the same input showed instead.
    """

    crash: Crash
    trial: Trial
    others: tuple[str, ...] = ()


def verify(home: Home, registry: Registry, crash: Crash, case: Case, times: int) -> Verified:
    """Replay `case` of `crash` so many times, and store what came of it.

    FarmError or MissingError when it cannot be run at all.
    """
    job = cases.job_of(case, registry, home)
    decided = rulings.read(rulings.place(job.selected.found))
    run = f"verify-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    others: list[str] = []
    by_process: list[list[bool]] = []
    for share in _shares(times):
        same: list[bool] = []
        with cases.replaying(home, job) as replays:
            for _ in range(share):
                failure = replays.run(case.data).failure
                seen = failure and cases.sighting(job, failure, case.data, run, time.time())
                name = seen and decided.ruled(of(seen)).id
                same.append(name == crash.id)
                if seen and name not in (crash.id, *others):
                    known, _ = crashes.record(
                        home, dataclasses.replace(seen, failed=1, tries=1), decided
                    )
                    others.append(known.id)
        by_process.append(same)
    failed = sum(map(sum, by_process))
    reason = suspected(crash.kind, by_process)
    trial = Trial(job.subject_version, time.time(), failed, times, reason)
    known = crashes.change(home, crash.id, lambda stored: tried(stored, trial))
    return Verified(known, trial, tuple(others))


def suspected(kind: str, by_process: Sequence[Sequence[bool]]) -> str:
    """Why some replays passed, as far as it shows; empty when all failed.

    Replays of one process share what was drawn when it started (addresses) and differ in
    what is drawn later (time, threads, random numbers).
    """
    flat = [same for process in by_process for same in process]
    if all(flat):
        return ""
    if kind == "hang":
        return "it is close to its time limit, and the machine is faster or slower at times"
    if kind == "memory":
        return "it is close to its memory limit"
    if not any(flat):
        return "it needs what earlier inputs of the same process left behind"
    if all(len(set(process)) <= 1 for process in by_process):
        return "it differs between processes: addresses, or what it finds when it starts"
    return "it differs within one process: time, threads or random numbers"


def _shares(times: int) -> list[int]:
    processes = min(PROCESSES, times)
    return [times // processes + (at < times % processes) for at in range(processes)]
