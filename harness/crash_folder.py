"""One crash on disk: a folder with `crash.json` (facts), `input` (what to replay) and `trace.txt`
(for people). What was damaged is named and never lost; what an older farm wrote is brought up to
date on reading.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import pathlib
import shutil
import stat
import tempfile
from typing import Any, TypeVar

from harness.crash import FORMAT, Bisection, Crash, Example, Issue, Seen, Trial, named, to_json
from harness.failure import MAX_TEXT, from_record
from harness.fingerprint import VERSION, crash_id
from harness.home import Home, write_atomic

MAX_JSON_BYTES = 16 << 20
"""No `crash.json` is larger: each run adds some hundred bytes."""
_Fact = TypeVar("_Fact", Seen, Trial, Issue, Bisection)


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A crash folder that cannot be read. It stays where it is; `reason` says what is wrong."""

    id: str
    path: pathlib.Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.reason}"


def read(folder: pathlib.Path) -> Crash | Problem | None:
    """None when there is no such folder; a folder that is not a crash is a problem.

    The crash has the id that today's fingerprint gives it, which may not be the folder's name.
    """
    path = folder / "crash.json"
    try:
        if not folder.exists():
            return None
        if _size_bytes(path) > MAX_JSON_BYTES:
            raise ValueError(f"larger than {MAX_JSON_BYTES >> 20} MiB")
        crash = _decoded(json.loads(path.read_bytes()), folder)
        if crash.id != folder.name:
            raise ValueError(f"it describes {crash.id}")
        return named(crash) if crash.fingerprint_version < VERSION else crash
    except OSError as error:
        return Problem(folder.name, path, error.strerror or str(error))
    except RecursionError:
        return Problem(folder.name, path, "nested too deeply")
    except KeyError as error:
        return Problem(folder.name, path, f"it lacks {error}")
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        return Problem(folder.name, path, f"{type(error).__name__}: {error}")


def create(home: Home, crash: Crash) -> None:
    """A folder appears whole or not at all."""
    home.crashes.mkdir(parents=True, exist_ok=True)
    staging = pathlib.Path(tempfile.mkdtemp(prefix=f".{crash.id}.", dir=home.crashes))
    try:
        staging.chmod(0o755)  # mkdtemp says 0700; others may read a home
        write_atomic(staging / "input", crash.data)
        write_atomic(staging / "trace.txt", _trace(crash))
        write_atomic(staging / "crash.json", _encoded(crash))
        staging.rename(home.crash(crash.id))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def update(home: Home, known: Crash, crash: Crash) -> None:
    """The moment at which `crash.json` is replaced is the moment at which the crash changes."""
    folder = home.crash(crash.id)
    if crash.example != known.example:
        write_atomic(folder / "input.next", crash.data)
        write_atomic(folder / "crash.json", _encoded(crash))
        (folder / "input.next").replace(folder / "input")
        write_atomic(folder / "trace.txt", _trace(crash))
    elif crash != known:
        counts_only = dataclasses.replace(crash, runs=known.runs) == known
        write_atomic(folder / "crash.json", _encoded(crash), durable=not counts_only)


def set_aside(home: Home, problem: Problem) -> None:
    """Move a folder that cannot be read out of the way, whole, with the reason beside it."""
    home.set_aside.mkdir(parents=True, exist_ok=True)
    place = pathlib.Path(tempfile.mkdtemp(prefix=f"{problem.id}.", dir=home.set_aside))
    write_atomic(place / "why.txt", f"{problem}\n".encode("utf-8", "backslashreplace"))
    home.crash(problem.id).rename(place / problem.id)


def _trace(crash: Crash) -> bytes:
    return crash.example.failure.text.encode("utf-8", "backslashreplace")


def _encoded(crash: Crash) -> bytes:
    return (json.dumps(to_json(crash), indent=1) + "\n").encode("ascii")


