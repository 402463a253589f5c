"""Further interfaces of msgpack that must say what `unpackb` and `Packer.pack` say."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Callable
from typing import Any, Final

from targets.formats.choices import from_bytes
from targets.formats.implementation import Refused
from targets.formats.msgpack.values import UTC
from targets.oracles import Violation

Unpacker = Callable[..., Any]
_LAST: Final = 253402300799
"""The last second of the year 9999."""
_SECONDS: Final = (0, 1, -1, 2**32 - 1, 2**32, 2**34 - 1, 2**34, -(2**31), _LAST, -62135596800)
_NANOSECONDS: Final = (0, 1, 999, 1000, 999_999, 1_000_000, 999_999_999, 500_000_000, 123_456_789)
MOST_BITES: Final = 24
"""Pieces of an input: what is not complete is read anew at each of them."""
_OPTIONS: Final[dict[str, Any]] = {"strict_map_key": False, "raw": False}


def by_hand(unpacker: Unpacker, data: bytes) -> object:
    """The outermost container read header by header, its members one by one."""
    reader = unpacker(**_OPTIONS)
    reader.feed(data)
    first = data[0] if data else 0xC1
    if first & 0xF0 == 0x90 or first in (0xDC, 0xDD):
        value: object = [reader.unpack() for _ in range(reader.read_array_header())]
    elif first & 0xF0 == 0x80 or first in (0xDE, 0xDF):
        count = reader.read_map_header()
        value = {reader.unpack(): reader.unpack() for _ in range(count)}
    else:
        value = reader.unpack()
    if reader.tell() != len(data):
        raise ValueError("more behind the value")
    return value


def in_bites(unpacker: Unpacker, data: bytes) -> object:
    """Fed in a few pieces of one length, asked after each."""
    reader = unpacker(**_OPTIONS)
    out_of_data: Any = importlib.import_module("msgpack").OutOfData
    step = max(1, len(data) // MOST_BITES)
    for at in range(0, len(data), step):
        reader.feed(bytearray(data[at : at + step]))
        try:
            value: object = reader.unpack()
        except out_of_data:
            continue
        if reader.tell() != len(data):
            raise ValueError("more behind the value")
        return value
    raise ValueError("it ends early")


def hooks(module: Any) -> dict[str, Any]:
    """Options with hooks that change nothing."""
    return {
        "list_hook": list,
        "object_pairs_hook": lambda pairs: dict(list(pairs)),
        "ext_hook": module.ExtType,
    }


def require_bytes_as_fed(unpacker: Unpacker, data: bytes) -> None:
    """Violation when `read_bytes` gives other bytes than were fed, in any pieces.

    It is never asked for more than there is: what it does then is not documented.
    """
    draw = from_bytes(data)
    reader, taken, asked = unpacker(), bytearray(), 0
    cut = draw.integer(0, len(data))
    for fed, part in ((cut, data[:cut]), (len(data), data[cut:])):
        reader.feed(part)
        size = draw.integer(0, fed - asked)
        taken += reader.read_bytes(size)
        asked += size
    taken += reader.read_bytes(len(data) - asked)
    if bytes(taken) != data or reader.tell() != len(data):
        raise Violation(
            "agree: msgpack gives other bytes than it was fed",
            f"{bytes(taken)!r} for {data!r}, at {reader.tell()}",
        )


def require_same_moments(timestamp: Any, data: bytes) -> None:
    """Violation when a `Timestamp` comes back as another from one of its forms."""
    draw = from_bytes(data)
    seconds, nanoseconds = draw.choice(_SECONDS), draw.choice(_NANOSECONDS)
    moment = timestamp(seconds, nanoseconds)
    forms: dict[str, Callable[[], Any]] = {
        "bytes": lambda: timestamp.from_bytes(moment.to_bytes()),
        "nanoseconds": lambda: timestamp.from_unix_nano(moment.to_unix_nano()),
    }
    if nanoseconds % 1000 == 0 and 0 <= seconds <= _LAST:
        forms["datetime"] = lambda: timestamp.from_datetime(moment.to_datetime())
        forms["aware datetime"] = lambda: timestamp.from_datetime(
            datetime.datetime(1970, 1, 1, tzinfo=UTC)
            + datetime.timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
        )
    for name, back in forms.items():
        if not hasattr(timestamp, "from_unix_nano"):
            continue
        found = back()
        if (found.seconds, found.nanoseconds) != (seconds, nanoseconds) or found != moment:
            raise Violation(
                f"agree: a Timestamp of msgpack comes back as another ({name})",
                f"{found} for {moment}",
            )


def in_pieces(packer: Any, value: object) -> bytes:
    """The outermost container written header by header; Refused for any other value."""
    written: Any
    match value:
        case list():
            packer.pack_array_header(len(value))
            for item in value:
                packer.pack(item)
        case dict():
            packer.pack_map_pairs(list(value.items()))
        case _:
            raise Refused("no container")
    written = packer.bytes()
    if bytes(packer.getbuffer()) != bytes(written):
        raise Violation("roundtrip: msgpack shows another buffer than its bytes", repr(written))
    packer.reset()
    return bytes(written)
