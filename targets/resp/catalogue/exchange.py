"""One command with a reply that a server may give it, in both protocols, and what must come out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from targets.drawing import Draw
from targets.resp.frames import (
    NULL,
    Array,
    Boolean,
    Bulk,
    Double,
    Frame,
    Integer,
    Map,
    Set,
    Simple,
    Verbatim,
    children,
)

WORDS: Final = (
    *(b"a", b"key", b"x:1", b"", b"0", b"-1", b"1.5", b"inf", b"nan", b"None", b"OK", b"a b"),
    *(b"a=b", b"a,b", b"a:b", b"a@b", b"a|b", b"*", b"\xc3\xa9", b"\xff", b"\0", b"\r\n", b"\n"),
    *(b"functions", b"1-0", b"flags", b"(nil)", b"~*", b"127.0.0.1:6379", b"name", b"len"),
)
PLAIN: Final = (
    *(b"a", b"app", b"node-1", b"worker_2", b"x.y", b"db0", b"caf\xc3\xa9", b"0", b"1.5"),
    *(b"127.0.0.1:6379", b"[::1]:6379", b"::1", b"cron", b"default", b"redis-py", b"7.4.0"),
)
NUMBERS: Final = (0, 1, 2, -1, 3, 255, 1526569495631, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
SCORES: Final = (
    *(0.0, 1.0, -1.0, 1.5, 3.25, 1e21, 1.7732526297292595e18, 1e-7, -2.5e-300, 5e-324),
    *(float("inf"), float("-inf"), 2.0**53, 123456789.0),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Exchange:
    """What is asked, what a server says, and what its Python value must hold."""

    method: str
    """Of the client, e.g. `xinfo_stream`."""
    reply: Frame
    """As RESP3 says it."""
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    older: Frame | None = None
    """As RESP2 says it; None: the same with the types of RESP3 left out."""
    kept: tuple[object, ...] | None = None
    """Texts and numbers that the value holds, as often as they are here; None: all of the reply."""
    kinds: tuple[type, ...] = ()
    """What the value is one of, where nothing else is documented; empty: not stated."""
    size: int | None = None
    """Entries of the value; None: not stated."""
    more: tuple[Frame, ...] = ()
    """Replies to further questions that `read` leads to."""
    decodes: bool = True
    """`decode_responses` decodes it; False: it is handed over as bytes by design."""
    needs: str = ""
    """`module:object.attribute` of the release, without which there is nothing to read."""
    read: Callable[[Any], Any] | None = None
    """What is done with the client instead of calling `method`: for parsers that ask it."""


Command = Callable[[Draw], Exchange]


def name(draw: Draw) -> bytes:
    """A key, a member, a field: any bytes."""
    return draw.choice(WORDS) if draw.chance(0.8) else draw.binary(0, 6)


def plain(draw: Draw) -> bytes:
    """A word that a server puts into a text: neither blanks nor signs that the text uses."""
    return draw.choice(PLAIN)


def number(draw: Draw) -> int:
    """An integer of 64 bits."""
    return draw.choice(NUMBERS) if draw.chance(0.7) else draw.integer(-(2**40), 2**40)


def count(draw: Draw) -> int:
    """A length, a number of things: not negative."""
    return abs(draw.choice(NUMBERS[:9]))


def score(draw: Draw) -> float:
    """A score of a sorted set, never NaN."""
    return draw.choice(SCORES) if draw.chance(0.7) else draw.integer(-4000, 4000) / 8


def some(draw: Draw, make: Callable[[Draw], Frame], most: int = 3) -> tuple[Frame, ...]:
    """Up to `most` frames, often few."""
    return tuple(make(draw) for _ in range(draw.integer(0, most)))


def names(draw: Draw, most: int = 3) -> tuple[bytes, ...]:
    """Names that differ from each other."""
    return distinct(name(draw) for _ in range(draw.integer(0, most)))


def distinct(made: Iterable[bytes]) -> tuple[bytes, ...]:
    """`made` without what is repeated."""
    return tuple(dict.fromkeys(made))


def bulk(draw: Draw) -> Frame:
    """Any bytes as a reply."""
    return Bulk(name(draw))


def maybe(draw: Draw, frame: Frame) -> Frame:
    """`frame`, or sometimes null."""
    return NULL if draw.chance(0.2) else frame


def texts(*words: bytes) -> Array:
    """An array of bulks."""
    return Array(tuple(map(Bulk, words)))


def table(entries: Iterable[tuple[bytes, Frame]]) -> Map:
    """A map whose keys are bulks."""
    return Map(tuple((Bulk(key), value) for key, value in entries))


def scored(draw: Draw, members: Iterable[bytes]) -> tuple[tuple[Frame, Frame], ...]:
    """Each member with a score."""
    return tuple((Bulk(member), Double(score(draw))) for member in members)


def pairs(entries: Iterable[tuple[Frame, Frame]]) -> Array:
    """An array of arrays of two."""
    return Array(tuple(Array(entry) for entry in entries))


def flat(entries: Iterable[tuple[Frame, Frame]]) -> Array:
    """An array of keys and values in turn."""
    return Array(tuple(part for entry in entries for part in entry))


def older(frame: Frame) -> Frame:
    """`frame` as RESP2 says it: maps are flat, sets are arrays, doubles and texts are bulks."""
    match frame:
        case Map(entries):
            return Array(tuple(older(part) for entry in entries for part in entry))
        case Set(items) | Array(items):
            return Array(tuple(map(older, items)))
        case Double(value):
            return Bulk(spelled(value))
        case Boolean(value):
            return Integer(int(value))
        case Verbatim(_, data):
            return Bulk(data)
        case _:
            return frame


def spelled(value: float) -> bytes:
    """A double as servers write it into a bulk: 17 digits, whole numbers without a point."""
    if abs(value) < 1e15 and value.is_integer():
        return b"%d" % int(value)
    return b"%.17g" % value


def leaves(frame: Frame) -> list[object]:
    """Every text and number of `frame`, keys of maps too."""
    found: list[object] = []
    waiting = [frame]
    while waiting:
        current = waiting.pop()
        waiting.extend(children(current))
        match current:
            case Bulk(data) | Verbatim(_, data):
                found.append(data)
            case Simple(text):
                found.append(text)
            case Integer(value) | Double(value) | Boolean(value):
                found.append(value)
            case _:  # nulls, and what only holds others
                pass
    return found
