"""Adapters: HTTP/1 parsers as functions from chunks to messages."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

from targets.formats.http1 import choices, reference
from targets.formats.http1.compare import Parser, implementation
from targets.formats.http1.messages import Message, Reading
from targets.formats.implementation import Implementation, refusal

Fields = tuple[tuple[bytes, bytes], ...]
MAX_BYTES: Final = 1 << 20
"""Limits of heads and lines are no matter of this target: they are set above every input."""


def reference_http1() -> Implementation:
    """The farm's own reader."""
    return implementation(
        Parser(
            "http1-reference",
            lambda chunks, view: reference.read(b"".join(chunks), view),
            responses=True,
        )
    )


def h11() -> Implementation:
    """The connection of h11, as a server and as a client."""
    import h11 as package

    def read(chunks: Sequence[bytes], view: str) -> Reading:
        role = package.CLIENT if view else package.SERVER
        connection = package.Connection(role, max_incomplete_event_size=MAX_BYTES)
        messages: list[Message] = []
        if view:
            _ask(package, connection, view)
        start: tuple[bytes, ...] = ()
        fields: Fields = ()
        body = bytearray()
        try:
            for chunk in (*chunks, b""):
                connection.receive_data(chunk)
                while (event := connection.next_event()) is not package.NEED_DATA:
                    kind = type(event)
                    if event is package.PAUSED or kind is package.ConnectionClosed:
                        return Reading(tuple(messages), "done")
                    if kind is package.Data:
                        body += event.data
                    elif kind is package.EndOfMessage:
                        messages.append(Message(start, fields, bytes(body)))
                        body.clear()
                        if view or not _next_cycle(package, connection):
                            return Reading(tuple(messages), "done")
                    else:
                        start = _h11_start(package, event)
                        fields = tuple((bytes(name), bytes(value)) for name, value in event.headers)
                        if kind is package.InformationalResponse:
                            messages.append(Message(start, fields, b""))
        except package.RemoteProtocolError as error:
            return Reading(tuple(messages), "bad", str(refusal(error)))
        return Reading(tuple(messages), "open")

    return implementation(Parser("h11", read, responses=True, choices=choices.H11))


def _h11_start(package: Any, event: Any) -> tuple[bytes, ...]:
    if isinstance(event, package.Request):
        return bytes(event.method), bytes(event.target), bytes(event.http_version)
    return bytes(event.http_version), b"%03d" % event.status_code, bytes(event.reason)


def _ask(package: Any, connection: Any, method: str) -> None:
    connection.send(package.Request(method=method, target="/", headers=[("host", "a")]))
    connection.send(package.EndOfMessage())


def _next_cycle(package: Any, connection: Any) -> bool:
    """Answer, and make the connection ready for a next request; False: it will take none."""
    if connection.our_state not in (package.IDLE, package.SEND_RESPONSE):
        return False
    # A new one each time: old releases write into the events that they send.
    connection.send(
        package.Response(status_code=200, headers=[("content-length", "0")], reason=b"OK")
    )
    if connection.our_state is package.SEND_BODY:
        connection.send(package.EndOfMessage())
    if connection.our_state is not package.DONE or connection.their_state is not package.DONE:
        return False
    connection.start_next_cycle()
    return True


def waitress() -> Implementation:
    """The request parser and the body receivers of waitress, driven as its channel does."""
    from waitress.adjustments import Adjustments
    from waitress.parser import HTTPRequestParser

    settings = Adjustments(max_request_header_size=MAX_BYTES)

    def read(chunks: Sequence[bytes], _view: str) -> Reading:
        messages: list[Message] = []
        parser = None
        for chunk in chunks:
            data = chunk
            while data:
                if parser is None:
                    parser = HTTPRequestParser(settings)
                data = data[parser.received(data) :]
                if not parser.completed:
                    continue
                if parser.error is not None:
                    reason = str(refusal(_Said(parser.error)))
                    parser.close()
                    return Reading(tuple(messages), "bad", reason)
                if not parser.empty:
                    messages.append(_waitress_message(parser))
                parser.close()
                parser = None
        if parser is not None:
            parser.close()
        return Reading(tuple(messages), "done" if parser is None else "open")

    return implementation(
        Parser("waitress", read, choices=choices.WAITRESS, shown=choices.as_environ)
    )


class _Said(Exception):
    """An error that is said by an object, not raised."""

    def __init__(self, error: Any) -> None:
        super().__init__(f"{type(error).__name__} {error.body}")


def _waitress_message(parser: Any) -> Message:
    fields = sorted(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in parser.headers.items()
        if not (name == "CONTENT_LENGTH" and parser.chunked)
    )
    first = parser.first_line.split()
    target = first[1] if len(first) > 1 else b""
    start = (parser.command.encode("latin-1"), target, parser.version.encode("latin-1"))
    return Message(start, tuple(fields), parser.get_body_stream().read())


def gunicorn() -> Implementation:
    """The request parser of gunicorn, written in Python, with the bodies read to their ends."""
    from gunicorn.config import Config
    from gunicorn.http import errors
    from gunicorn.http.parser import RequestParser

    settings = Config()
    for name, value in (
        *(("limit_request_line", 0), ("limit_request_field_size", 0)),
        *(("http_parser", "python"), ("header_map", "dangerous")),
    ):
        if name in settings.settings:
            settings.set(name, value)
    # Not all of them have one base class in every release.
    documented = tuple(
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, Exception)
    )

    def read(chunks: Sequence[bytes], _view: str) -> Reading:
        messages: list[Message] = []
        parser = RequestParser(settings, _Socket(chunks), ("127.0.0.1", 1))
        try:
            for request in parser:
                body = request.body.read()
                fields = tuple(
                    (_latin(name.lower()), _latin(value)) for name, value in request.headers
                )
                if _is_short(body, request):
                    return Reading(tuple(messages), "open")
                version = b"%d.%d" % tuple(request.version)
                start = (_latin(request.method), _latin(request.uri), version)
                messages.append(Message(start, fields, body))
        except errors.NoMoreData:
            return Reading(tuple(messages), "open")
        except documented as error:
            return Reading(tuple(messages), "bad", _named(error))
        return Reading(tuple(messages), "done")

    return implementation(Parser("gunicorn", read, choices=choices.GUNICORN))


