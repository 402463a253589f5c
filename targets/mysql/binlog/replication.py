"""Adapter of python-mysql-replication: one event through its packet classes, no server.

It documents two errors, both for events that it does not understand; what a damaged event raises is
not documented, so there any ordinary exception is accepted (a declared exception of the check).
"""

from __future__ import annotations

import dataclasses
import inspect
import logging
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from targets.mysql.binlog.columns import CHARSET_NAMES, COLLATION_NAMES
from targets.mysql.binlog.events import post_header_lengths
from targets.mysql.binlog.tables import TABLE_MAP, Table
from targets.mysql.gtids import Gtids

DAMAGED: Final = (
    *(ValueError, LookupError, TypeError, AssertionError, AttributeError, struct.error),
    *(NotImplementedError, ArithmeticError, EOFError),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """How events are written and read."""

    checksum: bool
    verified: bool
    """The reader was asked to look at checksums."""
    mariadb: bool = False
    extra: int = 0
    """Bytes more in post-headers than this server's version has, as it announced."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """A reader of events."""

    name: str
    read: Callable[..., Any]
    """`read(data, table, tables, setting)`: the event, or None when it is left out."""
    errors: tuple[type[BaseException], ...]
    """What it raises for events that it does not understand, and for damaged ones."""
    gtids: Gtids | None = None


class _Control:
    """As much of a connection to a server as the library asks while it reads events."""

    def __init__(self, table: Table | None, *, mariadb: bool) -> None:
        self.charset = "utf8mb4"
        self._table = table
        self._dbms = "mariadb" if mariadb else "mysql"

    def _get_dbms(self) -> str:
        return self._dbms

    def _get_table_information(self, _schema: str, _table: str) -> Sequence[Mapping[str, object]]:
        """The information schema, which releases before 1.0 read names and types from."""
        if self._table is None:
            return []
        return [
            {
                "COLUMN_NAME": name,
                "COLLATION_NAME": COLLATION_NAMES.get(column.collation or 0),
                "CHARACTER_SET_NAME": CHARSET_NAMES.get(column.collation or 0),
                "COLUMN_COMMENT": "",
                "COLUMN_TYPE": column.sql,
                "COLUMN_KEY": "PRI" if at in self._table.key else "",
                "ORDINAL_POSITION": at + 1,
                "DATA_TYPE": column.sql.partition("(")[0],
                "CHARACTER_OCTET_LENGTH": _length(column.sql),
            }
            for at, (name, column) in enumerate(
                zip(self._table.names, self._table.columns, strict=True)
            )
        ]


def _length(sql: str) -> int | None:
    """The length in the words for a type."""
    digits = sql.partition("(")[2].rstrip(")")
    return int(digits) if digits.isdigit() else None


def mysql_replication() -> Reader:
    """python-mysql-replication."""
    from pymysqlreplication import event as events
    from pymysqlreplication import gtid, row_event
    from pymysqlreplication.packet import BinLogPacketWrapper

    # It tells the root logger of each event that it does not like.
    logging.disable(logging.CRITICAL)
    try:
        from pymysql.protocol import MysqlPacket
    except ImportError:  # PyMySQL before 0.9
        from pymysql.connections import MysqlPacket
    base = events.BinLogEvent
    allowed = {
        thing
        for module in (events, row_event)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, base)
    }
    names = set(inspect.signature(BinLogPacketWrapper.__init__).parameters)
    options: dict[str, Any] = {
        "mysql_version": (8, 0, 36),
        "allowed_events": allowed,
        "only_tables": None,
        "ignored_tables": None,
        "only_schemas": None,
        "ignored_schemas": None,
        "freeze_schema": False,
        "fail_on_table_metadata_unavailable": True,
        "ignore_decode_errors": False,
        "optional_meta_data": True,
        "enable_logging": False,
    }
    options = {name: value for name, value in options.items() if name in names}

    def read(data: bytes, table: Table | None, tables: dict[int, object], setting: Setting) -> Any:
        packet = MysqlPacket(b"\0" + data, "utf-8")
        control = _Control(table, mariadb=setting.mariadb)
        more: dict[str, Any] = {
            "verify_checksum": setting.verified,
            "post_header_lengths": post_header_lengths(setting.extra) if setting.extra else None,
        }
        more = {name: value for name, value in more.items() if name in names}
        wrapper = BinLogPacketWrapper(
            packet, tables, control, use_checksum=setting.checksum, **options, **more
        )
        event = wrapper.event
        if event is not None and data[4] == TABLE_MAP:
            # The stream of the library does this, which needs a server.
            tables[event.table_id] = event.get_table()
        return event

    sets = Gtids(
        *(gtid.Gtid, lambda each: gtid.GtidSet(list(each))),
        *(gtid.Gtid.decode, gtid.GtidSet.decode),
    )
    return Reader("mysql-replication", read, _own_errors() + DAMAGED, sets)


def _own_errors() -> tuple[type[BaseException], ...]:
    """The errors of the library; early releases have none."""
    try:
        from pymysqlreplication import exceptions
    except ImportError:
        return ()
    return tuple(
        thing
        for thing in vars(exceptions).values()
        if isinstance(thing, type) and issubclass(thing, Exception)
    )
