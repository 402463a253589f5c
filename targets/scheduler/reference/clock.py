"""A clock that stands still until it is told to move, forward or back."""

from __future__ import annotations


class VirtualClock:
    """Calling it gives the time, in whole seconds since 1970 in UTC."""

    def __init__(self, now_s: int) -> None:
        self.now_s = now_s

    def __call__(self) -> int:
        """What it shows."""
        return self.now_s

    def move(self, seconds: int) -> None:
        """Seconds later, or with a negative number earlier."""
        self.now_s += seconds
