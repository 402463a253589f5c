"""Splits a request into pieces that leave it readable when they are left out whole."""

from __future__ import annotations

import re
from typing import Final

_PIECE: Final = re.compile(rb"\n[^\n]*|[A-Z]+ |%[0-9A-Fa-f]{2}|/|\?[^\n]*|[^/%\n?]+|[%?]")


def tokens(data: bytes) -> list[bytes]:
    """Method, segments, separators, escapes, query and header lines; they join to `data`.

    >>> tokens(b"HEAD /static/%2e./x?y\\nRange: z")
    [b'HEAD ', b'/', b'static', b'/', b'%2e', b'.', b'/', b'x', b'?y', b'\\nRange: z']
    """
    return _PIECE.findall(data)
