"""Adapter of mysql-mimic: its server on a stream in memory, with a session that answers by plan."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

from targets.mysql.memory.peer import MemoryLoop

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
class Server:
    """A server under test: `serve(chunks, answers)`; each statement gets the next of the answers,
    rows or nothing."""

    name: str
    serve: Callable[[Sequence[bytes], Sequence[Rows | None]], Heard]


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

    logging.getLogger("mysql_mimic").setLevel(logging.CRITICAL + 1)
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
        except Exception:
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
                queries.append(sql)
                rows = left.pop(0) if left else None
                if rows is None:
                    return None
                return [list(row) for row in rows], [f"c{at}" for at in range(len(rows[0]))]

        writer = _Writer()
        failed = loop.run_until_complete(talk(chunks, Planned(), writer))
        return Heard(bytes(writer.data), tuple(queries), failed)

    return Server("mysql-mimic", serve)
