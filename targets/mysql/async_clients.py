"""Adapters of asyncio clients on an event loop in memory: aiomysql, asyncmy."""

from __future__ import annotations

import atexit
import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

from targets.mysql import meaning
from targets.mysql.answers import Answer
from targets.mysql.clients import PACKET_BYTES, Results, known, quiet
from targets.mysql.dialog import Dialog, Options
from targets.mysql.expected import expect
from targets.mysql.gtids import Gtids
from targets.mysql.implementation import Implementation, Outcome
from targets.mysql.memory import sessions
from targets.mysql.memory.peer import MemoryLoop
from targets.mysql.parameters import SETS
from targets.mysql.server import Server
from targets.mysql.user import PASSWORD, user


@dataclasses.dataclass(frozen=True, slots=True)
class Library:
    """What the two libraries, twins by birth, call differently."""

    name: str
    connection: Callable[..., Any]
    connect: Callable[[Any], Any]
    """Coroutine function that connects a connection."""
    errors: type[Exception]
    kinds: dict[str, Any]
    """Classes of cursors by command."""
    prepares: bool = False
    rules: meaning.Rules = dataclasses.field(default_factory=meaning.pymysql_rules)
    gtids: Gtids | None = None
    drop: Callable[[Any], None] = lambda connection: connection.close()


def aiomysql() -> Implementation:
    """aiomysql, which reads from asyncio's streams."""
    with quiet():
        from aiomysql import connection, cursors
        from pymysql import err

    kinds = {
        "stream": cursors.SSCursor,
        "early": cursors.SSCursor,
        "dictionary": cursors.DictCursor,
    }
    library = Library(
        "aiomysql",
        connection.Connection,
        lambda found: found._connect(),
        err.MySQLError,
        kinds,
    )
    return _implementation(library, ("aiomysql", "pymysql"))


def asyncmy() -> Implementation:
    """asyncmy, compiled from Cython; the reference reads the same bytes beside it."""
    from asyncmy import connection, cursors, errors
    from asyncmy.replication import gtid

    kinds = {
        "stream": cursors.SSCursor,
        "early": cursors.SSCursor,
        "dictionary": cursors.DictCursor,
    }
    library = Library(
        "asyncmy",
        connection.Connection,
        lambda found: found.connect(),
        errors.MySQLError,
        kinds,
        prepares=hasattr(connection.Connection, "prepare"),
        rules=meaning.asyncmy_rules(),
        gtids=Gtids(
            *(gtid.Gtid, lambda each: gtid.GtidSet(set(each))),
            *(gtid.Gtid.decode, gtid.GtidSet.decode),
        ),
    )
    return _implementation(library, ("asyncmy",))


def _implementation(library: Library, modules: tuple[str, ...]) -> Implementation:
    from targets.mysql import clients

    return Implementation(
        name=library.name,
        connect=sessions.ON_LOOP[library.name](),
        converse=functools.partial(_converse, library),
        read=functools.partial(Dialog.read, prepares=library.prepares),
        expect=functools.partial(expect, rules=library.rules),
        reserves_bytes=PACKET_BYTES,
        converts=frozenset({"_read_row_from_packet", "_parse_row", "_parse_binary_row"}),
        modules=modules,
        gtids=library.gtids,
        fragile=library.name == "asyncmy",
        guide=clients.reference() if library.name == "asyncmy" else None,
    )


@functools.cache
def _loop() -> MemoryLoop:
    """The process's one loop of this kind."""
    loop = MemoryLoop()
    atexit.register(loop.close)
    return loop


def _converse(library: Library, dialog: Dialog, sizes: Sequence[int]) -> Outcome:
    server = Server(dialog, sizes)
    results = Results(dialog.options)
    loop = _loop()
    loop.peer = server
    try:
        error = loop.run_until_complete(_conversation(library, server, results))
    except BaseException:
        # Tasks that wait for ever may be left in it.
        _loop.cache_clear()
        atexit.unregister(loop.close)
        loop.close()
        raise
    return Outcome(tuple(results.events), error, bytes(server.sent))


