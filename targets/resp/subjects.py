"""Adapters: every implementation behind the same small interface, imported only when asked for.

Each turns the implementation's documented errors into ProtocolError and its values into frames;
whatever else escapes is a crash. Old releases keep the same parsers in other places.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import io
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Final

from targets.resp import faulty
from targets.resp.differences import claims_too_many
from targets.resp.frames import Array, Bulk, Frame, ProtocolError, encode
from targets.resp.implementation import Implementation
from targets.resp.reference import CONTRACT
from targets.resp.serving import Connection
from targets.resp.tcp import tcp_server
from targets.resp.values import to_frame

REDIS_MERGES: Final = frozenset({"simple as bulk", "error without text"})
"""redis-py hands over bytes for lines and bulks alike, and errors by class, without their code."""
REDIS3_MERGES: Final = REDIS_MERGES | {
    "verbatim as bulk",
    "big number as integer",
    "set as array",
    "push as array",
    "bulk error as error",
    "map as dictionary",
}
HIREDIS_MERGES: Final = frozenset(
    {
        "simple as bulk",
        "verbatim as bulk",
        "big number as bulk",
        "set as array",
        "push as array",
        "map as dictionary",
    }
)


def reference() -> Implementation:
    """The farm's own parser, RESP2 as the contract has it."""
    return Implementation(
        name="reference",
        decoder=faulty.decoder(),
        limits=CONTRACT,
        states_reasons=True,
        serves=True,
        encode=encode,
        serve=lambda request: Connection(faulty.decoder()).receive(request),
        modules=("targets.resp.reference", "targets.resp.faulty"),
        variants=(reference_resp3(),),
    )


def reference_resp3() -> Implementation:
    """The farm's own parser with the types of RESP3; what others are compared with."""
    return Implementation(
        name="reference-resp3",
        decoder=functools.partial(faulty.decoder(), resp3=True),
        resp3=True,
        limits=CONTRACT,
        states_reasons=True,
        serves=True,
        encode=encode,
        modules=("targets.resp.reference", "targets.resp.faulty"),
    )


class _Socket:
    """A socket whose bytes are in memory; it times out when they run out, as a real one would."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; TimeoutError when there are none."""
        if not self.waiting:
            raise TimeoutError("timed out")
        data = bytes(self.waiting[:size])
        del self.waiting[:size]
        return data

    def recv_into(self, buffer: bytearray) -> int:
        """As `recv`."""
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def settimeout(self, timeout: float | None) -> None:
        """There is nothing to wait for."""


class _Connection:
    """What a redis-py parser wants to know of its connection."""

    socket_timeout = 0.1

    def __init__(self, encoder: object) -> None:
        self._sock = _Socket()
        self.encoder = encoder


PUSH_HANDLERS: Final = (
    "push_handler_func",
    "pubsub_push_handler_func",
    "invalidation_push_handler_func",
)
"""Where redis-py's parsers of RESP3 leave a push, by release; without one it is dropped."""


class ConnectedParser:
    """A parser of redis-py on a connection, and how to ask it for replies that stay bytes."""

    def __init__(self, parser_class: type[Any], connection: object, *, pushes: bool) -> None:
        self.parser = parser_class(65536)
        self.parser.on_connect(connection)
        self._options: dict[str, bool] = {"disable_decoding": True}
        if pushes:
            # A push that nobody asked for goes to a handler and is not seen; asked for, it is.
            self._options["push_request"] = True
            handle = getattr(self.parser, "handle_push_response", None)
            taken = _later if inspect.iscoroutinefunction(handle) else _now
            for name in PUSH_HANDLERS:
                if hasattr(self.parser, name):
                    setattr(self.parser, name, taken)

    def read(self) -> Any:
        """The next reply, or a coroutine that gives it."""
        return self.parser.read_response(**self._options)


async def _later(response: Any) -> Any:
    return response


def _now(response: Any) -> Any:
    return response


