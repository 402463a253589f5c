"""An event loop without threads and a transport without a socket: asyncio servers in one thread.

Servers run their own protocol objects on it. What they hand to a thread runs at once instead, and
waiting is bounded: an answer that does not come while nothing is left to do never comes.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, Final

MAX_TURNS: Final = 400
"""Turns of the loop that one answer may take; a file of the site takes about ten."""
IDLE_TURNS: Final = 6
"""Turns without anything ready after which nothing more will happen."""


class Loop(asyncio.SelectorEventLoop):
    """The usual loop, but blocking calls run in place; exceptions nobody awaits are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: BaseException | None = None
        self.set_exception_handler(self._note)
        atexit.register(self.close)  # a server has its loop for as long as the process lives

    def run_in_executor(  # type: ignore[override]
        self, _executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Run `func` now; the future is done when this returns."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except StopIteration as error:
            future.set_exception(RuntimeError(repr(error)))
        except Exception as error:  # what a thread raises belongs to whoever awaits it
            future.set_exception(error)
        return future

    def turn_until(self, done: Callable[[], bool]) -> bool:
        """Let the loop run until `done()`; False when it has nothing to do, or too long."""
        # The loop names its queue nowhere in public.
        ready: Any = self._ready  # type: ignore[attr-defined]
        idle = 0
        for _ in range(MAX_TURNS):
            if done():
                return True
            idle = 0 if ready else idle + 1
            if idle > IDLE_TURNS:
                break
            self.call_soon(self.stop)
            self.run_forever()
        return done()

    def complete(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Run a coroutine to its end; its exception escapes. False: it waits for ever."""
        task = self.create_task(work)
        if self.turn_until(task.done):
            task.result()
            return True
        task.cancel()
        self.turn_until(task.done)
        return False

    def take_trouble(self) -> BaseException | None:
        """The last exception that nobody awaited, once."""
        trouble, self.trouble = self.trouble, None
        return trouble

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.trouble = error


class Pipe(asyncio.Transport):
    """A transport whose output is kept; the other end reads everything at once."""

    def __init__(self, protocol: asyncio.BaseProtocol | None = None) -> None:
        super().__init__({"peername": ("127.0.0.1", 50000), "sockname": ("127.0.0.1", 80)})
        self.sent = bytearray()
        self.closed = False
        self._protocol = protocol

    def write(self, data: Any) -> None:
        """Keep the data; after the end it is lost, as on a socket."""
        if not self.closed:
            self.sent += data

    def writelines(self, list_of_data: Any) -> None:
        """Keep each of them."""
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        """End the stream."""
        self.closed = True

    abort = close
    write_eof = close

    def is_closing(self) -> bool:
        """Whether it has ended."""
        return self.closed

    def can_write_eof(self) -> bool:
        """As TCP can."""
        return True

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol that it belongs to."""
        assert self._protocol is not None
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Belong to another protocol."""
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        """All has been read."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def is_reading(self) -> bool:
        """Always."""
        return True

    def pause_reading(self) -> None:
        """The request is in already."""

    def resume_reading(self) -> None:
        """The request is in already."""


class Log(logging.Handler):
    """Keeps the last exception that a server logged instead of raising it; prints nothing."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.trouble: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Note the record's exception."""
        if record.exc_info and record.exc_info[1] is not None:
            self.trouble = record.exc_info[1]

    def take(self) -> BaseException | None:
        """The last exception, once."""
        trouble, self.trouble = self.trouble, None
        return trouble


def hush() -> None:
    """Ignore warnings: those of a server are for its own authors, and some leave files open."""
    warnings.simplefilter("ignore")


def capture(*names: str) -> Log:
    """A log beside the handlers of the root logger, and instead of those of the loggers named;
    warnings are ignored."""
    hush()
    log = Log()
    logging.getLogger().addHandler(log)
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    return log
