"""A client that mixes up replies after a cancellation is caught; redis-py of today is not one."""

from __future__ import annotations

import asyncio
import dataclasses
import pathlib
import time
from typing import Any

import pytest

from targets.oracles import Violation
from targets.registry import discover
from targets.resp import cancel
from targets.resp.asynchronous import redis_asyncio
from targets.resp.cancel import AsyncClient

SEEDS = discover().found["resp"].corpus / "cancel"


class _Careless:
    """Writes and reads on one connection, whatever became of the request before."""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def echo(self, values: list[bytes]) -> list[bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._where)
        reader, writer = self._streams
        replies = []
        for value in values:
            writer.write(b"*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n" % (len(value), value))
            await reader.readline()
            replies.append((await reader.readline())[:-2])
        return replies

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


def careless() -> AsyncClient:
    def connect(host: str, port: int, _way: int) -> Any:
        return _Careless(host, port)

    async def echo(client: Any, values: list[bytes], _pipelined: bool) -> list[bytes]:
        replies: list[bytes] = await client.echo(values)
        return replies

    async def close(client: Any) -> None:
        await client.close()

    return AsyncClient(connect, echo, close, (OSError,))


@pytest.mark.parametrize("given", [0, 1, 4, 8])
def test_a_reply_to_a_cancelled_command_is_not_the_next_ones(given: int) -> None:
    """Whatever part of the reply was on its way, the careless client is caught."""
    with pytest.raises(Violation, match="gets the reply to what was given up"):
        cancel.check(bytes([0, 1 | given << 1, 0, 0, 0]), careless())


def test_without_a_cancellation_the_careless_client_is_right() -> None:
    """The check tells what it is about: nothing is wrong until something is given up."""
    cancel.check(bytes([0, 0, 0, 0, 2, 0, 1]), careless())


def test_a_pause_of_the_process_is_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers take turns: the clock jumps in the middle of a command, and nothing is wrong."""
    passed_s = 0.0
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed_s)
    client = careless()

    async def echo(connected: Any, values: list[bytes], pipelined: bool) -> list[bytes]:
        nonlocal passed_s
        passed_s += 100 * cancel.PATIENCE_S
        await asyncio.sleep(0)
        return await client.echo(connected, values, pipelined)

    cancel.check(bytes([0, 0, 0, 0, 2, 0, 1]), dataclasses.replace(client, echo=echo))
    assert passed_s == 300 * cancel.PATIENCE_S


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: str(path.name))
def test_redis_py_keeps_replies_apart(seed: pathlib.Path) -> None:
    """Pooled and on a single connection, alone and in pipelines."""
    cancel.check(seed.read_bytes(), redis_asyncio())