def _decoded(record: dict[str, Any], folder: pathlib.Path) -> Crash:
    if record["format"] not in (1, FORMAT):
        raise ValueError(f"format {record['format']!r} is not {FORMAT}, the one of this version")
    version = int(record["fingerprint_version"])
    if version > VERSION:
        raise ValueError(f"a newer farm wrote it: its fingerprint version {version} is not known")
    if record["format"] == 1:
        record = _from_format_1(record)
    example = record["example"]
    crash = Crash(
        id=str(record["id"]),
        target=str(record["target"]),
        package=str(record["package"]),
        fingerprint=str(record["fingerprint"]),
        fingerprint_version=version,
        kind=str(record["kind"]),
        subjects=_texts(record["subjects"]),
        checks=_texts(record["checks"]),
        aliases=_texts(record["aliases"]),
        runs=_facts(Seen, record["runs"]),
        trials=_facts(Trial, record["trials"]),
        issues=_facts(Issue, record["issues"]),
        bisections=_facts(Bisection, record["bisections"]),
        example=_example(example, folder),
    )
    if not crash.runs:
        raise ValueError("no run has seen it")
    if crash_id(crash.target, crash.package, crash.fingerprint) not in (crash.id, *crash.aliases):
        raise ValueError("its id is not that of its target, package and fingerprint")
    return crash


def _from_format_1(record: dict[str, Any]) -> dict[str, Any]:
    """What format 1 said by `state` and `reproduced` becomes the trial that it came from."""
    example = record["example"]
    failed, _, tries = record["reproduced"].partition("/")
    counts = {"failed": int(failed or 0), "tries": int(tries or 0)}
    _, _, version = example["selection"].partition("==")
    time_s = max(_moment(seen["last_s"]) for seen in record["runs"].values())
    trial = Trial(version or None, time_s, counts["failed"], counts["tries"])
    return {
        **record,
        "aliases": (),
        "issues": {},
        "bisections": {},
        "trials": {trial.key: dataclasses.asdict(trial)} if trial.tries else {},
        "example": {**example, **counts, "original_bytes": None},
    }


def _example(record: dict[str, Any], folder: pathlib.Path) -> Example:
    original_bytes = record["original_bytes"]
    return Example(
        data=_input(folder, str(record["sha256"]), int(record["size_bytes"])),
        selection=str(record["selection"]),
        requirements=_texts(record["requirements"]),
        title=str(record["title"]),
        failure=dataclasses.replace(from_record(record["failure"]), text=_text(folder)),
        own=_texts(record["own"]),
        failed=_number(record["failed"]),
        tries=_number(record["tries"]),
        original_bytes=None if original_bytes is None else _number(original_bytes),
    )


def _texts(record: Any) -> tuple[str, ...]:
    if not isinstance(record, list | tuple):
        raise TypeError(f"a list of texts was expected, not {type(record).__name__}")
    return tuple(map(str, record))


def _number(record: Any) -> int:
    """A count or size; TypeError or ValueError for what is none, as a file by hand may say."""
    number = int(record)
    if not 0 <= number < 1 << 63:
        raise ValueError("a number in it is negative or huge")
    return number


def _moment(record: Any) -> float:
    """Unix seconds; ValueError for NaN and infinity, which `json` lets pass."""
    time_s = float(record)
    if not math.isfinite(time_s):
        raise ValueError("a time in it is no number")
    return time_s


_CASTS: dict[str, Any] = {
    "count": _number,
    "number": _number,
    "failed": _number,
    "tries": _number,
    "time_s": _moment,
    "first_s": _moment,
    "last_s": _moment,
    "closed": bool,
    "versions": _texts,
    "skipped": _texts,
}


def _facts(kind: type[_Fact], record: dict[str, Any]) -> dict[str, _Fact]:
    """Facts by key, every field of its type; texts may be None where nothing is known."""
    facts: dict[str, _Fact] = {}
    for key, fact in record.items():
        fields: dict[str, Any] = {
            name: _CASTS[name](value) if name in _CASTS else value and str(value)
            for name, value in fact.items()
        }
        facts[str(key)] = kind(**fields)
    return facts


def _text(folder: pathlib.Path) -> str:
    """The first `MAX_TEXT` characters of the trace, however large the file is."""
    path = folder / "trace.txt"
    with contextlib.suppress(FileNotFoundError):
        _size_bytes(path)
        with path.open("rb") as stream:
            return stream.read(4 * MAX_TEXT).decode("utf-8", "backslashreplace")[:MAX_TEXT]
    return ""


def _size_bytes(path: pathlib.Path) -> int:
    """The file's size; ValueError for a pipe or device, whose reading might never end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is no plain file")
    return status.st_size


def _input(folder: pathlib.Path, sha256: str, size_bytes: int) -> bytes:
    """The input that `crash.json` means, also when the last update was cut short."""
    for name in ("input", "input.next"):
        path = folder / name
        with contextlib.suppress(FileNotFoundError):
            if _size_bytes(path) != size_bytes:
                continue  # however large it is, it is another one
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
    raise ValueError(f"the file `input` beside it is missing or not the one of sha256 {sha256}")
