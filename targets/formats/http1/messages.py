"""Messages of a connection as plain data, the same for every implementation."""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

End = Literal["bad", "free", "open", "done"]
"""Why reading ended: it must be refused, the RFC leaves a choice, bytes are missing, none left."""
SERVER: Final = ""
"""The view of a server, which reads requests; a client is named by the method that it sent."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One complete message."""

    start: tuple[bytes, ...]
    """Method, target, version of a request; version, status, reason of a response."""
    fields: tuple[tuple[bytes, bytes], ...]
    """Names in lower case and values without blanks around them, in order; no trailers."""
    body: bytes
    may_refuse: str = ""
    """A construct in it that a recipient may refuse; the first one."""
    last: bool = False
    """What follows on the connection is no message, or need not be read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """All complete messages of a connection, and why there are no more."""

    messages: tuple[Message, ...]
    end: End
    reason: str = ""
    """The construct that ended it: a key of `rules.RULES`; or words of an implementation."""


def is_response(stream: bytes) -> bool:
    """Whether a stream is one that a server sends."""
    return stream[:5] == b"HTTP/"


def views(stream: bytes) -> tuple[str, ...]:
    """Who may be reading the stream."""
    return ("GET", "HEAD") if is_response(stream) else (SERVER,)