def _settings(options: Options) -> dict[str, Any]:
    who = user(options)
    found: dict[str, Any] = {
        "user": who.name,
        "password": PASSWORD,
        "db": who.database or None,
        "database": who.database or None,
        "program_name": who.program,
        "charset": options.charset_name,
        "autocommit": None,
    }
    if options.command == "raw":
        found |= {"conv": {}, "use_unicode": False}
    return found


async def _conversation(library: Library, server: Server, results: Results) -> str | None:
    """The class name of the documented error that ended it."""
    options = results.options
    settings = known(library.connection, _settings(options))
    if "db" in settings and "database" in settings:
        del settings["database"]
    connection = library.connection(**settings)
    try:
        await library.connect(connection)
        server.begin()
        if options.command == "prepare":
            await _prepared(connection, server, results, library)
            return None
        kind = library.kinds.get(options.command)
        for number in range(len(server.replies)):
            try:
                await _command(connection, kind, number, results)
            except library.errors as refused:
                results.failed(refused)
    except library.errors as refused:
        return type(refused).__name__
    except RuntimeError as refused:
        # Documented by its text: a file was asked for and local_infile is off.
        if "LOAD_LOCAL" not in str(refused):
            raise
        return "RuntimeError"
    finally:
        library.drop(connection)
    return None


async def _command(connection: Any, kind: Any, number: int, results: Results) -> None:
    options, events = results.options, results.events
    if options.command == "ping":
        await connection.ping(reconnect=False)
        events.append(Answer())
        return
    cursor = connection.cursor(kind) if kind else connection.cursor()
    if hasattr(cursor, "__await__"):
        cursor = await cursor
    await cursor.execute(f"SELECT {number}")
    events.append(await _answer(cursor, options))
    while options.command != "early" and await cursor.nextset():
        events.append(await _answer(cursor, options))
    if results.leaves():
        results.left.append(cursor)
    else:
        await cursor.close()


async def _answer(cursor: Any, options: Options) -> Answer:
    """What a cursor has to say of its result."""
    description = cursor.description
    if description is None:
        return Answer(affected=cursor.rowcount, insert_id=cursor.lastrowid)
    rows = await _fetched(cursor, options)
    if options.command == "dictionary":
        rows = [tuple(row.values()) for row in rows]
    return Answer(
        rows=tuple(map(tuple, rows)),
        names=tuple(column[0] for column in description),
        types=tuple(column[1] for column in description),
        affected=cursor.rowcount if options.command in ("query", "dictionary", "raw") else None,
    )


async def _fetched(cursor: Any, options: Options) -> Any:
    if options.command == "early":
        row = await cursor.fetchone()
        return [] if row is None else [row]
    if options.command != "fetch-some":
        return await cursor.fetchall()
    first = await cursor.fetchone()
    some = await cursor.fetchmany(2)
    return ([] if first is None else [first]) + [*some, *await cursor.fetchall()]


async def _prepared(connection: Any, server: Server, results: Results, library: Library) -> None:
    if not server.replies:
        return
    values = SETS[results.options.parameters % len(SETS)]
    try:
        statement = await connection.prepare("SELECT " + ",".join(["?"] * len(values)))
    except library.errors as refused:
        results.failed(refused)
        return
    for _ in server.replies[1:]:
        try:
            found = await statement.execute(values)
        except library.errors as refused:
            results.failed(refused)
            continue
        results.events.append(_statement_answer(found))


def _statement_answer(found: Any) -> Answer:
    """What a result of asyncmy has to say."""
    if found.description is None:
        return Answer(affected=found.affected_rows, insert_id=found.insert_id)
    return Answer(
        rows=tuple(map(tuple, found.rows)),
        names=tuple(column[0] for column in found.description),
        types=tuple(column[1] for column in found.description),
        affected=found.affected_rows,
    )
