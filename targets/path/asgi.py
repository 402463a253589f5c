"""Asks an ASGI application as uvicorn with h11 would: what that refuses never reaches it."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Any

from targets.path.answer import NOTHING, REFUSED, Answer
from targets.path.loop import Log, Loop
from targets.path.request import Request

App = Callable[[Any, Any, Any], Awaitable[None]]

_TARGET = re.compile(rb"[\x21-\x7e]+")
_VALUE = re.compile(rb"[^\0-\x08\x0a-\x1f\x7f]*")


def asker(app: App, loop: Loop, log: Log) -> Callable[[Request], Answer]:
    """A function that gives the application's answer to a request."""
    return lambda request: _ask(app, loop, log, request)


def scope_of(request: Request) -> dict[str, Any] | None:
    """The connection scope of a request; None: the server refuses it."""
    if not _TARGET.fullmatch(request.target):
        return None
    if not all(_VALUE.fullmatch(value) for _, value in request.headers):
        return None
    raw_path = request.path
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": request.method.decode(),
        "root_path": "",
        "path": urllib.parse.unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": request.query,
        "headers": [(name.lower(), value) for name, value in request.all_headers()],
        "state": {},
    }


class _Exchange:
    """What the application sends, held to the order and the types that ASGI wants."""

    def __init__(self, method: bytes) -> None:
        self.method = method
        self.status = 0
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self.body = bytearray()
        self.ended = False
        self.problem = ""
        self._asked = False

    async def receive(self) -> dict[str, Any]:
        """The request's empty body, then the end of the connection."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """Take one message."""
        kind = message.get("type")
        if kind == "http.response.start" and not self.status:
            self.status = int(message["status"])
            self.headers = tuple(
                (bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())
            )
        elif kind == "http.response.body" and self.status and not self.ended:
            self.body += message.get("body", b"")
            self.ended = not message.get("more_body", False)
        elif not (kind == "http.response.body" and self.ended):
            self.problem = "messages out of order"

    def answer(self, error: BaseException | None) -> Answer:
        """The answer as the wire would have it."""
        if not self.status:
            return Answer(500, error=error, problem="" if error else "no answer")
        return Answer(
            self.status, self.headers, bytes(self.body), self.problem or self._framing(), error
        )

    def _framing(self) -> str:
        if not self.ended:
            return "no end of the body"
        for name, value in self.headers:
            if b"\r" in value or b"\n" in value or b"\0" in value:
                return "malformed header"
            if name == b"content-length" and self.method != b"HEAD" and self.status != 304:
                if not value.isdigit():
                    return "malformed length"
                if int(value) != len(self.body):
                    short = int(value) > len(self.body)
                    return f"a body {'shorter' if short else 'longer'} than its length"
        return ""


def _ask(app: App, loop: Loop, log: Log, request: Request) -> Answer:
    scope = scope_of(request)
    if scope is None:
        return REFUSED
    log.take()
    exchange = _Exchange(request.method)
    error: BaseException | None = None
    try:

        async def serve() -> None:
            await app(scope, exchange.receive, exchange.send)

        if not loop.complete(serve()) and not exchange.status:
            return NOTHING
    except Exception as raised:  # a server answers 500 for whatever escapes; `total` raises it
        error = raised
    answer = exchange.answer(error or loop.take_trouble())
    if answer.status >= 500 and answer.error is None:
        return Answer(answer.status, answer.headers, answer.body, answer.problem, log.take())
    return answer
