"""The reference's small readers, held to the contract value by value."""

from __future__ import annotations

from targets.mysql.reference import handshake, packets
from targets.oracles import Violation

_WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}


def require(data: bytes) -> None:
    """Violation when a reader says of `data`, or of its tail, what the contract does not."""
    for payload in (data, data[4:], data[8:]):
        _statement(payload)
        _integer(payload)
        _error_text(payload)
        try:
            handshake.parse_greeting(payload)
        except packets.ProtocolError:
            continue


def _statement(payload: bytes) -> None:
    expected = None if len(payload) < 5 else int.from_bytes(payload[1:5], "little")
    if packets.parse_stmt_id(payload) != expected:
        raise Violation("packets: number of a statement", f"in {payload[:8]!r}")


def _integer(payload: bytes) -> None:
    expected = None
    if payload and payload[0] < 0xFC:
        expected = (payload[0] if payload[0] != 0xFB else 0, 1)
    elif payload and payload[0] != 0xFF and len(payload) > _WIDTHS[payload[0]]:
        width = _WIDTHS[payload[0]]
        expected = int.from_bytes(payload[1 : 1 + width], "little"), 1 + width
    found = packets.read_integer(payload, 0)
    if found != expected:
        raise Violation("packets: length-encoded integer", f"in {payload[:10]!r}: {found}")
    if found is not None:
        written = packets.write_integer(found[0])
        if packets.read_integer(written, 0) != (found[0], len(written)):
            raise Violation("packets: length-encoded integer as written", f"{found[0]}")


def _error_text(payload: bytes) -> None:
    short = len(payload) < 9
    expected = "(empty error)" if short else payload[9:].decode("utf-8", "replace")
    if packets.error_text(payload) != expected:
        raise Violation("packets: text of an error", f"in {payload[:12]!r}")
