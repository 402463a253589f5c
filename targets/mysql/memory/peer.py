"""A server in memory beside its client, in one thread: a socket and an event loop for clients.

The server is asked for its next bytes only when its client waits for them, so that a conversation
takes no system call, no thread and no time-out, and goes the same way every time.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import selectors
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from targets.oracles import Violation

PATIENCE: Final = 200
"""Reads from a closed connection that a client may try before it counts as stuck."""


class Peer(Protocol):
    """The server's side of one connection."""

    def received(self, data: bytes) -> None:
        """The client sent `data`."""

    def wanted(self) -> bytes:
        """The client waits: what it gets next; nothing means that the connection is closed.

        TimeoutError: nothing comes for so long that the client or its user loses patience.
        """


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What the user of a client asked for."""

    charset: str = "utf8mb4"
    password: str = ""
    local_infile: bool = False
    statement_bytes: int = 0
    """Longest statement that `executemany` may batch; 0: the client's own choice."""


class Session(Protocol):
    """A user's view of one connection of a client. Documented errors are raised as `Refused`."""

    def execute(self, query: str, parameters: object) -> object:
        """Send a query with parameters; the rows of its answer."""

    def executemany(self, query: str, rows: Sequence[object]) -> object:
        """The same query for each of the rows of parameters."""

    def callproc(self, name: str, parameters: Sequence[object]) -> object:
        """Call a stored procedure."""

    def ping(self) -> None:
        """Ask whether the server is there."""

    def reset(self) -> None:
        """Make the connection as new, as pools do before they hand it out again."""

    def close(self) -> None:
        """End it; never raises."""


Connect = Callable[[Peer, Settings], Session]


class Refused(Exception):
    """A documented error of the client; `reason` is its class name."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


class Wire:
    """What is under way between a client and its peer."""

    __slots__ = ("buffer", "closed", "peer", "tries")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.buffer = bytearray()
        self.closed = False
        self.tries = 0

    def send(self, data: bytes) -> None:
        """BrokenPipeError once the connection is closed."""
        if self.closed:
            self._try()
            raise BrokenPipeError(32, "Broken pipe")
        self.peer.received(bytes(data))

    def take(self, size: int) -> bytes:
        """At most `size` bytes; none: the connection is closed."""
        if not self.buffer and not self.closed:
            more = self.peer.wanted()
            self.buffer += more
            self.closed = not more
        if not self.buffer:
            self._try()
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def _try(self) -> None:
        self.tries += 1
        if self.tries > PATIENCE:
            raise Violation("memory: goes on with a connection that is closed")


class MemorySocket:
    """As much of a blocking `socket.socket` as database clients use."""

    family = socket.AF_INET

    def __init__(self, peer: Peer) -> None:
        self.wire = Wire(peer)

    def sendall(self, data: Any) -> None:
        """Give all bytes to the peer."""
        self.wire.send(bytes(data))

    def send(self, data: Any) -> int:
        """Give all bytes to the peer; how many they are."""
        self.wire.send(bytes(data))
        return len(data)

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end."""
        return self.wire.take(size)

    def recv_into(self, buffer: Any, size: int = 0) -> int:
        """Up to `size` bytes (or as many as fit) into a buffer; how many they are."""
        view = memoryview(buffer)
        taken = self.wire.take(size or len(view))
        view[: len(taken)] = taken
        return len(taken)

    def makefile(self, *_arguments: object) -> io.BufferedReader:
        """A file that reads from the peer."""
        return io.BufferedReader(_Raw(self.wire))

    def settimeout(self, _seconds: float | None) -> None:
        """Ignored: nothing here takes time."""

    def setsockopt(self, *_arguments: object) -> None:
        """Ignored."""

    def gettimeout(self) -> None:
        """Time-outs do not exist here."""

    def shutdown(self, _how: int) -> None:
        """Nothing more is sent or received."""
        self.wire.closed = True
        self.wire.buffer.clear()

    def close(self) -> None:
        """Nothing more is sent or received."""
        self.shutdown(0)


