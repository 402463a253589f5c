"""The input of client checks: how a client connects, and the packets that its server sends.

Four bytes of options, then packets: three bytes of length (little-endian), one more byte, payload.
The last packet may be cut short. Sequence numbers are the server's business, so that packets can
be left out and moved; the fourth byte says instead how the payload grows (`GROWTH`), so that an
input of a few bytes can mean a packet beyond 16 MiB. With the option `numbered` the packets are
sent as they are, the fourth byte is the sequence number.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from typing import Final

OPTIONS_BYTES: Final = 4
HEADER_BYTES: Final = 4
MAX_PAYLOAD: Final = 0xFFFFFF
"""A payload of this length or more goes on in the next packet."""
COMMANDS: Final = ("query", "stream", "prepare", "fetch-some", "ping", "dictionary", "early", "raw")
"""What the client does: buffered query, unbuffered query, prepared statement, a query of which it
fetches row by row, ping, rows as dictionaries, an unbuffered query that is closed after one row,
a query whose values are not converted."""
CHARSETS: Final = ("utf8mb4", "latin1", "utf8mb3", "ascii", "gbk", "cp932", "big5", "utf8")
PLUGINS: Final = ("mysql_native_password", "caching_sha2_password")
_FILLER: Final = bytes(range(ord("a"), ord("z")))
"""Its length has no common divisor with block sizes, so that no shift goes unseen."""


@dataclasses.dataclass(frozen=True, slots=True)
class Growth:
    """Append a length-encoded string: of `value` bytes, or so that the payload has `total`."""

    value: int = -1
    total: int = -1


GROWTH: Final = (
    Growth(),
    *(Growth(value=size) for size in (0, 1, 250, 251, 252, 253, 254, 255, 256)),
    *(Growth(value=size) for size in (4095, 8192, 65534, 65535, 65536, 65537)),
    *(Growth(total=size) for size in (7, 8, 9, 250, 251, 255, 256, 65535, 65536)),
    *(Growth(value=size) for size in (MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1)),
    *(Growth(total=size) for size in (MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1)),
    Growth(total=2 * MAX_PAYLOAD),
)
"""What the fourth byte of a packet means; values beyond the table mean nothing."""
LARGE: Final = len(GROWTH) - 7
"""From here on a growth makes packets of 16 MiB."""


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How the client connects and what it does."""

    own_start: bool = False
    """The packets begin with the greeting; otherwise a good greeting comes before them."""
    numbered: bool = False
    """Packets are sent as they are, in one piece, with the sequence numbers they have."""
    deprecate_eof: bool = False
    """The server offers to end results with OK packets instead of EOF packets."""
    attributes: bool = False
    """The server offers query attributes."""
    plugin: str = PLUGINS[0]
    long_names: bool = False
    """The client connects with a user, database and program name that are long."""
    charset: str = CHARSETS[0]
    upper: bool = False
    """The name of the character set is written in capitals, which means the same to MySQL."""
    debug: bool = False
    """The client tells what it does on stdout, if it can."""
    command: str = COMMANDS[0]
    parameters: int = 0
    """Which parameters a prepared statement is executed with; see `parameters.SETS`."""

    @classmethod
    def read(cls, data: bytes) -> Options:
        """From four bytes; any mean something, missing ones are zero.

        >>> Options.read(bytes([1, 0, 2])).command
        'prepare'
        """
        how, text, command, parameters = data[:OPTIONS_BYTES].ljust(OPTIONS_BYTES, b"\0")
        return cls(
            own_start=bool(how & 1),
            numbered=bool(how & 2),
            deprecate_eof=bool(how & 4),
            attributes=bool(how & 8),
            plugin=PLUGINS[how >> 4 & 1],
            long_names=bool(how & 32),
            charset=CHARSETS[text & 7],
            upper=bool(text & 8),
            debug=bool(how & 64),
            command=COMMANDS[command & 7],
            parameters=parameters,
        )

    @property
    def charset_name(self) -> str:
        """The character set as a client of PyMySQL's family is told of it."""
        name = "utf8" if self.charset == "utf8mb3" else self.charset
        return name.upper() if self.upper else name


