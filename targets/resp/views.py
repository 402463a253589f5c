"""Frames made comparable between implementations whose values tell fewer things apart."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from targets.resp.frames import (
    Attribute,
    BigNumber,
    Boolean,
    Bulk,
    BulkError,
    Double,
    Error,
    Frame,
    Integer,
    Map,
    Null,
    Simple,
    Verbatim,
    children,
)

GROUPS: Final = {
    "simple as bulk": ("simple", "bulk"),
    "verbatim as bulk": ("verbatim", "bulk"),
    "big number as integer": ("big", "integer"),
    "big number as bulk": ("big", "bulk"),
    "set as array": ("set", "array"),
    "push as array": ("push", "array"),
    "bulk error as error": ("bulkerror", "error"),
    "error without text": (),
    "map as dictionary": (),
}
"""Merge → the two kinds of frame that it makes one; those without are a matter of the value."""

MAX_DIGITS: Final = 4300
"""Python makes no integer of more."""

Item = tuple[str, object]


@functools.cache
def groups(merges: frozenset[str]) -> dict[str, str]:
    """Kind → the kind that stands for its group, under all `merges` together."""
    leader: dict[str, str] = {}

    def find(kind: str) -> str:
        while kind in leader:
            kind = leader[kind]
        return kind

    for merge in sorted(merges):
        pair = GROUPS[merge]
        if pair and find(pair[0]) != find(pair[1]):
            leader[find(pair[0])] = find(pair[1])
    return {kind: find(kind) for pair in GROUPS.values() for kind in pair}


def view(frames: Iterable[Frame], merges: frozenset[str] = frozenset()) -> list[Item]:
    """`frames` as one flat list, equal where the values are; at any depth without recursion."""
    names = groups(merges)
    silent = "error without text" in merges
    dictionaries = "map as dictionary" in merges
    items: list[Item] = []
    waiting = list(frames)
    waiting.reverse()
    while waiting:
        frame = waiting.pop()
        if dictionaries and isinstance(frame, Map):
            frame = _dictionary(frame, merges)
        inside = children(frame)
        if inside:
            waiting.extend(reversed(tuple(inside)))
        items.append(_item(frame, names, silent))
    return items


def _dictionary(frame: Map, merges: frozenset[str]) -> Map:
    """What a dictionary of Python keeps: the first of equal keys, with the last of their values."""
    kept: dict[object, tuple[Frame, Frame]] = {}
    for key, value in frame.pairs:
        hashed = _key(key, merges)
        kept[hashed] = (kept[hashed][0] if hashed in kept else key, value)
    return Map(tuple(kept.values()))


def _key(frame: Frame, merges: frozenset[str]) -> object:
    """Equal where the keys are; errors are objects of their own."""
    match frame:
        case Bulk(data) | Verbatim(_, data):
            return data
        case Simple(text):
            return text.encode("utf-8", "surrogateescape")
        case BigNumber(digits):
            integer = "big number as integer" in merges and len(digits) <= MAX_DIGITS
            return int(digits) if integer else digits.encode()
        case Integer(value) | Double(value) | Boolean(value):
            return value
        case Null():
            return None
    return object()


def _item(frame: Frame, names: dict[str, str], silent: bool) -> Item:
    value: object
    match frame:
        case Bulk(data):
            kind, value = "bulk", data
        case Integer(number):
            kind, value = "integer", number
        case Simple(text):
            kind, value = "simple", text
        case Error(text):
            kind, value = "error", "" if silent else text
        case BulkError(text):
            kind, value = "bulkerror", "" if silent else text
        case Double(number):
            kind, value = "double", repr(number)
        case Boolean(flag):
            kind, value = "boolean", flag
        case BigNumber(digits):
            kind, value = "big", digits
        case Verbatim(form, data):
            kind, value = "verbatim", (form, data)
        case Attribute(pairs, _):
            return ("attribute", len(pairs))
        case _:
            kind, value = type(frame).__name__.lower(), len(tuple(children(frame)))
    group = names.get(kind)
    if group is None or (group == kind and list(names.values()).count(group) == 1):
        return (kind, value)
    return (group, _plain(value))


def _plain(value: object) -> object:
    """One form for values of merged kinds."""
    if isinstance(value, tuple):
        value = value[1]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
