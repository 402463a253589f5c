"""A strict reader of X.690 (BER, and the rules of DER and CER), without recursion."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.formats.implementation import Silent


class Asn1Error(ValueError):
    """Not what X.690 allows. The text is one of few, with no input in it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Element:
    """One element: class, number, and content, which is bytes or elements."""

    tag_class: int
    number: int
    content: object


@dataclasses.dataclass(slots=True)
class _Open:
    tag_class: int
    number: int
    end: int
    items: list[object]


_STRINGS: Final = frozenset((3, 4, 12, 18, 19, 20, 21, 22, 25, 26, 27, 28, 30, 23, 24))
_PRIMITIVE: Final = frozenset((1, 2, 5, 6, 9, 10, 13))
_CONSTRUCTED: Final = frozenset((8, 16, 17))
MAX_LENGTH_BYTES: Final = 126


def _tag(data: bytes, at: int) -> tuple[int, bool, int, int]:
    """Class, whether constructed, number, and the position behind.

    X.690 section 8.1.2.2: a number up to 30 has one octet only; 8.1.2.4.2: no leading zeros.
    """
    if at >= len(data):
        raise Asn1Error("it ends early")
    first = data[at]
    at += 1
    number = first & 31
    if number == 31:
        number = 0
        while True:
            if at >= len(data):
                raise Asn1Error("it ends early")
            if number == 0 and data[at] == 128:
                raise Asn1Error("a tag with a leading zero")
            number = number << 7 | data[at] & 127
            at += 1
            if not data[at - 1] & 128:
                break
        if number < 31:
            raise Asn1Error("a tag in the long form that has a short one")
    return first >> 6, bool(first & 32), number, at


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length, -1 for an indefinite one, and the position behind."""
    if at >= len(data):
        raise Asn1Error("it ends early")
    first = data[at]
    if first < 128:
        return first, at + 1
    if first == 128:
        return -1, at + 1
    size = first & 127
    if size > MAX_LENGTH_BYTES:
        raise Asn1Error("the reserved length")
    if at + 1 + size > len(data):
        raise Asn1Error("it ends early")
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def first(data: bytes) -> tuple[Element, int]:
    """The first element in `data` by BER, and where it ends. Asn1Error."""
    at = 0
    stack: list[_Open] = []
    while True:
        tag_class, constructed, number, after = _tag(data, at)
        if (tag_class, number) == (0, 0):
            element, at = _end_of_contents(data, after, stack, constructed=constructed)
        else:
            length, after = _length(data, after)
            if length > len(data) - after:
                raise Asn1Error("it ends early")
            if length < 0 and not constructed:
                raise Asn1Error("a primitive without length")
            if constructed:
                stack.append(_Open(tag_class, number, after + length if length >= 0 else -1, []))
                at = after
                if length != 0:
                    continue
                element = _closed(stack.pop())
            else:
                at = after + length
                element = _primitive(tag_class, number, data[after:at])
        while stack:
            stack[-1].items.append(element)
            if stack[-1].end < 0 or at < stack[-1].end:
                break
            if at > stack[-1].end:
                raise Asn1Error("an element longer than what holds it")
            element = _closed(stack.pop())
        else:
            return element, at


def _end_of_contents(
    data: bytes, at: int, stack: list[_Open], *, constructed: bool
) -> tuple[Element, int]:
    if constructed or not stack or stack[-1].end >= 0 or data[at : at + 1] != b"\0":
        raise Asn1Error("an end of contents in a wrong place")
    return _closed(stack.pop()), at + 1


def _closed(opened: _Open) -> Element:
    if opened.tag_class == 0 and opened.number in _PRIMITIVE:
        raise Asn1Error("constructed, but its type is primitive")
    if opened.tag_class == 0 and opened.number in _STRINGS:
        raise Silent("a string in pieces")
    return Element(opened.tag_class, opened.number, tuple(opened.items))


def _primitive(tag_class: int, number: int, content: bytes) -> Element:
    if tag_class:
        return Element(tag_class, number, content)
    if number in _CONSTRUCTED:
        raise Asn1Error("primitive, but its type is constructed")
    match number:
        case 1:
            if len(content) != 1:
                raise Asn1Error("a boolean that is not one byte")
            return Element(0, 1, int(content != b"\0"))
        case 2 | 10:
            return Element(0, number, _integer(content))
        case 3:
            return Element(0, 3, _bits(content))
        case 5:
            if content:
                raise Asn1Error("a null with content")
            return Element(0, 5, b"")
        case 6:
            return Element(0, 6, _arcs(content))
    return Element(0, number, content)


def _integer(content: bytes) -> int:
    if not content:
        raise Asn1Error("an integer without content")
    return int.from_bytes(content, "big", signed=True)


def _bits(content: bytes) -> tuple[int, int]:
    """How many bits, and their value."""
    if not content or content[0] > 7 or (len(content) == 1 and content[0]):
        raise Asn1Error("a wrong number of unused bits")
    return 8 * (len(content) - 1) - content[0], int.from_bytes(content[1:], "big") >> content[0]


def _arcs(content: bytes) -> tuple[int, ...]:
    if not content:
        raise Asn1Error("an object identifier without content")
    if content[-1] & 128:
        raise Asn1Error("an arc that ends early")
    arcs: list[int] = []
    number, begins = 0, True
    for byte in content:
        if begins and byte == 128:
            raise Asn1Error("an arc with a leading zero")
        number, begins = number << 7 | byte & 127, not byte & 128
        if begins:
            arcs.append(number)
            number = 0
    root = min(arcs[0] // 40, 2)
    return (root, arcs[0] - 40 * root, *arcs[1:])
