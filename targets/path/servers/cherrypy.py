"""CherryPy's tools.staticdir, behind cheroot's own reader of requests."""

from __future__ import annotations

import importlib
import re
import socket
import threading
from typing import Any, Final

from targets.path.answer import Answer, read
from targets.path.loop import Log, capture
from targets.path.request import Request
from targets.path.server import Mount, Server
from targets.path.site import Site, make

MOUNTS: Final = {
    b"/static": Mount(),
    b"/html": Mount(index=True),
    b"/etags": Mount(),
    b"/match": Mount(only=re.compile(rb"\.txt$")),
}


def server() -> Server:
    """Directories with and without index and etags; at /match only text files are served."""
    site = make()
    log = capture("cherrypy.error", "cherrypy.access", "cherrypy")
    cherrypy: Any = importlib.import_module("cherrypy")
    cherrypy.config.update({"environment": "embedded", "log.screen": False})
    app = cherrypy.tree.mount(_root(), "", _config(site))
    app.log.error_log.handlers.clear()
    # Its own subclass of cheroot's server reads some targets in another way than cheroot would.
    wsgi: Any = importlib.import_module("cherrypy._cpwsgi_server")
    made = wsgi.CPWSGIServer()
    made.error_log = lambda *_args, **_more: None
    return Server("cherrypy", _Asker(log, made).ask, site, MOUNTS)


def _config(site: Site) -> dict[str, dict[str, Any]]:
    plain = {"tools.staticdir.on": True, "tools.staticdir.dir": str(site.lenient)}
    return {
        "/static": plain,
        "/html": {**plain, "tools.staticdir.index": "index.html"},
        "/etags": {**plain, "tools.etags.on": True, "tools.etags.autotags": True},
        "/match": {**plain, "tools.staticdir.match": r"\.txt$"},
    }


def _root() -> Any:
    def index(_self: Any) -> str:
        return "a page"

    # How CherryPy is told that a function answers requests.
    index.exposed = True  # type: ignore[attr-defined]
    page = type("Page", (), {"index": index})
    return type("Root", (), {"index": index, "page": page()})()


class _Asker:
    """One new connection for each request."""

    def __init__(self, log: Log, server_: Any) -> None:
        self._log = log
        self._server = server_

    def ask(self, request: Request) -> Answer:
        """The answer on the wire."""
        self._log.take()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(request.wire())
            ours.shutdown(socket.SHUT_WR)
            connection = self._server.ConnectionClass(self._server, theirs)
            # A big answer fills the pair: somebody has to read while the server writes.
            sent = bytearray()
            reader = threading.Thread(target=_drain, args=(ours, sent), daemon=True)
            reader.start()
            connection.communicate()
            connection.close()
            theirs.close()
            reader.join()
        answer = read(bytes(sent), request.method, closed=True)
        error = self._log.take()
        return answer.because(error)


def _drain(stream: socket.socket, into: bytearray) -> None:
    """Read to the end of the stream."""
    while data := stream.recv(65536):
        into += data
