"""Check: sets of global transaction numbers are what sets are, in text and in bytes.

An input is decisions (`binlog/choices.py`): two sets of a few servers, which the library reads from
text, writes, joins, takes apart and compares. Source: MySQL 8.0 Reference Manual, 19.1.3.1 (GTID
sets); "Previous_gtids_log_event" for the bytes. Libraries document that they refuse to join sets
that overlap.
"""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from targets.mysql.binlog.choices import Choices
from targets.oracles import Violation

SERVERS: Final = (
    "57b70f4e-20d3-11e5-a393-4a63946f7eac",
    "00000000-0000-0000-0000-000000000001",
    "abcdef01-2345-6789-abcd-ef0123456789",
)
EDGES: Final = (1, 2, 3, 5, 9, 10, 11, 99, 1 << 31, (1 << 63) - 10)
_ONE: Final = re.compile(r"([0-9a-fA-F-]{36})((?::\d+(?:-\d+)?)+)")
Ranges = tuple[tuple[int, int], ...]
"""First and last number of each, in order, none beside another."""


@dataclasses.dataclass(frozen=True, slots=True)
class Gtids:
    """What a library has for such sets."""

    one: Callable[[str], Any]
    """Numbers of one server."""
    several: Callable[[Sequence[Any]], Any]
    """A set of numbers of several servers."""
    decode_one: Callable[[io.BytesIO], Any]
    decode: Callable[[io.BytesIO], Any]


class Library(Protocol):
    """A subject that may have such sets."""

    @property
    def gtids(self) -> Gtids | None:
        """None: it has none."""


def check(data: bytes, subject: Library) -> None:
    """Violation where a set has other numbers than it must; what is not documented escapes."""
    if subject.gtids is None:
        return
    choices = Choices(data)
    server = choices.choice(SERVERS)
    left, right = _draw(choices), _draw(choices)
    _one_server(subject.gtids, server, left, right, choices)
    _several(subject.gtids, {server: left}, _draw_several(choices))


def _draw(choices: Choices) -> Ranges:
    """One to four ranges."""
    ranges = []
    for _ in range(choices.choice((1, 1, 2, 3, 4))):
        first = choices.choice(EDGES) + choices.integer(0, 3)
        ranges.append((first, first + choices.choice((0, 0, 1, 2, 7))))
    return _merged(ranges)


def _draw_several(choices: Choices) -> dict[str, Ranges]:
    chosen = [server for server in SERVERS if choices.chance(0.6)]
    return {server: _draw(choices) for server in chosen}


def _merged(ranges: Sequence[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)


def _minus(left: Ranges, right: Ranges) -> Ranges:
    found = list(left)
    for start, end in right:
        parts = [((a, min(b, start - 1)), (max(a, end + 1), b)) for a, b in found]
        found = [one for pair in parts for one in pair if one[0] <= one[1]]
        found = sorted(set(found))
    return _merged(found)


def _text(server: str, ranges: Sequence[tuple[int, int]]) -> str:
    return server + "".join(f":{a}" if a == b else f":{a}-{b}" for a, b in ranges)


def _read(text: str) -> dict[str, Ranges]:
    """What a library's text means; Violation where it means nothing."""
    found: dict[str, Ranges] = {}
    for part in filter(None, text.split(",")):
        match = _ONE.fullmatch(part.strip())
        if match is None:
            raise Violation("gtids: the text of a set is none", text[:200])
        pairs = (word.partition("-") for word in match[2].split(":")[1:])
        ranges = [(int(first), int(last or first)) for first, _, last in pairs]
        found[match[1].lower()] = _merged([*found.get(match[1].lower(), ()), *ranges])
    return found


def _require(what: str, found: Any, wanted: dict[str, Ranges]) -> None:
    if _read(str(found)) != wanted:
        raise Violation(f"gtids: {what} differs", f"{found!s:.200}, expected {wanted!r:.200}")


def _one_server(gtids: Gtids, server: str, left: Ranges, right: Ranges, choices: Choices) -> None:
    pieces = list(left)
    if choices.chance(0.5):
        pieces.reverse()
    one, other = gtids.one(_text(server, pieces)), gtids.one(_text(server, right))
    _require("what was read", one, {server: left})
    data = one.encode()
    if len(data) != one.encoded_length:
        raise Violation("gtids: the length in bytes differs", f"{len(data)}: {one!s:.200}")
    _require("what was written as bytes", gtids.decode_one(io.BytesIO(data)), {server: left})
    rest = _minus(left, right)
    if rest:
        _require("a difference", one - other, {server: rest})
    if (other in one) != (not _minus(right, left)):
        raise Violation("gtids: what is part of a set is not, or the reverse", f"{other} {one}")
    if rest == left:
        _require("a sum", one + other, {server: _merged((*left, *right))})
    _require("what was added to", one, {server: left})


def _several(gtids: Gtids, one: dict[str, Ranges], other: dict[str, Ranges]) -> None:
    first, second = (
        gtids.several([gtids.one(_text(server, ranges)) for server, ranges in each.items()])
        for each in (one, other)
    )
    data = second.encode()
    if len(data) != second.encoded_length:
        raise Violation("gtids: the length of a set in bytes differs", f"{len(data)}: {second!s}")
    _require("a set written as bytes", gtids.decode(io.BytesIO(data)), other)
    apart = all(_minus(ranges, other.get(server, ())) == ranges for server, ranges in one.items())
    if apart:
        whole = {
            server: _merged((*one.get(server, ()), *other.get(server, ())))
            for server in {*one, *other}
        }
        _require("a sum of sets", first + second, whole)
    for server, ranges in one.items():
        inside = not _minus(ranges, other.get(server, ()))
        if (gtids.one(_text(server, ranges)) in second) != inside:
            raise Violation("gtids: what is part of a set is not, or the reverse", f"{second}")
    inside = all(not _minus(ranges, other.get(server, ())) for server, ranges in one.items())
    if (first in second) != inside:
        raise Violation("gtids: a set within a set is not, or the reverse", f"{first} {second}")
