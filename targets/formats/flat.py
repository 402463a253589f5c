"""Values made comparable: one flat tuple of items, at any depth and with cycles.

Python's own `==` takes 1, 1.0 and True for equal, says that NaN differs from itself, and recurses.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import ipaddress
import math
import re
import struct
import uuid
from collections.abc import Callable, Mapping, Sequence
from email.message import Message

Item = tuple[str, object]
Parts = tuple[Item, Sequence[object]]
"""A container: what it is, and what is inside, in order."""
_TOO_LONG = "…"
_END = object()
_LEAVES = (int, str, bytes, float, type(None))


class Text(str):
    """Items as text, to sort them by. Inside the text of others it is not escaped once more, which
    would double its backslashes at each level."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{self}>"


def flat(
    value: object, special: Callable[[object], Parts | None] | None = None
) -> tuple[Item, ...]:
    """`value` as items, equal where two values are the same to the last bit.

    `special` takes values of classes that are not known here apart; None: it does not know either.
    A container inside itself becomes `("cycle", levels up)`.
    """
    items: list[Item] = []
    waiting: list[object] = [value]
    path: list[int] = []
    inside: dict[int, int] = {}
    while waiting:
        current = waiting.pop()
        if current is _END:
            del inside[path.pop()]
            continue
        parts = (special(current) if special is not None else None) or _parts(current)
        if parts is None:
            items.append(leaf(current))
            continue
        head, children = parts
        if id(current) in inside:
            items.append(("cycle", len(path) - inside[id(current)]))
            continue
        items.append(head)
        if children:
            inside[id(current)] = len(path)
            path.append(id(current))
            waiting.append(_END)
            waiting.extend(reversed(children))
    return tuple(items)


def _parts(value: object) -> Parts | None:
    if isinstance(value, list | tuple):
        return ("array", len(value)), value
    if isinstance(value, _LEAVES):  # before the question to Mapping, which is slow
        return None
    if isinstance(value, Mapping):
        return ("map", len(value)), [part for pair in value.items() for part in pair]
    if isinstance(value, set | frozenset):
        return ("set", tuple(sorted(Text(repr(flat(member))) for member in value))), ()
    return None


def leaf(value: object) -> Item:
    """One value that holds no others; of an unknown class its name and text."""
    match value:
        case None | bool():
            return ("constant", value)
        case int():
            return ("integer", int(value))
        case float():
            return ("float", "nan" if math.isnan(value) else struct.pack(">d", value))
        case str():
            return ("text", str(value))
        case bytes() | bytearray() | memoryview():
            return ("bytes", bytes(value))
        case datetime.datetime():
            return ("datetime", (value.replace(tzinfo=None, fold=0), value.utcoffset()))
        case datetime.date() | datetime.time() | datetime.timedelta() | uuid.UUID():
            return (type(value).__name__.lower(), value)
        case decimal.Decimal():
            return ("decimal", "nan" if value.is_nan() else value.as_tuple())
        case fractions.Fraction() | complex():
            return (type(value).__name__.lower(), repr(value))
        case re.Pattern():
            return ("pattern", value.pattern)
        case Message():
            return ("mime", value.as_string())
        case (
            ipaddress.IPv4Address()
            | ipaddress.IPv6Address()
            | ipaddress.IPv4Network()
            | ipaddress.IPv6Network()
            | ipaddress.IPv4Interface()
            | ipaddress.IPv6Interface()
        ):
            return ("address", value)
    return (type(value).__name__, str(value))


def difference(left: object, right: object) -> tuple[str, str] | None:
    """Of two normal forms: the kinds of the first items that differ, and details; None: equal."""
    if left == right:
        return None
    if not (isinstance(left, tuple) and isinstance(right, tuple)):
        return f"{type(left).__name__} for {type(right).__name__}", f"{brief(left)}, {brief(right)}"
    at = 0
    while at < min(len(left), len(right)) and left[at] == right[at]:
        at += 1
    return (
        f"{_kind(left, at)} for {_kind(right, at)}",
        f"{brief(left[at : at + 3])} for {brief(right[at : at + 3])}",
    )


def _kind(items: tuple[object, ...], at: int) -> str:
    item = items[at] if at < len(items) else None
    if item is None:
        return "the end"
    return str(item[0]) if isinstance(item, tuple) and item else "item"


def brief(value: object) -> str:
    """The beginning of its text, for the detail of a violation."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of too many digits, a list too deep
        return f"<{type(value).__name__}>"
    return text if len(text) <= 200 else text[:200] + _TOO_LONG
