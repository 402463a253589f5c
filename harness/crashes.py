"""The crash store: one folder per crash, kept by many processes, merged without coordination."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import fcntl
import os
import pathlib
import re
import shutil
import time
from collections.abc import Callable, Iterator

from harness import rulings
from harness.crash import STATES, Crash, Example, Seen, Sighting, Trial, merge, of, to_json, tried
from harness.crash_folder import Problem, create, read, set_aside, update
from harness.fingerprint import VERSION
from harness.home import Home, write_atomic
from harness.rulings import Rulings
from targets.errors import FarmError

__all__ = [
    "STATES",
    "Crash",
    "Example",
    "Problem",
    "Seen",
    "Sighting",
    "Trial",
    "absorb",
    "change",
    "crashes",
    "load",
    "merge",
    "of",
    "record",
    "to_json",
    "tried",
]

LOCK_TIMEOUT_S = 30.0
"""How long another process may hold the store."""


def record(home: Home, sighting: Sighting, decided: Rulings = rulings.NONE) -> tuple[Crash, bool]:
    """Store a sighting; returns the crash as now known, and whether it was unknown before.

    Safe beside other processes. A folder that cannot be read is moved to `set-aside/`, whole.
    """
    latest = decided.ruled(of(sighting))
    with _locked(home):
        _bring_up_to_date(home)
        known = read(home.crash(latest.id))
        ((run, ours),) = latest.runs.items()
        if isinstance(known, Crash) and (seen := known.runs.get(run)) is not None:
            total = dataclasses.replace(ours, count=seen.count + sighting.count)
            latest = dataclasses.replace(latest, runs={run: total})
        return _joined(home, latest), known is None


def absorb(home: Home, crash: Crash) -> tuple[Crash, bool]:
    """Store a crash of another home; returns it as now known, and whether it was unknown before.

    In any order and any number of times the result is the same.
    """
    with _locked(home):
        _bring_up_to_date(home)
        known = read(home.crash(crash.id))
        return _joined(home, crash), known is None


def change(home: Home, crash: str, how: Callable[[Crash], Crash]) -> Crash:
    """Change a stored crash while nobody else does; returns it as now known.

    `how` adds facts; when it changes the id, what is known under the new one is merged in.
    FarmError when the crash is not stored or cannot be read.
    """
    with _locked(home):
        _bring_up_to_date(home)
        known = read(home.crash(crash))
        if known is None:  # copied in by hand from an older farm's home?
            _bring_up_to_date(home, again=True)
            known = read(home.crash(crash))
        if not isinstance(known, Crash):
            raise FarmError(str(known or f"{crash} is not stored in {home.root}"))
        changed = how(known)
        if changed.id != known.id:
            return _renamed(home, known.id, changed)
        update(home, known, changed)
        return changed


def crashes(home: Home) -> Iterator[Crash | Problem]:
    """All crashes by id; what cannot be read comes as a `Problem` and stays where it is."""
    found: dict[str, Crash] = {}
    problems: list[Problem] = []
    for crash in _ids(home):
        with _locked(home, shared=True):
            one = read(home.crash(crash))
        if isinstance(one, Problem):
            problems.append(one)
        elif one is not None:  # else it was removed meanwhile
            found[one.id] = merge(found[one.id], one) if one.id in found else one
    items: list[Crash | Problem] = [*found.values(), *problems]
    yield from sorted(items, key=lambda item: item.id)


def load(home: Home, prefix: str) -> Crash:
    """The one crash whose id begins with `prefix` (`crash-12ab`, `12ab`); else FarmError.

    Ids that it had before, by an older fingerprint or before it was merged, name it too.
    """
    digits = prefix.strip().lower().removeprefix("crash-")
    start = f"crash-{digits}"
    known = _ids(home)
    found = [crash for crash in known if crash.startswith(start)] if digits else []
    if len(found) == 1 or start in found:
        with _locked(home, shared=True):
            only = read(home.crash(start if start in found else found[0]))
        if isinstance(only, Problem):
            raise FarmError(str(only))
        if only is not None and only.id in found:
            return only
    named = {
        crash.id: crash
        for crash in crashes(home)
        if isinstance(crash, Crash)
        and digits
        and any(name.startswith(start) for name in (crash.id, *crash.aliases))
    }
    if len(named) == 1 or start in named:
        return named[start] if start in named else next(iter(named.values()))
    if not named:
        raise FarmError(f"no crash {prefix!r} in {home.root}: {_nearest(digits, known)}")
    ids = sorted(named)
    shown = ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
    raise FarmError(f"{prefix!r} could be any of {shown}; write more digits")


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


# With the lock held


def _joined(home: Home, crash: Crash) -> Crash:
    """Add a crash to what is known of it."""
    known = read(home.crash(crash.id))
    if isinstance(known, Problem):
        set_aside(home, known)
    if not isinstance(known, Crash):
        create(home, crash)
        return crash
    merged = merge(known, crash)
    update(home, known, merged)
    return merged


def _renamed(home: Home, before: str, crash: Crash) -> Crash:
    """Move a crash to its new id, and to what is known under that; if cut short, both are there."""
    old, new = home.crash(before), home.crash(crash.id)
    merged = _joined(home, crash)
    for path in old.iterdir():
        if not (new / path.name).exists():
            path.rename(new / path.name)
    shutil.rmtree(old)
    return merged


def _bring_up_to_date(home: Home, *, again: bool = False) -> None:
    """Give crashes that an older farm named the ids of today, once."""
    mark = home.crashes / ".fingerprint-version"
    with contextlib.suppress(FileNotFoundError):
        if not again and mark.read_bytes() == str(VERSION).encode():
            return
    for crash in _ids(home):
        known = read(home.crash(crash))
        if isinstance(known, Crash) and known.id != crash:
            _renamed(home, crash, known)
    write_atomic(mark, str(VERSION).encode())


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
