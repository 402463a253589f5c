"""Planted bugs of reference subjects, switched on by name: what a check must not be blind to.

A reference asks `on("name")` where the fault sits; a process has at most one fault, planted before
its subject is made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_planted = ""


def on(name: str) -> bool:
    """Whether this fault is planted in this process. Ask once per object, not per byte."""
    return name == _planted


def plant(name: str) -> None:
    """Plant this fault for the rest of the process; the empty name removes it."""
    global _planted  # noqa: PLW0603 - the one switch of the process, like a module's constant
    _planted = name


@contextlib.contextmanager
def planted(name: str) -> Iterator[None]:
    """Within the context this fault is planted; what was planted before comes back."""
    before = _planted
    plant(name)
    try:
        yield
    finally:
        plant(before)
