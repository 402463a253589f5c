"""Reads what other homes hold: crashes, journals of runs, inputs of the corpus."""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import re
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from harness import crash_folder
from harness.crash import Crash, merge
from harness.failure import MAX_TEXT
from harness.home import Home, write_atomic
from harness.journal import NAME as JOURNAL
from triage.importing.entry import Entry, Refused, RefusedError
from triage.importing.names import CRASH_FILES, CRASH_FOLDER

MAX_EXPORT_BYTES = 32 << 20
"""A larger export is refused: a home, or a zip of it, is read crash by crash."""
TRACE_BYTES = 4 * MAX_TEXT
"""As much of a trace as a crash keeps."""
ATTEMPTS = 3
"""A crash that changes while it is read is read again so often."""


def crash(files: Mapping[str, Entry], label: str, scratch: pathlib.Path) -> Crash | Refused:
    """The crash in a folder of another home, given its files by name; its links not followed."""
    problem: Crash | Refused = Refused(label, "no crash")
    for _ in range(ATTEMPTS):
        try:
            content = {name: _content(name, files[name]) for name in CRASH_FILES if name in files}
        except RefusedError as error:
            problem = Refused(label, str(error))
        else:
            problem = _read(content, _folder_name(files, content), label, scratch)
        if isinstance(problem, Crash):
            break
    return problem


def _content(name: str, entry: Entry) -> bytes:
    try:
        if name == "crash.json":
            return entry.content(crash_folder.MAX_JSON_BYTES)
        return entry.content(TRACE_BYTES, cut=True) if name == "trace.txt" else entry.content()
    except RefusedError as error:
        if name in ("crash.json", "input"):
            raise RefusedError(f"{name}: {error}") from error
        return b""  # a crash is one without its trace; `input.next` may have become `input`


def _folder_name(files: Mapping[str, Entry], content: Mapping[str, bytes]) -> str:
    """The id by which the crash was kept, also when its folder was given another name."""
    for entry in files.values():
        name = entry.name.rpartition("/")[0].rpartition("/")[2]
        if CRASH_FOLDER.fullmatch(name):
            return name
    found = re.search(rb'"id": ?"(crash-[0-9a-f]{12})"', content.get("crash.json", b""))
    return found[1].decode("ascii") if found else "crash-000000000000"


def _read(
    content: Mapping[str, bytes], name: str, label: str, scratch: pathlib.Path
) -> Crash | Refused:
    """The crash that these files would be in a folder of that name."""
    folder = scratch / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, data in content.items():
        (folder / file).write_bytes(data)
    try:
        found = crash_folder.read(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if isinstance(found, Crash):
        return merge(found, found)  # every list in its order, whoever wrote it
    return Refused(label, found.reason if found else "it went away")


def exported(entry: Entry, scratch: pathlib.Path) -> Iterator[Crash | Refused] | None:
    """The crashes in a file of `triage export --format json`; None when it is something else."""
    try:
        record = json.loads(entry.content(MAX_EXPORT_BYTES))
    except (RefusedError, ValueError, RecursionError) as error:
        looks_so = b'"crashes"' in _beginning(entry)
        return iter([Refused(entry.label, _reason(error))]) if looks_so else None
    if not isinstance(record, dict) or "format" not in record or "crashes" not in record:
        return None
    crashes = record["crashes"]
    if record["format"] != 1 or not isinstance(crashes, list):
        return iter([Refused(entry.label, "an export of a form that this version does not know")])
    return (
        _of_record(item, f"{entry.label}, crash {number}", scratch)
        for number, item in enumerate(crashes, 1)
    )


def _of_record(record: Any, label: str, scratch: pathlib.Path) -> Crash | Refused:
    try:
        facts = dict(record)
        data = base64.b64decode(facts.pop("input"), validate=True)
        trace = str(facts.pop("trace")).encode("utf-8", "backslashreplace")
        name = str(facts["id"])
        if not CRASH_FOLDER.fullmatch(name):
            raise ValueError("its id is none")
        text = json.dumps(facts).encode("ascii")
    except KeyError as error:
        return Refused(label, f"it lacks {error}")
    except (ValueError, TypeError, RecursionError) as error:
        return Refused(label, _reason(error))
    content = {"crash.json": text, "input": data, "trace.txt": trace}
    return _read(content, name, label, scratch)


def _beginning(entry: Entry) -> bytes:
    try:
        return entry.content(1 << 16, cut=True)
    except RefusedError:
        return b""


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error) if isinstance(error, RefusedError) else f"{type(error).__name__}: {error}"


def keep_journal(home: Home, run: str, entry: Entry) -> bool | Refused:
    """Store a run's journal unless it is known; whether it was new. One that grew is replaced."""
    path = home.run(run) / JOURNAL
    try:
        text = entry.content()
        known = path.read_bytes() if path.exists() else b""
    except RefusedError as error:
        return Refused(entry.label, str(error))
    if text.startswith(known) and len(text) > len(known):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text)
        return True
    if known.startswith(text):
        return False
    return Refused(entry.label, f"it is another journal of run {run} than the one that is kept")


def keep_input(home: Home, kept: tuple[str, str, str, Entry]) -> bool | Refused:
    """Store an input of a corpus unless it is known; whether it was new."""
    target, check, sha256, entry = kept
    path = home.corpus(target, check) / sha256
    if path.exists():
        return False
    try:
        data = entry.content()
    except RefusedError as error:
        return Refused(entry.label, str(error))
    if hashlib.sha256(data).hexdigest() != sha256:
        return Refused(entry.label, "its content does not fit its name")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data, durable=False)
    return True
