"""Which planted bug an input shows, whatever any fingerprint says: every side is judged by this."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable

from harness.children import limits
from targets.kinds import Fuzz
from targets.registry import load
from triage.bench.minimize_planted import CHECKS, plant

PACKAGE = "triage.bench.minimize_planted"
NAMES = tuple(CHECKS)


def reader(name: str) -> Callable[[bytes, object], object]:
    """The reader that the planted crash `name` is in."""
    found: Callable[[bytes, object], object] = load(CHECKS[name].check)
    return found


def shows(name: str, data: bytes) -> str | None:
    """The bug that `data` shows in a fork of this process; None: the reader reads it."""
    check, read = CHECKS[name], reader(name)
    read_fd, write_fd = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_fd)
        _execute(check, read, data, write_fd)
    os.close(write_fd)
    try:
        with os.fdopen(read_fd, "rb") as pipe:
            told = pipe.read().decode("ascii").splitlines()
    finally:
        _, status = os.waitpid(pid, 0)
    return told[-1] if told and status else None


def _execute(check: Fuzz, read: Callable[[bytes, object], object], data: bytes, fd: int) -> None:
    code = 1
    try:
        faulthandler.disable()  # nobody reads how it died
        plant.log_to(fd)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, check.timeout_s)
        limits.no_core_file()
        limits.limit_memory(check.memory_mib)
        read(data, None)
        code = 0
    finally:
        os._exit(code)
