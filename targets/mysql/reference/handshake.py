"""The start of a connection, both sides: greeting, the client's response, proof of the password."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Final

from targets import faults
from targets.mysql.reference.packets import (
    ProtocolError,
    read_integer,
    read_string,
    write_integer,
    write_string,
)

CONNECT_WITH_DB: Final = 0x8
PROTOCOL_41: Final = 0x200
TRANSACTIONS: Final = 0x2000
SECURE_CONNECTION: Final = 0x8000
MULTI_STATEMENTS: Final = 0x10000
MULTI_RESULTS: Final = 0x20000
PREPARED_RESULTS: Final = 0x40000
PLUGIN_AUTH: Final = 0x80000
CONNECT_ATTRIBUTES: Final = 0x100000
LENENC_AUTH: Final = 0x200000
WANTED: Final = (
    1
    | PROTOCOL_41
    | TRANSACTIONS
    | SECURE_CONNECTION
    | MULTI_STATEMENTS
    | MULTI_RESULTS
    | PREPARED_RESULTS
    | PLUGIN_AUTH
    | CONNECT_ATTRIBUTES
    | LENENC_AUTH
)
"""An allow-list, met with what the server offers: no encryption, no compression, EOF as ever."""


@dataclasses.dataclass(frozen=True, slots=True)
class Greeting:
    """What a server says first."""

    version: bytes
    connection_id: int
    challenge: bytes
    capabilities: int
    plugin: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """What a client answers to a greeting."""

    capabilities: int
    max_packet: int
    charset: int
    user: bytes
    proof: bytes
    database: bytes = b""
    plugin: bytes = b""
    attributes: tuple[tuple[bytes, bytes], ...] = ()


def parse_greeting(payload: bytes) -> Greeting:
    """Protocol 10: version, number, 8 bytes of challenge, then a run of 8 that must be there."""
    if payload[:1] == b"\xff":
        raise ProtocolError("the server refuses")
    if payload[:1] != b"\x0a":
        raise ProtocolError("not protocol 10")
    end = payload.find(b"\0", 1)
    if end < 0:
        raise ProtocolError("the version does not end")
    run = end + 14
    if len(payload) < run + 8 and not faults.on("greeting-cut"):
        raise ProtocolError("the greeting is too short")
    challenge = payload[end + 5 : end + 13]
    fixed = payload[run : run + 8]
    capabilities = fixed[0] | fixed[1] << 8 | fixed[5] << 16 | fixed[6] << 24
    size = max(12, fixed[7] - 9) if fixed[7] else 12
    at = run + 18
    challenge += payload[at : at + size]
    plugin = payload[at + size + 1 :].partition(b"\0")[0]
    return Greeting(
        payload[1:end],
        int.from_bytes(payload[end + 1 : end + 5], "little"),
        challenge,
        capabilities,
        plugin if capabilities & PLUGIN_AUTH else b"mysql_native_password",
    )


def proof(plugin: bytes, password: bytes, challenge: bytes) -> bytes:
    """What proves to know the password; empty for an empty one."""
    if not password:
        return b""
    challenge = challenge[:20]
    if plugin == b"mysql_native_password":
        once = hashlib.sha1(password).digest()
        mask = hashlib.sha1(challenge + hashlib.sha1(once).digest()).digest()
    elif plugin == b"caching_sha2_password":
        once = hashlib.sha256(password).digest()
        mask = hashlib.sha256(hashlib.sha256(once).digest() + challenge).digest()
    else:
        raise ProtocolError("no such way to prove a password")
    return bytes(left ^ right for left, right in zip(once, mask, strict=True))


def write_response(response: Response) -> bytes:
    """The payload of a response; the capabilities say which parts it has."""
    flags = response.capabilities
    parts = [
        flags.to_bytes(4, "little"),
        response.max_packet.to_bytes(4, "little"),
        bytes([response.charset]) + bytes(23),
        response.user + b"\0",
        write_string(response.proof),
    ]
    if flags & CONNECT_WITH_DB:
        parts.append(response.database + b"\0")
    if flags & PLUGIN_AUTH:
        parts.append(response.plugin + b"\0")
    if flags & CONNECT_ATTRIBUTES:
        pairs = b"".join(write_string(part) for pair in response.attributes for part in pair)
        parts.append(write_integer(len(pairs)) + pairs)
    return b"".join(parts)


def parse_response(payload: bytes) -> Response:
    """What a client of protocol 4.1 answered; ProtocolError where it is malformed."""
    if len(payload) < 33:
        raise ProtocolError("the response is too short")
    flags = int.from_bytes(payload[:4], "little")
    user, at = _ended(payload, 32, "user")
    if flags & LENENC_AUTH:
        secret, at = read_string(payload, at)
    elif flags & SECURE_CONNECTION:
        size = payload[at] if at < len(payload) else 0
        secret, at = payload[at + 1 : at + 1 + size], at + 1 + size
    else:
        secret, at = _ended(payload, at, "proof")
    database = plugin = b""
    if flags & CONNECT_WITH_DB:
        database, at = _ended(payload, at, "database")
    if flags & PLUGIN_AUTH:
        plugin, at = _ended(payload, at, "plugin")
    attributes = []
    if flags & CONNECT_ATTRIBUTES:
        found = read_integer(payload, at)
        if found is None or found[0] != len(payload) - found[1]:
            raise ProtocolError("the attributes have another length than they say")
        at = found[1]
        while at < len(payload):
            key, at = read_string(payload, at)
            value, at = read_string(payload, at)
            attributes.append((key, value))
    return Response(
        flags,
        int.from_bytes(payload[4:8], "little"),
        payload[8],
        user,
        secret,
        database,
        plugin,
        tuple(attributes),
    )


def _ended(payload: bytes, at: int, what: str) -> tuple[bytes, int]:
    end = payload.find(b"\0", at)
    if end < 0:
        raise ProtocolError(f"the {what} does not end")
    return payload[at:end], end + 1
