"""Subjects that are named by an address: somebody's application, or a server that is running.

What such a subject serves is not known: only what holds for every server is checked.
"""

from __future__ import annotations

import functools
import pathlib
import socket
import sys
from typing import Final

from targets import registry
from targets.errors import FarmError
from targets.path import asgi, wsgi
from targets.path.answer import Answer, read
from targets.path.loop import Loop, capture
from targets.path.request import Request
from targets.path.server import Server
from targets.path.site import make

TIMEOUT_S: Final = 5.0
"""Seconds without a byte after which a server does not answer any more."""
MAX_ANSWER: Final = 16 << 20
CLOSED: Final = Answer(0, problem="the connection is closed without an answer")
FORM: Final = "write wsgi://package.module:app, asgi://package.module:app or tcp://127.0.0.1:8080"


def attach(address: str) -> Server:
    """The server behind `wsgi://module:app`, `asgi://module:app` or `tcp://host:port`.

    FarmError when the address is malformed or names nothing that can be called.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in ("wsgi", "asgi", "tcp"):
        raise FarmError(f"{address!r} is no address of a server: {FORM}")
    if scheme == "tcp":
        host, _, port = rest.rpartition(":")
        if not host or not port.isdecimal():
            raise FarmError(f"{address!r} names no host and port: {FORM}")
        return Server(address, functools.partial(_ask, host.strip("[]"), int(port)), make(), {})
    if str(pathlib.Path.cwd()) not in sys.path:
        sys.path.append(str(pathlib.Path.cwd()))
    app = registry.load(rest, address)
    if not callable(app):
        raise FarmError(f"{address!r} is a {type(app).__name__}, which cannot be called: {FORM}")
    log = capture()
    ask = wsgi.asker(app, log) if scheme == "wsgi" else asgi.asker(app, Loop(), log)
    return Server(address, ask, make(), {})


def wsgi_app(name: str) -> Server:
    """The WSGI application `module:app`; modules are looked for where the farm was started."""
    return attach(f"wsgi://{name}")


def asgi_app(name: str) -> Server:
    """The ASGI application `module:app`, likewise."""
    return attach(f"asgi://{name}")


def server_at(address: str) -> Server:
    """The server that runs at `host:port`."""
    return attach(f"tcp://{address}")


def _ask(host: str, port: int, request: Request) -> Answer:
    """One connection for each request; a server that is gone is the user's to see."""
    try:
        connection = socket.create_connection((host, port), timeout=TIMEOUT_S)
    except OSError as error:
        raise FarmError(f"no server answers at {host}:{port}: {error}") from error
    received = bytearray()
    closed = False
    with connection:
        try:
            connection.sendall(request.wire())
            while len(received) < MAX_ANSWER and not closed:
                data = connection.recv(65536)
                received += data
                closed = not data
        except TimeoutError:
            return Answer(0, body=bytes(received), problem="no end within the time")
        except ConnectionError:
            closed = True
    return read(bytes(received), request.method, closed=closed) if received else CLOSED
