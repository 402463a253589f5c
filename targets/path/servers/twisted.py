"""twisted.web.static.File, through its own HTTP channel on a transport in memory."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.path.answer import Answer, read
from targets.path.loop import hush
from targets.path.request import HOST, Request
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {
    b"/static": Mount(index=True, listing=True),
    b"": Mount(index=True, listing=True),
}
STEP_S: Final = 0.001
MAX_STEPS: Final = 1000
"""Steps of our clock that one answer may take."""


def server() -> Server:
    """The root serves files, and so does a prefix, to requests for a host that is known."""
    site = make()
    hush()
    web: Any = importlib.import_module("twisted.web.server")
    static: Any = importlib.import_module("twisted.web.static")
    root = static.File(str(site.lenient))
    root.putChild(b"static", static.File(str(site.lenient)))
    hosts = importlib.import_module("twisted.web.vhost").NameVirtualHost()
    for name in (HOST, b"127.0.0.1", b"localhost:80"):
        hosts.addHost(name, root)
    made = web.Site(hosts)
    return Server("twisted", _Asker(made).ask, site, MOUNTS)


class _Asker:
    """One new connection for each request."""

    def __init__(self, factory: Any) -> None:
        self._factory = factory
        self._factory.startFactory = lambda: None
        self._trouble: BaseException | None = None
        try:
            helpers: Any = importlib.import_module("twisted.internet.testing")
        except ModuleNotFoundError:  # before 20.3
            helpers = importlib.import_module("twisted.test.proto_helpers")
        self._transport = helpers.StringTransport
        task: Any = importlib.import_module("twisted.internet.task")
        self._clock: Any = task.Clock()
        # What the reactor would do bit by bit happens when our clock is moved.
        task._theCooperator = task.Cooperator(
            scheduler=lambda work: self._clock.callLater(STEP_S, work), started=True
        )
        logger: Any = importlib.import_module("twisted.logger")
        logger.globalLogBeginner.beginLoggingTo([self._note], redirectStandardIO=False)

    def ask(self, request: Request) -> Answer:
        """The answer on the wire."""
        self._trouble = None
        channel = self._factory.buildProtocol(("127.0.0.1", 50000))
        # Time-outs are of no use here, and the reactor does not run.
        for part in (channel, getattr(channel, "_channel", channel)):
            part.callLater = self._clock.callLater
            part.timeOut = None
        transport = self._transport()
        channel.makeConnection(transport)
        channel.dataReceived(request.wire())
        for _ in range(MAX_STEPS):
            if not self._clock.getDelayedCalls():
                break
            self._clock.advance(STEP_S)
        closed = bool(transport.disconnecting)
        answer = read(transport.value(), request.method, closed=closed)
        error = self._trouble
        return answer.because(error)

    def _note(self, event: dict[str, Any]) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            self._trouble = failure.value
