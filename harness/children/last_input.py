"""The input being executed, in a memory-mapped file: it outlives any death of the process.

Layout: 8 bytes length (little endian), then the input. The child writes before each execution,
the supervisor reads after the child died.
"""

from __future__ import annotations

import mmap
import pathlib

HEADER_BYTES = 8
NAME = "last-input"


def create(folder: pathlib.Path, capacity_bytes: int) -> mmap.mmap:
    """A shared mapping of a new file that holds one input of up to `capacity_bytes`."""
    with (folder / NAME).open("w+b") as file:
        file.truncate(HEADER_BYTES + capacity_bytes)
        return mmap.mmap(file.fileno(), HEADER_BYTES + capacity_bytes)


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
