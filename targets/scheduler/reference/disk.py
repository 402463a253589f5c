"""The few things that a job file needs of a disk, and a folder that does them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final, Protocol

from targets.scheduler.reference.errors import Busy

_LOCK: Final = "jobs.lock"
_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.002


class Disk(Protocol):
    """Files by name. A method that cannot do its work raises OSError."""

    def read(self, name: str) -> bytes | None:
        """What the file holds; None: it is not there."""

    def write(self, name: str, data: bytes) -> None:
        """The file holds this and nothing else; a crash may leave any part of it."""

    def sync(self, name: str) -> None:
        """What was written to the file survives from now on."""

    def rename(self, name: str, to: str) -> None:
        """The file has another name, and what had that name is gone: all at once."""

    def sync_names(self) -> None:
        """Renames survive from now on."""

    def locked(self) -> AbstractContextManager[None]:
        """Within the context nobody else is; Busy: somebody stays in it. Death ends it, too."""


class Folder:
    """A disk that is a folder, which is made if it is not there."""

    def __init__(self, path: pathlib.Path, clock: Callable[[], float] = time.monotonic) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._clock = clock

    def read(self, name: str) -> bytes | None:
        """What the file holds; None: it is not there."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """The file holds this and nothing else; a crash may leave any part of it."""
        (self._path / name).write_bytes(data)

    def sync(self, name: str) -> None:
        """What was written to the file survives from now on."""
        _synced(self._path / name)

    def rename(self, name: str, to: str) -> None:
        """The file has another name, and what had that name is gone: all at once."""
        (self._path / name).replace(self._path / to)

    def sync_names(self) -> None:
        """Renames survive from now on."""
        _synced(self._path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Within the context no other process is, nor another object of this one."""
        with (self._path / _LOCK).open("wb") as file:
            deadline = self._clock() + _PATIENCE_S
            while not _taken(file.fileno()):
                if self._clock() > deadline:
                    raise Busy(f"another process held the store for {_PATIENCE_S} s")
                time.sleep(_PAUSE_S)
            yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _synced(path: pathlib.Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
