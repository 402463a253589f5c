"""The server of a dialog: answers each command of a client with the reply that is its turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from targets.mysql import scan
from targets.mysql.dialog import MAX_PAYLOAD, Dialog, Options, grown

QUIT: Final = 0x01
QUERY: Final = 0x03
PING: Final = 0x0E
_SILENT: Final = frozenset((QUIT, 0x18, 0x19))
"""Quit, long data and close of a statement have no answer."""
_AUTOMATIC: Final = frozenset((0x1A, 0x1F, 0x02))
"""Resets and the choice of a database are answered with OK."""
_PLUGIN_AUTH: Final = 0x80000
DEPRECATE_EOF: Final = 0x1000000
QUERY_ATTRIBUTES: Final = 0x8000000
CAPABILITIES: Final = 0x00BFF7FF & ~0x20 & ~0x800
"""All that MySQL 8.0 offers, but for compression and encryption."""
CHALLENGE: Final = b"abcdefgh", b"ijklmnopqrst"
OK: Final = b"\0\0\0\x02\0\0\0"
FAST: Final = b"\x01\x03"
"""caching_sha2_password: the password is right; OK follows by itself."""
LARGE_CHUNK: Final = 1 << 20
"""Bytes handed over at once in big replies, at least: byte by byte would take too long."""


def greeting(options: Options) -> bytes:
    """What the server says first, as MySQL 8.0 does."""
    flags = CAPABILITIES
    if options.deprecate_eof:
        flags |= DEPRECATE_EOF
    if options.attributes:
        flags |= QUERY_ATTRIBUTES
    return b"".join(
        (
            b"\x0a8.0.36\0\x07\0\0\0" + CHALLENGE[0] + b"\0",
            (flags & 0xFFFF).to_bytes(2, "little"),
            b"\xff\x02\x00",
            (flags >> 16).to_bytes(2, "little"),
            b"\x15" + bytes(10) + CHALLENGE[1] + b"\0",
            options.plugin.encode() + b"\0",
        )
    )


class Server:
    """One connection's server, a `peer.Peer`."""

    def __init__(self, dialog: Dialog, sizes: Sequence[int] = ()) -> None:
        self.sent = bytearray()
        """All that the client sent."""
        self.commands: list[bytes] = []
        """Payloads of the commands that were answered from the dialog."""
        self._dialog = dialog
        self._sizes = sizes
        self._turn = 0
        self._taken = 0
        self._pending = bytearray()
        self._playing = False
        self._own = 0
        """Packets of the own start that were sent."""
        self._start = _start_packets(dialog)
        self._replies = scan.replies(dialog, self._start)
        self._reply = 0
        self._sequence = 0
        self._flags = 0
        self._authenticated = False
        if dialog.options.numbered:
            self._raw()
        elif dialog.options.own_start:
            self._next_of_start()
        else:
            self._put(greeting(dialog.options))

    @property
    def replies(self) -> tuple[scan.Reply, ...]:
        """What it has to say."""
        return self._replies

    def begin(self) -> None:
        """The client is ready: from now on commands are answered from the dialog."""
        self._playing = True

    def received(self, data: bytes) -> None:
        """Take what the client sends, packet by packet."""
        self.sent += data
        while True:
            header = self.sent[self._taken : self._taken + 4]
            size = int.from_bytes(header[:3], "little")
            end = self._taken + 4 + size
            if len(header) < 4 or len(self.sent) < end:
                return
            payload = bytes(self.sent[self._taken + 4 : end])
            self._taken = end
            self._sequence = header[3] + 1
            if size < MAX_PAYLOAD:
                self._packet(payload)

    def wanted(self) -> bytes:
        """The next piece of what was said; nothing when there is none."""
        if not self._pending:
            return b""
        size = len(self._pending)
        if self._sizes:
            size = self._sizes[self._turn % len(self._sizes)]
            self._turn += 1
            if len(self._pending) > LARGE_CHUNK:
                size = max(size, LARGE_CHUNK)
        piece = bytes(self._pending[:size])
        del self._pending[:size]
        return piece

    def _packet(self, payload: bytes) -> None:
        options = self._dialog.options
        if options.numbered:
            return
        if not self._authenticated:
            self._flags = self._flags or int.from_bytes(payload[:4], "little")
            if options.own_start:
                self._next_of_start()
            else:
                self._authenticated = True
                if options.plugin == "caching_sha2_password" and len(payload) > 36:
                    self._put(FAST)
                self._put(OK)
        else:
            self._command(payload)

    def _command(self, payload: bytes) -> None:
        command = payload[0] if payload else 0
        if command in _SILENT:
            return
        pinged = command == PING and self._dialog.options.command != "ping"
        if (
            not self._playing
            or pinged
            or command in _AUTOMATIC
            or (command == QUERY and b"SHOW WARNINGS" in payload[:40])
        ):
            self._put(OK)
        else:
            self.commands.append(payload)
            self._next_reply()

    def _next_of_start(self) -> None:
        """One more packet of the dialog's own start."""
        while self._own < self._start:
            packet = self._dialog.packets[self._own]
            payload = grown(packet)
            self._own += 1
            self._put(payload, claimed=packet.claimed)
            if self._own > 1 and payload[:1] == b"\0":
                self._authenticated = True
            if payload != FAST:
                return

    def _next_reply(self) -> None:
        if self._reply >= len(self._replies):
            return
        reply = self._replies[self._reply]
        self._reply += 1
        deprecated = bool(self._flags & DEPRECATE_EOF) and self._dialog.options.deprecate_eof
        for index in range(reply.start, reply.end):
            packet = self._dialog.packets[index]
            payload = grown(packet)
            if deprecated and index in reply.column_ends:
                continue
            if deprecated and index in reply.row_ends:
                payload = b"\xfe\0\0" + payload[3:5] + payload[1:3]
            self._put(payload, claimed=packet.claimed)

    def _put(self, payload: bytes, claimed: int = -1) -> None:
        """Send as many packets as the payload takes."""
        at = 0
        while True:
            piece = payload[at : at + MAX_PAYLOAD]
            length = claimed if claimed >= 0 else len(piece)
            self._pending += length.to_bytes(3, "little") + bytes([self._sequence & 0xFF])
            self._pending += piece
            self._sequence += 1
            at += MAX_PAYLOAD
            if len(piece) < MAX_PAYLOAD:
                return

    def _raw(self) -> None:
        for packet in self._dialog.packets:
            length = packet.claimed if packet.claimed >= 0 else len(packet.payload)
            self._pending += length.to_bytes(3, "little") + bytes([packet.fourth])
            self._pending += packet.payload


def _start_packets(dialog: Dialog) -> int:
    """How many packets the own start has: greeting, and all until OK or an error."""
    if dialog.options.numbered or not dialog.options.own_start:
        return 0
    for index, packet in enumerate(dialog.packets):
        if index and packet.payload[:1] in (b"\0", b"\xff"):
            return index + 1
    return len(dialog.packets)
