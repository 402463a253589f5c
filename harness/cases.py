"""What is to be run again: an input, on what, and how it is known; and running it."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import tempfile
from collections.abc import Iterator

from harness.crash import Crash, Sighting
from harness.failure import Failure
from harness.home import Home
from harness.plan import Job, make_jobs
from harness.replay import Outcome, Replayer
from targets.errors import FarmError, MissingError
from targets.registry import Registry
from targets.requirements import installed
from targets.selection import select


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """An input, what to run it on, and the fingerprint it is known by (None: not known)."""

    data: bytes
    selection: str
    requirements: tuple[str, ...] = ()
    fingerprint: str | None = None


def of_crash(crash: Crash, registry: Registry, selection: str | None = None) -> Case:
    """The case of a stored crash, on the version it was found on unless `selection` says otherwise.

    A version that the farm has beside it needs no environment of its own.
    """
    example = crash.example
    chosen = selection or example.selection
    if selection is None and not example.requirements and _is_installed(chosen, registry):
        chosen = chosen.partition("==")[0]
    return Case(crash.data, chosen, example.requirements, crash.fingerprint)


def job_of(case: Case, registry: Registry, home: Home) -> Job:
    """The one job of the case; makes its environment. FarmError when it means several."""
    jobs, _ = make_jobs([case.selection], registry, home, case.requirements, 1)
    if len(jobs) != 1:
        names = ", ".join(job.name for job in jobs)
        raise FarmError(f"{case.selection} means {names}: name one of them")
    return jobs[0]


def sighting(job: Job, failure: Failure, data: bytes, run: str, time_s: float) -> Sighting:
    """A failure of the job's subject on an input, at that moment (Unix seconds), not yet tried."""
    selected = job.selected
    return Sighting(
        target=selected.found.name,
        check=selected.check_name,
        subject=selected.subject_name,
        package=job.package,
        subject_version=job.subject_version,
        failure=failure,
        own=selected.subject.instrument,
        data=data,
        run=run,
        time_s=time_s,
        requirements=job.with_,
    )


@contextlib.contextmanager
def replaying(home: Home, job: Job) -> Iterator[Replays]:
    """A process that has imported the job's subject and forks for every input."""
    home.runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="replay-", dir=home.runs) as name:
        folder = pathlib.Path(name)
        replayer = Replayer(job, folder / "replayer")
        try:
            yield Replays(replayer, folder)
        finally:
            replayer.close()


class Replays:
    """Runs inputs one after the other, each in a clean fork of the same process."""

    def __init__(self, replayer: Replayer, folder: pathlib.Path) -> None:
        self._replayer = replayer
        self._folder = folder
        self._number = 0

    def run(self, data: bytes) -> Outcome:
        """How the input ended. FarmError or MissingError when it could not be run at all."""
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        path = folder / "input"
        path.write_bytes(data)
        self._replayer.submit(path, folder)
        outcome = self._replayer.wait()
        if outcome.refused is not None:
            kind = MissingError if outcome.exit_code == MissingError.exit_code else FarmError
            raise kind(outcome.refused)
        return outcome


def _is_installed(selection: str, registry: Registry) -> bool:
    """Whether the pinned version is the one that the farm has beside it."""
    item = select([selection], registry)[0]
    package = item.subject.package
    return package is not None and installed(package) == item.version
