"""A stand-in for GitHub on loopback: a real HTTP server that keeps issues, labels and comments.

Every request and every answer is checked against GitHub's published description; faults can be
planned: failures before and after the work, silence, cut connections, rate limits, wrong tokens.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.server
import json
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

from triage.tests.github_state import (
    FAULTS,
    REPO,
    SECONDARY,
    TOKEN,
    Answer,
    Asked,
    GitHub,
    planned,
    sometimes,
)

__all__ = ["FAULTS", "REPO", "TOKEN", "GitHub", "planned", "serving", "sometimes"]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Reads a request, shows the planned fault or the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: GitHub

    def do_GET(self) -> None:
        hub, (path, _, query) = self.hub, self.path.partition("?")
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        with hub.lock:
            hub.requests.append(f"{self.command} {self.path}")
            fault = hub.faults(self.command, path)
            if fault:
                hub.shown.append(fault)
        if fault.startswith("reset") and not fault.endswith("after"):
            self._reset()
        elif fault and fault not in ("silence",) and not fault.endswith("after"):
            self._fail(fault)
        else:
            answer = self._answered(path, dict(urllib.parse.parse_qsl(query)), body)
            match fault:
                case "silence":
                    hub.closing.wait(60)
                    self.close_connection = True
                case "reset after":
                    self._reset()
                case "502 after":
                    self._fail(fault)
                case _:
                    self._send(*answer)

    do_POST = do_PATCH = do_GET

    def _answered(self, path: str, query: dict[str, str], body: Any) -> Answer:
        hub = self.hub
        _, _, token = self.headers.get("Authorization", "").partition(" ")
        route = hub.description.route(self.command, path)
        if route is None:
            hub.description.violations.append(f"{self.command} {path} is not described")
            return hub.error(404, "Not Found")
        operation, names = route
        with hub.lock:
            if token not in hub.tokens:
                answer = hub.error(401, "Bad credentials")
            elif wrong := hub.description.check_request(operation, query, body):
                answer = hub.error(400, "; ".join(wrong))
            else:
                answer = hub.answer(operation, names, Asked(query, body, hub.tokens[token], path))
            hub.description.check_answer(operation, answer[0], answer[1])
        return answer

    def _fail(self, fault: str) -> None:
        hub = self.hub
        soon = str(int(time.time() + hub.ahead_s + hub.limit_s))
        match fault.split(maxsplit=1)[0]:
            case "primary":
                limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0"}
                answer = hub.error(403, "API rate limit exceeded for user ID 1.")
                self._send(answer[0], answer[1], {**limits, "X-RateLimit-Reset": soon})
            case "secondary":
                self._send(*hub.error(403, SECONDARY)[:2], {"Retry-After": str(int(hub.limit_s))})
            case "secondary-bare":
                self._send(*hub.error(403, SECONDARY))
            case "forbidden":
                self._send(*hub.error(403, "Resource not accessible by integration"))
            case "401":
                self._send(*hub.error(401, "Bad credentials"))
            case "422":
                message = f"Validation Failed for {next(iter(hub.tokens))}"
                self._send(*hub.error(422, message))
            case "garbage":
                self._send(200, b'{"half": ', {})
            case status:
                self._send(int(status), b"<html>Unicorn!</html>", {"Content-Type": "text/html"})

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header(
            "Date", email.utils.formatdate(time.time() + self.hub.ahead_s, usegmt=True)
        )
        content = {"Content-Type": "application/json; charset=utf-8", "Content-Length": len(data)}
        for name, value in {**content, **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the client went away, or we cut it
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def serving(**state: Any) -> Iterator[GitHub]:
    """A server with that state while the block lasts; fails when the description was broken."""
    hub = GitHub(**state)
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = _Server(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert hub.description.violations == []
