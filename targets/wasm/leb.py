"""LEB128 numbers: read in every legal length, written in any length that was asked for."""

from __future__ import annotations


def unsigned(value: int, size: int = 0) -> bytes:
    """`value` (0 or above) in at least `size` bytes, padded as the format allows.

    >>> unsigned(5), unsigned(5, 3)
    (b'\\x05', b'\\x85\\x80\\x00')
    """
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if value or len(out) + 1 < size:
            out.append(byte | 0x80)
        else:
            out.append(byte)
            return bytes(out)


def signed(value: int, size: int = 0) -> bytes:
    """`value` in at least `size` bytes, its sign repeated.

    >>> signed(-1), signed(-1, 2), signed(64)
    (b'\\x7f', b'\\xff\\x7f', b'\\xc0\\x00')
    """
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        done = (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40)
        if done and len(out) + 1 >= size:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)
