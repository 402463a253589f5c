"""The reference's conversation with a server: connects, commands, reads, until nothing is left."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final, TypeVar

from targets.mysql import meaning, scan
from targets.mysql.answers import Answer
from targets.mysql.dialog import Dialog, Options
from targets.mysql.implementation import Outcome
from targets.mysql.parameters import SETS
from targets.mysql.reference import handshake, packets, results, statements
from targets.mysql.reference.packets import ProtocolError
from targets.mysql.server import Server
from targets.mysql.user import PASSWORD, user

T = TypeVar("T")
PING: Final = b"\x0e"
QUERY: Final = b"\x03"
PREPARE: Final = b"\x16"
RULES: Final = meaning.Rules()


class _Connection:
    """One connection: bytes in, packets out."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._reader = packets.PacketReader()
        self._waiting: list[packets.Packet] = []
        self.sequence = 0

    def read(self) -> bytes:
        """The next payload; ProtocolError at the end of the stream."""
        while not self._waiting:
            chunk = self.server.wanted()
            if not chunk:
                raise ProtocolError("the connection ends")
            self._waiting = self._reader.feed(chunk)
        packet = self._waiting.pop(0)
        self.sequence = packet.sequence + 1
        return packet.payload

    def write(self, payload: bytes, *, command: bool = True) -> None:
        """Send a payload; a command starts to count anew."""
        data, _ = packets.write_packets(payload, 0 if command else self.sequence)
        self.server.received(data)

    def run(self, replies: Generator[None, bytes, T]) -> T:
        """Feed a reader of replies until it returns."""
        next(replies)
        while True:
            try:
                replies.send(self.read())
            except StopIteration as stop:
                result: T = stop.value
                return result


def converse(dialog: Dialog, sizes: Sequence[int] = ()) -> Outcome:
    """See `Implementation.converse`."""
    server = Server(dialog, sizes)
    connection = _Connection(server)
    events: list[object] = []
    error = None
    try:
        _connect(connection, dialog.options)
        server.begin()
        _play(connection, dialog.options, events)
    except (ProtocolError, results.ServerError) as refused:
        error = type(refused).__name__
    return Outcome(tuple(events), error, bytes(server.sent))


def _connect(connection: _Connection, options: Options) -> None:
    greeting = handshake.parse_greeting(connection.read())
    who = user(options)
    wanted = handshake.WANTED
    if who.database:
        wanted |= handshake.CONNECT_WITH_DB
    response = handshake.Response(
        capabilities=wanted & greeting.capabilities,
        max_packet=1 << 24,
        charset=45,
        user=who.name.encode(),
        proof=handshake.proof(greeting.plugin, PASSWORD.encode(), greeting.challenge),
        database=who.database.encode(),
        plugin=greeting.plugin,
        attributes=((b"program_name", who.program.encode()),),
    )
    connection.write(handshake.write_response(response), command=False)
    while True:
        payload = connection.read()
        results.check_error(payload)
        if payload[0] == 0:
            results.read_ok(payload)
            return
        if payload[0] == 0xFE:
            plugin, _, challenge = payload[1:].partition(b"\0")
            answer = handshake.proof(plugin, PASSWORD.encode(), challenge)
            connection.write(answer, command=False)
        elif payload != b"\x01\x03":
            raise ProtocolError("neither a result of the login nor a step of it")


def _play(connection: _Connection, options: Options, events: list[object]) -> None:
    """One command for each reply that the server has."""
    if options.command == "prepare":
        _prepared(connection, options, events)
        return
    for number in range(len(connection.server.replies)):
        if options.command == "ping":
            connection.write(PING)
        else:
            connection.write(QUERY + f"SELECT {number}".encode())
        _reply(connection, options, events, binary=False)


def _prepared(connection: _Connection, options: Options, events: list[object]) -> None:
    if not connection.server.replies:
        return
    values = SETS[options.parameters % len(SETS)]
    connection.write(PREPARE + b"SELECT " + b",".join([b"?"] * len(values)))
    try:
        number, count = connection.run(results.read_prepared())
    except results.ServerError as error:
        events.append(Answer(code=error.code, text=error.text))
        return
    for _ in connection.server.replies[1:]:
        connection.write(statements.write_execute(number, values[:count]))
        _reply(connection, options, events, binary=True)


def _reply(
    connection: _Connection, options: Options, events: list[object], *, binary: bool
) -> None:
    found: list[results.ResultSet] = []
    error: results.ServerError | None = None
    ping = options.command == "ping"
    try:
        connection.run(results.read_pong() if ping else results.read_reply(found, binary=binary))
    except results.ServerError as reported:
        error = reported
    shown = found[:1] if options.command == "early" else found
    events.extend(_answer(result, options) for result in shown)
    if error is not None:
        events.append(Answer(code=error.code, text=error.text))
    elif ping:
        events.append(Answer())


def _answer(result: results.ResultSet, options: Options) -> Answer:
    if not result.fields:
        return Answer(
            affected=result.affected, insert_id=result.insert_id, warnings=result.warnings
        )
    columns = tuple(
        scan.Column(field.name, field.type, field.flags, field.charset, field.decimals)
        for field in result.fields
    )
    rows = result.rows[:1] if options.command == "early" else result.rows
    table = scan.Table(columns, rows, result.binary, result.warnings)
    answer = meaning.expected(table, options, RULES)
    if answer is None:
        raise ProtocolError("no answer")
    return answer
