"""Adapter of mysql-connector-python, its implementation written in Python."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Sequence
from typing import Any, Final

from targets.mysql import meaning
from targets.mysql.answers import Answer
from targets.mysql.clients import PACKET_BYTES, Results
from targets.mysql.dialog import Dialog, Options
from targets.mysql.expected import expect
from targets.mysql.implementation import Implementation, Outcome
from targets.mysql.memory import sessions
from targets.mysql.memory.connector import connection_class
from targets.mysql.parameters import SETS
from targets.mysql.server import Server
from targets.mysql.user import PASSWORD, user

_CHARSETS: Final = {"utf8mb3": "utf8"}


def mysql_connector() -> Implementation:
    """Its socket class opens one in memory; everything else is as its users have it."""
    from mysql.connector import errors
    from mysql.connector.constants import FieldType

    rules = meaning.connector_rules(vectors=hasattr(FieldType, "VECTOR"))

    def converse(dialog: Dialog, sizes: Sequence[int]) -> Outcome:
        options = dialog.options
        server = Server(dialog, sizes)
        results = Results(options)
        error = None
        connection = connection_class()()
        connection.peer = server
        try:
            connection.connect(**_settings(options))
            server.begin()
            _play(connection, len(server.replies), results, errors.Error)
        except errors.Error as refused:
            error = type(refused).__name__
        except (ValueError, UnicodeError) as refused:
            # Values that are not of their column's type: it documents ValueError for those.
            if not _converting(refused):
                raise
            error = "ValueError"
        finally:
            _drop(connection)
        return Outcome(tuple(results.events), error, bytes(server.sent))

    return Implementation(
        name="mysql-connector-python",
        connect=sessions.mysql_connector(),
        converse=converse,
        expect=functools.partial(expect, rules=rules),
        reserves_bytes=2 * PACKET_BYTES,
        converts=frozenset({"row_to_python", "_parse_binary_values"}),
        modules=("mysql.connector",),
        # Its marks are not those of Python's operator for formatting: nothing else is replaced.
        percent="%%",
    )


def _settings(options: Options) -> dict[str, Any]:
    who = user(options)
    found: dict[str, Any] = {
        "user": who.name,
        "password": PASSWORD,
        "charset": _CHARSETS.get(options.charset, options.charset),
        "use_pure": True,
        "ssl_disabled": True,
        "conn_attrs": {"program_name": who.program},
        "allow_local_infile": False,
    }
    if who.database:
        found["database"] = who.database
    return found


def _converting(error: BaseException) -> bool:
    """Whether the error comes from the conversion of values, which documents it."""
    place = error.__traceback__
    names = []
    while place is not None:
        names.append(place.tb_frame.f_code.co_name)
        place = place.tb_next
    return "row_to_python" in names and any(name.endswith("_to_python") for name in names)


def _drop(connection: Any) -> None:
    """Forget the socket; nobody says goodbye."""
    socket = getattr(connection, "_socket", None)
    if socket is not None:
        socket.sock = None
    connection._socket = None


def _play(connection: Any, replies: int, results: Results, errors: type[Exception]) -> None:
    options = results.options
    prepares = options.command == "prepare"
    cursor = connection.cursor(prepared=True) if prepares and replies else None
    values = SETS[options.parameters % len(SETS)]
    # It knows its statement again by the object, not by the text.
    statement = "SELECT " + ",".join(["%s"] * len(values))
    for number in range(max(1, replies - 1) if prepares and replies else replies):
        try:
            if cursor is not None:
                cursor.execute(statement, values)
                results.events.append(_answer(cursor, options))
            else:
                _command(connection, number, results)
        except errors as refused:
            results.failed(refused)
            if cursor is not None and replies == 1:
                return
            _recover(connection)


def _recover(connection: Any) -> None:
    """After the server's error, nothing is left to read."""
    if getattr(connection, "unread_result", False):
        connection.unread_result = False


def _command(connection: Any, number: int, results: Results) -> None:
    options, events = results.options, results.events
    if options.command == "ping":
        connection.cmd_ping()
        events.append(Answer())
        return
    cursor = connection.cursor(**_cursor_options(options))
    early = options.command == "early"
    for each in _results(cursor, f"SELECT {number}"):
        if not early or each == 0:
            events.append(_answer(cursor, options))
        if early:
            connection.consume_results()
    cursor.close()


def _results(cursor: Any, query: str) -> Iterator[int]:
    """Numbers of the results; releases before 9.2 give them of `execute(multi=True)` only."""
    if "multi" in inspect.signature(cursor.execute).parameters:
        yield from (index for index, _ in enumerate(cursor.execute(query, multi=True)))
        return
    cursor.execute(query)
    yield 0
    number = 1
    while cursor.nextset():
        yield number
        number += 1


def _cursor_options(options: Options) -> dict[str, bool]:
    return {
        "dictionary": {"dictionary": True},
        "raw": {"raw": True},
        "query": {"buffered": True},
    }.get(options.command, {})


def _answer(cursor: Any, options: Options) -> Answer:
    description = cursor.description
    if not description:
        return Answer(affected=cursor.rowcount, insert_id=cursor.lastrowid)
    rows = _fetched(cursor, options)
    names = tuple(column[0] for column in description)
    if options.command == "dictionary":
        rows = [tuple(row.values()) for row in rows]
    return Answer(
        rows=tuple(map(tuple, rows)),
        names=names,
        types=tuple(column[1] for column in description),
        affected=cursor.rowcount if options.command == "query" else None,
    )


def _fetched(cursor: Any, options: Options) -> Any:
    if options.command == "early":
        row = cursor.fetchone()
        return [] if row is None else [row]
    if options.command != "fetch-some":
        return cursor.fetchall()
    first = cursor.fetchone()
    return ([] if first is None else [first]) + [*cursor.fetchmany(2), *cursor.fetchall()]
