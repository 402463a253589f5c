"""Events of the binary log without table rows: drawn, encoded, and what a reader must find.

Source: MySQL 8.0 source documentation, "Binlog Event"; MariaDB Knowledge Base, "Replication
Protocol". Names of fields are those of python-mysql-replication, as there is no standard.
"""

from __future__ import annotations

import dataclasses
import decimal
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.binlog.columns import decimal_bytes

HEADER_BYTES: Final = 19
CHECKSUM_BYTES: Final = 4
FORMAT_DESCRIPTION: Final = 15


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind, body, and the fields that a reader must find in it."""

    name: str
    code: int
    body: bytes
    fields: Mapping[str, object]
    mariadb: bool = False
    post_header: int = 0
    """Bytes at the start of the body that a later server may have more of; 0: never."""


def packed(event: Event, *, checksum: bool, extra: int = 0, position: int = 4) -> bytes:
    """The event as a server sends it, behind the packet's OK byte; `extra` bytes more in the
    post-header, as its format description says."""
    if extra and event.post_header:
        head, rest = event.body[: event.post_header], event.body[event.post_header :]
        event = dataclasses.replace(event, body=head + b"\xee" * extra + rest)
    always = event.code == FORMAT_DESCRIPTION
    tail = CHECKSUM_BYTES if checksum or always else 0
    size = HEADER_BYTES + len(event.body) + tail
    head = struct.pack("<IBIIIH", 1_700_000_000, event.code, 7, size, position, 0)
    data = head + event.body
    return data + (zlib.crc32(data).to_bytes(4, "little") if tail else b"")


def post_header_lengths(extra: int) -> tuple[int, ...]:
    """What a format description says of such events: all that readers may be told of."""
    known = {2: 13, 19: 8, 23: 8, 24: 8, 25: 8, 30: 10, 31: 10, 32: 10}
    return tuple(known.get(code, -extra) + extra for code in range(1, 42))


def draw_event(choices: Choices) -> Event:
    """An event of any kind that needs no table."""
    return choices.choice(MAKERS)(choices)


def _rows_query(choices: Choices) -> Event:
    query = choices.text(70000, "SELECT é1" if choices.chance(0.1) else "SELECT 1")
    data = query.encode()
    # The length byte is what fits; readers must go by the event's size.
    body = bytes([min(len(data), 255)]) + data
    return Event("rows query", 29, body, {"query": query})


def _query(choices: Choices) -> Event:
    schema = choices.text(255).encode()
    query = choices.text(66000, "UPDATE é2 ")
    status, fields = _status(choices)
    thread, seconds, code = choices.number(32), choices.number(32), choices.number(16)
    head = struct.pack("<IIBHH", thread, seconds, len(schema), code, len(status))
    fields |= {
        "slave_proxy_id": thread,
        "execution_time": seconds,
        "error_code": code,
        "schema": schema,
        "query": query,
    }
    body = head + status + schema + b"\0" + query.encode()
    return Event("query", 2, body, fields, post_header=len(head))


def _status(choices: Choices) -> tuple[bytes, dict[str, object]]:
    """Variables of a query, each at most once."""
    data = b""
    fields: dict[str, object] = {}
    for key, form, names in _STATUS:
        if not choices.chance(0.25):
            continue
        numbers = [choices.number(struct.calcsize(f"<{part}") * 8) for part in form]
        data += bytes([key]) + struct.pack(f"<{form}", *numbers)
        fields |= dict(zip(names, numbers, strict=True))
    for key, name in ((5, "time_zone"), (6, "catalog_nz_code")):
        if choices.chance(0.25):
            text = choices.text(255).encode()
            data += bytes([key, len(text)]) + text
            fields |= {name: text} if text else {}
    if choices.chance(0.25):
        user, host = choices.text(96).encode(), choices.text(255).encode()
        data += b"\x0b" + bytes([len(user)]) + user + bytes([len(host)]) + host
        fields |= {name: text for name, text in (("user", user), ("host", host)) if text}
    if choices.chance(0.25):
        schemas = [choices.text(64).encode() + b"x" for _ in range(choices.integer(0, 5))]
        data += bytes([12, len(schemas)]) + b"".join(schema + b"\0" for schema in schemas)
        fields |= {"mts_accessed_db_names": schemas}
    if choices.chance(0.25):
        micros = choices.choice((0, 1, 999_999))
        data += b"\x0d" + micros.to_bytes(3, "little")
        fields |= {"microseconds": micros}
    return data, fields


_STATUS: Final = (
    (0, "I", ("flags2",)),
    (1, "Q", ("sql_mode",)),
    (3, "HH", ("auto_increment_increment", "auto_increment_offset")),
    (4, "HHH", ("character_set_client", "collation_connection", "collation_server")),
    (7, "H", ("lc_time_names_number",)),
    (8, "H", ("charset_database_number",)),
    (9, "Q", ("table_map_for_update",)),
    (16, "B", ("explicit_defaults_ts",)),
    (17, "Q", ("ddl_xid",)),
    (18, "H", ("default_collation_for_utf8mb4_number",)),
    (19, "B", ("sql_require_primary_key",)),
    (20, "B", ("default_table_encryption",)),
)


def _rotate(choices: Choices) -> Event:
    position, name = choices.number(64), choices.text(512, "binlog.01")
    return Event(
        *("rotate", 4, struct.pack("<Q", position) + name.encode()),
        {"position": position, "next_binlog": name},
    )


def _format_description(choices: Choices) -> Event:
    version = choices.choice(("8.0.36", "5.7.44-log", "8.4.0", "10.11.6-MariaDB-log", "9.1.0"))
    created = choices.number(32)
    lengths = tuple(choices.integer(0, 60) for _ in range(choices.choice((41, 38, 40, 0, 172))))
    algorithm = choices.integer(0, 1)
    body = struct.pack("<H50sIB", 4, version.encode(), created, HEADER_BYTES)
    fields = {
        "binlog_version": (4,),
        "mysql_version_str": version,
        "created": created,
        "common_header_len": HEADER_BYTES,
        "post_header_len": lengths,
        "checksum_algorithm": algorithm,
    }
    body += bytes(lengths) + bytes([algorithm])
    return Event("format description", FORMAT_DESCRIPTION, body, fields)


def _xid(choices: Choices) -> Event:
    xid = choices.number(64)
    return Event("xid", 16, struct.pack("<Q", xid), {"xid": xid})


def _intvar(choices: Choices) -> Event:
    kind, value = choices.choice((1, 2)), choices.number(64)
    return Event("intvar", 5, struct.pack("<BQ", kind, value), {"type": kind, "value": value})


def _rand(choices: Choices) -> Event:
    one, two = choices.number(64), choices.number(64)
    return Event("rand", 13, struct.pack("<QQ", one, two), {"seed1": one, "seed2": two})


def _user_var(choices: Choices) -> Event:
    name = choices.text(64) + "v"
    head = struct.pack("<I", len(name)) + name.encode()
    if choices.chance(0.2):
        return Event("user variable", 14, head + b"\1", {"name": name, "is_null": 1, "value": None})
    kind, value, data, flags = _variable(choices)
    body = head + struct.pack("<BBII", 0, kind, 45, len(data)) + data + bytes([flags])
    fields = {"name": name, "is_null": 0, "type": kind, "charset": 45, "flags": flags}
    return Event("user variable", 14, body, fields | {"value": value})


def _variable(choices: Choices) -> tuple[int, object, bytes, int]:
    """Type, value, bytes and flags of a user variable."""
    match choices.integer(0, 3):
        case 0:
            text = choices.text(66000, "vé") + "v"
            return 0, text, text.encode(), 0
        case 1:
            number = choices.choice((0.0, 1.5, -2.25e100))
            return 1, number, struct.pack("<d", number), 0
        case 2:
            unsigned = choices.integer(0, 1)
            whole = choices.number(64, signed=not unsigned)
            return 2, whole, whole.to_bytes(8, "little", signed=not unsigned), unsigned
        case _:
            scale = choices.choice((1, 2, 9, 10))
            digits = "".join(str(choices.integer(0, 9)) for _ in range(scale + 4))
            negative = choices.chance(0.5) and bool(digits.strip("0"))
            text = f"{'-' if negative else ''}{digits[:4]}.{digits[4:]}"
            data = decimal_bytes(digits, scale, negative=negative)
            return 4, decimal.Decimal(text), bytes((scale + 4, scale)) + data, 0


def _uuid(sid: bytes) -> str:
    text = sid.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _gtid(choices: Choices) -> Event:
    flag, sid = choices.integer(0, 1), choices.binary(16, 16)
    number, last, sequence = choices.number(63), choices.number(63), choices.number(63)
    body = bytes([flag]) + sid + struct.pack("<QBQQ", number, 2, last, sequence)
    fields = {
        "commit_flag": bool(flag),
        "gno": number,
        "gtid": f"{_uuid(sid)}:{number}",
        "lt_type": 2,
        "last_committed": last,
        "sequence_number": sequence,
    }
    return Event("gtid", 33, body, fields)


def _previous_gtids(choices: Choices) -> Event:
    count = choices.choice((0, 1, 2, 5))
    body = struct.pack("<Q", count)
    for _ in range(count):
        intervals = choices.choice((1, 2, 3))
        body += choices.binary(16, 16) + struct.pack("<Q", intervals)
        for at in range(intervals):
            start = 1 + at * 100
            body += struct.pack("<QQ", start, start + choices.integer(1, 50))
    return Event("previous gtids", 35, body, {"_n_sid": count})


def _heartbeat(choices: Choices) -> Event:
    name = choices.text(512, "binlog.02")
    return Event("heartbeat", 27, name.encode(), {"ident": name})


def _stop(_choices: Choices) -> Event:
    return Event("stop", 3, b"", {})


def _begin_load(choices: Choices) -> Event:
    number, block = choices.number(32), choices.text(70000).encode()
    body = struct.pack("<I", number) + block
    return Event("begin load query", 17, body, {"file_id": number, "block_data": block})


def _execute_load(choices: Choices) -> Event:
    numbers = {
        name: choices.number(bits)
        for name, bits in (("slave_proxy_id", 32), ("execution_time", 32), ("error_code", 16))
    }
    more = {name: choices.number(32) for name in ("file_id", "start_pos", "end_pos")}
    flags, schema = choices.integer(0, 2), choices.text(64).encode()
    body = struct.pack(
        *("<IIBHH", numbers["slave_proxy_id"], numbers["execution_time"], len(schema)),
        *(numbers["error_code"], 0),
    )
    body += struct.pack("<IIIB", *more.values(), flags) + schema + b"\0LOAD DATA"
    fields = {**numbers, **more, "dup_handling_flags": flags, "schema_length": len(schema)}
    return Event("execute load query", 18, body, fields)


def _xa_prepare(choices: Choices) -> Event:
    one, form = choices.integer(0, 1), choices.number(32)
    first, second = choices.text(64).encode(), choices.text(64).encode()
    body = struct.pack("<BIII", one, form, len(first), len(second)) + first + second
    fields = {
        "one_phase": bool(one),
        "xid_format_id": form,
        "xid": (first + second).decode(),
    }
    return Event("xa prepare", 38, body, fields)


def _annotate(choices: Choices) -> Event:
    query = choices.text(66000).encode()
    return Event("annotate rows", 160, query, {"sql_statement": query}, mariadb=True)


def _checkpoint(choices: Choices) -> Event:
    name = choices.text(512, "binlog.03")
    body = struct.pack("<I", len(name)) + name.encode()
    return Event("binlog checkpoint", 161, body, {"filename": name}, mariadb=True)


def _mariadb_gtid(choices: Choices) -> Event:
    number, domain, flags = choices.number(63), choices.number(32), choices.integer(0, 255)
    body = struct.pack("<QIB", number, domain, flags) + bytes(6)
    fields = {
        "gtid_seq_no": number,
        "domain_id": domain,
        "flags": flags,
        "gtid": f"{domain}-7-{number}",
    }
    return Event("gtid of MariaDB", 162, body, fields, mariadb=True)


def _gtid_list(choices: Choices) -> Event:
    entries = [
        (choices.number(32), choices.number(32), choices.number(63))
        for _ in range(choices.choice((0, 1, 2, 40)))
    ]
    body = struct.pack("<I", len(entries)) + b"".join(struct.pack("<IIQ", *e) for e in entries)
    names = ["-".join(map(str, entry)) for entry in entries]
    fields = {"gtid_length": len(entries), "gtid_list[].gtid": names}
    return Event("gtid list", 163, body, fields, mariadb=True)


def _encryption(choices: Choices) -> Event:
    version, nonce = choices.number(32), choices.binary(12, 12)
    body = struct.pack("<BI", 1, version) + nonce
    fields = {"schema": 1, "key_version": version, "nonce": nonce}
    return Event("start encryption", 164, body, fields, mariadb=True)


MAKERS: Final[tuple[Callable[[Choices], Event], ...]] = (
    *(_query, _rows_query, _rotate, _format_description, _xid, _intvar, _rand, _user_var),
    *(_gtid, _previous_gtids, _heartbeat, _stop, _begin_load, _execute_load, _xa_prepare),
    *(_annotate, _checkpoint, _mariadb_gtid, _gtid_list, _encryption),
)
