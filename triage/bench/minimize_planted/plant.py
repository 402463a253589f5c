"""How planted bugs say that they are about to show, whatever then becomes of the process.

The name goes to `reached` for who runs the reader in the same process, and to a file for who runs
it in another one. It is the truth that fingerprints are judged by.
"""

from __future__ import annotations

import os

reached: list[str] = []
"""The last planted bug that showed in this process, if any did."""

_log_fds: list[int] = []


def log_to(fd: int) -> None:
    """Write the name of every bug that shows to `fd`, one a line."""
    _log_fds[:] = [fd]


def plant(name: str) -> None:
    """Say that the bug `name` shows."""
    reached[:] = [name]
    for fd in _log_fds:
        os.write(fd, f"{name}\n".encode("ascii"))


def subject() -> None:
    """The readers need no subject."""
