"""A server that answers everything well, and remembers the statements that it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LONG_PASSWORD: Final = 1
CONNECT_WITH_DB: Final = 8
LOCAL_FILES: Final = 0x80
PROTOCOL_41: Final = 0x200
SSL: Final = 0x800
TRANSACTIONS: Final = 0x2000
SECURE_CONNECTION: Final = 0x8000
MULTI_STATEMENTS: Final = 0x10000
MULTI_RESULTS: Final = 0x20000
PLUGIN_AUTH: Final = 0x80000
CAPABILITIES: Final = (
    *(LONG_PASSWORD, CONNECT_WITH_DB, LOCAL_FILES, PROTOCOL_41, TRANSACTIONS),
    *(SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS, PLUGIN_AUTH),
)
MORE_RESULTS: Final = 8
NO_BACKSLASH_ESCAPES: Final = 0x200
SALT: Final = b"abcdefgh", b"ijklmnopqrst"
QUIT: Final = 1
QUERY: Final = 3


def packet(sequence: int, payload: bytes) -> bytes:
    """A payload below 16 MiB with its header."""
    return len(payload).to_bytes(3, "little") + bytes([sequence & 0xFF]) + payload


def greeting(
    *, status: int = 2, plugin: bytes = b"mysql_native_password", capabilities: int = 0
) -> bytes:
    """Protocol 10, MySQL 8.0; `capabilities` are further ones."""
    flags = sum(CAPABILITIES) | capabilities
    return b"".join(
        (
            b"\x0a8.0.36\x00\x07\x00\x00\x00",
            SALT[0] + b"\0",
            (flags & 0xFFFF).to_bytes(2, "little"),
            b"\x2d",
            status.to_bytes(2, "little"),
            (flags >> 16).to_bytes(2, "little"),
            b"\x15" + bytes(10),
            SALT[1] + b"\0",
            plugin + b"\0",
        )
    )


def ok(status: int = 2) -> bytes:
    """No rows, nothing to warn of."""
    return b"\0\0\0" + status.to_bytes(2, "little") + b"\0\0"


def eof(status: int = 2) -> bytes:
    """The end of columns or rows."""
    return b"\xfe\0\0" + status.to_bytes(2, "little")


def error(text: bytes, code: int = 1064) -> bytes:
    """A refusal with a state of the SQL standard."""
    return b"\xff" + code.to_bytes(2, "little") + b"#42000" + text


def column(name: bytes, kind: int = 0xFD, charset: int = 0x2D) -> bytes:
    """The definition of a column; a VARCHAR unless told otherwise."""
    texts = (b"def", b"", b"t", b"t", name, name)
    return b"".join(bytes([len(text)]) + text for text in texts) + (
        b"\x0c" + charset.to_bytes(2, "little") + b"\xff\0\0\0" + bytes([kind]) + bytes(5)
    )


def result_set(sequence: int, rows: Sequence[Sequence[bytes]], status: int = 2) -> bytes:
    """Packets of a result of short texts, numbered from `sequence` on."""
    width = len(rows[0])
    payloads = [bytes([width])]
    payloads += [column(b"c%d" % number) for number in range(width)]
    payloads.append(eof(status))
    payloads += [b"".join(bytes([len(cell)]) + cell for cell in row) for row in rows]
    payloads.append(eof(status))
    return b"".join(packet(sequence + number, text) for number, text in enumerate(payloads))


class Packets:
    """Takes apart what a client sends; payloads of 16 MiB and their continuations are joined."""

    __slots__ = ("_buffer", "_joined")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._joined = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Sequence number (of the last part) and payload of each packet completed."""
        self._buffer += data
        found = []
        while len(self._buffer) >= 4:
            size = int.from_bytes(self._buffer[:3], "little")
            if len(self._buffer) < 4 + size:
                break
            sequence = self._buffer[3]
            self._joined += self._buffer[4 : 4 + size]
            del self._buffer[: 4 + size]
            if size < 0xFFFFFF:
                found.append((sequence, bytes(self._joined)))
                self._joined.clear()
        return found


class Polite:
    """Greets, lets everybody in, and answers each statement with OK, or rows where one must."""

    def __init__(self, *, backslash_escapes: bool = True) -> None:
        self._status = 2 if backslash_escapes else 2 | NO_BACKSLASH_ESCAPES
        self._mode = b"" if backslash_escapes else b"NO_BACKSLASH_ESCAPES"
        self._packets = Packets()
        self._ready = bytearray(packet(0, greeting(status=self._status)))
        self._inside = False
        self.statements: list[bytes] = []

    def received(self, data: bytes) -> None:
        """Answer the packets that are complete."""
        for sequence, payload in self._packets.feed(data):
            if not self._inside:
                self._inside = True
                self._ready += packet(sequence + 1, ok(self._status))
            elif payload[:1] == bytes([QUERY]):
                self._ready += self._answer(sequence + 1, payload[1:])
            elif payload[:1] != bytes([QUIT]):
                self._ready += packet(sequence + 1, ok(self._status))

    def wanted(self) -> bytes:
        """What is ready; nothing: the client waits for what nobody owes it."""
        ready = bytes(self._ready)
        self._ready.clear()
        return ready

    def _answer(self, sequence: int, statement: bytes) -> bytes:
        if statement.startswith(b"SELECT @@"):
            # A client's own question about the session, not a user's statement.
            name = statement.lower()
            mode = self._mode if b"sql_mode" in name else b"1"
            return result_set(sequence, [[mode]], self._status)
        self.statements.append(statement)
        if statement.startswith(b"SELECT @"):
            width = statement.count(b",") + 1
            return result_set(sequence, [[b"1"] * width], self._status)
        return packet(sequence, ok(self._status))
