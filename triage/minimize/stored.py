"""Minimizes a stored crash: its input becomes the smallest one, all that it took is kept.

In the crash's folder, `original` is the input as it was found, and `minimizing/input` what an
unfinished reduction had reached; the next call goes on from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import shutil
import tempfile
import time

from harness import cases, crashes, rulings
from harness.crash import Crash, Sighting, Trial, tried
from harness.failure import Failure
from harness.fingerprint import title
from harness.home import Home, write_atomic
from harness.plan import Job
from harness.rulings import Rulings
from targets.registry import Registry
from triage.minimize.jobs import Options, Progress, Result, Tell, minimize_job

ORIGINAL = "original"
UNFINISHED = pathlib.Path("minimizing", "input")
SAVE_EVERY_S = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Minimized:
    """A crash after its reduction; `others` are ids of crashes that were met on the way."""

    crash: Crash
    result: Result
    original_bytes: int
    others: tuple[str, ...] = ()


def minimize_crash(
    home: Home, registry: Registry, crash: Crash, options: Options, tell: Tell
) -> Minimized:
    """Reduce the input of a stored crash, on the version that it was found on, and store the rest.

    FarmError or MissingError when it cannot be run at all. A crash that does not fail any more is
    noted as such, and its input stays what it is.
    """
    job = cases.job_of(cases.of_crash(crash, registry), registry, home)
    decided = rulings.read(rulings.place(job.selected.found))
    place = home.crash(crash.id)
    unfinished = place / UNFINISHED
    if not (place / ORIGINAL).exists():
        write_atomic(place / ORIGINAL, crash.data)
    options = dataclasses.replace(options, resume=_read(unfinished), splits=_splits(decided, crash))
    unfinished.parent.mkdir(exist_ok=True)
    save = _Save(unfinished, tell)
    home.runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="minimize-", dir=home.runs) as name:
        try:
            result = minimize_job(
                job, crash.data, pathlib.Path(name), crash.fingerprint, options, save.take
            )
        finally:
            save.flush()
    if result.complete:
        shutil.rmtree(unfinished.parent, ignore_errors=True)
    elif result.failed:
        write_atomic(unfinished, result.data)
    known = _store(home, crash, job, result)
    others = _record_others(home, crash, job, result, decided)
    return Minimized(known, result, _original_bytes(known, place), others)


class _Save:
    """Keeps what a reduction has reached on disk, now and then."""

    def __init__(self, path: pathlib.Path, tell: Tell) -> None:
        self._path = path
        self._tell = tell
        self._saved_s = time.monotonic()
        self._waiting: bytes | None = None

    def take(self, progress: Progress) -> None:
        self._waiting = progress.data
        if time.monotonic() - self._saved_s > SAVE_EVERY_S:
            self.flush()
        self._tell(progress)

    def flush(self) -> None:
        if self._waiting is not None:
            write_atomic(self._path, self._waiting, durable=False)
            self._waiting, self._saved_s = None, time.monotonic()


def _store(home: Home, crash: Crash, job: Job, result: Result) -> Crash:
    trial = Trial(job.subject_version, time.time(), result.failed, result.tries)
    failure = result.failure

    def changed(known: Crash) -> Crash:
        example = known.example
        if example.data == crash.data and failure is not None and result.failed:
            original = example.original_bytes or (home.crash(crash.id) / ORIGINAL).stat().st_size
            example = dataclasses.replace(
                example,
                data=result.data,
                failure=failure,
                title=title(failure, example.own),
                original_bytes=original if result.complete else example.original_bytes,
            )
        return tried(dataclasses.replace(known, example=example), trial)

    return crashes.change(home, crash.id, changed)


def _record_others(
    home: Home, crash: Crash, job: Job, result: Result, decided: Rulings
) -> tuple[str, ...]:
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    seen = {other.fingerprint: (other.failure, other.data) for other in result.others}
    if result.failure is not None and not result.failed:
        seen[""] = (result.failure, result.data)  # the input fails, but in another way by now
    ids: dict[str, None] = {}
    for failure, data in seen.values():
        sighting = _sighting(job, failure, data, f"minimize-{crash.id}-{moment}")
        known, _ = crashes.record(home, sighting, decided)
        if known.id != crash.id:
            ids[known.id] = None
    return tuple(ids)


def _sighting(job: Job, failure: Failure, data: bytes, run: str) -> Sighting:
    """Of what a clean process showed."""
    seen = cases.sighting(job, failure, data, run, time.time())
    return dataclasses.replace(seen, failed=1, tries=1)


def _splits(decided: Rulings, crash: Crash) -> tuple[str, ...]:
    """Texts that tell parts of this crash, or of what it is a part of, from the rest."""
    names = {crash.id, *crash.aliases}
    own = [
        item.where for item in decided.split if crash.fingerprint.endswith(f"|split {item.where}")
    ]
    return tuple(own + [item.where for item in decided.split if item.crash in names])


def _original_bytes(crash: Crash, place: pathlib.Path) -> int:
    with contextlib.suppress(OSError):
        return (place / ORIGINAL).stat().st_size
    return crash.example.original_bytes or len(crash.data)


def _read(path: pathlib.Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
