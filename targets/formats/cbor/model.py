"""CBOR's generic data model (RFC 8949, section 2), where Python has no type of its own."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.formats.flat import Parts


class CborError(ValueError):
    """Not well-formed, or not valid, CBOR. The text is one of few, with no input in it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Simple:
    """A simple value that is none of false, true, null and undefined."""

    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class Map:
    """Pairs in the order of the bytes; keys may repeat."""

    pairs: tuple[tuple[object, object], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """A tagged item."""

    number: int
    content: object


UNDEFINED: Final = Simple(23)


def parts(value: object) -> Parts | None:
    """Containers and leaves of the model, for `flat`."""
    match value:
        case Map(pairs):
            return ("map", len(pairs)), [part for pair in pairs for part in pair]
        case Tag(number, content):
            return ("tag", number), (content,)
        case Simple(number):
            return ("simple", number), ()
    return None
