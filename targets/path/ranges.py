"""What a Range header asks for (RFC 9110, 14), and whether parts that were sent are parts of it."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from targets.path.answer import Answer

MAX_DIGITS: Final = 15
"""Longer positions are proper as well, but no file is as long: nothing is said about them."""
AMPLE: Final = 2
AMPLE_BYTES: Final = 16384
"""Parts together may take so many times the file, and so many bytes more."""
_SET = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(.*)", re.DOTALL)
_SPEC = re.compile(rb"([0-9]*)-([0-9]*)")
_SUFFIX = re.compile(rb"= *-([0-9]+) *$")
_INVERTED = re.compile(rb"(?i:bytes)=([0-9]{1,15})-([0-9]{1,15})")
_CONTENT_RANGE = re.compile(rb"bytes ([0-9]+)-([0-9]+)/([0-9]+|\*)")
_UNSATISFIED = re.compile(rb"bytes \*/([0-9]+)")
_BOUNDARY = re.compile(rb"multipart/byteranges *; *boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))")
_FIELD = re.compile(rb"(?i)content-range: *([^\r\n]*)")


@dataclasses.dataclass(frozen=True, slots=True)
class Ranges:
    """A proper set of ranges, and which of them a file of some size has: first and last byte."""

    asked: int
    found: tuple[tuple[int, int], ...]


def unit_of(value: bytes) -> bytes | None:
    """The unit, in small letters; None: there is none."""
    found = _SET.fullmatch(value)
    return None if found is None else found[1].lower()


def parse(value: bytes, size: int) -> Ranges | None:
    """The ranges asked for; None: malformed, another unit, or longer than anybody means."""
    whole = _SET.fullmatch(value)
    if whole is None or whole[1].lower() != b"bytes" or whole[2][:1].isspace():
        return None
    found = []
    specs = [spec.strip(b" \t") for spec in whole[2].split(b",")]
    for spec in filter(None, specs):
        one = _SPEC.fullmatch(spec)
        if one is None or one[1] + one[2] == b"" or max(map(len, one.groups())) > MAX_DIGITS:
            return None
        if not one[1]:
            first, last = max(0, size - int(one[2])), size - 1
        else:
            first, last = int(one[1]), int(one[2] or size)
            if one[2] and last < first:
                return None
        if first < size:
            found.append((first, min(last, size - 1)))
    count = len(list(filter(None, specs)))
    return Ranges(count, tuple(found)) if count else None


def part_problem(answer: Answer, content: bytes, asked: bytes, *, bodiless: bool) -> str:
    """What is wrong with a 206 to the ranges `asked` of `content`; empty: nothing."""
    if unit_of(asked) not in (None, b"bytes"):
        return "a part for a range of an unknown unit"
    ranges = parse(asked, len(content))
    kind = answer.header(b"content-type") or b""
    if kind.lower().startswith(b"multipart/"):
        return "" if bodiless else _parts_problem(answer, kind, content, ranges)
    told = answer.header(b"content-range")
    if told is None:
        return "a part that does not tell which part it is"
    body = None if bodiless else answer.body
    return _one_problem(told, body, content, ranges, inverted=_is_inverted(asked))


def refusal_problem(answer: Answer, content: bytes, asked: bytes) -> str:
    """What is wrong with a 400 or 416 to the ranges `asked`; empty: nothing."""
    unit = unit_of(asked)
    if unit is not None and unit != b"bytes":
        return f"a range of an unknown unit has status {answer.status}"
    ranges = parse(asked, len(content))
    if ranges is not None and ranges.asked == 1 and ranges.found:
        return f"{_described(asked, len(content))} has status {answer.status}"
    told = answer.header(b"content-range")
    if answer.status == 416 and told is not None:
        size = _UNSATISFIED.fullmatch(told)
        if size is None:
            return "416 with a malformed Content-Range"
        if int(size[1]) != len(content):
            return "416 with the size of another file"
    return ""


def _described(asked: bytes, size: int) -> str:
    """What is special about one satisfiable range."""
    if not asked.startswith(b"bytes"):
        return "a unit in capitals"
    if b"," in asked:
        return "a range beside an empty one"
    suffix = _SUFFIX.search(asked)
    if suffix is not None and int(suffix[1]) > size:
        return "a suffix longer than the file"
    return "a range inside the file"


def _is_inverted(asked: bytes) -> bool:
    """Whether one range is asked for, and it ends before it starts: no reading of it is proper."""
    found = _INVERTED.fullmatch(asked)
    return found is not None and int(found[2]) < int(found[1])


def _one_problem(
    told: bytes,
    body: bytes | None,
    content: bytes,
    ranges: Ranges | None,
    *,
    inverted: bool = False,
) -> str:
    """About one part: what it says it is, its content, and whether it was asked for."""
    place = _CONTENT_RANGE.fullmatch(told)
    if place is None:
        return "a part with a malformed Content-Range"
    first, last = int(place[1]), int(place[2])
    if not first <= last < len(content) or place[3] not in (b"*", b"%d" % len(content)):
        return "a part that cannot be"
    if body is not None and body != content[first : last + 1]:
        return "a part with another content"
    if ranges is None:
        return "a part for a range that ends before it starts" if inverted else ""
    if not ranges.found:
        return "a part for a range outside the file"
    starts, ends = ({item[side] for item in ranges.found} for side in (0, 1))
    if first not in starts or last not in ends:
        return "another part than was asked for"
    return ""


def _parts_problem(answer: Answer, kind: bytes, content: bytes, ranges: Ranges | None) -> str:
    """About several parts in one body."""
    found = _BOUNDARY.match(kind)
    if found is None:
        return "parts without a boundary"
    if ranges is not None and ranges.asked == 1:
        return "several parts for one range"
    boundary = b"--" + (found[1] or found[2])
    pieces = (b"\r\n" + answer.body).split(b"\r\n" + boundary)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        return "parts that cannot be told apart"
    for piece in pieces[1:-1]:
        head, separator, body = piece.partition(b"\r\n\r\n")
        told = _FIELD.search(head)
        if not separator or told is None:
            return "one of several parts does not tell which it is"
        problem = _one_problem(told[1].rstrip(), body, content, ranges)
        if problem:
            return f"{problem}, among several"
    if len(answer.body) > AMPLE * len(content) + AMPLE_BYTES:
        return "parts that take many times the file"
    return ""
