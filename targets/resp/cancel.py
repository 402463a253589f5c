"""Check: a request that was given up never leaves its reply to the next one.

The client's task is cancelled while the server has the request and the client has none, a part, or
all of the reply. Whatever the client does about it (reconnect, drain, refuse), the next command
gets its own reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, Final

from targets.oracles import Violation
from targets.resp.frames import Array, Bulk, Frame
from targets.resp.reference import Decoder

MAX_STEPS: Final = 6
"""Commands of one input."""
PATIENCE_S: Final = 2.0
"""A reply on loopback takes well below a millisecond."""


TICK_S: Final = 0.05
MAX_GAP_S: Final = 0.5
"""Between two looks at the clock, of which there is one for each tick at least: longer, and the
process was paused, as workers are that take turns."""


class _Loop(asyncio.SelectorEventLoop):
    """Its time stands still while the process is paused, so that no deadline passes meanwhile."""

    def __init__(self) -> None:
        self._seen: float | None = None
        self._paused_s = 0.0
        super().__init__()
        self._tick()

    def time(self) -> float:
        """Seconds that this process had."""
        now = super().time()
        if self._seen is not None and now - self._seen > MAX_GAP_S:
            self._paused_s += now - self._seen
        self._seen = now
        return now - self._paused_s

    def _tick(self) -> None:
        self.call_later(TICK_S, self._tick)


@dataclasses.dataclass(frozen=True, slots=True)
class AsyncClient:
    """How to use one asyncio client. `errors` are those that it documents."""

    connect: Callable[[str, int, int], Any]
    """`connect(host, port, way)`: a client; `way` picks one of its documented ways."""
    echo: Callable[[Any, list[bytes], bool], Awaitable[list[bytes]]]
    """`echo(client, values, pipelined)`: sends ECHO for each and returns what came back."""
    close: Callable[[Any], Awaitable[None]]
    errors: tuple[type[BaseException], ...]


class _Server:
    """Answers every command; a held one gets `given` bytes of its reply, the rest when released."""

    def __init__(self) -> None:
        self.hold_at: int | None = None
        self.seen = asyncio.Event()
        self.go_on = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side closes it."""
        self._writers.add(writer)
        decoder = Decoder(resp3=True)
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1 << 16):
                for frame in decoder.feed(chunk):
                    await self._answer(writer, _words(frame))
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, words: list[bytes]) -> None:
        reply = _reply(words)
        if words[:1] == [b"ECHO"] and self.hold_at is not None:
            given, self.hold_at = min(self.hold_at, len(reply)), None
            writer.write(reply[:given])
            self.seen.set()
            await self.go_on.wait()
            reply = reply[given:]
        if not writer.is_closing():
            writer.write(reply)

    def close(self) -> None:
        """Drop all connections."""
        self.go_on.set()
        for writer in self._writers:
            writer.close()


def _words(frame: Frame) -> list[bytes]:
    items = frame.items if isinstance(frame, Array) else ()
    return [item.data for item in items if isinstance(item, Bulk)]


def _reply(words: list[bytes]) -> bytes:
    name = words[0].upper() if words else b""
    if name == b"ECHO":
        return b"$%d\r\n%s\r\n" % (len(words[1]), words[1])
    if name == b"HELLO":
        proto = b"3" if words[1:2] == [b"3"] else b"2"
        return b"*4\r\n$6\r\nserver\r\n$4\r\nfuzz\r\n$5\r\nproto\r\n:" + proto + b"\r\n"
    if name == b"PING":
        return b"+PONG\r\n"
    if name == b"EXEC":
        return b"*0\r\n"
    return b"+OK\r\n"


def check(data: bytes, subject: AsyncClient) -> None:
    """Violation when a reply belongs to another command; what the client raises escapes."""
    loop = _Loop()
    try:
        loop.run_until_complete(asyncio.wait_for(_talk(data, subject), PATIENCE_S * MAX_STEPS))
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()


async def _talk(data: bytes, subject: AsyncClient) -> None:
    server = _Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()[:2]
    client = subject.connect(host, port, data[0] if data else 0)
    try:
        for number, step in enumerate(data[1 : 1 + 2 * MAX_STEPS : 2]):
            more = data[2 + 2 * number] if len(data) > 2 + 2 * number else 0
            values = [b"%d-%d" % (number, part) for part in range(1 + more % 3)]
            if step & 1:
                await _given_up(server, subject, client, (values, bool(more & 4), step >> 1))
            else:
                await _answered(subject, client, values, bool(more & 4))
    finally:
        server.close()
        with contextlib.suppress(*subject.errors):
            await asyncio.wait_for(subject.close(client), PATIENCE_S)
        listening.close()


async def _given_up(
    server: _Server, subject: AsyncClient, client: Any, step: tuple[list[bytes], bool, int]
) -> None:
    """Cancel a command that the server has, with so many bytes of its reply on their way."""
    values, pipelined, given = step
    server.hold_at = given
    server.seen.clear()
    server.go_on.clear()
    task = asyncio.ensure_future(subject.echo(client, values, pipelined))
    seen = asyncio.ensure_future(server.seen.wait())
    await asyncio.wait({task, seen}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    seen.cancel()
    await asyncio.sleep(0)
    task.cancel()
    server.hold_at = None
    server.go_on.set()  # a client that did not notice is not kept waiting
    with contextlib.suppress(asyncio.CancelledError, *subject.errors):
        _require_own(await task, values, pipelined)


async def _answered(
    subject: AsyncClient, client: Any, values: list[bytes], pipelined: bool
) -> None:
    with contextlib.suppress(*subject.errors):
        replies = await asyncio.wait_for(subject.echo(client, values, pipelined), PATIENCE_S)
        _require_own(replies, values, pipelined)


def _require_own(replies: list[bytes], values: list[bytes], pipelined: bool) -> None:
    if replies != values:
        what = "a pipeline" if pipelined else "a command"
        raise Violation(
            f"cancel: {what} gets the reply to what was given up",
            f"{replies} for {values}",
        )
