"""What is odd about a word that is not what it must be, in few words."""

from __future__ import annotations

import re
from typing import Final

_KINDS: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("empty", re.compile(rb"\Z")),
    ("NUL", re.compile(rb".*\0", re.DOTALL)),
    ("a line end", re.compile(rb".*[\r\n]", re.DOTALL)),
    ("a control character", re.compile(rb".*[\x01-\x08\x0b-\x1f\x7f]", re.DOTALL)),
    ("a byte above 127", re.compile(rb".*[\x80-\xff]", re.DOTALL)),
    ("a blank before", re.compile(rb"[ \t]")),
    ("a blank behind", re.compile(rb".*[ \t]\Z", re.DOTALL)),
    ("a blank", re.compile(rb".*[ \t]", re.DOTALL)),
    ("a sign", re.compile(rb"[+-]")),
    ("a prefix", re.compile(rb"0[xXoObB]")),
    ("an underscore", re.compile(rb"[0-9A-Fa-f_.]*_")),
)


def oddness(word: bytes) -> str:
    """The first of the kinds that fits; empty: another character that may not be there."""
    return next((name for name, pattern in _KINDS if pattern.match(word)), "")
