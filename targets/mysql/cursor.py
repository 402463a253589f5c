"""A place in a payload, from which the second reading of the protocol takes what comes next."""

from __future__ import annotations


class Malformed(Exception):
    """These bytes are no packet of the kind that must come here."""


class Cursor:
    """A place in a payload."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, size: int) -> bytes:
        """Exactly so many bytes."""
        if size > len(self.data) - self.at:
            raise Malformed("the payload ends early")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        """An unsigned number, little-endian."""
        return int.from_bytes(self.take(size), "little")

    def counted(self) -> int:
        """A length-encoded number that is not NULL."""
        first = self.number(1)
        if first < 0xFB:
            return first
        width = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
        if width is None:
            raise Malformed("no length starts like this")
        return self.number(width)

    def string(self) -> bytes:
        """A length-encoded string."""
        return self.take(self.counted())

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self.data) - self.at)

    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.data)

    def end(self) -> None:
        """Malformed if something is left."""
        if not self.done():
            raise Malformed("bytes are left over")
