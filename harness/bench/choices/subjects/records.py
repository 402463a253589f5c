"""Records of bytes with lengths and a sum over them; one kind of record is read wrongly."""

from __future__ import annotations

from collections.abc import Iterator


def checksum(data: bytes) -> int:
    """Fletcher's sum of 16 bits."""
    low = high = 0
    for byte in data:
        low = (low + byte) % 255
        high = (high + low) % 255
    return high << 8 | low


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of each record; ValueError where the bytes are none."""
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            raise ValueError("it ends in a header")
        kind, size = data[at], data[at + 1]
        body = data[at + 4 : at + 4 + size]
        if len(body) != size:
            raise ValueError("it ends in a body")
        if checksum(body) != int.from_bytes(data[at + 2 : at + 4], "big"):
            raise ValueError("wrong sum")
        if kind not in (1, 2, 7):
            raise ValueError("unknown kind")
        yield kind, body
        at += 4 + size


def load(data: bytes) -> list[int]:
    """The sizes of all records. IndexError, the bug: an index record after a long data record."""
    sizes: list[int] = []
    for kind, body in records(data):
        if kind == 7 and body:
            sizes.append(sizes[body[0] - 1])
        else:
            sizes.append(len(body))
    return sizes
