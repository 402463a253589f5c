"""The input being executed, in a memory-mapped file: it outlives any death of the process.

Layout: 8 bytes length, 8 bytes executions that began (both little endian), room for the longest
input. The child writes all of it before each execution; the supervisor reads after the child died.
"""

from __future__ import annotations

import mmap
import pathlib

COUNT_AT = 8
HEADER_BYTES = 16
NAME = "last-input"


def create(folder: pathlib.Path, capacity_bytes: int) -> mmap.mmap:
    """A shared mapping of a new file that holds one input of up to `capacity_bytes`."""
    with (folder / NAME).open("w+b") as file:
        size_bytes = HEADER_BYTES + capacity_bytes
        file.truncate(size_bytes)
        return mmap.mmap(file.fileno(), size_bytes)


def read(folder: pathlib.Path) -> bytes | None:
    """The last input; None when no execution ever began."""
    try:
        stored = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return None
    size = int.from_bytes(stored[:COUNT_AT], "little")
    if size == 0 or size > len(stored) - HEADER_BYTES + 1:
        return None
    # The length is stored plus one, so that an empty input differs from no input.
    return stored[HEADER_BYTES : HEADER_BYTES + size - 1]


def executions(folder: pathlib.Path) -> int:
    """How many executions began; 0 when none ever did."""
    try:
        with (folder / NAME).open("rb") as file:
            file.seek(COUNT_AT)
            return int.from_bytes(file.read(HEADER_BYTES - COUNT_AT), "little")
    except OSError:
        return 0