class _Raw(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        taken = self._wire.take(len(view))
        view[: len(taken)] = taken
        return len(taken)


class MemoryTransport(asyncio.Transport):
    """A transport whose other end is a peer in memory."""

    def __init__(self, loop: MemoryLoop, protocol: Any, peer: Peer) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._closing = False
        self.wire = Wire(peer)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """A socket that takes options, as clients set some."""
        return _Options() if name == "socket" else default

    def write(self, data: Any) -> None:
        """Give all bytes to the peer; nothing happens once it is closed."""
        if not self._closing and not self.wire.closed:
            self.wire.send(bytes(data))

    def idle(self) -> bool:
        """Everything waits: hand over what comes next, or the end. False: nothing changes."""
        if self._closing:
            return False
        try:
            data = self.wire.take(1 << 16)
        except TimeoutError:
            # The user waited only so long, as with `asyncio.wait_for`.
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            return True
        if data:
            self._deliver(data)
        else:
            self._closing = True
            keep = self._protocol.eof_received()
            if not keep:
                self._protocol.connection_lost(None)
        return True

    def _deliver(self, data: bytes) -> None:
        if not isinstance(self._protocol, asyncio.BufferedProtocol):
            self._protocol.data_received(data)
            return
        while data and not self._closing:
            buffer = memoryview(self._protocol.get_buffer(len(data)))
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            self._protocol.buffer_updated(size)
            data = data[size:]

    def close(self) -> None:
        """The protocol hears of it, soon."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """As close."""
        self.close()

    def is_closing(self) -> bool:
        """Whether it was closed, by either side."""
        return self._closing

    def set_protocol(self, protocol: Any) -> None:
        """From now on this protocol gets what comes."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """The protocol that gets what comes."""
        return self._protocol

    def pause_reading(self) -> None:
        """Ignored: the peer speaks only when all wait."""

    def resume_reading(self) -> None:
        """Ignored."""

    def is_reading(self) -> bool:
        """Always."""
        return True

    def get_write_buffer_size(self) -> int:
        """Nothing is ever left to write."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Ignored: nothing is ever left to write."""


class _Options:
    """A socket that only takes options."""

    def setsockopt(self, *_arguments: object) -> None:
        pass

    def fileno(self) -> int:
        return -1


class _Idle(selectors.SelectSelector):
    """Says when all coroutines wait, instead of waiting for the kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: MemoryLoop | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        if (timeout is None or timeout > 0) and self.loop is not None:
            self.loop.idle()
        return []


class MemoryLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections go to peers in memory; it never waits.

    Set `peer` before a client connects. When every task waits, the current connection is asked for
    its next bytes; when it is closed, `Violation`: the client would wait for ever.
    """

    def __init__(self) -> None:
        selector = _Idle()
        super().__init__(selector)
        selector.loop = self
        self.peer: Peer | None = None
        self.current: MemoryTransport | None = None
        # What is left of a task that nobody waits for any more is not worth a line.
        self.set_exception_handler(lambda _loop, _context: None)

    def __del__(self) -> None:
        """Nobody has to close it: nothing outside of the process depends on it."""
        if not self.is_closed():
            self.close()

    async def create_connection(self, protocol_factory: Any, *_a: Any, **_options: Any) -> Any:
        """A connection to `peer`, whatever the address."""
        protocol = protocol_factory()
        if self.peer is None:
            raise ConnectionRefusedError(111, "nothing listens")
        transport = MemoryTransport(self, protocol, self.peer)
        self.current = transport
        protocol.connection_made(transport)
        return transport, protocol

    def run_in_executor(  # type: ignore[override]
        self, _executor: Any, func: Any, *args: Any
    ) -> Any:
        """Run it here and now: clients read files this way, and a thread would be chance."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            # What it raises is for the one who waits, as from any executor.
            future.set_exception(error)
        return future

    def idle(self) -> None:
        """Let the current connection speak; time does not pass otherwise."""
        if self.current is None or not self.current.idle():
            raise Violation("memory: waits for ever, as nothing more comes")
