"""Frames of RESP2 and RESP3 as values, their encoder, and the one error that parsers promise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final


class ProtocolError(Exception):
    """The stream breaks the protocol: the only error that a parser promises.

    `frames` holds what the same call completed before the error, so that nothing is lost.
    """

    def __init__(self, message: str, frames: tuple[Frame, ...] = ()) -> None:
        super().__init__(message)
        self.frames = frames


@dataclasses.dataclass(frozen=True, slots=True)
class Simple:
    """`+text`: a status line, bad UTF-8 replaced."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Error:
    """`-text`: an error reply, which is an ordinary frame."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Integer:
    """`:value`, 64 bits with sign."""

    value: int


@dataclasses.dataclass(frozen=True, slots=True)
class Bulk:
    """`$length`: bytes of any content."""

    data: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Null:
    """No value; written as `$-1`, or as `_` to readers that know RESP3 only."""


@dataclasses.dataclass(frozen=True, slots=True)
class Double:
    """`,value` of RESP3."""

    value: float


@dataclasses.dataclass(frozen=True, slots=True)
class Boolean:
    """`#t` or `#f` of RESP3."""

    value: bool


@dataclasses.dataclass(frozen=True, slots=True)
class BigNumber:
    """`(digits` of RESP3, kept as canonical decimal text: conversion of long ones is not linear."""

    digits: str


@dataclasses.dataclass(frozen=True, slots=True)
class BulkError:
    """`!length` of RESP3: an error text that may hold line ends, bad UTF-8 replaced."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Verbatim:
    """`=length` of RESP3: three bytes that name a format, a colon, then the data."""

    format: bytes
    data: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Array:
    """`*count`: frames in order."""

    items: tuple[Frame, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Set:
    """`~count` of RESP3: frames in the order sent, repetitions kept."""

    items: tuple[Frame, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Push:
    """`>count` of RESP3: a message that answers no request."""

    items: tuple[Frame, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Map:
    """`%count` of RESP3: pairs in the order sent, repeated keys kept."""

    pairs: tuple[tuple[Frame, Frame], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Attribute:
    """`|count` of RESP3: pairs about the frame that follows them."""

    pairs: tuple[tuple[Frame, Frame], ...]
    frame: Frame


Scalar = (
    Simple | Error | Integer | Bulk | Null | Double | Boolean | BigNumber | BulkError | Verbatim
)
Frame = Scalar | Array | Set | Push | Map | Attribute

NULL: Final = Null()
SIGNS: Final[dict[type[Frame], bytes]] = {
    **{Simple: b"+", Error: b"-", Integer: b":", Bulk: b"$", Array: b"*", Null: b"_"},
    **{Double: b",", Boolean: b"#", BigNumber: b"(", BulkError: b"!", Verbatim: b"="},
    **{Map: b"%", Set: b"~", Push: b">", Attribute: b"|"},
}
"""Frame class → the type byte of its line."""
RESP2: Final = (Simple, Error, Integer, Bulk, Null, Array)
"""Frame classes that the older protocol can carry."""


def children(frame: Frame) -> Iterable[Frame]:
    """The frames directly inside `frame`, in wire order."""
    match frame:
        case Array(items) | Set(items) | Push(items):
            return items
        case Map(pairs):
            return [part for pair in pairs for part in pair]
        case Attribute(pairs, frame):
            return [*(part for pair in pairs for part in pair), frame]
        case _:
            return ()


def head(frame: Frame) -> bytes:
    """The bytes of `frame` on the wire without those of the frames inside it."""
    sign = SIGNS[type(frame)]
    match frame:
        case Simple(text) | Error(text):
            return b"%b%b\r\n" % (sign, text.encode())
        case Integer(value):
            return b":%d\r\n" % value
        case Bulk(data):
            return b"$%d\r\n%b\r\n" % (len(data), data)
        case Double(value):
            return b",%b\r\n" % repr(value).encode()
        case Boolean(value):
            return b"#t\r\n" if value else b"#f\r\n"
        case BigNumber(digits):
            return b"(%b\r\n" % digits.encode()
        case BulkError(text):
            return b"!%d\r\n%b\r\n" % (len(text.encode()), text.encode())
        case Verbatim(kind, data):
            return b"=%d\r\n%b:%b\r\n" % (len(data) + 4, kind, data)
        case Null():
            return b"$-1\r\n"
        case Map(pairs) | Attribute(pairs, _):
            return b"%b%d\r\n" % (sign, len(pairs))
        case Array(items) | Set(items) | Push(items):
            return b"%b%d\r\n" % (sign, len(items))


def encode(frame: Frame, null: bytes = b"$-1\r\n") -> bytes:
    """The canonical bytes of `frame`, at any depth without recursion; `null` stands for no value.

    A line text that holds CRLF cannot be said as a line: ValueError.
    """
    parts: list[bytes] = []
    waiting: list[Frame] = [frame]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Simple | Error) and "\r\n" in current.text:
            raise ValueError("the text of a line frame must not hold CRLF")
        parts.append(null if isinstance(current, Null) else head(current))
        waiting.extend(reversed(tuple(children(current))))
    return b"".join(parts)
