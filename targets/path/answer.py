"""A server's answer, and the reader that takes it from the wire without forgiving anything."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

BODILESS: Final = frozenset({204, 304})
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: ([^\r\n\0]*))?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r\n")


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` 0: nothing at all."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    problem: str = ""
    """How it breaks HTTP, in words without input in them; empty: it does not."""
    error: BaseException | None = None
    """The exception behind a failure, where the server tells."""

    def header(self, name: bytes) -> bytes | None:
        """The first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def because(self, error: BaseException | None) -> Answer:
        """A failure, or no answer at all, with the exception behind it; others stay as they are."""
        failed = self.status >= 500 or not self.status
        return dataclasses.replace(self, error=error) if failed else self


NOTHING: Final = Answer(0)
REFUSED: Final = Answer(400)
"""What a gateway answers instead of handing the request on."""


def read(wire: bytes, method: bytes, *, closed: bool) -> Answer:
    """The one answer in `wire`, to a request of `method`; `closed`: the server ended the stream."""
    if not wire:
        return NOTHING
    head, separator, rest = wire.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = _STATUS.fullmatch(lines[0])
    if status is None and b"HTTP/" not in wire[:16]:
        # A request line that says no version gets an answer without a head: HTTP/0.9.
        return Answer(200, (), wire, "no status line")
    if status is None or not separator:
        return Answer(0, (), wire, "malformed status line" if separator else "unfinished head")
    headers: list[tuple[bytes, bytes]] = []
    for line in lines[1:]:
        field = _FIELD.fullmatch(line)
        if field is None:
            return Answer(int(status[1]), tuple(headers), rest, "malformed header")
        headers.append((field[1].lower(), field[2].rstrip(b" \t")))
    answer = Answer(int(status[1]), tuple(headers))
    if answer.status < 200:
        return read(rest, method, closed=closed)
    body, problem = _body(answer, rest, method, closed=closed)
    return dataclasses.replace(answer, body=body, problem=problem)


def _body(answer: Answer, rest: bytes, method: bytes, *, closed: bool) -> tuple[bytes, str]:
    """The body, and what is wrong with it."""
    if method == b"HEAD" or answer.status in BODILESS:
        return rest, "a body where none may be" if rest else ""
    lengths = {value for name, value in answer.headers if name == b"content-length"}
    if answer.header(b"transfer-encoding") is not None:
        return _chunked(rest) if not lengths else (rest, "two framings")
    if not lengths:
        return rest, "" if closed else "no end of the body"
    length = lengths.pop()
    if lengths or not length.isdigit():
        return rest, "malformed length"
    if int(length) != len(rest):
        return rest, f"a body {'shorter' if len(rest) < int(length) else 'longer'} than its length"
    return rest, ""


def _chunked(rest: bytes) -> tuple[bytes, str]:
    body = bytearray()
    at = 0
    while True:
        size = _CHUNK.match(rest, at)
        if size is None:
            return bytes(body), "malformed chunk"
        at, length = size.end(), int(size[1], 16)
        if length == 0:
            return bytes(body), "" if rest[at:] == b"\r\n" else "more after the last chunk"
        body += rest[at : at + length]
        if rest[at + length : at + length + 2] != b"\r\n":
            return bytes(body), "unfinished chunk"
        at += length + 2
