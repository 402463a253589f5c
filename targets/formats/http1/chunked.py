"""Bodies in chunks, RFC 9112 section 7.1."""

from __future__ import annotations

import re
from typing import Final, Protocol

from targets.formats.http1.oddness import oddness

_SIZE: Final = re.compile(rb"[0-9A-Fa-f]+")
_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED: Final = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_EXTENSIONS: Final = re.compile(
    rb"(?:[ \t]*;[ \t]*" + _TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?)*"
)
_TIGHT: Final = re.compile(rb"(?:;" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?)*")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_TRAILERS: Final = frozenset(
    b"host content-length transfer-encoding trailer te authorization connection upgrade".split()
)
MANY_DIGITS: Final = 15


class Source(Protocol):
    """What the body is read from."""

    def note(self, construct: str, detail: str = "") -> None:
        """Say that `construct` was met; ends reading if its rule says so."""

    def missing(self, what: str) -> Exception:
        """What to raise where bytes are missing."""

    def take(self, size: int, what: str) -> bytes:
        """The next bytes."""

    def peek(self, size: int) -> bytes:
        """The next bytes, left where they are."""

    def find(self, needle: bytes) -> int:
        """How far away `needle` is; negative: nowhere."""

    def trailers(self) -> list[tuple[bytes, bytes]]:
        """Field lines up to the empty line, in the place of trailers."""


def body(source: Source) -> bytes:
    """The data of all chunks; trailers are read and forgotten."""
    data: list[bytes] = []
    while size := _size(source):
        data.append(source.take(size, "chunk data"))
        end = source.peek(2)
        if end[:1] == b"\n":
            source.note("chunk data ended by a bare LF")
            source.take(1, "end of chunk data")
        elif end != b"\r\n":
            if b"\r\n".startswith(end):
                raise source.missing("end of chunk data")
            source.note("chunk data without CRLF behind")
        else:
            source.take(2, "end of chunk data")
    for name, _ in source.trailers():
        if name in _NOT_IN_TRAILERS:
            source.note("trailer field that must not be one")
    return b"".join(data)


def _size(source: Source) -> int:
    line = _line(source)
    found = _SIZE.match(line)
    extensions = line[found.end() :] if found else b""
    if found is None or (extensions and extensions.lstrip(b" \t")[:1] not in (b"", b";")):
        source.note("chunk size that is not hexadecimal", oddness(line.partition(b";")[0]))
        return 0
    if len(found[0]) > MANY_DIGITS:
        source.note("chunk size of many digits")
    if not extensions.strip(b" \t"):
        if extensions:
            source.note("blank behind a chunk size")
    elif _CONTROL.search(extensions):
        source.note("control character in a chunk extension")
    elif _EXTENSIONS.fullmatch(extensions) is None:
        source.note("malformed chunk extension")
    elif _TIGHT.fullmatch(extensions) is None:
        source.note("blank in a chunk extension")
    return int(found[0], 16)


def _line(source: Source) -> bytes:
    end = source.find(b"\n")
    if end < 0:
        raise source.missing("chunk size")
    line = source.take(end + 1, "chunk size")[:-1]
    if line.endswith(b"\r"):
        line = line[:-1]
    elif b";" in line:
        source.note("chunk extension ended by a bare LF")
    else:
        source.note("chunk line ended by a bare LF")
    if b"\r" in line:
        inside = b"\r" in line.partition(b";")[0]
        source.note("chunk line with a bare CR" if inside else "chunk extension with a bare CR")
    return line
