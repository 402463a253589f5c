"""Clients of redis-py whose connections are in memory: a reply is put where a server would send it.

All of the client is real (connection, handshake, parser, response callbacks, pipelines); only the
socket, or the pair of streams, gives what the check has put there.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import importlib
import inspect
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from targets.resp.catalogue.exchange import Exchange
from targets.resp.frames import Array, Bulk, Integer, Map, encode
from targets.resp.reference import Decoder

HELLO: Final = Map(
    (
        (Bulk(b"server"), Bulk(b"redis")),
        (Bulk(b"version"), Bulk(b"8.0.0")),
        (Bulk(b"proto"), Integer(3)),
        (Bulk(b"id"), Integer(7)),
        (Bulk(b"mode"), Bulk(b"standalone")),
        (Bulk(b"role"), Bulk(b"master")),
        (Bulk(b"modules"), Array(())),
    )
)


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """One way to have a reply read."""

    protocol: int | None
    """What the client is told; None: its default."""
    unified: bool = False
    """`legacy_responses=False`, since release 8."""
    decode: bool = False
    """`decode_responses=True`."""
    hiredis: bool = False
    """With the parser in C."""
    asynchronous: bool = False
    pipelined: bool = False
    """In a transaction, as the only command."""


class _Server:
    """The other end: greets, and gives the reply that was put when something is asked."""

    def __init__(self) -> None:
        self.replies: list[bytes] | None = None
        """One for each command that comes; None: it greets."""
        self._decoder = Decoder()

    def answer(self, sent: bytes) -> bytes:
        """What the server says to these bytes."""
        answers = []
        for command in self._decoder.feed(sent):
            if self.replies is None:
                hello = isinstance(command, Array) and command.items[:1] == (Bulk(b"HELLO"),)
                answers.append(encode(HELLO, b"_\r\n") if hello else b"+OK\r\n")
            elif self.replies:
                answers.append(self.replies.pop(0))
        return b"".join(answers)


class _Socket:
    """What a connection needs of a socket; it times out where a real one would wait for ever."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._waiting = bytearray()

    def sendall(self, data: bytes) -> None:
        """Everything is taken at once."""
        self._waiting += self._server.answer(bytes(data))

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; TimeoutError when there are none."""
        if not self._waiting:
            raise TimeoutError("timed out")
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        return data

    def recv_into(self, buffer: Any) -> int:
        """As `recv`."""
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def settimeout(self, timeout: float | None) -> None:
        """There is nothing to wait for."""

    def gettimeout(self) -> None:
        """There is nothing to wait for."""

    def shutdown(self, how: int) -> None:
        """Nothing was opened."""

    def close(self) -> None:
        """Nothing was opened."""


class _Writer:
    """What a connection needs of a stream writer; answers go to the reader at once."""

    def __init__(self, server: _Server, reader: asyncio.StreamReader) -> None:
        self._server = server
        self._reader = reader
        self.transport = self

    def write(self, data: bytes) -> None:
        """Everything is taken at once."""
        answer = self._server.answer(bytes(data))
        if answer:
            self._reader.feed_data(answer)

    def writelines(self, parts: list[bytes]) -> None:
        """Likewise."""
        self.write(b"".join(map(bytes, parts)))

    async def drain(self) -> None:
        """There is nothing to wait for."""

    def get_extra_info(self, _name: str) -> None:
        """There is no socket."""

    def close(self) -> None:
        """Nothing was opened."""

    abort = close

    async def wait_closed(self) -> None:
        """Nothing was opened."""


class Clients:
    """Clients by their way, made once and made anew when one has failed."""

    def __init__(self) -> None:
        self._redis = importlib.import_module("redis")
        self._connection = importlib.import_module("redis.connection")
        try:
            self._asyncio: ModuleType | None = importlib.import_module("redis.asyncio")
            self._asyncio_connection = importlib.import_module("redis.asyncio.connection")
        except ImportError:  # before 4.2, or without what it needs there
            self._asyncio = None
        self.errors = importlib.import_module("redis.exceptions")
        options = inspect.signature(self._redis.Redis.__init__).parameters
        self.protocols = "protocol" in options
        self.unifies = "legacy_responses" in options
        self._servers: dict[Way, _Server] = {}
        self._made: dict[Way, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def can(self, way: Way) -> bool:
        """Whether this release has that way."""
        if (way.protocol is not None and not self.protocols) or (way.unified and not self.unifies):
            return False
        if way.hiredis and self._parser(way) is None:
            return False
        return not way.asynchronous or self._asyncio is not None

    @functools.cache  # noqa: B019 - as many entries as ways, and clients live as long as the worker
    def _parser(self, way: Way) -> Any:
        """The class of its parser; None where there is none."""
        start = "_Async" if way.asynchronous else "_"
        wanted = [f"{start}HiredisParser"] if way.hiredis else [f"{start}RESP2Parser"]
        wanted.append("HiredisParser" if way.hiredis else "PythonParser")  # before 5
        if way.hiredis:
            try:
                importlib.import_module("hiredis")
            except ModuleNotFoundError:
                return None
        module = self._asyncio_connection if way.asynchronous else self._connection
        found = (getattr(module, name, None) for name in wanted)
        return next((parser for parser in found if parser is not None), None)

    def supports(self, exchange: Exchange) -> bool:
        """Whether this release has the method, with these arguments, and what else is needed."""
        signature = self._signature(exchange.method)
        if signature is None or (exchange.needs and not self._has(exchange.needs)):
            return False
        try:
            signature.bind(None, *exchange.arguments, **exchange.options)
        except TypeError:
            return False
        return True

    @functools.cache  # noqa: B019 - as many entries as methods
    def _signature(self, method: str) -> inspect.Signature | None:
        call = getattr(self._redis.Redis, method, None)
        return None if call is None else inspect.signature(call)

    @functools.cache  # noqa: B019 - as many entries as there are parsers of commands
    def _has(self, reference: str) -> bool:
        module, _, path = reference.partition(":")
        try:
            thing: Any = importlib.import_module(module)
        except ModuleNotFoundError:
            return False
        for attribute in path.split("."):
            thing = getattr(thing, attribute, None)
        return thing is not None

    def forget(self, way: Way) -> None:
        """The next question of that way has a new connection."""
        self._made.pop(way, None)

    def ask(self, way: Way, call: Callable[[Any], Any], replies: list[bytes]) -> Any:
        """What the client makes of `replies`, one for each command that `call(client)` sends.

        Whatever it raises escapes, and its connection is not used again.
        """
        try:
            client = self._client(way)
            self._servers[way].replies = replies
            if not way.asynchronous:
                return self._call(client, way, call)
            return self._run(self._await(client, way, call))
        except BaseException:
            self._made.pop(way, None)
            raise

    def _call(self, client: Any, way: Way, call: Callable[[Any], Any]) -> Any:
        if not way.pipelined:
            return call(client)
        with client.pipeline(transaction=True) as pipeline:
            call(pipeline)
            (value,) = pipeline.execute()
        return value

    async def _await(self, client: Any, way: Way, call: Callable[[Any], Any]) -> Any:
        if not way.pipelined:
            return await call(client)
        async with client.pipeline(transaction=True) as pipeline:
            call(pipeline)
            (value,) = await pipeline.execute()
        return value

    def _run(self, waiting: Any) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            weakref.finalize(self, self._loop.close)
        return self._loop.run_until_complete(waiting)

    def _client(self, way: Way) -> Any:
        if way in self._made:
            return self._made[way]
        server = self._servers[way] = _Server()
        module = self._asyncio if way.asynchronous else self._redis
        assert module is not None
        connection = _async_connection if way.asynchronous else _connection
        base = (self._asyncio_connection if way.asynchronous else self._connection).Connection
        options: dict[str, Any] = {
            "connection_class": connection(base, server),
            "parser_class": self._parser(way),
            "decode_responses": way.decode,
            "socket_timeout": None,
            "socket_connect_timeout": None,
        }
        if self.protocols and way.protocol is not None:
            options["protocol"] = way.protocol
        if self.unifies:
            options["legacy_responses"] = not way.unified
        client = module.Redis(connection_pool=module.ConnectionPool(**options))
        if way.asynchronous:
            self._run(self._greet(client))
        else:
            pool = client.connection_pool
            pool.release(_from_pool(pool))
        self._made[way] = client
        return client

    async def _greet(self, client: Any) -> None:
        pool = client.connection_pool
        await pool.release(await _from_pool(pool))


def _from_pool(pool: Any) -> Any:
    """Its connection; before 5.3 it wanted the command's name."""
    name = inspect.signature(pool.get_connection).parameters.get("command_name")
    named = name is not None and name.default is inspect.Parameter.empty
    return pool.get_connection("_") if named else pool.get_connection()


def _connection(base: type[Any], server: _Server) -> type[Any]:
    """A connection as `base`, in memory."""

    class InMemory(base):  # type: ignore[misc]
        """Reads from `server`."""

        def _connect(self) -> _Socket:
            return _Socket(server)

        def can_read(self, timeout: float = 0) -> bool:  # noqa: ARG002 - as `base` has it
            """Nothing comes unasked."""
            return False

    return InMemory


def _async_connection(base: type[Any], server: _Server) -> type[Any]:
    """A connection as `base`, in memory."""

    class InMemory(base):  # type: ignore[misc]
        """Reads from `server`."""

        async def _connect(self) -> None:
            self._reader = asyncio.StreamReader()
            self._writer = _Writer(server, self._reader)

        def __del__(self) -> None:
            """Nothing was opened."""

    return InMemory
