"""How long a body is: Content-Length and Transfer-Encoding, RFC 9112 section 6."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from targets.formats.http1.oddness import oddness

Kind = Literal["none", "length", "chunked", "until close"]

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_MANY_DIGITS: Final = 15


class Notes(Protocol):
    """Who is told which construct was met."""

    def note(self, construct: str, detail: str = "") -> None:
        """Say that `construct` was met; ends reading if its rule says so."""


@dataclasses.dataclass(frozen=True, slots=True)
class Framing:
    """The extent of a body."""

    kind: Kind
    length: int = 0
    doubtful: bool = False
    """The connection must be closed behind it."""


def closes(version: bytes, fields: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the connection ends behind a message, or is not sure to stay."""
    options = {option.lower() for option in elements(fields, b"connection")}
    return version == b"1.0" or b"close" in options


def elements(fields: Sequence[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """The elements of a list over all lines of that name."""
    lists = [value for known, value in fields if known == name]
    return [element.strip(b" \t") for value in lists for element in value.split(b",")]


def framing(
    notes: Notes, version: bytes, fields: Sequence[tuple[bytes, bytes]], *, response: bool
) -> Framing:
    """The extent that the fields of a message state."""
    lengths = [value for name, value in fields if name == b"content-length"]
    codings_lines = [name for name, _ in fields if name == b"transfer-encoding"]
    if len(lengths) > 1 or len(codings_lines) > 1:
        notes.note("framing field in several lines")
    if codings_lines:
        codings = elements(fields, b"transfer-encoding")
        kind = _coding(notes, version, codings, response)
        if lengths:
            notes.note("Transfer-Encoding beside Content-Length")
        return Framing(kind, doubtful=bool(lengths) or len(codings) > 1)
    if not lengths:
        return Framing("none")
    return Framing("length", _length(notes, lengths))


def _coding(notes: Notes, version: bytes, codings: list[bytes], response: bool) -> Kind:
    if version == b"1.0":
        notes.note("Transfer-Encoding in HTTP/1.0")
    if b"" in codings:
        party = "response" if response else "request"
        notes.note(f"Transfer-Encoding of a {party} with an empty element")
    names = [coding.lower() for coding in codings if coding]
    if not names:
        notes.note("Transfer-Encoding that is empty")
    for name in names:
        if b";" in name and _TOKEN.fullmatch(name.partition(b";")[0].strip(b" \t")):
            notes.note("Transfer-Encoding with a parameter")
        elif _TOKEN.fullmatch(name) is None and not response:
            notes.note("Transfer-Encoding that is malformed", oddness(name))
    if names[-1:] != [b"chunked"]:
        if b"chunked" in names and not response:
            notes.note("chunked not last")
        party = "response" if response else "request"
        notes.note(f"{party} without chunked as the last coding")
        return "until close"
    if names.count(b"chunked") > 1 and not response:
        notes.note("chunked twice")
    if len(names) > 1:
        notes.note("coding beside chunked")
    return "chunked"


def _length(notes: Notes, lines: list[bytes]) -> int:
    values = [value.strip(b" \t") for line in lines for value in line.split(b",")]
    for value in values:
        if re.fullmatch(rb"[0-9]+", value) is None:
            notes.note("Content-Length that is not digits", oddness(value))
    if len(set(map(int, values))) > 1:
        notes.note("Content-Length with different values")
    if len(values) > 1:
        notes.note("Content-Length repeated alike")
    if len(values[0]) > _MANY_DIGITS:
        notes.note("Content-Length of many digits")
    return int(values[0])
