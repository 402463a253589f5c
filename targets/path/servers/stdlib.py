"""http.server's SimpleHTTPRequestHandler, on streams in memory."""

from __future__ import annotations

import dataclasses
import functools
import http.server
import io
import socketserver
from typing import Any, Final

from targets.path.answer import Answer, read
from targets.path.request import Request
from targets.path.server import Mount, Server
from targets.path.site import Site, make

MOUNTS: Final = {b"": Mount(index=True, listing=True)}


class Stream:
    """A connected socket: what was sent to it is read, what is sent is kept."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.sent = bytearray()

    def makefile(self, _mode: str, _size: int = -1, **_: Any) -> io.BytesIO:
        """The stream of the request."""
        return io.BytesIO(self._request)

    def sendall(self, data: bytes) -> None:
        """Keep the data."""
        self.sent += data

    def settimeout(self, _timeout_s: float | None) -> None:
        """Nothing blocks."""

    def setsockopt(self, *_: Any) -> None:
        """There is no socket."""


class _Handler(http.server.SimpleHTTPRequestHandler):
    """The handler without its log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def server() -> Server:
    """The whole tree is one root."""
    site = make()
    return Server("http-server", functools.partial(_ask, site), site, MOUNTS)


def _ask(site: Site, request: Request) -> Answer:
    stream: Any = Stream(request.wire())
    owner: Any = object.__new__(socketserver.BaseServer)
    error: BaseException | None = None
    try:
        _Handler(stream, ("127.0.0.1", 50000), owner, directory=str(site.lenient))
    except Exception as raised:  # the server would drop the connection; `total` raises it
        error = raised
    answer = read(bytes(stream.sent), request.method, closed=True)
    return answer if error is None else dataclasses.replace(answer, status=500, error=error)
