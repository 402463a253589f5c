"""Runs raw crash files of other fuzzers again, in clean processes: only what fails is a crash."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import shutil

from harness import cases
from harness.crash import Crash, Sighting, of
from harness.failure import Failure
from harness.home import Home
from harness.plan import Job, make_jobs
from harness.replay import Outcome, Replayer
from harness.trials import TRIES
from targets.errors import FarmError, MissingError
from targets.registry import Registry
from triage.importing.entry import Entry


def job_of(selection: str, registry: Registry, home: Home) -> Job:
    """The one job that `--on` means; FarmError when it means none or several."""
    jobs, missing = make_jobs([selection], registry, home, (), 1)
    if len(jobs) == 1:
        return jobs[0]
    if not jobs:
        raise MissingError("; ".join(missing))
    names = ", ".join(job.name for job in jobs[:8]) + (" and more" if len(jobs) > 8 else "")
    raise FarmError(f"--on {selection} means {names}: name one of them")


class Replays:
    """One job's replays, each in a clean fork of one process; a context manager."""

    def __init__(self, job: Job, folder: pathlib.Path) -> None:
        self._job = job
        self._folder = folder
        self._replayer = Replayer(job, folder / "replayer")

    def __enter__(self) -> Replays:
        return self

    def __exit__(self, *_: object) -> None:
        self._replayer.close()

    def run_of(self, data: bytes) -> str:
        """What stands for the run that found this input: the same whenever it is imported."""
        text = f"{self._job.name}\0".encode() + data
        return f"import-{hashlib.sha256(text).hexdigest()[:12]}"

    def crash(self, entry: Entry, data: bytes) -> Crash | None:
        """The crash that the input shows; None when it does not fail. FarmError when it cannot be
        run at all."""
        for tries in range(1, TRIES + 1):
            outcome = self._once(data)
            if outcome.refused is not None:
                missing = outcome.exit_code == MissingError.exit_code
                raise (MissingError if missing else FarmError)(outcome.refused)
            if outcome.failure is not None:
                return of(self._sighting(entry, data, outcome.failure, tries))
        return None

    def _sighting(self, entry: Entry, data: bytes, failure: Failure, tries: int) -> Sighting:
        seen = cases.sighting(self._job, failure, data, self.run_of(data), entry.time_s)
        return dataclasses.replace(seen, failed=1, tries=tries)

    def _once(self, data: bytes) -> Outcome:
        folder = self._folder / "once"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        path = folder / "input"
        path.write_bytes(data)
        self._replayer.submit(path, folder)
        return self._replayer.wait()
