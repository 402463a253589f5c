"""What the operating system enforces on a child: memory, core files, death of the parent."""

from __future__ import annotations

import ctypes
import os
import pathlib
import resource
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to kill this process when the supervisor dies, and notice if it already did."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # A supervisor that died even before is noticed at the first message. Process 1 is no sign of
    # it: in a container the supervisor is process 1.
    if os.getppid() != parent:
        os._exit(0)


def no_core_file() -> None:
    """A native death is expected; its core file is not."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory(more_mib: int) -> None:
    """Bound the address space to what is mapped now and `more_mib` MiB; beyond: MemoryError."""
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + more_mib * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)  # only root may raise it
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
