"""Adapters: form parsers as functions from an input to a `Form`, whole and in chunks."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import re
from collections.abc import Callable
from typing import Any, Final, cast

from targets.formats.grammar import richest_line
from targets.formats.implementation import (
    Exemption,
    Implementation,
    Partner,
    Refused,
    Silent,
    refusal,
)
from targets.formats.multipart import reference
from targets.formats.multipart.forms import Form, split
from targets.oracles import Violation

MAX_BYTES: Final = 1 << 30
"""Limits are no matter of this target: they are set above every input."""
Feed = Callable[[bytes], None]
"""Gives a chunk of the body; an empty one ends it."""


class FormStream:
    """A parser that is made when the first line is complete, and then given the body in chunks."""

    def __init__(self, start: Callable[[bytes, Callable[[object], None]], Feed]) -> None:
        self._start = start
        self._head = b""
        self._feed: Feed | None = None
        self._events: list[object] = []

    def feed(self, chunk: bytes) -> list[object]:
        """Nothing: everything is given at the end, when parts that came in pieces are whole."""
        if self._feed is None:
            self._head += chunk
            if b"\n" not in self._head:
                return []
            content_type, chunk = split(self._head)
            self._feed = self._start(content_type, self._events.append)
        if chunk:
            self._feed(chunk)
        return []

    def close(self) -> list[object]:
        """All events."""
        if self._feed is not None:
            self._feed(b"")
        return self._events


def reference_forms() -> Implementation:
    """The farm's own reader."""
    return Implementation(
        name="multipart-reference",
        decode=_silent_is_refused,
        normal=in_items,
        partners=(Partner("itself", reference.read, in_items),),
        cuts=cuts,
        payload=richest_line,
        deep_bytes=0,
    )


def _silent_is_refused(data: bytes) -> object:
    try:
        return reference.read(data)
    except Silent:
        raise Refused("not plainly a form") from None


def in_items(value: object) -> object:
    """A form as items, so that a difference has the name of what differs."""
    form = cast("Form", value)
    items: list[tuple[str, object]] = []
    for name, content in form.fields:
        items += [("field name", name), ("value", content)]
    for name, filename, content in form.files:
        items += [("file's field", name), ("file name", filename), ("content", content)]
    return tuple(items)


def cuts(data: bytes) -> list[int]:
    """Anywhere that a line, word or quoted text begins or ends."""
    return [found.start() for found in re.finditer(rb"\r\n|[ :;,=\"\\&%+]|(?<=\n)|\b", data)]


