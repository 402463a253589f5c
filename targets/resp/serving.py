"""The reference server: one connection's commands in, its replies out, as the contract has it.

A protocol error is answered, the input that came with it is dropped, and the connection stays
open; input that holds no whole frame within the cap is answered, and the connection is closed.
"""

from __future__ import annotations

from typing import Final

from targets.resp.frames import NULL, Array, Bulk, Error, Frame, ProtocolError, Simple, encode
from targets.resp.reference import Decoder, quoted

MAX_INPUT: Final = 1024 * 1024
"""Bytes that a connection may hold without a whole frame."""


class Connection:
    """State of one connection: its parser, and the keys of a store of its own."""

    def __init__(self, decoder: type[Decoder] = Decoder) -> None:
        self._new = decoder
        self._decoder = decoder()
        self._pending = 0
        self._keys: dict[bytes, bytes] = {}
        self.closed = False

    def receive(self, chunk: bytes) -> bytes:
        """Take bytes from the client; the replies to the commands that they complete."""
        if self.closed:
            return b""
        replies: list[Frame] = []
        try:
            frames = self._decoder.feed(chunk)
            self._pending = 0 if frames else self._pending + len(chunk)
            replies += map(self._reply, frames)
        except ProtocolError as error:
            replies += map(self._reply, error.frames)
            replies.append(Error(f"ERR protocol error: {error}"))
            self._decoder, self._pending = self._new(), 0
        if self._pending > MAX_INPUT:
            replies.append(Error("ERR input buffer overflow"))
            self.closed = True
        return b"".join(map(encode, replies))

    def _reply(self, frame: Frame) -> Frame:
        if not isinstance(frame, Array):
            return Error("ERR invalid command format")
        if not frame.items:
            return Error("ERR empty command")
        words = [item.data for item in frame.items if isinstance(item, Bulk)]
        if not isinstance(frame.items[0], Bulk):
            return Error("ERR invalid command name")
        name, arguments = words[0].upper(), words[1:]
        match name, arguments:
            case b"PING", []:
                return Simple("PONG")
            case b"ECHO" | b"PING", [value, *_]:
                return Bulk(value)
            case b"SET", [key, value, *_]:
                self._keys[key] = value
                return Simple("OK")
            case b"GET", [key, *_]:
                return Bulk(self._keys[key]) if key in self._keys else NULL
            case b"PING" | b"ECHO" | b"SET" | b"GET", _:
                given = name.decode().lower()
                return Error(f"ERR wrong number of arguments for '{given}' command")
        return Error(f"ERR unknown command '{quoted(name.decode('utf-8', 'replace'))}'")
