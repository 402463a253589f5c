"""Tornado's StaticFileHandler, through its own HTTP connection over a pair of sockets."""

from __future__ import annotations

import asyncio
import importlib
import socket
from typing import Any, Final

from targets.path.answer import Answer, read
from targets.path.loop import Log, Loop, capture
from targets.path.request import Request
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {
    b"/static": Mount(),
    b"/also": Mount(),
    b"/html": Mount(index=True),
    b"": Mount(index=True, withheld=("page",)),
}


def server() -> Server:
    """Handlers with and without an index, at prefixes and for the whole tree.

    "Symlinks are not followed out of the directory being served", its documentation says.
    """
    site = make()
    log = capture("tornado.access", "tornado.application", "tornado.general")
    loop = Loop()
    asyncio.set_event_loop(loop)
    web: Any = importlib.import_module("tornado.web")
    files = web.StaticFileHandler
    plain = {"path": str(site.strict)}
    index = {**plain, "default_filename": "index.html"}
    app = web.Application(
        [
            (r"/static/(.*)", files, plain),
            (r"/html/(.*)", files, index),
            (r"/page/", _page(web)),
            (r"/(.*)", files, index),
        ],
        static_path=str(site.strict),
        static_url_prefix="/also/",
    )
    made = importlib.import_module("tornado.httpserver").HTTPServer(app)
    return Server("tornado", _Asker(loop, log, made).ask, site, MOUNTS)


def _page(web: Any) -> Any:
    def get(handler: Any) -> None:
        handler.write("a page")

    return type("Page", (web.RequestHandler,), {"get": web.addslash(get)})


class _Asker:
    """One new connection for each request."""

    def __init__(self, loop: Loop, log: Log, server_: Any) -> None:
        self._loop = loop
        self._log = log
        self._server = server_
        self._stream: Any = importlib.import_module("tornado.iostream").IOStream

    def ask(self, request: Request) -> Answer:
        """The answer on the wire."""
        self._log.take()
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            ours.sendall(request.wire())
            sent = bytearray()
            self._loop.turn_until(self._start(theirs))
            closed = self._loop.turn_until(lambda: _receive(ours, sent))
            if not closed:
                ours.shutdown(socket.SHUT_WR)
                self._loop.turn_until(lambda: _receive(ours, sent))
        finally:
            ours.close()
            self._loop.turn_until(lambda: False)
            theirs.close()
        answer = read(bytes(sent), request.method, closed=closed)
        error = self._log.take() or self._loop.take_trouble()
        return answer.because(error)

    def _start(self, theirs: socket.socket) -> Any:
        async def start() -> None:
            # A stream belongs to the loop that runs when it is made.
            self._server.handle_stream(self._stream(theirs), ("127.0.0.1", 50000))

        return self._loop.create_task(start()).done


def _receive(ours: socket.socket, sent: bytearray) -> bool:
    """Take what is there; True at the end of the stream."""
    while True:
        try:
            data = ours.recv(65536)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        if not data:
            return True
        sent += data
