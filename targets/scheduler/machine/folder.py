"""The check `folder`: a folder does what the disk in memory does, and its lock keeps others out."""

from __future__ import annotations

import itertools
import pathlib
import tempfile
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from targets.oracles import Violation
from targets.scheduler.implementation import Cron
from targets.scheduler.machine.disk import MemoryDisk
from targets.scheduler.reference.disk import Disk, Folder
from targets.scheduler.reference.errors import Busy
from targets.scheduler.reference.store import COPIES

Step = tuple[str, str, str, bytes]
"""What is done, two names, and what is written."""
_NAMES: Final = (*COPIES, COPIES[0] + ".new")
_DEEDS: Final = ("write", "read", "rename", "sync", "sync names", "lock", "write")
_LATER_S: Final = 60
"""Longer than anybody waits for a lock."""
_STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(_DEEDS),
        st.sampled_from(_NAMES),
        st.sampled_from(_NAMES),
        st.binary(max_size=20),
    ),
    max_size=12,
)


def strategy() -> SearchStrategy[list[Step]]:
    """Some steps in a row."""
    return _STEPS


def check(steps: list[Step], _subject: Cron) -> None:
    """Each step gives what it gives in memory; another object sees what the first one did."""
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "jobs"
        folder, memory = Folder(path), MemoryDisk()
        # Whoever looks at this clock twice has waited in vain.
        other = Folder(path, itertools.count(0, _LATER_S).__next__)
        for step in steps:
            found, expected = _done(folder, step), _done(memory, step)
            if found != expected:
                raise Violation(f"folder: {step[0]} is wrong", f"{found}, not {expected}: {steps}")
            if step[0] == "lock":
                _keeps_out(folder, other, steps)
        for file in _NAMES:
            if other.read(file) != memory.file(file):
                raise Violation("folder: a file is not what it was made", f"{file}: {steps}")


def _done(disk: Disk, step: Step) -> object:
    """What a step gives, or the name of its error."""
    deed, name, to, data = step
    try:
        match deed:
            case "write":
                disk.write(name, data)
            case "read":
                return disk.read(name)
            case "rename" if name != to:
                disk.rename(name, to)
            case "sync":
                disk.sync(name)
            case "sync names":
                disk.sync_names()
    except FileNotFoundError:
        return "no such file"
    return None


def _keeps_out(folder: Folder, other: Folder, steps: list[Step]) -> None:
    """One holder at a time; then the lock is free again, also behind an error."""
    for fails in (False, True):
        try:
            with folder.locked():
                if _can_lock(other):
                    raise Violation("folder: two hold the lock", f"{steps}")
                if fails:
                    raise KeyError
        except KeyError:
            pass
        if not _can_lock(other):
            raise Violation("folder: the lock stays held", f"{steps}")


def _can_lock(folder: Folder) -> bool:
    try:
        with folder.locked():
            return True
    except Busy:
        return False
