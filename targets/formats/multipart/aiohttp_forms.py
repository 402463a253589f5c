"""Adapter: the multipart reader of aiohttp, and what its server makes of a form."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from targets.formats.grammar import richest_line
from targets.formats.implementation import Implementation, Partner, Refused, Silent, refusal
from targets.formats.multipart import reference
from targets.formats.multipart.forms import Form, split
from targets.formats.multipart.subjects import cuts, in_items

LIMIT_BYTES: Final = 1 << 30
"""Limits are no matter of this target: they are set above every input."""
STEP_BYTES: Final = 80
"""Documented: steps are longer than a delimiter."""


def aiohttp_forms() -> Implementation:
    """`MultipartReader` over a stream that has ended, read part by part as the server does."""
    import aiohttp
    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http_exceptions import HttpProcessingError

    # Documented: ValueError for what is malformed, RuntimeError for an unknown coding.
    documented = (ValueError, RuntimeError, HttpProcessingError)
    # It warns of every parameter that it drops.
    warnings.filterwarnings("ignore", module="aiohttp.multipart")
    # Never run: whatever would need a loop that runs raises.
    kind: Any = asyncio.AbstractEventLoop
    loop: Any = kind.__new__(kind)
    loop.get_debug = lambda: False

    def read(content_type: bytes, chunks: list[bytes], *, in_steps: bool) -> Form:
        if not content_type.startswith(b"multipart/"):
            raise Refused("not multipart")
        content = aiohttp.StreamReader(BaseProtocol(loop), LIMIT_BYTES, loop=loop)
        for chunk in chunks:
            content.feed_data(chunk)
        content.feed_eof()
        headers = {"Content-Type": content_type.decode("latin-1")}
        try:
            reader = aiohttp.MultipartReader(cast("Any", _Headers(headers)), content)
            return cast("Form", _run(_parts(reader, aiohttp.BodyPartReader, in_steps=in_steps)))
        except documented as error:
            raise refusal(error) from None

    def decode(data: bytes, *, in_steps: bool = False) -> object:
        content_type, body = split(data)
        return read(content_type, [body] if body else [], in_steps=in_steps)

    by_rfc = Partner("the RFC", _by_rfc, in_items)
    return Implementation(
        name="aiohttp-forms",
        decode=decode,
        normal=in_items,
        partners=(by_rfc,),
        stream=lambda: _Stream(read),
        cuts=cuts,
        payload=richest_line,
        deep_bytes=0,
        variants=(
            Implementation(
                name="aiohttp-forms in steps",
                decode=functools.partial(decode, in_steps=True),
                normal=in_items,
                partners=(by_rfc,),
            ),
        ),
    )


class _Stream:
    """The same in chunks, read when all are there."""

    def __init__(self, read: Callable[..., Form]) -> None:
        self._read = read
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> list[object]:
        """Nothing yet."""
        self._chunks.append(chunk)
        return []

    def close(self) -> list[object]:
        """The form."""
        content_type, body = split(b"".join(self._chunks))
        skipped = sum(map(len, self._chunks)) - len(body)
        rest: list[bytes] = []
        for chunk in self._chunks:
            rest.append(chunk[skipped:])
            skipped = max(0, skipped - len(chunk))
        return [self._read(content_type, [chunk for chunk in rest if chunk], in_steps=False)]


def _by_rfc(data: bytes) -> Form:
    """Nothing is said of names that begin with a slash: aiohttp takes them for paths."""
    if not data.startswith(b"multipart/"):
        raise Silent
    form = reference.read(data)
    names = [name for name, _ in form.fields]
    names += [name for *both, _ in form.files for name in both]
    if any(name.startswith(b"/") for name in names):
        raise Silent
    return form


class _Headers(dict[str, str]):
    """Header fields by their usual names."""

    def getall(self, name: str, default: object = ()) -> object:
        """All values of that name."""
        return [self[name]] if name in self else default


async def _parts(reader: Any, part_kind: type, *, in_steps: bool) -> Form:
    fields: list[tuple[bytes, bytes]] = []
    files: list[tuple[bytes, bytes, bytes]] = []
    while (part := await reader.next()) is not None:
        if not isinstance(part, part_kind):
            raise Refused("parts within a part")
        held: Any = part
        content = await (_in_steps(held) if in_steps else held.read(decode=True))
        name, filename = (held.name or "", held.filename)
        if filename is None:
            fields.append((_utf8(name), bytes(content)))
        else:
            files.append((_utf8(name), _utf8(filename), bytes(content)))
    return Form(tuple(fields), tuple(files))


async def _in_steps(part: Any) -> bytes:
    pieces = bytearray()
    while piece := await part.read_chunk(STEP_BYTES):
        pieces += piece
    return bytes(part.decode(bytes(pieces)))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _run(work: Coroutine[Any, Any, object]) -> object:
    """The result of what never has to wait; AssertionError when it would wait for ever."""
    try:
        for _ in range(1_000_000):
            work.send(None)
    except StopIteration as stop:
        return stop.value
    finally:
        work.close()
    raise AssertionError("it waits behind the end of its input")
