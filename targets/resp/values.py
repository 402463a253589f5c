"""Native values, as clients of the protocol return them, made into frames."""

from __future__ import annotations

from collections.abc import Callable

from targets.resp.frames import (
    NULL,
    Array,
    Boolean,
    Bulk,
    Double,
    Error,
    Frame,
    Integer,
    Map,
    Push,
    Set,
)


def to_frame(value: object, list_class: Callable[[object], str] | None = None) -> Frame:
    """Native values as frames, at any depth without recursion; a Set from a `set`.

    `list_class` names the frame of a list value: `array` or `push`.
    """
    done: list[Frame] = []
    waiting: list[tuple[object, int]] = [(value, -1)]
    while waiting:
        current, count = waiting.pop()
        if count >= 0:
            inside = tuple(done[len(done) - count :])
            del done[len(done) - count :]
            done.append(_container(current, inside, list_class))
        elif isinstance(current, dict):
            parts = [part for pair in current.items() for part in pair]
            waiting.append((current, len(parts)))
            waiting.extend((part, -1) for part in reversed(parts))
        elif isinstance(current, list | set | frozenset):
            parts = list(current)
            waiting.append((current, len(parts)))
            waiting.extend((part, -1) for part in reversed(parts))
        else:
            done.append(_scalar(current))
    return done[0]


def _container(
    value: object, inside: tuple[Frame, ...], list_class: Callable[[object], str] | None
) -> Frame:
    if isinstance(value, dict):
        return Map(tuple(zip(inside[0::2], inside[1::2], strict=True)))
    if isinstance(value, set | frozenset):
        return Set(inside)
    if list_class is not None and list_class(value) == "push":
        return Push(inside)
    return Array(inside)


def _scalar(value: object) -> Frame:
    match value:
        case bytes():
            return Bulk(value)
        case bool():
            return Boolean(value)
        case int():
            return Integer(value)
        case float():
            return Double(value)
        case None:
            return NULL
        case str():
            return Bulk(value.encode("utf-8", "surrogateescape"))
        case Exception():
            return Error(str(value))
    raise TypeError(f"the adapter knows no frame for a value of type {type(value).__name__}")
