"""Splits a stream into pieces that leave it readable when they are left out whole."""

from __future__ import annotations

from typing import Final

_PAYLOADS: Final = b"$!="
_MAX_DIGITS: Final = 9


def tokens(data: bytes) -> list[bytes]:
    """The pieces of `data`, in order: headers of aggregates, values with their payloads, the rest.

    They join to `data`, whatever it is. A payload ends where its length says, or with `data`.

    >>> tokens(b"*2\\r\\n$3\\r\\nGET\\r\\n:1\\r\\nrest")
    [b'*2\\r\\n', b'$3\\r\\nGET\\r\\n', b':1\\r\\n', b'rest']
    """
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        end = data.find(b"\r\n", at) + 2
        if end == 1:
            end = len(data)
        elif data[at] in _PAYLOADS:
            digits = data[at + 1 : end - 2]
            if digits.isdigit() and len(digits) <= _MAX_DIGITS:
                end += int(digits) + 2
        pieces.append(data[at:end])
        at = end
    return pieces
