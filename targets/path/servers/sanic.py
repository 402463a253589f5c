"""Sanic's static routes, through its own protocol object."""

from __future__ import annotations

import importlib
import inspect
import itertools
from typing import Any, Final

from targets.path.answer import Answer, read
from targets.path.loop import Log, Loop, Pipe, capture
from targets.path.request import Request
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {
    b"/static": Mount(),
    b"/range": Mount(),
    b"/stream": Mount(),
    b"/follow": Mount(),
    b"/html": Mount(index=True),
    b"/list": Mount(listing=True),
}

_number = itertools.count(1)
"""Every application of a process has a name of its own."""


def server() -> Server:
    """Static routes with and without ranges, streams, symbolic links, index and listing."""
    site = make()
    log = capture("sanic.root", "sanic.error", "sanic.access", "sanic.server")
    sanic: Any = importlib.import_module("sanic")
    loop = Loop()
    app = sanic.Sanic(f"site-{next(_number)}", configure_logging=False)
    # TOUCHUP would compile the reader of requests anew, without instrumentation.
    app.config.update({"TOUCHUP": False, "AUTO_EXTEND": False, "MOTD": False})
    known = inspect.signature(app.static).parameters
    app.static("/static", str(site.strict), name="static")
    app.static("/range", str(site.strict), name="range", use_content_range=True)
    app.static(
        "/stream", str(site.strict), name="stream", use_content_range=True, stream_large_files=1000
    )
    if "follow_external_symlink_files" in known:
        both = {"follow_external_symlink_files": True, "follow_external_symlink_dirs": True}
        app.static("/follow", str(site.lenient), name="follow", **both)
    if "directory_view" in known:
        app.static("/list", str(site.strict), name="list", directory_view=True)
        app.static("/html", str(site.strict), name="html", index="index.html")
    mounts = {
        prefix: mount
        for prefix, mount in MOUNTS.items()
        if prefix in (b"/static", b"/range", b"/stream")
        or (b"follow" in prefix and "follow_external_symlink_files" in known)
        or (prefix in (b"/list", b"/html") and "directory_view" in known)
    }
    return Server("sanic", _Asker(loop, log, app).ask, site, mounts)


class _Asker:
    """One new connection for each request."""

    def __init__(self, loop: Loop, log: Log, app: Any) -> None:
        self._loop = loop
        self._log = log
        self._app = app
        try:
            protocol: Any = importlib.import_module("sanic.server.protocols.http_protocol")
        except ModuleNotFoundError:  # before 21.6
            protocol = importlib.import_module("sanic.server")
        self._protocol = protocol.HttpProtocol
        if hasattr(app, "_startup"):
            loop.run_until_complete(app._startup())
        elif hasattr(app.router, "finalize"):  # before 21.9
            app.router.finalize()

    def ask(self, request: Request) -> Answer:
        """The answer of the protocol object."""
        self._log.take()
        loop = self._loop
        sent = Pipe()
        holder: list[Any] = []

        def connect() -> None:
            protocol = self._protocol(loop=loop, app=self._app, connections=set())
            sent.set_protocol(protocol)
            holder.append(protocol)
            protocol.connection_made(sent)
            protocol.data_received(request.wire())

        loop.call_soon(connect)
        loop.turn_until(lambda: sent.closed)
        if holder:
            holder[0].connection_lost(None)
        loop.turn_until(lambda: False)
        answer = read(bytes(sent.sent), request.method, closed=sent.closed)
        error = self._log.take() or loop.take_trouble()
        return answer.because(error)
