"""JSON as a tree: members and items are left out, values replaced by simpler ones or their inside.

The document may stand in the midst of other bytes, as the body of a message does.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

from triage.minimize.formats.trees import Grammar, Path, at, everywhere, put

MAX_DEPTH = 100
"""Deeper documents are left to other passes."""
MAX_BEGINNINGS = 16
"""Brackets in surrounding bytes that a document is looked for at."""
_MAX_DIGITS = 20

_BEGINNING = re.compile(r"[{\[]")


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """A name and a value of an object."""

    key: str
    value: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Object:
    """Members in order, the same name as often as it was there."""

    members: tuple[Member, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Literal:
    """A number as it was written."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A value (`Object`, tuple, str, `Literal`, bool, None), and what stands around it."""

    before: str
    value: Any
    after: str


class Json:
    """The format, and its grammar."""

    name = "json"

    def parse(self, case: bytes) -> Document:
        """The outermost document; ValueError when there is none. Bytes that are no UTF-8 stay."""
        text = case.decode("utf-8", "surrogateescape")
        for number, found in enumerate(_BEGINNING.finditer(text)):
            if number == MAX_BEGINNINGS:
                break
            try:
                value, end = _DECODER.raw_decode(text, found.start())
            except (ValueError, RecursionError):
                continue
            value = _immutable(value, MAX_DEPTH)
            if value in (Object(()), ()):
                continue
            return Document(text[: found.start()], value, text[end:])
        raise ValueError("no JSON")

    def dumps(self, shape: Any) -> bytes:
        """The shortest text of the document; ValueError for a member outside an object."""
        if not isinstance(shape, Document):
            raise ValueError("no document")
        text = shape.before + "".join(_written(shape.value)) + shape.after
        return text.encode("utf-8", "surrogateescape")

    def inside(self, node: Any) -> tuple[Any, ...]:
        """Members, items, the value of a member or of the document."""
        match node:
            case Object(members):
                return members
            case tuple():
                return node
            case Member(_, value) | Document(_, value, _):
                return (value,)
        return ()

    def holding(self, node: Any, inside: tuple[Any, ...]) -> Any:
        """The same kind of node around something else; ValueError when it cannot hold that."""
        match node:
            case Object():
                return Object(inside)
            case Member(key, _):
                return Member(key, _only(inside))
            case Document(before, _, after):
                return Document(before, _only(inside), after)
        return inside


JSON = Json()


def _only(inside: tuple[Any, ...]) -> Any:
    if len(inside) != 1:
        raise ValueError("it holds one value")
    return inside[0]


def _object(pairs: list[tuple[str, Any]]) -> Object:
    return Object(tuple(Member(key, value) for key, value in pairs))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Literal, parse_int=Literal, parse_constant=Literal
)


def _immutable(value: Any, depth: int) -> Any:
    """The value with tuples for lists; ValueError when it is too deep."""
    if depth == 0:
        raise ValueError("too deep")
    match value:
        case list():
            return tuple([_immutable(item, depth - 1) for item in value])
        case Object(members):
            return Object(
                tuple([Member(one.key, _immutable(one.value, depth - 1)) for one in members])
            )
    return value


def _written(value: Any) -> Iterator[str]:
    match value:
        case Object(members):
            yield "{"
            for number, member in enumerate(members):
                if not isinstance(member, Member):
                    raise ValueError("an object holds members only")
                yield ("," if number else "") + _text(member.key) + ":"
                yield from _written(member.value)
            yield "}"
        case tuple():
            yield "["
            for number, item in enumerate(value):
                yield "," if number else ""
                yield from _written(item)
            yield "]"
        case Literal(text):
            yield text
        case str():
            yield _text(value)
        case True | False | None:
            yield {True: "true", False: "false", None: "null"}[value]
        case _:
            raise ValueError("no value")


def _text(value: str) -> str:
    """Quoted; a lone surrogate that was an escape stays one, a byte that is no UTF-8 a byte."""
    return _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


_LONE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_SIMPLEST = (Literal("0"), "", (), Object(()), True, None)


def simpler_values(grammar: Grammar, root: Any, path: Path) -> Iterator[Any]:
    """The root with simpler values in the place of the one at `path`, simplest first."""
    node = at(grammar, root, path)
    for other in _SIMPLEST:
        yield put(grammar, root, path, other)
    if isinstance(node, str):
        for cut in _cuts(node):
            yield put(grammar, root, path, cut)
    elif isinstance(node, Literal) and node.text.lstrip("-").isdigit():
        yield from (put(grammar, root, path, Literal(text)) for text in _lower(node.text))


def _simpler(root: Any, path: Path) -> Iterator[Any]:
    """Values in the place of the one here, simplest first; a document loses what is around it."""
    node = at(JSON, root, path)
    match node:
        case Document(before, value, after):
            yield node  # written in the shortest way
            yield Document("", value, "")
            yield Document(before, value, "")
            yield Document("", value, after)
        case Member(key, value):
            for cut in _cuts(key):
                yield put(JSON, root, path, Member(cut, value))
        case _:
            yield from simpler_values(JSON, root, path)


def _lower(digits: str) -> Iterator[str]:
    """Whole numbers nearer to 0: fewer digits first, then by halves."""
    sign = "-" if digits.startswith("-") else ""
    size = len(digits) - len(sign)
    if sign:
        yield digits[1:]
    yield from (f"{sign}1{'0' * zeros}" for zeros in range(min(size, _MAX_DIGITS)))
    number = int(digits[:_MAX_DIGITS]) if size <= _MAX_DIGITS - 1 else 0
    step = abs(number) // 2
    while step > 0:
        yield str(number - step if number > 0 else number + step)
        step //= 2


def _cuts(text: str) -> Iterator[str]:
    size = len(text)
    for keep in dict.fromkeys((0, 1, size // 4, size // 2, 3 * size // 4, size - 1)):
        if 0 <= keep < size:
            yield text[:keep]


simpler = everywhere(JSON, "simpler", _simpler)
"""Put simpler values and shorter names in the place of others."""