@dataclasses.dataclass(frozen=True, slots=True)
class Packet:
    """One record of the input."""

    payload: bytes
    fourth: int = 0
    claimed: int = -1
    """Length in its header where the payload is cut short; -1: the payload's own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Dialog:
    """What an input means."""

    options: Options
    packets: tuple[Packet, ...]
    stream: bytes = b""
    """All bytes that the peer sends, for subjects to which packets mean nothing."""

    @classmethod
    def read(cls, data: bytes, *, prepares: bool = True) -> Dialog:
        """Any bytes are a dialog. A client that does not prepare statements queries instead."""
        options = Options.read(data)
        if options.command == "prepare" and not prepares:
            options = dataclasses.replace(options, command="query")
        if options.command == "prepare":
            # Parameters are text of any kind, which few character sets have.
            options = dataclasses.replace(options, charset=CHARSETS[0])
        return cls(options, tuple(_one_large(_packets(data[OPTIONS_BYTES:]), may_be_large(data))))

    @property
    def large(self) -> bool:
        """Whether a packet beyond 16 MiB is in it."""
        return any(_is_large(packet) for packet in self.packets)


def _packets(data: bytes) -> list[Packet]:
    found = []
    at = 0
    while at < len(data):
        header = data[at : at + HEADER_BYTES].ljust(HEADER_BYTES, b"\0")
        length = int.from_bytes(header[:3], "little")
        payload = data[at + HEADER_BYTES : at + HEADER_BYTES + length]
        cut = len(payload) < length
        found.append(Packet(payload, header[3], length if cut else -1))
        at += HEADER_BYTES + length
    return found


def _is_large(packet: Packet) -> bool:
    return LARGE <= packet.fourth < len(GROWTH)


def may_be_large(data: bytes) -> bool:
    """Whether an input may hold a packet beyond 16 MiB.

    Such a packet costs a tenth of a second, a hundred times as much as others: one of eight inputs
    may, so that a search which likes them does not spend all its time on them.
    """
    return zlib.crc32(data) % 8 == 0


def enlarged(data: bytes) -> bytes:
    """The same input but for its last byte of options, such that it may."""
    for byte in range(256):
        found = data[: OPTIONS_BYTES - 1] + bytes([byte]) + data[OPTIONS_BYTES:]
        if may_be_large(found):
            return found
    return data


def _one_large(packets: list[Packet], allowed: bool) -> list[Packet]:
    """At most the first large packet is."""
    for index, packet in enumerate(packets):
        if _is_large(packet):
            if not allowed:
                packets[index] = dataclasses.replace(packet, fourth=0)
            allowed = False
    return packets


def write(options: bytes, packets: list[tuple[bytes, int]]) -> bytes:
    """The input for four bytes of options and payloads, each with its fourth byte.

    >>> write(bytes(4), [(b"abc", 0)])
    b'\\x00\\x00\\x00\\x00\\x03\\x00\\x00\\x00abc'
    """
    parts = [options[:OPTIONS_BYTES].ljust(OPTIONS_BYTES, b"\0")]
    for payload, fourth in packets:
        parts += (len(payload).to_bytes(3, "little"), bytes([fourth]), payload)
    return b"".join(parts)


def grown(packet: Packet) -> bytes:
    """The payload after its growth."""
    if not 0 < packet.fourth < len(GROWTH):
        return packet.payload
    return _large(packet) if _is_large(packet) else _grown(packet)


def _grown(packet: Packet) -> bytes:
    growth = GROWTH[packet.fourth]
    if growth.value >= 0:
        return packet.payload + _filling(growth.value)
    room = growth.total - len(packet.payload)
    for prefix in (1, 3, 4, 9):
        if room >= prefix and _prefix_bytes(room - prefix) == prefix:
            return packet.payload + _filling(room - prefix)
    return packet.payload


_large = functools.lru_cache(maxsize=2)(_grown)


def _prefix_bytes(size: int) -> int:
    return 1 if size < 251 else 3 if size < 1 << 16 else 4 if size < 1 << 24 else 9


@functools.lru_cache(maxsize=4)
def _filling(size: int) -> bytes:
    """A length-encoded string of letters."""
    head = {1: b"", 3: b"\xfc", 4: b"\xfd", 9: b"\xfe"}[_prefix_bytes(size)]
    width = {1: 1, 3: 2, 4: 3, 9: 8}[_prefix_bytes(size)]
    letters = (_FILLER * (size // len(_FILLER) + 1))[:size]
    return head + size.to_bytes(width, "little") + letters
