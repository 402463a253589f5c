"""Every server that is installed serves the site through its real path, and keeps to its root."""

from __future__ import annotations

import http.server
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import pytest

from targets import registry, requirements
from targets.errors import FarmError
from targets.oracles import Violation
from targets.path import TARGET, contain, serve, total
from targets.path.request import Request, parse
from targets.path.server import Server
from targets.path.servers.attached import attach
from targets.path.site import ORDINARY, make

SUBJECTS = [
    name
    for name, subject in TARGET.subjects.items()
    if not (subject.argument or requirements.check_requirements(subject))
]


@pytest.fixture(name="server", params=SUBJECTS, scope="module")
def _server(request: pytest.FixtureRequest) -> Server:
    made: Server = registry.load(TARGET.subjects[request.param].adapter)()
    return made


def test_ordinary_files_are_served_at_every_mount(server: Server) -> None:
    """Names with spaces, dots, escapes and letters beyond ASCII among them."""
    for prefix in server.mounts:
        for name in (b"hello.txt", b"a..b.txt", b"with%20space.txt", b"%C3%BCn%C3%AF.txt"):
            answer = server.ask(Request(b"GET", prefix + b"/" + name))
            assert answer.status == 200, (prefix, name)
        data = b"GET " + prefix + b"/hello.txt"
        assert server.ask(parse(data)).body == ORDINARY["hello.txt"]
        serve.check(data, server)
        serve.check(b"GET " + prefix + b"/missing", server)


@pytest.mark.parametrize("climb", [b"../", b"%2e%2e/", b"..%2f", b"..\\", b"docs/../../"])
def test_what_lies_beside_the_root_is_not_shown(server: Server, climb: bytes) -> None:
    """Through no mount, however plainly it is asked for."""
    for prefix in server.mounts:
        for name in (b"secret.txt", b"secret/secret.txt"):
            data = prefix + b"/" + climb + name
            contain.check(data, server)
            assert server.ask(parse(data)).status != 200


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A WSGI application that serves any file of the machine."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        with open(environ["PATH_INFO"], "rb") as file:  # noqa: PTH123 - careless on purpose
            return [file.read()]
    except (OSError, ValueError):
        return [b"nothing"]


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that fails when it is asked for something."""
    assert scope["path"] == "/"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


def test_an_application_is_attached_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of either kind, and its faults are seen."""
    module: Any = types.ModuleType("careless")
    module.app, module.slow, module.no = app, slow, 5
    monkeypatch.setitem(sys.modules, "careless", module)
    with pytest.raises(Violation, match="shows a file of the system"):
        contain.check(b"/etc/passwd", attach("wsgi://careless:app"))
    contain.check(b"/nothing", attach("wsgi://careless:app"))
    total.check(b"/", attach("asgi://careless:slow"))
    with pytest.raises(AssertionError):
        total.check(b"/x", attach("asgi://careless:slow"))
    for address in ("careless:app", "http://x", "wsgi://careless:none", "asgi://careless:no"):
        with pytest.raises(FarmError):
            attach(address)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, directory=str(make().lenient), **more)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(name="port")
def _port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running.server_address[1]
        running.shutdown()
        thread.join()


def test_a_running_server_is_attached_by_its_address(port: int) -> None:
    """Its answers are those on the wire; one that is gone is the user's mistake."""
    server = attach(f"tcp://127.0.0.1:{port}")
    assert server.ask(parse(b"/hello.txt")).body == ORDINARY["hello.txt"]
    contain.check(b"/../secret.txt", server)
    total.check(b"/docs", server)
    for address in ("tcp://127.0.0.1", "tcp://127.0.0.1:1"):
        with pytest.raises(FarmError):
            attach(address).ask(parse(b"/"))
