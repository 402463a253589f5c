"""The input being executed, in a memory-mapped file: it outlives any death of the process.

Layout: 8 bytes length (little endian), room for the longest input, 8 bytes executions so far. The
child writes length and input before each execution, the executions now and then; the supervisor
reads after the child died.
"""

from __future__ import annotations

import mmap
import pathlib

HEADER_BYTES = 8
COUNT_BYTES = 8
NAME = "last-input"


def create(folder: pathlib.Path, capacity_bytes: int) -> mmap.mmap:
    """A shared mapping of a new file that holds one input of up to `capacity_bytes`."""
    with (folder / NAME).open("w+b") as file:
        size_bytes = HEADER_BYTES + capacity_bytes + COUNT_BYTES
        file.truncate(size_bytes)
        return mmap.mmap(file.fileno(), size_bytes)


def read(folder: pathlib.Path) -> bytes | None:
    """The last input; None when no execution ever began."""
    try:
        stored = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return None
    size = int.from_bytes(stored[:HEADER_BYTES], "little")
    if size == 0 or size > len(stored) - HEADER_BYTES + 1:
        return None
    # The length is stored plus one, so that an empty input differs from no input.
    return stored[HEADER_BYTES : HEADER_BYTES + size - 1]


def note_executions(memory: mmap.mmap, executions: int) -> None:
    """Say how many executions began so far."""
    memory[-COUNT_BYTES:] = executions.to_bytes(COUNT_BYTES, "little")


def executions(folder: pathlib.Path) -> int:
    """How many executions began by the last time that the child said so; 0 when it never did."""
    try:
        with (folder / NAME).open("rb") as file:
            file.seek(-COUNT_BYTES, 2)
            return int.from_bytes(file.read(COUNT_BYTES), "little")
    except OSError:
        return 0