class _Socket:
    """A socket whose peer sends chunks and then no more."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = [chunk for chunk in chunks if chunk]
        self._ends = 0

    def recv(self, size: int) -> bytes:
        """The next chunk; RuntimeError when it is asked for more and more behind the end."""
        if self._chunks:
            chunk = self._chunks.pop(0)
            if len(chunk) > size:
                self._chunks.insert(0, chunk[size:])
            return chunk[:size]
        self._ends += 1
        if self._ends > 1000:
            raise RuntimeError("the end of the connection is read again and again")
        return b""


def _latin(text: str) -> bytes:
    """Bytes of text that was decoded as Latin-1, and may have left it on the way to upper case."""
    return text.encode("latin-1", "replace")


def _is_short(body: bytes, request: Any) -> bool:
    """Whether the input ended inside a body of known length: gunicorn then gives what there is."""
    if type(request.body.reader).__name__ != "LengthReader":
        return False
    lengths = [value for name, value in request.headers if name == "CONTENT-LENGTH"]
    return bool(lengths) and len(body) < int(lengths[-1])


def aiohttp() -> Implementation:
    """The parsers of aiohttp written in Python, set as its server and its client set them."""
    return dataclasses.replace(_aiohttp_requests(), variants=(_aiohttp_responses(),))


def _aiohttp_requests() -> Implementation:
    make = _aiohttp("HttpRequestParser")

    def read(chunks: Sequence[bytes], _view: str) -> Reading:
        return _aiohttp_reading(make, chunks, eof=False)

    return implementation(
        Parser(
            "aiohttp-requests",
            read,
            choices=choices.AIOHTTP,
            shown=choices.upper_method,
        )
    )


def _aiohttp_responses() -> Implementation:
    make = _aiohttp("HttpResponseParser")

    def read(chunks: Sequence[bytes], view: str) -> Reading:
        for_view = functools.partial(
            make, method=view, response_with_body=view != "HEAD", read_until_eof=True
        )
        return _aiohttp_reading(for_view, chunks, eof=True)

    return implementation(
        Parser(
            "aiohttp-responses",
            read,
            requests=False,
            responses=True,
            choices=choices.AIOHTTP_RESPONSES,
        )
    )


def _aiohttp(name: str) -> Callable[..., Any]:
    """A maker of parsers of this name, the ones written in Python."""
    import asyncio

    from aiohttp import http_parser
    from aiohttp.base_protocol import BaseProtocol

    # Never run: whatever would need a loop that runs raises.
    kind: Any = asyncio.AbstractEventLoop
    loop: Any = kind.__new__(kind)
    # Old releases have one name, which stands for the C parser where that is built.
    make = getattr(http_parser, f"{name}Py", None) or getattr(http_parser, name)

    def parser(**options: Any) -> Any:
        return make(
            BaseProtocol(loop),
            loop,
            MAX_BYTES,
            max_line_size=MAX_BYTES,
            max_field_size=MAX_BYTES,
            auto_decompress=False,
            **options,
        )

    return parser


def _aiohttp_reading(make: Callable[[], Any], chunks: Sequence[bytes], *, eof: bool) -> Reading:
    """A refusal takes with it what came in the same chunk, so then the lines are fed alone."""
    reading = _aiohttp_fed(make(), chunks, eof=eof)
    if reading.end != "bad":
        return reading
    alone = [line for chunk in chunks for line in chunk.splitlines(keepends=True)]
    again = _aiohttp_fed(make(), alone, eof=eof)
    return again if len(again.messages) > len(reading.messages) else reading


def _aiohttp_fed(parser: Any, chunks: Sequence[bytes], *, eof: bool) -> Reading:
    from aiohttp.http_exceptions import HttpProcessingError

    got: list[tuple[Any, Any]] = []
    reason: str | None = None
    try:
        for chunk in chunks:
            messages, upgraded, _ = parser.feed_data(chunk)
            got += messages
            if upgraded:
                break
        if eof:
            parser.feed_eof()
    except HttpProcessingError as error:
        reason = _named(error)
    complete: list[Message] = []
    for message, payload in got:
        failure = payload.exception()
        if failure is not None:
            reason = reason or _named(failure)
            break
        if not payload.is_eof() and getattr(message, "method", "") != "CONNECT":
            break
        complete.append(_aiohttp_message(message, payload))
    return Reading(tuple(complete), "open" if reason is None else "bad", reason or "")


def _named(error: BaseException) -> str:
    """Texts of these errors are mostly what the peer sent."""
    return type(error).__name__


def _aiohttp_message(message: Any, payload: Any) -> Message:
    version = b"%d.%d" % tuple(message.version)
    start: tuple[bytes, ...]
    if hasattr(message, "method"):
        start = (_bytes(message.method).upper(), _bytes(message.path), version)
    else:
        start = (version, b"%03d" % message.code, _bytes(message.reason))
    # What follows CONNECT is a tunnel, given as if it were a body.
    has_body = start[0] != b"CONNECT" and bool(getattr(payload, "total_bytes", 0))
    body = payload.read_nowait() if has_body else b""
    fields = tuple((bytes(name).lower(), bytes(value)) for name, value in message.raw_headers)
    return Message(start, fields, body)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
