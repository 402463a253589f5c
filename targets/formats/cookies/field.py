"""How an input holds a field, and what it says as plain data."""

from __future__ import annotations

Items = tuple[tuple[str, object], ...]
"""What a field says, in order: what each item is, and its value."""


def split(data: bytes) -> tuple[str, str]:
    """Name in lower case, and value; each byte a character, as WSGI gives them."""
    name, _, value = data.partition(b":")
    return name.strip(b" ").lower().decode("latin-1"), value.strip(b" ").decode("latin-1")


def pairs(kind: str, found: list[tuple[str, str]]) -> Items:
    """Items of named values."""
    return tuple(
        item for name, text in found for item in ((kind, name), (f"value of a {kind}", text))
    )
