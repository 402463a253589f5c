"""aiohttp's static routes, through its own protocol object."""

from __future__ import annotations

import importlib
import logging
from typing import Any, Final

from targets.path.answer import Answer, read
from targets.path.loop import Log, Loop, Pipe, capture
from targets.path.request import Request
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {
    b"/static": Mount(),
    b"/follow": Mount(),
    b"/list": Mount(listing=True),
    b"/both": Mount(listing=True),
}


def server() -> Server:
    """Static routes with and without symbolic links and listings."""
    site = make()
    log = capture("aiohttp.server", "aiohttp.web", "asyncio")
    web: Any = importlib.import_module("aiohttp.web")
    # sendfile needs a real socket; without it the same bytes come through the transport.
    responses: Any = importlib.import_module("aiohttp.web_fileresponse")
    responses.NOSENDFILE = True
    loop = Loop()
    log.setLevel(logging.ERROR)
    app = web.Application(
        middlewares=[web.normalize_path_middleware(append_slash=True, merge_slashes=True)]
    )
    app.router.add_static("/static", site.strict)
    app.router.add_static("/follow", site.lenient, follow_symlinks=True)
    app.router.add_static("/list", site.strict, show_index=True)
    app.router.add_static("/both", site.lenient, show_index=True, follow_symlinks=True)
    app.router.add_get("/page/", _page(web))
    app.add_subapp("/trim", _trimmed(web))
    runner = web.AppRunner(app, access_log=None)
    loop.run_until_complete(runner.setup())
    return Server("aiohttp", _Asker(loop, log, runner).ask, site, MOUNTS)


def _trimmed(web: Any) -> Any:
    """An application that redirects to paths without a slash at their end."""
    trim = web.normalize_path_middleware(append_slash=False, remove_slash=True)
    app = web.Application(middlewares=[trim])
    app.router.add_get("/page", _page(web))
    return app


def _page(web: Any) -> Any:
    async def page(_request: Any) -> Any:
        return web.Response(text="a page")

    return page


class _Asker:
    """One new connection for each request."""

    def __init__(self, loop: Loop, log: Log, runner: Any) -> None:
        self._loop = loop
        self._log = log
        self._runner = runner

    def ask(self, request: Request) -> Answer:
        """The answer of the protocol object."""
        self._log.take()
        loop = self._loop
        protocol = self._runner.server()
        pipe = Pipe(protocol)
        loop.call_soon(protocol.connection_made, pipe)
        loop.call_soon(protocol.data_received, request.wire())
        loop.turn_until(lambda: pipe.closed)
        protocol.connection_lost(None)
        loop.turn_until(lambda: False)
        answer = read(bytes(pipe.sent), request.method, closed=pipe.closed)
        error = self._log.take() or loop.take_trouble()
        return answer.because(error)
