"""The kind of a statement as others see it: the contract's own words, and sqlparse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_KINDS: Final = {
    "read": ("SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC"),
    "begin": ("BEGIN", "START"),
    "end": ("COMMIT", "ROLLBACK"),
}
_BLANKS: Final = re.compile(r"\s+")


def by_contract(statement: bytes) -> str:
    """The contract to the letter: first word, then locks anywhere in the text."""
    folded = statement.decode("utf-8", "replace")
    words = [word for word in _BLANKS.split(folded) if word]
    if not words:
        return "write"
    kind = next((kind for kind, names in _KINDS.items() if words[0].upper() in names), "write")
    upper = folded.upper()
    if kind == "read" and ("FOR UPDATE" in upper or "FOR SHARE" in upper):
        return "write"
    return kind


def by_sqlparse() -> Callable[[bytes], str]:
    """`read` or `write` as sqlparse names the statement; empty where it makes no claim."""
    import sqlparse

    def classify(statement: bytes) -> str:
        found = sqlparse.parse(statement.decode("utf-8", "replace"))
        kind = found[0].get_type() if found else "UNKNOWN"
        if kind == "SELECT":
            return "read"
        return "write" if kind in ("INSERT", "UPDATE", "DELETE", "REPLACE") else ""

    return classify
