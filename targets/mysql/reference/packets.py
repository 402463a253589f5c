"""Packets and length-encoded values: what every other part of the protocol is made of."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets import faults

HEADER_BYTES: Final = 4
MAX_PAYLOAD: Final = 0xFFFFFF
NULL: Final = 0xFB


class ProtocolError(Exception):
    """The peer broke the protocol; `str()` says how, without a byte of what it sent."""


@dataclasses.dataclass(frozen=True, slots=True)
class Packet:
    """One packet of the wire, or several that continue each other, joined."""

    sequence: int
    """Of its last part: passed through, not checked."""
    payload: bytes


class PacketReader:
    """Turns bytes into packets; keeps no more than the bytes of the packet that is under way."""

    __slots__ = ("_buffer", "_continues", "_forgets", "_parts", "_reserves", "_tears")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._reserves = faults.on("claimed-length")
        self._continues = not faults.on("continuation")
        self._tears = faults.on("torn-header")
        self._forgets: bytearray | None = None

    def feed(self, chunk: bytes) -> list[Packet]:
        """Take `chunk`; the packets that it completes."""
        if self._tears and not self._buffer and 0 < len(chunk) < HEADER_BYTES:
            return []
        self._buffer += chunk
        found: list[Packet] = []
        at = 0
        while True:
            packet, used = read_packet(self._buffer, at)
            if packet is None:
                break
            at += used
            self._parts.append(packet.payload)
            if used - HEADER_BYTES < MAX_PAYLOAD or not self._continues:
                found.append(Packet(packet.sequence, b"".join(self._parts)))
                self._parts = []
        del self._buffer[:at]
        if self._reserves and len(self._buffer) >= HEADER_BYTES:
            self._forgets = bytearray(int.from_bytes(self._buffer[:3], "little"))
        return found


def read_packet(data: bytes | bytearray, at: int = 0) -> tuple[Packet | None, int]:
    """The packet that starts at `at`, and how many bytes it has; (None, 0) when bytes are missing.

    >>> read_packet(b"\\x01\\x00\\x00\\x05x rest")
    (Packet(sequence=5, payload=b'x'), 5)
    """
    if len(data) - at < HEADER_BYTES:
        return None, 0
    size = int.from_bytes(data[at : at + 3], "little")
    end = at + HEADER_BYTES + size
    if len(data) < end:
        return None, 0
    return Packet(data[at + 3], bytes(data[at + HEADER_BYTES : end])), HEADER_BYTES + size


def write_packets(payload: bytes, sequence: int) -> tuple[bytes, int]:
    """The packets of a payload, and the sequence number after them, which wraps at 256."""
    parts: list[bytes] = []
    at = 0
    while True:
        piece = payload[at : at + MAX_PAYLOAD]
        number = sequence if faults.on("sequence-255") else sequence & 0xFF
        parts += (len(piece).to_bytes(3, "little"), bytes([number]), piece)
        sequence += 1
        at += MAX_PAYLOAD
        if len(piece) < MAX_PAYLOAD:
            return b"".join(parts), sequence if faults.on("sequence-255") else sequence & 0xFF


def read_integer(data: bytes, at: int) -> tuple[int, int] | None:
    """A length-encoded integer and where it ends; NULL is 0; None for 0xFF and truncation.

    >>> read_integer(b"\\xfc\\xfb\\x00", 0)
    (251, 3)
    """
    if at >= len(data):
        return None
    first = data[at]
    if first < NULL:
        return first, at + 1
    if first == NULL:
        return 0, at + 1
    width = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
    if width is None or at + 1 + width > len(data):
        return None
    if first == 0xFD and faults.on("three-byte-length"):
        return int.from_bytes(data[at + 1 : at + 3], "little"), at + 4
    return int.from_bytes(data[at + 1 : at + 1 + width], "little"), at + 1 + width


def write_integer(number: int) -> bytes:
    """The shortest length-encoding; ValueError below 0 and from 2^64 on.

    >>> write_integer(250), write_integer(251)
    (b'\\xfa', b'\\xfc\\xfb\\x00')
    """
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{number} has no length-encoding")
    if number < NULL or (number == NULL and faults.on("length-251")):
        return bytes([number])
    for first, width in ((0xFC, 2), (0xFD, 3)):
        if number < 1 << (8 * width):
            return bytes([first]) + number.to_bytes(width, "little")
    return b"\xfe" + number.to_bytes(8, "little")


def read_string(data: bytes, at: int) -> tuple[bytes, int]:
    """A length-encoded string and where it ends; ProtocolError when it is cut short."""
    found = read_integer(data, at)
    if found is None:
        raise ProtocolError("a length is missing")
    length, start = found
    if length > len(data) - start:
        raise ProtocolError("a string is longer than its packet")
    return data[start : start + length], start + length


def write_string(text: bytes) -> bytes:
    """A length-encoded string."""
    return write_integer(len(text)) + text


def parse_stmt_id(payload: bytes) -> int | None:
    """The number of the statement that a command is about; None for less than 5 bytes.

    >>> parse_stmt_id(b"\\x17\\x01\\x00\\x00\\x00")
    1
    """
    if len(payload) < 5 and not (payload and faults.on("short-statement")):
        return None
    if faults.on("short-statement"):
        return payload[1] | payload[2] << 8 | payload[3] << 16 | payload[4] << 24
    return int.from_bytes(payload[1:5], "little")


def error_text(payload: bytes) -> str:
    """The message of an ERR packet of a server since 4.1: what follows code, `#` and state.

    >>> error_text(b"\\xff\\x10\\x04#42000No")
    'No'
    """
    if len(payload) < 9:
        return "(empty error)"
    return payload[9:].decode("utf-8", "replace")
