"""Adapters of blocking clients: the farm's reference, PyMySQL, mysql-connector-python (pure).

Each runs against a server in memory. Documented errors become an `Answer` when the server reported
them, and end the outcome otherwise; whatever else escapes is a crash.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from targets.mysql import classified, meaning
from targets.mysql.answers import Answer
from targets.mysql.dialog import Dialog, Options
from targets.mysql.expected import expect
from targets.mysql.implementation import Implementation, Outcome
from targets.mysql.memory import reference as own_client
from targets.mysql.memory import sessions
from targets.mysql.memory.peer import MemorySocket
from targets.mysql.server import Server
from targets.mysql.user import PASSWORD, user

PACKET_BYTES: Final = (1 << 24) + (1 << 20)
"""One packet of the biggest length: Python's buffered reader takes memory for all that is asked."""


def reference() -> Implementation:
    """The farm's own client."""
    from targets.mysql.reference.classify import classify_mysql_query
    from targets.mysql.reference.client import RULES, converse

    return Implementation(
        name="reference",
        connect=own_client.connect,
        converse=converse,
        expect=functools.partial(expect, rules=RULES),
        modules=("targets.mysql.reference",),
        classify=classify_mysql_query,
    )


def sqlparse() -> Implementation:
    """The kind of a statement as sqlparse sees it."""
    return Implementation(name="sqlparse", converse=_silent, classify=classified.by_sqlparse())


def _silent(_dialog: Dialog, _sizes: Sequence[int]) -> Outcome:
    return Outcome()


def known(call: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """Those of the options that this release knows."""
    names = inspect.signature(call).parameters
    return {name: value for name, value in options.items() if name in names}


def server_code(error: BaseException) -> int | None:
    """The server's number in an error; None: it is the client's own, and ends the connection."""
    code = error.args[0] if error.args else None
    code = getattr(error, "errno", code)
    if isinstance(code, int) and code != -1 and not 2000 <= code < 3000:
        return code
    return None


class Results:
    """Events of one conversation."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.events: list[object] = []
        self.left: list[Any] = []
        """Cursors that nobody closes: the next command has to cope with them."""

    def leaves(self) -> bool:
        """Whether the user leaves an unbuffered result as it is."""
        return self.options.command == "early" and self.options.parameters % 2 == 1

    def failed(self, error: Exception) -> None:
        """Keep the server's error; raise the client's own."""
        code = server_code(error)
        if code is None:
            raise error
        text = getattr(error, "msg", None)
        self.events.append(Answer(code=code, text=text if text is not None else error.args[1]))


def pymysql() -> Implementation:
    """PyMySQL: `Connection.connect(sock)` takes any socket."""
    from pymysql import connections, cursors, err, protocol

    kinds = {
        "stream": cursors.SSCursor,
        "early": cursors.SSCursor,
        "dictionary": cursors.DictCursor,
    }

    def converse(dialog: Dialog, sizes: Sequence[int]) -> Outcome:
        with _telling((connections, protocol), debug=dialog.options.debug):
            return play(dialog, sizes)

    def play(dialog: Dialog, sizes: Sequence[int]) -> Outcome:
        options = dialog.options
        server = Server(dialog, sizes)
        results = Results(options)
        error = None
        given = known(connections.Connection.__init__, _pymysql_options(options))
        connection = connections.Connection(**given)
        try:
            connection.connect(MemorySocket(server))
            server.begin()
            for number in range(len(server.replies)):
                try:
                    _pymysql_command(connection, kinds.get(options.command), number, results)
                except err.MySQLError as refused:
                    results.failed(refused)
                    if not connection.open:
                        break
        except err.MySQLError as refused:
            error = type(refused).__name__
        except RuntimeError as refused:
            # Documented by its text: a file was asked for and local_infile is off.
            if "LOAD_LOCAL" not in str(refused):
                raise
            error = "RuntimeError"
        finally:
            for cursor in results.left:
                # Its destructor would read from a connection that is gone, and say so on stderr.
                cursor._result.unbuffered_active = False
            connection._result = None
            connection._force_close()
        return Outcome(tuple(results.events), error, bytes(server.sent))

    return Implementation(
        name="pymysql",
        connect=sessions.pymysql(),
        converse=converse,
        read=functools.partial(Dialog.read, prepares=False),
        expect=functools.partial(expect, rules=meaning.pymysql_rules()),
        reserves_bytes=PACKET_BYTES,
        converts=frozenset({"_read_row_from_packet"}),
        modules=("pymysql",),
    )


@contextlib.contextmanager
def _telling(modules: Sequence[Any], *, debug: bool) -> Iterator[None]:
    """Within it, modules tell what they do if they shall, and nobody hears it."""
    for module in modules:
        module.DEBUG = debug
    if not debug:
        yield
        return
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _pymysql_options(options: Options) -> dict[str, Any]:
    who = user(options)
    found: dict[str, Any] = {
        "user": who.name,
        "password": PASSWORD,
        "database": who.database or None,
        "program_name": who.program,
        "charset": options.charset_name,
        "defer_connect": True,
        "ssl_disabled": True,
        "autocommit": None,
    }
    if options.command == "raw":
        found |= {"conv": {}, "use_unicode": False}
    return found


def _pymysql_command(connection: Any, kind: Any, number: int, results: Results) -> None:
    options, events = results.options, results.events
    if options.command == "ping":
        connection.ping(reconnect=False)
        events.append(Answer())
        return
    cursor = connection.cursor(kind)
    try:
        cursor.execute(f"SELECT {number}")
        events.append(_answer(cursor, options))
        while options.command != "early" and cursor.nextset():
            events.append(_answer(cursor, options))
    except Exception:
        if not connection.open and cursor._result is not None:
            # Nothing is left to read; its destructor would complain on stderr.
            cursor._result.unbuffered_active = False
        raise
    if results.leaves():
        results.left.append(cursor)
    else:
        cursor.close()


def _answer(cursor: Any, options: Options) -> Answer:
    """What a cursor of PEP 249 has to say of its result."""
    description = cursor.description
    if description is None:
        return Answer(affected=cursor.rowcount, insert_id=cursor.lastrowid)
    rows = _fetched(cursor, options)
    names = tuple(column[0] for column in description)
    if options.command == "dictionary":
        rows = [tuple(row.values()) for row in rows]
    return Answer(
        rows=tuple(map(tuple, rows)),
        names=names,
        types=tuple(column[1] for column in description),
        affected=cursor.rowcount if options.command in ("query", "dictionary", "raw") else None,
        warnings=getattr(cursor, "warning_count", None) if options.command == "query" else None,
    )


def _fetched(cursor: Any, options: Options) -> Any:
    if options.command == "early":
        row = cursor.fetchone()
        return [] if row is None else [row]
    if options.command != "fetch-some":
        return cursor.fetchall()
    first = cursor.fetchone()
    return ([] if first is None else [first]) + [*cursor.fetchmany(2), *cursor.fetchall()]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within it, nothing warns: releases of today deprecate what older ones need."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