class RedisDecoder:
    """redis-py's Python parser on a socket with a read time-out; replies stay bytes."""

    def __init__(
        self, parser_class: type[Any], errors: ModuleType, encoder: object, *, resp3: bool
    ) -> None:
        self._errors = errors
        self._connection = _Connection(encoder)
        self._connected = ConnectedParser(parser_class, self._connection, pushes=resp3)

    def feed(self, chunk: bytes) -> list[Frame]:
        """See `Decoder`."""
        self._connection._sock.waiting += chunk
        frames: list[Frame] = []
        try:
            while True:
                frames.append(to_frame(self._connected.read()))
        except (self._errors.TimeoutError, TimeoutError):  # connections take either
            return frames
        except self._errors.RedisError as error:
            raise ProtocolError(str(error), tuple(frames)) from error


def _redis(parser: str, *, resp3: bool) -> Callable[[], RedisDecoder]:
    """A maker of decoders; `parser` is the class, or what stood in its place in old releases."""
    redis_connection = importlib.import_module("redis.connection")
    errors = importlib.import_module("redis.exceptions")
    try:
        parsers: ModuleType = importlib.import_module("redis._parsers")
        parser_class = getattr(parsers, parser)
        encoder_class = parsers.Encoder
    except ModuleNotFoundError:  # before 5.0
        if resp3:
            raise
        parser_class = redis_connection.PythonParser
        encoder_class = redis_connection.Encoder
    encoder = encoder_class("utf-8", "strict", False)
    return lambda: RedisDecoder(parser_class, errors, encoder, resp3=resp3)


def redis_py() -> Implementation:
    """redis-py's parser of RESP2 written in Python."""
    return Implementation(
        name="redis-py",
        decoder=_redis("_RESP2Parser", resp3=False),
        merges=REDIS_MERGES,
        modules=("redis._parsers", "redis.connection"),
    )


def redis_py_resp3() -> Implementation:
    """redis-py's parser of RESP3 written in Python."""
    return Implementation(
        name="redis-py-resp3",
        decoder=_redis("_RESP3Parser", resp3=True),
        resp3=True,
        merges=REDIS3_MERGES,
        modules=("redis._parsers", "redis.connection"),
    )


_NOTHING: Final = object()


class _HiredisDecoder:
    """hiredis.Reader, replies as bytes."""

    def __init__(self, module: Any) -> None:
        self._documented = module.ProtocolError
        self._reader = module.Reader(notEnoughData=_NOTHING)
        push = getattr(module, "PushNotification", None)
        self._list_class = (
            (lambda value: "push" if isinstance(value, push) else "array") if push else None
        )

    def feed(self, chunk: bytes) -> list[Frame]:
        """See `Decoder`."""
        frames: list[Frame] = []
        self._reader.feed(chunk)
        try:
            while (value := self._reader.gets()) is not _NOTHING:
                frames.append(to_frame(value, self._list_class))
        except self._documented as error:
            raise ProtocolError(str(error), tuple(frames)) from error
        except TypeError as error:
            # Since 3.1.1 this is how it says that Python's dict and set hold no aggregate as a key.
            if "unhashable" not in str(error):
                raise
            raise ProtocolError(str(error), tuple(frames)) from error
        return frames


def hiredis() -> Implementation:
    """hiredis, the C parser, with all types of RESP3."""
    module = importlib.import_module("hiredis")
    return Implementation(
        name="hiredis",
        decoder=lambda: _HiredisDecoder(module),
        resp3=True,
        merges=HIREDIS_MERGES,
        modules=("hiredis",),
        declines=claims_too_many,
        guide=reference_resp3(),
    )


class _FakeredisDecoder:
    """The command parser behind fakeredis's TCP handler, which feeds it line by line."""

    def __init__(self, socket_class: type[Any], documented: type[Exception]) -> None:
        self._commands: list[Frame] = []
        self._socket = socket_class(self._commands)
        self._documented = documented

    def feed(self, chunk: bytes) -> list[Frame]:
        """See `Decoder`."""
        try:
            for line in io.BytesIO(chunk):
                self._socket.sendall(line)
        except self._documented as error:
            raise ProtocolError(str(error), tuple(self._commands)) from error
        frames = list(self._commands)
        self._commands.clear()
        return frames