class _Records(logging.Handler):
    """Counts what a parser writes to its log."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, _record: logging.LogRecord) -> None:
        """Count it."""
        self.count += 1


def python_multipart() -> Implementation:
    """The form parser of python-multipart, with the header parser before it."""
    try:
        import python_multipart as package
        from python_multipart import exceptions, multipart
    except ImportError:  # the name before 0.0.13
        import multipart as package
        from multipart import exceptions, multipart

    records = _Records()
    log = logging.getLogger(multipart.__name__)
    log.addHandler(records)
    log.propagate = False
    start = functools.partial(_start_python_multipart, package)

    def decode(data: bytes) -> object:
        records.count = 0
        return _form(_run(start, exceptions.FormParserError, data))

    def require_few_records(data: bytes) -> None:
        if records.count > 50 and records.count > len(data) // 8:
            raise Violation(
                "total: python-multipart writes log records for single bytes",
                f"{records.count} records for {len(data)} bytes",
            )

    stream = functools.partial(FormStream, _refusing(start, exceptions.FormParserError))
    return Implementation(
        name="python-multipart",
        decode=decode,
        normal=in_items,
        partners=(
            Partner(
                "the RFC",
                functools.partial(reference.read, decoded=False, plain_name_wins=True),
                in_items,
            ),
        ),
        stream=stream,
        run=functools.partial(_whole_and_cut, decode, stream),
        cuts=cuts,
        payload=richest_line,
        aftermath=require_few_records,
        deep_bytes=0,
    )


def _start_python_multipart(
    package: Any, content_type: bytes, give: Callable[[object], None]
) -> Feed:
    """A parser that gives each field and file; fed with no bytes at the end."""

    def on_field(field: Any) -> None:
        give(("field", bytes(field.field_name or b""), bytes(field.value or b"")))

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        name = None if file.field_name is None else bytes(file.field_name)
        give(("file", name, bytes(file.file_name or b""), file.file_object.read()))

    kind, options = package.multipart.parse_options_header(content_type)
    parser = package.FormParser(
        kind.decode("latin-1"),
        on_field,
        on_file,
        boundary=options.get(b"boundary"),
        config={"MAX_HEADER_COUNT": MAX_BYTES, "MAX_HEADER_SIZE": MAX_BYTES},
    )

    def feed(chunk: bytes) -> None:
        if chunk:
            parser.write(chunk)
        else:
            parser.finalize()
            parser.close()

    return feed


CHUNK_BYTES: Final = 64
"""Chunks in which bodies are fed where time is measured: what starts over at each one shows."""


def _whole_and_cut(
    decode: Callable[[bytes], object], stream: Callable[[], FormStream], data: bytes
) -> None:
    """All the work that an input makes, in one piece and in small ones; errors are refusals."""
    with contextlib.suppress(Refused):
        decode(data)
    cut = stream()
    for at in range(0, len(data), CHUNK_BYTES):
        cut.feed(data[at : at + CHUNK_BYTES])
    cut.close()


def _run(start: Any, documented: Any, data: bytes) -> list[object]:
    events: list[object] = []
    content_type, body = split(data)
    feed = _refusing(start, documented)(content_type, events.append)
    if body:
        feed(body)
    feed(b"")
    return events


def _refusing(start: Any, documented: Any) -> Callable[[bytes, Callable[[object], None]], Feed]:
    """`start` whose documented errors, also those of what it returns, are refusals."""

    def wrapped(content_type: bytes, give: Callable[[object], None]) -> Feed:
        def feed(chunk: bytes) -> None:
            try:
                inner(chunk)
            except documented as error:
                raise refusal(error) from None

        try:
            inner: Feed = start(content_type, give)
        except documented as error:
            raise refusal(error) from None
        return feed

    return wrapped


def _form(events: list[object]) -> Form:
    fields: list[Any] = []
    files: list[Any] = []
    for event in cast("list[tuple[Any, ...]]", events):
        (fields if event[0] == "field" else files).append(event[1:])
    return Form(tuple(fields), tuple(files))


_OWN_NAMES: Final = Exemption(
    "names of headers",
    "of a part's headers RFC 7578 knows three; it is a reader's choice what others may be called",
    lambda _data, mine, _theirs: "Invalid segment header name" in (mine.refused or ""),
)


def defnull_multipart() -> Implementation:
    """The package multipart: its WSGI function, and its push parser in chunks."""
    import multipart

    documented: tuple[type[Exception], ...] = (multipart.MultipartError,)
    has_push = hasattr(multipart, "PushMultipartParser")

    def decode(data: bytes) -> object:
        content_type, body = split(data)
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": content_type.decode("latin-1"),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        try:
            forms, files = multipart.parse_form_data(environ, strict=True)
        except documented as error:
            raise refusal(error) from None
        return Form(
            tuple((_utf8(name), _utf8(value)) for name, value in _items(forms)),
            tuple((_utf8(name), _utf8(part.filename), _raw(part)) for name, part in _items(files)),
        )

    def start(content_type: bytes, give: Callable[[object], None]) -> Feed:
        _, options = multipart.parse_options_header(content_type.decode("latin-1"))
        parser = multipart.PushMultipartParser(options.get("boundary", "x"))

        def feed(chunk: bytes) -> None:
            for event in parser.parse(chunk):
                match event:
                    case None:
                        give("end")
                    case bytes() | bytearray():
                        give(bytes(event))
                    case _:
                        give((event.name, event.filename, tuple(event.headerlist)))

        return feed

    stream = functools.partial(_Joined, _refusing(start, documented)) if has_push else None
    return Implementation(
        name="multipart",
        decode=decode,
        normal=_in_order_of_names,
        partners=(Partner("the RFC", reference.read, _in_order_of_names, (_OWN_NAMES,)),),
        stream=stream,
        run=functools.partial(_whole_and_cut, decode, stream) if stream else None,
        cuts=cuts,
        payload=richest_line,
        deep_bytes=0,
    )


def _items(found: Any) -> list[tuple[Any, Any]]:
    return list(found.iterallitems() if hasattr(found, "iterallitems") else found.allitems())


def _raw(part: Any) -> bytes:
    part.file.seek(0)
    return bytes(part.file.read())


def _utf8(text: str | bytes | None) -> bytes:
    if isinstance(text, bytes | None):
        return text or b""
    return text.encode("utf-8", "surrogateescape")


class _Joined(FormStream):
    """As a stream of forms, with data that came in several pieces joined."""

    def close(self) -> list[object]:
        """All events, with pieces of data in a row made one."""
        joined: list[object] = []
        for event in super().close():
            if isinstance(event, bytes) and joined and isinstance(joined[-1], bytes):
                joined[-1] += event
            elif event != b"":
                joined.append(event)
        return joined


def werkzeug_forms() -> Implementation:
    """The form parser of werkzeug, and its decoder without input and output in chunks."""
    from werkzeug import exceptions, formparser, http
    from werkzeug.sansio import multipart

    documented = (ValueError, exceptions.HTTPException)

    def decode(data: bytes) -> object:
        content_type, body = split(data)
        kind, options = http.parse_options_header(content_type.decode("latin-1"))
        parser = formparser.FormDataParser(stream_factory=_in_memory, silent=False)
        try:
            _, fields, files = parser.parse(io.BytesIO(body), kind, len(body), options)
        except documented as error:
            raise refusal(error) from None
        return Form(
            tuple((_utf8(name), _utf8(value)) for name, value in fields.items(multi=True)),
            tuple(
                (_utf8(name), _utf8(file.filename), file.stream.read())
                for name, file in files.items(multi=True)
            ),
        )

    def start(content_type: bytes, give: Callable[[object], None]) -> Feed:
        _, options = http.parse_options_header(content_type.decode("latin-1"))
        decoder = multipart.MultipartDecoder((options.get("boundary") or "x").encode("latin-1"))

        def feed(chunk: bytes) -> None:
            decoder.receive_data(chunk or None)
            while not isinstance(event := decoder.next_event(), multipart.NeedData):
                match event:
                    case multipart.Data():
                        give(bytes(event.data))
                        if not event.more_data:
                            give("end")
                    case multipart.Field() | multipart.File():
                        filename = getattr(event, "filename", None)
                        give((event.name, filename, tuple(event.headers)))
                    case multipart.Epilogue():
                        return

        return feed

    stream = functools.partial(_Joined, _refusing(start, documented))
    return Implementation(
        name="werkzeug-forms",
        decode=decode,
        normal=_in_order_of_names,
        partners=(Partner("the RFC", reference.read, _in_order_of_names),),
        stream=stream,
        run=functools.partial(_whole_and_cut, decode, stream),
        cuts=cuts,
        payload=richest_line,
        deep_bytes=0,
    )


def _in_memory(*_: object, **__: object) -> io.BytesIO:
    """Where the content of a file goes: nowhere that must be closed when a form is refused."""
    return io.BytesIO()


def _in_order_of_names(value: object) -> object:
    """A form whose fields of one name are together, as a MultiDict keeps them."""
    form = cast("Form", value)
    return in_items(
        Form(
            tuple(sorted(form.fields, key=lambda field: field[0])),
            tuple(sorted(form.files, key=lambda file: file[0])),
        )
    )
