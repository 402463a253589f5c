"""Asks a WSGI application as a usual server would: what that refuses never reaches it."""

from __future__ import annotations

import io
import re
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any

from targets.path.answer import BODILESS, NOTHING, REFUSED, Answer
from targets.path.loop import Log
from targets.path.request import Request

App = Callable[[dict[str, Any], Any], Iterable[bytes]]

_TARGET = re.compile(rb"[\x21-\x7e\x80-\xff]+")
_VALUE = re.compile(rb"[^\0-\x08\x0a-\x1f\x7f]*")
_ABSOLUTE = re.compile(rb"https?://[^/?#]*(.*)", re.DOTALL | re.IGNORECASE)


def asker(app: App, log: Log) -> Callable[[Request], Answer]:
    """A function that gives the application's answer to a request."""
    return lambda request: _ask(app, log, request)


def environ_of(request: Request) -> dict[str, Any] | None:
    """The environment of a request; None: the server refuses it."""
    target = request.target
    absolute = _ABSOLUTE.fullmatch(target)
    if not _TARGET.fullmatch(target) or not (target.startswith(b"/") or absolute is not None):
        return None
    if not all(_VALUE.fullmatch(value) for _, value in request.headers):
        return None
    if absolute is not None:
        target = absolute[1] or b"/"
    path, _, query = target.partition(b"?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method.decode(),
        "SCRIPT_NAME": "",
        "PATH_INFO": urllib.parse.unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": request.target.decode("latin-1"),
        "REQUEST_URI": request.target.decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.all_headers():
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        if key == "HTTP_CONTENT_TYPE":
            key = "CONTENT_TYPE"
        environ.setdefault(key, value.decode("latin-1"))
    return environ


def _ask(app: App, log: Log, request: Request) -> Answer:
    environ = environ_of(request)
    if environ is None:
        return REFUSED
    log.take()
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = bytearray()

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info:
            log.trouble = exc_info[1]
            started.clear()
        started.append((status, list(headers)))
        return body.extend

    try:
        parts = app(environ, start_response)
        try:
            for part in parts:
                body += part
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
    except Exception as error:  # a server answers 500 for whatever escapes; `total` raises it
        return Answer(500, error=error)
    if not started:
        return NOTHING
    return _answer(started, bytes(body), request.method, log)


def _answer(
    started: list[tuple[str, list[tuple[str, str]]]], body: bytes, method: bytes, log: Log
) -> Answer:
    status, pairs = started[-1]
    problem = "" if len(started) == 1 else "started twice"
    if not re.fullmatch(r"[1-5][0-9][0-9] [^\r\n\0]*", status):
        return Answer(0, problem="malformed status line")
    headers = []
    for name, value in pairs:
        try:
            headers.append((name.encode("latin-1").lower(), value.encode("latin-1")))
        except UnicodeEncodeError:
            problem = "a header that is no Latin-1"
            continue
        if re.search(r"[\r\n\0]", name + value):
            problem = "malformed header"
        if name.lower() == "content-length" and method != b"HEAD":
            problem = problem or _length_problem(int(status[:3]), value, len(body))
    code = int(status[:3])
    error = log.take() if code >= 500 else None
    return Answer(code, tuple(headers), body, problem, error)


def _length_problem(code: int, value: str, size: int) -> str:
    if code in BODILESS:
        return ""
    if not value.isdigit():
        return "malformed length"
    if int(value) == size:
        return ""
    return f"a body {'shorter' if size < int(value) else 'longer'} than its length"
