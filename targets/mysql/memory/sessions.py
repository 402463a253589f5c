"""Real clients talking to a server in memory: each `Connect` makes a `Session` of one library."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Final

from targets.mysql.memory.connector import connection_class
from targets.mysql.memory.peer import (
    Connect,
    MemoryLoop,
    MemorySocket,
    Peer,
    Refused,
    Session,
    Settings,
)
from targets.oracles import Violation


@contextlib.contextmanager
def documented(*errors: type[BaseException]) -> Iterator[None]:
    """Within it, what a library documents to raise becomes `Refused`."""
    try:
        yield
    except errors as error:
        raise Refused(type(error).__name__, str(error)[:200]) from None


def _known(call: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """Those of the options that this release knows."""
    names = inspect.signature(call).parameters
    return {name: value for name, value in options.items() if name in names}


def pymysql() -> Connect:
    """PyMySQL: `Connection.connect(sock)` takes any socket."""
    from pymysql import err
    from pymysql.connections import Connection

    def connect(peer: Peer, settings: Settings) -> Session:
        options = {
            "user": "root",
            "password": settings.password,
            "charset": settings.charset,
            "local_infile": settings.local_infile,
            "defer_connect": True,
            "ssl_disabled": True,
            "autocommit": None,
        }
        connection = Connection(**_known(Connection.__init__, options))
        with documented(err.MySQLError):
            connection.connect(MemorySocket(peer))
        return _Blocking(connection, err.MySQLError, settings)

    return connect


class _Blocking:
    """A connection of a library that follows PEP 249."""

    def __init__(self, connection: Any, errors: type[BaseException], settings: Settings) -> None:
        self._connection = connection
        self._errors = errors
        self._statement_bytes = settings.statement_bytes

    def _cursor(self) -> Any:
        cursor = self._connection.cursor()
        if self._statement_bytes:
            cursor.max_stmt_length = self._statement_bytes
        return cursor

    def execute(self, query: str, parameters: object) -> object:
        with documented(self._errors):
            cursor = self._cursor()
            cursor.execute(query, parameters)
            return _rows(cursor)

    def executemany(self, query: str, rows: Sequence[object]) -> object:
        with documented(self._errors):
            cursor = self._cursor()
            cursor.executemany(query, rows)
            return _rows(cursor)

    def callproc(self, name: str, parameters: Sequence[object]) -> object:
        with documented(self._errors):
            cursor = self._cursor()
            cursor.callproc(name, parameters)
            return None

    def ping(self) -> None:
        with documented(self._errors):
            self._connection.ping(reconnect=False)

    def reset(self) -> None:
        self.ping()

    def close(self) -> None:
        with contextlib.suppress(self._errors, OSError):
            self._connection.close()


def _rows(cursor: Any) -> object:
    """All rows of all results of a cursor, one list for each result."""
    results = []
    while True:
        results.append(list(cursor.fetchall()) if cursor.description else [])
        if not cursor.nextset():
            return results


def mysql_connector() -> Connect:
    """mysql-connector-python, the pure implementation: its socket class opens one in memory."""
    from mysql.connector import errors

    def connect(peer: Peer, settings: Settings) -> Session:
        connection = connection_class()()
        connection.peer = peer
        with documented(errors.Error):
            connection.connect(
                user="root",
                password=settings.password,
                charset=settings.charset,
                allow_local_infile=settings.local_infile,
                use_pure=True,
                ssl_disabled=True,
            )
        return _Connector(connection, errors.Error, settings)

    return connect


class _Connector(_Blocking):
    """Differs from PEP 249 in how further results and a reset are asked for."""

    def execute(self, query: str, parameters: object) -> object:
        with documented(self._errors):
            cursor = self._connection.cursor()
            # None means no parameters here: an empty tuple is the same.
            cursor.execute(query, () if parameters is None else parameters)
            rows = [cursor.fetchall() if cursor.description else []]
            cursor.close()
            return rows

    def executemany(self, query: str, rows: Sequence[object]) -> object:
        with documented(self._errors):
            cursor = self._connection.cursor()
            cursor.executemany(query, rows)
            cursor.close()
            return None

    def reset(self) -> None:
        with documented(self._errors):
            self._connection.cmd_reset_connection()


def aiomysql() -> Connect:
    """aiomysql on an event loop in memory."""
    import aiomysql as library

    options = {"autocommit": None}
    return _on_loop(library.connect, library.Connection, library.MySQLError, options)


def asyncmy() -> Connect:
    """asyncmy on an event loop in memory."""
    import asyncmy as library
    from asyncmy import errors

    options = {"autocommit": None}
    return _on_loop(library.connect, None, errors.MySQLError, options)


def _on_loop(
    library_connect: Callable[..., Any],
    signature: Callable[..., Any] | None,
    errors: type[BaseException],
    more: dict[str, Any],
) -> Connect:
    loop = MemoryLoop()

    def connect(peer: Peer, settings: Settings) -> Session:
        loop.peer = peer
        options = {
            "user": "root",
            "password": settings.password,
            "charset": settings.charset,
            "local_infile": settings.local_infile,
            **more,
        }
        if signature is not None:
            options = _known(signature, options)

        async def opened() -> Any:
            return await library_connect(**options)

        connection = _run(loop, opened(), errors)
        return _Waiting(connection, errors, settings, loop)

    return connect


def _run(loop: MemoryLoop, running: Coroutine[Any, Any, Any], errors: type[BaseException]) -> Any:
    try:
        with documented(errors, asyncio.CancelledError):
            return loop.run_until_complete(running)
    except Violation:
        # The loop was left while tasks wait: they would stay for ever.
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.current = None
        with contextlib.suppress(Violation):
            loop.run_until_complete(asyncio.sleep(0))
        raise


class _Waiting:
    """A connection of an asyncio library, run until it is done."""

    def __init__(
        self, connection: Any, errors: type[BaseException], settings: Settings, loop: MemoryLoop
    ) -> None:
        self._connection = connection
        self._errors = errors
        self._statement_bytes = settings.statement_bytes
        self._loop = loop
        self._transport = loop.current

    def _until_done(self, running: Coroutine[Any, Any, object]) -> object:
        self._loop.current = self._transport
        return _run(self._loop, running, self._errors)

    def _run(self, use: Callable[[Any], Any]) -> object:
        async def used() -> object:
            async with self._connection.cursor() as cursor:
                if self._statement_bytes:
                    cursor.max_stmt_length = self._statement_bytes
                await use(cursor)
                results = []
                while True:
                    results.append(list(await cursor.fetchall()) if cursor.description else [])
                    if not await cursor.nextset():
                        return results

        return self._until_done(used())

    def execute(self, query: str, parameters: object) -> object:
        return self._run(lambda cursor: cursor.execute(query, parameters))

    def executemany(self, query: str, rows: Sequence[object]) -> object:
        return self._run(lambda cursor: cursor.executemany(query, rows))

    def callproc(self, name: str, parameters: Sequence[object]) -> object:
        return self._run(lambda cursor: cursor.callproc(name, parameters))

    def ping(self) -> None:
        self._until_done(self._connection.ping(reconnect=False))

    def reset(self) -> None:
        self.ping()

    def close(self) -> None:
        with contextlib.suppress(self._errors, OSError):
            self._connection.close()


ON_LOOP: Final[dict[str, Callable[[], Connect]]] = {"aiomysql": aiomysql, "asyncmy": asyncmy}
"""Makers for libraries of asyncio, by distribution."""
