"""Orders that carry a number by which they are checked."""

from __future__ import annotations

from collections.abc import Sequence


def signature(items: Sequence[int], currency: str) -> int:
    """What an order must be signed with."""
    total = 5381
    for item in items:
        total = (total * 33 + item) & 0xFFFFFFFF
    return total ^ len(currency)


def accept(items: Sequence[int], currency: str, signed: int) -> int:
    """The price; ValueError for what is refused. ZeroDivisionError: the bug."""
    if not items or signed != signature(items, currency):
        raise ValueError("not signed")
    if currency == "EUR":
        return sum(items)
    if currency == "JPY":
        return sum(items) // (len(items) - 2)
    raise ValueError("unknown currency")
