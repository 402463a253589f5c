"""Adapters of redis-py's parsers for asyncio, and of those that it puts around hiredis.

Streams are in memory and fed by hand: a coroutine that waits for bytes goes on when they come, and
no loop runs.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import importlib
import inspect
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any, Final

from targets.resp.differences import claims_too_many
from targets.resp.frames import Frame, ProtocolError
from targets.resp.implementation import Implementation
from targets.resp.subjects import (
    HIREDIS_MERGES,
    REDIS3_MERGES,
    REDIS_MERGES,
    ConnectedParser,
    RedisDecoder,
    reference_resp3,
)
from targets.resp.values import to_frame

WRAPPED_MERGES: Final = HIREDIS_MERGES | REDIS3_MERGES


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """Makes futures; never runs."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


class _Connection:
    """What a parser for asyncio wants to know of its connection."""

    def __init__(self, encoder: object) -> None:
        self._reader = asyncio.StreamReader(loop=_loop())
        self.encoder = encoder


class _AsyncDecoder:
    """A parser of redis-py for asyncio; replies stay bytes."""

    def __init__(
        self, parser_class: type[Any], errors: ModuleType, encoder: object, *, pushes: bool
    ) -> None:
        self._errors = errors
        self._connection = _Connection(encoder)
        self._connected = ConnectedParser(parser_class, self._connection, pushes=pushes)
        self._reading: Coroutine[Any, Any, Any] | None = None

    def feed(self, chunk: bytes) -> list[Frame]:
        """See `Decoder`."""
        frames: list[Frame] = []
        if not chunk:
            return frames
        self._connection._reader.feed_data(chunk)
        try:
            while True:
                if self._reading is None:
                    self._reading = self._connected.read()
                try:
                    self._reading.send(None)
                except StopIteration as done:
                    self._reading = None
                    frames.append(to_frame(done.value))
                else:
                    return frames  # it waits for more
        except self._errors.RedisError as error:
            self._reading = None
            raise ProtocolError(str(error), tuple(frames)) from error


def _maker(parser: str, *, pushes: bool) -> Callable[[], _AsyncDecoder]:
    parsers = importlib.import_module("redis._parsers")
    errors = importlib.import_module("redis.exceptions")
    encoder = parsers.Encoder("utf-8", "strict", False)
    parser_class = getattr(parsers, parser)
    return lambda: _AsyncDecoder(parser_class, errors, encoder, pushes=pushes)


def redis_py_async() -> Implementation:
    """redis-py's parsers for asyncio written in Python, RESP2 and RESP3."""
    return Implementation(
        name="redis-py-async",
        decoder=_maker("_AsyncRESP2Parser", pushes=False),
        merges=REDIS_MERGES,
        modules=("redis._parsers",),
        variants=(redis_py_async_resp3(),),
    )


def redis_py_async_resp3() -> Implementation:
    """redis-py's parser of RESP3 for asyncio."""
    return Implementation(
        name="redis-py-async-resp3",
        decoder=_maker("_AsyncRESP3Parser", pushes=True),
        resp3=True,
        merges=REDIS3_MERGES,
        modules=("redis._parsers",),
    )


def redis_py_hiredis() -> Implementation:
    """What redis-py puts around hiredis, without and with asyncio."""
    importlib.import_module("hiredis")
    parsers = importlib.import_module("redis._parsers")
    errors = importlib.import_module("redis.exceptions")
    encoder = parsers.Encoder("utf-8", "strict", False)
    # Since 5.3 it knows pushes; before, they are lists.
    pushes = "push_request" in inspect.signature(parsers._HiredisParser.read_response).parameters

    def decoder() -> RedisDecoder:
        return RedisDecoder(parsers._HiredisParser, errors, encoder, resp3=pushes)

    asynchronous = Implementation(
        name="redis-py-hiredis-async",
        decoder=_maker("_AsyncHiredisParser", pushes=pushes),
        resp3=True,
        merges=WRAPPED_MERGES,
        modules=("redis._parsers", "hiredis"),
    )
    return Implementation(
        name="redis-py-hiredis",
        decoder=decoder,
        resp3=True,
        merges=WRAPPED_MERGES,
        modules=("redis._parsers", "hiredis"),
        declines=claims_too_many,
        guide=reference_resp3(),
        variants=(asynchronous,),
    )