class _Dry(Exception):
    """The bytes have run out under a reader that blocks."""


class _Blocking(io.RawIOBase):
    """A stream that would block where its bytes end."""

    def __init__(self, data: bytearray) -> None:
        self.data = data
        self.at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readline(self, _size: int | None = -1, /) -> bytes:
        """One line, as a blocking stream gives it."""
        end = self.data.find(b"\n", self.at) + 1
        if not end:
            raise _Dry
        line, self.at = bytes(self.data[self.at : end]), end
        return line

    def read(self, size: int = -1, /) -> bytes:
        """Exactly `size` bytes, or all that will ever come when `size` is negative: never."""
        if size < 0 or self.at + size > len(self.data):
            raise _Dry
        data, self.at = bytes(self.data[self.at : self.at + size]), self.at + size
        return data


class _FakeredisReaderDecoder:
    """The blocking reader of fakeredis before 2.33.

    A blocking read waits in the middle of a command. Here it is started again on the same command
    once there are more bytes, which gives the same values.
    """

    def __init__(self, reader_class: type[Any]) -> None:
        self._data = bytearray()
        self._reader_class = reader_class

    def feed(self, chunk: bytes) -> list[Frame]:
        """See `Decoder`."""
        self._data += chunk
        stream = _Blocking(self._data)
        frames: list[Frame] = []
        done = 0
        while done < len(self._data):
            try:
                frames.append(to_frame(self._reader_class(stream).load()))
            except _Dry:
                break
            done = stream.at
        del self._data[:done]
        return frames


def _fakeredis_socket(base: type[Any]) -> type[Any]:
    """A fake socket that parses as `base` does and keeps the commands instead of running them."""

    class Capturing(base):  # type: ignore[misc]
        """No server, no commands: only the parser, and what it calls."""

        class _server:
            server_type = "redis"

        _client_info: Final = {"raddr": "fuzz"}

        def __init__(self, commands: list[Frame]) -> None:
            self._commands = commands
            self._paused = False
            self._killed = False
            self._parser = self._parse_commands()
            self._parser.send(None)

        def __del__(self) -> None:
            """Nothing was opened."""

        def sendall(self, data: bytes) -> None:
            self._parser.send(data)

        def _process_command(self, fields: Iterable[bytes]) -> None:
            self._commands.append(Array(tuple(Bulk(bytes(field)) for field in fields)))

    return Capturing


def fakeredis() -> Implementation:
    """The command parser of fakeredis's TCP server."""
    tcp: Any = None
    for place in ("fakeredis._clients._tcp_server", "fakeredis._tcp_server"):
        try:
            tcp = importlib.import_module(place)
            break
        except ModuleNotFoundError as error:
            if error.name not in (place, "fakeredis._clients"):
                raise
    if tcp is None:
        raise ModuleNotFoundError("fakeredis has no TCP server in this release", name="fakeredis")
    reader = getattr(tcp, "Reader", None)
    if reader is not None:
        return Implementation(
            name="fakeredis",
            decoder=lambda: _FakeredisReaderDecoder(reader),
            serves=True,
            commands=True,
            resumes=False,
            serve=tcp_server(tcp),
            modules=("fakeredis",),
        )
    documented: type[Exception] = importlib.import_module("fakeredis._helpers").SimpleError
    try:
        place = "fakeredis._socket._base"
        base = importlib.import_module(place).BaseFakeSocket
    except ModuleNotFoundError:
        base = importlib.import_module("fakeredis._basefakesocket").BaseFakeSocket
    capturing = _fakeredis_socket(base)
    return Implementation(
        name="fakeredis",
        decoder=lambda: _FakeredisDecoder(capturing, documented),
        serves=True,
        commands=True,
        serve=tcp_server(tcp),
        modules=("fakeredis",),
    )
