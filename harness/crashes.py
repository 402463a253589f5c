"""The crash store: one folder per crash, kept by many processes, merged without coordination.

`crashes/<crash-id>/` holds `crash.json` (facts), `input` (what to replay) and `trace.txt` (for
people). Standard library only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from harness.crash import (
    FORMAT,
    STATES,
    Crash,
    Example,
    Seen,
    Sighting,
    merge,
    of,
    to_json,
)
from harness.failure import from_record
from harness.fingerprint import crash_id
from harness.home import Home, write_atomic
from targets.errors import FarmError

__all__ = [
    "STATES",
    "Crash",
    "Example",
    "Problem",
    "Seen",
    "Sighting",
    "crashes",
    "load",
    "mark",
    "merge",
    "of",
    "record",
    "to_json",
]

LOCK_TIMEOUT_S = 30.0
"""How long another process may hold the store."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A crash folder that cannot be read. It stays where it is; `reason` says what is wrong."""

    id: str
    path: pathlib.Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.reason}"


def record(home: Home, sighting: Sighting) -> tuple[Crash, bool]:
    """Store a sighting; returns the crash as now known, and whether it was unknown before.

    Safe beside other processes. A folder that cannot be read is moved to `set-aside/`, whole.
    """
    latest = of(sighting)
    with _locked(home):
        known = _read(home, latest.id)
        if isinstance(known, Problem):
            _set_aside(home, known)
        if not isinstance(known, Crash):
            _create(home, latest)
            return latest, known is None
        seen = known.runs.get(sighting.run)
        if seen is not None:
            total = dataclasses.replace(
                latest.runs[sighting.run], count=seen.count + sighting.count
            )
            latest = dataclasses.replace(latest, runs={sighting.run: total})
        merged = merge(known, latest)
        _update(home, known, merged)
        return merged, False


def mark(home: Home, crash: str, state: str, reproduced: str) -> Crash:
    """Note how a trial of the stored input ended: one of `STATES`, and e.g. `3/3`."""
    if state not in STATES:
        raise ValueError(f"{state!r} is none of {', '.join(STATES)}")
    with _locked(home):
        known = _read(home, crash)
        if not isinstance(known, Crash):
            raise FarmError(str(known or f"{crash} is not stored in {home.root}"))
        marked = dataclasses.replace(known, state=state, reproduced=reproduced)
        _update(home, known, marked)
        return marked


def crashes(home: Home) -> Iterator[Crash | Problem]:
    """All crashes by id; what cannot be read comes as a `Problem` and stays where it is."""
    for crash in _ids(home):
        with _locked(home, shared=True):
            found = _read(home, crash)
        if found is not None:  # else it was removed meanwhile
            yield found


def load(home: Home, prefix: str) -> Crash:
    """The one crash whose id begins with `prefix` (`crash-12ab`, `12ab`); else FarmError."""
    known = _ids(home)
    digits = prefix.strip().lower().removeprefix("crash-")
    found = [crash for crash in known if crash.startswith(f"crash-{digits}")] if digits else []
    if not found:
        raise FarmError(f"no crash {prefix!r} in {home.root}: {_nearest(digits, known)}")
    if len(found) > 1 and f"crash-{digits}" not in found:
        shown = ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
        raise FarmError(f"{prefix!r} could be any of {shown}; write more digits")
    with _locked(home, shared=True):
        crash = _read(home, found[0])
    if isinstance(crash, Crash):
        return crash
    raise FarmError(str(crash or f"{found[0]} was removed meanwhile"))


def _nearest(digits: str, known: list[str]) -> str:
    if not known:
        return "nothing is stored there; `fuzz run` finds crashes, --home DIR looks elsewhere"
    close = difflib.get_close_matches(f"crash-{digits}", known, n=3, cutoff=0.0)
    return f"nearest are {', '.join(close)}; `triage list` shows all"


def _ids(home: Home) -> list[str]:
    try:
        names = os.listdir(home.crashes)  # noqa: PTH208 - names are all that is needed
    except FileNotFoundError:
        return []
    return sorted(name for name in names if re.fullmatch(r"crash-[0-9a-f]{12}", name))


# One crash on disk


def _create(home: Home, crash: Crash) -> None:
    """A folder appears whole or not at all."""
    home.crashes.mkdir(parents=True, exist_ok=True)
    staging = pathlib.Path(tempfile.mkdtemp(prefix=f".{crash.id}.", dir=home.crashes))
    try:
        staging.chmod(0o755)  # mkdtemp says 0700; others may read a home
        _write(staging, crash)
        staging.rename(home.crash(crash.id))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _write(folder: pathlib.Path, crash: Crash) -> None:
    text = crash.example.failure.text.encode("utf-8", "backslashreplace")
    write_atomic(folder / "input", crash.data)
    write_atomic(folder / "trace.txt", text)
    write_atomic(folder / "crash.json", _encoded(crash))


