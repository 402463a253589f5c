"""Failures in files: tracebacks and native stacks at the end of logs of any size."""

from __future__ import annotations

import os
import pathlib

from harness.failure import Failure
from triage.traceback_text import read

MAX_BYTES = 8 * 1024 * 1024
"""Bytes read of one file: its end, where the last failure is."""


def failure_in(file: pathlib.Path) -> Failure | None:
    """The last complete failure in a file, whatever else is in it; None without one. OSError."""
    return read(end(file))


def end(file: pathlib.Path) -> str:
    """The last `MAX_BYTES` of a file as text, whatever is in it; of a pipe, the first."""
    with file.open("rb") as stream:
        if stream.seekable():
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(size - MAX_BYTES, 0))
        data = stream.read(MAX_BYTES)
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
