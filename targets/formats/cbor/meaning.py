"""What a decoder that interprets tags makes of the data model, where that is not in doubt."""

from __future__ import annotations

import math
from typing import Final

from targets.formats.cbor.model import Map, Simple, Tag
from targets.formats.implementation import Silent

INTERPRETED: Final = frozenset(
    (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000)
)
"""Tags whose content such a decoder turns into another value, or refuses."""
_SELF_DESCRIBED: Final = 55799


def plain(value: object) -> object:
    """`value` with bignums as integers and self-description removed.

    Silent for other tags with a meaning, and for maps whose keys repeat or hold others.
    """
    done: list[object] = []
    waiting: list[tuple[object, bool]] = [(value, False)]
    while waiting:
        current, ready = waiting.pop()
        if ready:
            _combine(current, done)
            continue
        match current:
            case list():
                waiting.append((current, True))
                waiting.extend((part, False) for part in reversed(current))
            case Map(pairs):
                waiting.append((current, True))
                waiting.extend((part, False) for pair in reversed(pairs) for part in reversed(pair))
            case Tag(_, content):
                waiting.append((current, True))
                waiting.append((content, False))
            case _:
                done.append(current)
    return done[0]


def _combine(opened: object, done: list[object]) -> None:
    """Replace the content of `opened` on top of `done` by `opened` with that content."""
    match opened:
        case list():
            cut = len(done) - len(opened)
            done[cut:] = [done[cut:]]
        case Map(pairs):
            cut = len(done) - 2 * len(pairs)
            parts = done[cut:]
            keys = parts[0::2]
            _require_plain_keys(keys)
            done[cut:] = [Map(tuple(zip(keys, parts[1::2], strict=True)))]
        case Tag(number, _):
            done.append(_meaning(number, done.pop()))


def _require_plain_keys(keys: list[object]) -> None:
    seen: set[object] = set()
    for key in keys:
        if isinstance(key, Map | Tag | list | Simple) or _is_nan(key):
            raise Silent("a key that holds others")
        if key in seen:
            raise Silent("a key that repeats")
        seen.add(key)


def _is_nan(key: object) -> bool:
    return isinstance(key, float) and math.isnan(key)


def _meaning(number: int, content: object) -> object:
    if number == _SELF_DESCRIBED:
        return content
    if number in (2, 3) and isinstance(content, bytes):
        size = int.from_bytes(content, "big")
        return size if number == 2 else -1 - size
    if number in INTERPRETED:
        raise Silent("a tag with a meaning")
    return Tag(number, content)
