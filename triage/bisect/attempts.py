"""Whether a crash is there in one environment: its input run again, in clean processes."""

from __future__ import annotations

import dataclasses
import math
import pathlib

from harness.cases import Replays, replaying
from harness.crash import SPLIT, Crash
from harness.environments import Environment
from harness.failure import Failure
from harness.fingerprint import crash_id, title
from harness.home import Home
from harness.plan import Job
from harness.replay import Outcome
from targets.errors import FarmError
from targets.selection import Selected
from triage.bisect.search import Verdict

CONTROLS = 3
"""Seeds that tell a version with another bug from one that the target does not fit."""
MAX_TRIES = 10
MISSED = 0.01
"""Chance that a flaky crash may have of being missed in a version that has it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """What one version showed; `note` says why it was skipped, or what else is to be known."""

    verdict: Verdict
    note: str = ""


def attempt(home: Home, crash: Crash, selected: Selected, environment: Environment) -> Attempt:
    """Run the crash's input in `environment`.

    Bad: it fails with the same fingerprint, or with the same error at another place. Another
    failure is another crash, unless seeds fail with it as well: then the version is skipped,
    because the target does not fit it.
    """
    job = Job(selected, environment, crash.example.requirements)
    try:
        with replaying(home, job) as replays:
            return _judged(crash, job, replays)
    except FarmError as error:  # e.g. the adapter of today finds no such module in this version
        return Attempt(Verdict.SKIP, str(error).partition("; see ")[0])


def tries_of(failed: int, tries: int) -> int:
    """How often to run an input that failed `failed` of `tries` times, until it fails once."""
    if tries == 0 or failed >= tries:
        return 1
    if failed == 0:
        return MAX_TRIES
    return min(MAX_TRIES, math.ceil(math.log(MISSED) / math.log(1 - failed / tries)))


def _judged(crash: Crash, job: Job, replays: Replays) -> Attempt:
    other: Outcome | None = None
    for _ in range(tries_of(crash.example.failed, crash.example.tries)):
        outcome = replays.run(crash.data)
        if outcome.failure is None:
            continue
        if _is_known(crash, outcome):
            return Attempt(Verdict.BAD)
        other = outcome
    if other is None or other.failure is None:
        return Attempt(Verdict.GOOD)
    said = title(other.failure, job.selected.subject.instrument)
    for seed in _seeds(job):
        if replays.run(seed).fingerprint == other.fingerprint:
            return Attempt(Verdict.SKIP, f"the target does not fit it, seeds fail as well: {said}")
    if _is_alike(crash.example.failure, other.failure):
        return Attempt(Verdict.BAD, f"fails at another place: {said}")
    return Attempt(Verdict.GOOD, f"fails in another way: {said}")


def _is_known(crash: Crash, outcome: Outcome) -> bool:
    line = outcome.fingerprint or ""
    if line == crash.fingerprint.partition(SPLIT)[0]:
        return True
    return crash_id(crash.target, crash.package, line) in (crash.id, *crash.aliases)


def _is_alike(one: Failure, other: Failure) -> bool:
    """Whether functions may just have been renamed: the same kind, error and promise."""

    def root(failure: Failure) -> tuple[str, str]:
        last = failure.chain[-1] if failure.chain else failure
        return last.type, last.about

    return one.kind == other.kind and root(one) == root(other)


def _seeds(job: Job) -> list[bytes]:
    """The target's smallest seeds, and nothing at all when there are none."""
    try:
        paths = [path for path in pathlib.Path(job.seeds).iterdir() if path.is_file()]
    except OSError:
        return [b""]
    sized = sorted((path.stat().st_size, path.name, path) for path in paths)
    return [path.read_bytes() for _, _, path in sized[:CONTROLS]] or [b""]
