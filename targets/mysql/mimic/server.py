"""Adapter of mysql-mimic: its server on a stream in memory, with a session that answers by plan."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from targets.mysql.memory.peer import MemoryLoop
from targets.mysql.mimic.questions import NUMBERS, SCHEMA

Rows = Sequence[Sequence[object]]


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """What came out of one connection."""

    sent: bytes
    """All that the server wrote."""
    queries: tuple[str, ...]
    """Statements that it gave to the user's session."""
    failed: bool
    """The connection ended with an error, as for a login that no server could accept."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reached:
    """A statement that the library's session left to its user's."""

    sql: str
    faithful: bool
    """It is the statement as the library's own parser reads it, but for what was taken out."""
    variables: Mapping[str, object]


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What came out of one connection with the library's session."""

    sent: bytes
    reached: tuple[Reached, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """A server under test: `serve(chunks, answers)`; each statement gets the next of the answers,
    rows or nothing."""

    name: str
    serve: Callable[[Sequence[bytes], Sequence[Rows | None]], Heard]
    ask: Callable[[Sequence[bytes]], Asked]
    """The same with the library's own session, which answers what it can by itself."""


class _Writer:
    """As much of a StreamWriter as servers use."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.transport = self

    def write(self, data: bytes) -> None:
        self.data += data

    async def drain(self) -> None:
        """Nothing is ever left to write."""

    def close(self) -> None:
        """What was written stays."""

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, _name: str, default: object = None) -> object:
        return default


def mysql_mimic() -> Server:
    """mysql-mimic with any user let in."""
    from mysql_mimic import MysqlServer, Session

    for name in ("mysql_mimic", "sqlglot"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    loop = MemoryLoop()

    async def talk(chunks: Sequence[bytes], session: Any, writer: _Writer) -> bool:
        server = MysqlServer(session_factory=lambda: session)
        reader = asyncio.StreamReader()
        connected: Any = server._client_connected_cb
        task = asyncio.ensure_future(connected(reader, writer))
        for chunk in chunks:
            reader.feed_data(chunk)
            for _ in range(4):
                await asyncio.sleep(0)
        reader.feed_eof()
        try:
            await task
        except Exception:  # whatever ends a connection
            # A server logs what ends a connection and lives on: the dialog says if it may end.
            return True
        return False

    def serve(chunks: Sequence[bytes], answers: Sequence[Rows | None]) -> Heard:
        left = list(answers)
        queries: list[str] = []

        # The base is untyped where the package is installed without types, and not there elsewhere.
        class Planned(Session):  # type: ignore[misc,unused-ignore]
            async def handle_query(self, sql: str, attrs: Any) -> Any:
                del attrs
                if sql.startswith("SHOW COLUMNS FROM"):
                    # The server's own question, for a list of fields.
                    return None
                queries.append(sql)
                rows = left.pop(0) if left else None
                if rows is None:
                    return None
                return [list(row) for row in rows], [f"c{at}" for at in range(len(rows[0]))]

        writer = _Writer()
        failed = loop.run_until_complete(talk(chunks, Planned(), writer))
        return Heard(bytes(writer.data), tuple(queries), failed)

    def ask(chunks: Sequence[bytes]) -> Asked:
        reached: list[Reached] = []

        writer = _Writer()
        loop.run_until_complete(talk(chunks, _asking(Session, reached), writer))
        return Asked(bytes(writer.data), tuple(reached))

    return Server("mysql-mimic", serve, ask)


def _asking(base: Any, reached: list[Reached]) -> Any:
    """The library's session over the schema, which notes what is left to its user."""

    # The base is only known once the package is there.
    class Asking(base):  # type: ignore[misc] # its base is a value
        async def query(self, expression: Any, sql: str, *_more: object) -> Any:
            reached.append(Reached(sql, _is_faithful(expression, sql), _numbers(self)))
            return [[1]], ["c"]

        async def schema(self) -> Any:
            return SCHEMA

    return Asking()


def _is_faithful(expression: Any, sql: str) -> bool:
    """Whether an expression is what the parser makes of the text without the hints."""
    import sqlglot

    bare = re.sub(r"/\*\+.*?\*/ ?", "", sql)
    wanted = sqlglot.parse_one(bare, read="mysql")
    return bool(expression.sql("mysql") == wanted.sql("mysql"))


def _numbers(session: Any) -> dict[str, object]:
    """The variables that statements may set for their own time; early releases miss some."""
    found = {}
    for name in NUMBERS:
        try:
            found[name] = session.variables.get(name)
        except Exception:
            # The library's error for a variable that this release has not.
            continue
    return found
