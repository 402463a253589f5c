"""Check: a server answers every command with one well-formed reply, and gives values back as sent.

The input is sent as it is, and split into a key and a value of a conversation of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from targets.oracles import Violation
from targets.resp.frames import NULL, Array, Bulk, Error, Frame, ProtocolError, Simple, encode
from targets.resp.implementation import Implementation
from targets.resp.reference import Decoder

Serve = Callable[[bytes], bytes]
Wanted = bytes | type[Error] | None
"""A value, an error reply, or no value."""
MAX_SENT = 16 * 1024
"""Bytes of an input that are sent: the replies must fit the sockets' buffers."""
AFTER_ERROR_EVERY = 64
"""One of so many inputs asks for a command behind an error. What it finds does not depend on the
input, and a server that fails it must not fail on every input: nothing else would be found."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a reply is malformed, missing or wrong; what escapes the server escapes."""
    if subject.serve is None:
        return
    data = data[:MAX_SENT]
    _replies("to any input", subject.serve(data))
    cut = data[0] % len(data) if data else 0
    key, value = data[1 : 1 + cut], data[1 + cut :]
    _require(
        subject.serve,
        "to proper commands",
        [
            ([b"ECHO", value], value),
            ([b"SET", key, value], b"OK"),
            ([b"GET", key], value),
            ([b"GET", key + b"?"], None),
            ([b"PING"], b"PONG"),
            ([b"SET", key, b""], b"OK"),
            ([b"GET", key], b""),
            ([b"ECHO", key], key),
        ],
    )
    if b"\r" in value or b"\n" in value:
        _require(subject.serve, "to an unknown command", [([b"?" + value], Error)])
    if zlib.crc32(data) % AFTER_ERROR_EVERY == 1:  # not the empty input, with which workers begin
        _require(subject.serve, "after an error", [([b"GET"], Error), ([b"PING"], b"PONG")])


def _require(serve: Serve, what: str, talk: list[tuple[list[bytes], Wanted]]) -> None:
    """Violation unless each command of the conversation gets the reply that it wants."""
    request = b"".join(encode(Array(tuple(map(Bulk, words)))) for words, _ in talk)
    replies = _replies(what, serve(request))
    if len(replies) != len(talk):
        raise Violation(
            f"serve: {'more' if len(replies) > len(talk) else 'fewer'} replies {what}",
            f"{len(replies)} for {len(talk)}: {replies[:10]}",
        )
    for (words, want), reply in zip(talk, replies, strict=True):
        if not _is(reply, want):
            name = words[0].decode()
            raise Violation(f"serve: the reply to {name} is wrong", f"{reply} for {words}"[:300])


def _replies(what: str, sent: bytes) -> list[Frame]:
    """The replies that a client reads; Violation when they end in the middle, or are none."""
    decoder = Decoder(resp3=True)
    try:
        replies = decoder.feed(sent)
    except ProtocolError as error:
        raise Violation(f"serve: a reply {what} is malformed", f"{error}: {sent[:200]!r}") from None
    if decoder.consumed != len(sent):
        raise Violation(f"serve: a reply {what} is cut short", repr(sent[-200:]))
    return replies


def _is(reply: Frame, want: Wanted) -> bool:
    """Whether the reply says it: a server may send a line where a bulk would do."""
    match reply:
        case Bulk(data):
            return data == want
        case Simple(text):
            return isinstance(want, bytes) and text == want.decode("utf-8", "replace")
        case Error():
            return want is Error
    return reply == NULL and want is None