def _update(home: Home, known: Crash, crash: Crash) -> None:
    """The moment at which `crash.json` is replaced is the moment at which the crash changes."""
    folder = home.crash(crash.id)
    if crash.example != known.example:
        text = crash.example.failure.text.encode("utf-8", "backslashreplace")
        write_atomic(folder / "input.next", crash.data)
        write_atomic(folder / "crash.json", _encoded(crash))
        (folder / "input.next").replace(folder / "input")
        write_atomic(folder / "trace.txt", text)
    elif crash != known:
        write_atomic(folder / "crash.json", _encoded(crash), durable=crash.state != known.state)


def _read(home: Home, crash: str) -> Crash | Problem | None:
    """None when there is no such folder; a folder that is not a crash is a problem."""
    folder = home.crash(crash)
    path = folder / "crash.json"
    try:
        if not folder.exists():
            return None
        found = _decoded(json.loads(path.read_bytes()), folder)
        if found.id != crash:
            raise ValueError(f"it describes {found.id}")
    except OSError as error:
        return Problem(crash, path, error.strerror or str(error))
    except RecursionError:
        return Problem(crash, path, "nested too deeply")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Problem(crash, path, f"{type(error).__name__}: {error}")
    return found


def _input(folder: pathlib.Path, sha256: str) -> bytes:
    """The input that `crash.json` means, also when the last update was cut short."""
    for name in ("input", "input.next"):
        with contextlib.suppress(FileNotFoundError):
            data = (folder / name).read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
    raise ValueError(f"the file `input` beside it is missing or not the one of sha256 {sha256}")


def _encoded(crash: Crash) -> bytes:
    return (json.dumps(to_json(crash), indent=1) + "\n").encode("ascii")


def _decoded(record: dict[str, Any], folder: pathlib.Path) -> Crash:
    if record["format"] != FORMAT:
        raise ValueError(f"format {record['format']!r} is not {FORMAT}, the one of this version")
    example, runs = record["example"], record["runs"]
    trace = folder / "trace.txt"
    text = trace.read_bytes().decode("utf-8", "backslashreplace") if trace.exists() else ""
    crash = Crash(
        id=str(record["id"]),
        target=str(record["target"]),
        package=str(record["package"]),
        fingerprint=str(record["fingerprint"]),
        fingerprint_version=int(record["fingerprint_version"]),
        kind=str(record["kind"]),
        subjects=tuple(map(str, record["subjects"])),
        checks=tuple(map(str, record["checks"])),
        state=str(record["state"]),
        reproduced=str(record["reproduced"]),
        runs={str(run): _seen(seen) for run, seen in runs.items()},
        example=Example(
            data=_input(folder, str(example["sha256"])),
            selection=str(example["selection"]),
            requirements=tuple(map(str, example["requirements"])),
            title=str(example["title"]),
            failure=dataclasses.replace(from_record(example["failure"]), text=text),
            own=tuple(map(str, example["own"])),
        ),
    )
    if crash.state not in STATES or not crash.runs:
        raise ValueError(f"state {crash.state!r} or its {len(crash.runs)} runs make no sense")
    if crash.id != crash_id(crash.target, crash.package, crash.fingerprint):
        raise ValueError("its id is not that of its target, package and fingerprint")
    return crash


def _seen(record: dict[str, Any]) -> Seen:
    return Seen(
        count=int(record["count"]),
        first_s=float(record["first_s"]),
        last_s=float(record["last_s"]),
        versions=tuple(map(str, record["versions"])),
    )


def _set_aside(home: Home, problem: Problem) -> None:
    home.set_aside.mkdir(parents=True, exist_ok=True)
    place = pathlib.Path(tempfile.mkdtemp(prefix=f"{problem.id}.", dir=home.set_aside))
    write_atomic(place / "why.txt", f"{problem}\n".encode("utf-8", "backslashreplace"))
    home.crash(problem.id).rename(place / problem.id)


@contextlib.contextmanager
def _locked(home: Home, shared: bool = False) -> Iterator[None]:
    """Alone in the store, or among readers; readers of a home that cannot be written go without."""
    path = home.crashes / ".lock"
    try:
        if not shared:
            home.crashes.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        if not shared:
            raise
        yield
        return
    try:
        _wait_for(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, path)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, operation: int, path: pathlib.Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise FarmError(
                    f"{path} was held by another process for {LOCK_TIMEOUT_S:.0f} s"
                ) from None
            time.sleep(0.005)
        else:
            return
