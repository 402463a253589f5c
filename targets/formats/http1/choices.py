"""Where implementations treat a construct otherwise than the RFC, by their own documentation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from targets.formats.http1.compare import Choice
from targets.formats.http1.messages import Message

Choices = Mapping[str, Choice]

H11: Final[Choices] = {}
WAITRESS: Final[Choices] = {
    "malformed trailer": Choice(
        "ignore", "trailers are not given to applications: all up to the next empty line is dropped"
    ),
}
GUNICORN: Final[Choices] = {}
AIOHTTP: Final[Choices] = {}
_LAX = "responses are read in lax mode, as servers on the web send them (DEBUG is off)"
AIOHTTP_RESPONSES: Final[Choices] = {
    "bare CR in a line": Choice("free", _LAX),
    "framing field in several lines": Choice(
        "free", "in lax mode fields that must be single may be repeated, and the first counts"
    ),
    "chunk size that is not hexadecimal (a blank before)": Choice(
        "free", f"{_LAX}; the source says: allow whitespace in lax mode"
    ),
    "chunk line ended by a bare LF": Choice("may", _LAX),
    "chunk extension ended by a bare LF": Choice("may", _LAX),
    "chunk data ended by a bare LF": Choice("may", _LAX),
    "chunk line with a bare CR": Choice("free", _LAX),
    "chunk extension with a bare CR": Choice("free", _LAX),
    "malformed trailer": Choice("free", _LAX),
}


def upper_method(message: Message) -> Message:
    """aiohttp gives methods in upper case."""
    return dataclasses.replace(message, start=(message.start[0].upper(), *message.start[1:]))


def as_environ(message: Message) -> Message:
    """waitress gives fields as WSGI wants them: one value for each name, `_` for `-`."""
    merged: dict[bytes, bytes] = {}
    chunked = any(name == b"transfer-encoding" for name, _ in message.fields)
    for name, value in message.fields:
        if b"_" in name or name == b"transfer-encoding" or (chunked and name == b"content-length"):
            continue
        key = name.replace(b"-", b"_")
        merged[key] = merged[key] + b", " + value if key in merged else value
    return dataclasses.replace(message, fields=tuple(sorted(merged.items())))
