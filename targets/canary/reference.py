"""A bird that sings any bytes, but for three of them."""

from __future__ import annotations

MINIMAL_INPUTS = {"exception": b"EX", "hang": b"HA", "memory": b"ME"}
"""The smallest input of each way to fail; any longer input with this prefix fails the same way."""


class Canary:
    """Sings: returns how many notes it was given."""

    def sing(self, song: bytes) -> int:
        """Count the notes; fails by `LookupError`, by never ending, or by hoarding memory."""
        if song[:1] == b"E" and song[1:2] == b"X":
            raise LookupError("the canary lost its place")
        if song[:1] == b"H" and song[1:2] == b"A":
            self._hold_a_note()
        if song[:1] == b"M" and song[1:2] == b"E":
            self._take_a_breath()
        return len(song)

    def _hold_a_note(self) -> None:
        held = 0
        while held >= 0:
            held += 1

    def _take_a_breath(self) -> None:
        lungs = []
        while True:
            lungs.append(bytearray(1 << 20))
