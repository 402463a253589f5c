"""One file of what is imported, wherever it came from, and the caps on all of them together."""

from __future__ import annotations

import dataclasses
import errno
import os
import pathlib
import stat

FILE_BYTES = 64 << 20
"""A larger file is refused."""
ENTRIES = 200_000
"""Entries of archives that are looked at in one import."""
LINK = "a link, which is not followed"
"""Why a link is refused."""
NAME_LETTERS = 200
"""Letters of a name that a message repeats."""


class RefusedError(Exception):
    """Why one file cannot be taken; the rest can."""


class FullError(Exception):
    """A cap is reached: nothing more is unpacked."""


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """Something that was not imported, and why, for a line of its own."""

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{shortened(self.what)}: {self.reason}"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A file: `name` is what it is called in its source, `path` where its bytes are.

    A name from an archive never becomes a path: unpacked files have numbers for names.
    """

    name: str
    path: pathlib.Path
    label: str
    """What a person knows it by: `artifact.zip:crashes/crash-12ab/input`."""
    time_s: float
    """When it was written, Unix seconds."""

    def content(self, limit: int = FILE_BYTES, *, cut: bool = False) -> bytes:
        """Its bytes; RefusedError when there are more than `limit` (with `cut`: those), or for
        what is no plain file (a link is not followed, a pipe not waited for)."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(self.path, flags), "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise RefusedError("not a plain file")
                if status.st_size > limit and not cut:
                    raise RefusedError(too_big(limit))
                return file.read(limit)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise RefusedError(LINK) from error
            raise RefusedError(error.strerror or type(error).__name__) from error


class Budget:
    """What may still be unpacked: bytes and entries, over all archives of one import."""

    def __init__(self, total_bytes: int, entries: int = ENTRIES) -> None:
        self.total_bytes = total_bytes
        self._bytes = total_bytes
        self._entries = entries
        self.spent = 0

    def enter(self) -> None:
        """Take one entry; FullError when there were too many."""
        self._entries -= 1
        if self._entries < 0:
            raise FullError(f"more than {ENTRIES} entries: the rest is not read")

    def spend(self, size_bytes: int) -> None:
        """Take so many unpacked bytes; FullError when that is too much."""
        self._bytes -= size_bytes
        self.spent += size_bytes
        if self._bytes < 0:
            raise FullError(
                f"unpacked it has more than {self.total_bytes >> 20} MiB: the rest is not read; "
                "--max-mib N allows more"
            )


def too_big(limit: int) -> str:
    """What to say of a file above the limit, in bytes."""
    return f"more than {limit >> 20} MiB in one file"


def shortened(name: str) -> str:
    """The name with its middle left out when it is very long."""
    half = NAME_LETTERS // 2
    return name if len(name) <= NAME_LETTERS else f"{name[:half]}…{name[-half:]}"
