"""Settings that are only reached one within the other."""

from __future__ import annotations


def open_valve(key: int, pressure: int, turns: int, seal: int) -> None:
    """AssertionError for the one combination of which each number depends on the one before."""
    if key != 90_210:
        return
    if pressure - 3 * key != 17:
        return
    if not key < turns < key + 50:
        return
    if turns % 7 == 3:
        assert seal != pressure ^ 0x5EA1, "the valve opened"
