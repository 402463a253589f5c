"""A strict reader of forms, from RFC 2046, RFC 7578 and the URL standard.

It says nothing (`Silent`) of what these leave open: many readers take more, each in its own way.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

from targets.formats.implementation import Silent
from targets.formats.multipart.forms import Form, split

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_BOUNDARY: Final = rb"[0-9A-Za-z'()+_,\-./:=?]{1,70}"
_MULTIPART: Final = re.compile(
    rb'multipart/form-data; ?boundary=(?:([0-9A-Za-z\'+_.\-]{1,70})|"(' + _BOUNDARY + rb')")'
)
_NAME: Final = re.compile(rb"(" + _TOKEN + rb"): ?([^\x00-\x08\x0a-\x1f\x7f]*)")
_PARAMETER: Final = re.compile(
    rb'; ?(name|filename|filename\*)=(?:"([^"\\%]*)"|(' + _TOKEN + rb"))"
)
_FOLDED: Final = (b" ", b"\t")
_IE_PATH: Final = re.compile(rb".:\\|\\\\")


def read(data: bytes, *, decoded: bool = True, plain_name_wins: bool = False) -> Form:
    """The form of an input. Silent where it is not plainly one.

    `decoded`: URL-encoded pairs are decoded. `plain_name_wins`: `filename*` beside `filename` is
    ignored, as RFC 7578 section 4.2 wants; else nothing is said of it.
    """
    content_type, body = split(data)
    if content_type == b"application/x-www-form-urlencoded":
        return _pairs(body, decoded)
    found = _MULTIPART.fullmatch(content_type)
    if found is None:
        raise Silent
    return _parts(found[1] or found[2], body, plain_name_wins)


def _pairs(body: bytes, decoded: bool) -> Form:
    fields: list[tuple[bytes, bytes]] = []
    if not body.isascii() or re.search(rb"%(?![0-9A-Fa-f]{2})|[\x00-\x20]", body):
        raise Silent
    for pair in body.split(b"&") if body else ():
        name, equals, value = pair.partition(b"=")
        if not equals or not name:
            raise Silent
        if decoded:
            name, value = (
                urllib.parse.unquote_to_bytes(text.replace(b"+", b" ")) for text in (name, value)
            )
            _require_text(name + value)
        fields.append((name, value))
    return Form(tuple(fields))


def _parts(boundary: bytes, body: bytes, plain_name_wins: bool) -> Form:
    opening, delimiter = b"--" + boundary, b"\r\n--" + boundary
    if not body.startswith(opening) or re.search(rb"(?<!\r)\n--|\r--", body):
        raise Silent
    sections = (b"\r\n" + body).split(delimiter)
    if len(sections) < 3 or sections[0] or sections[-1] not in (b"--", b"--\r\n"):
        raise Silent
    fields: list[tuple[bytes, bytes]] = []
    files: list[tuple[bytes, bytes, bytes]] = []
    for section in sections[1:-1]:
        head, blank, data = section.partition(b"\r\n\r\n")
        if not blank or head[:2] != b"\r\n":
            raise Silent
        name, filename = _names(head[2:].split(b"\r\n"), plain_name_wins)
        if filename is None:
            _require_text(data)
            fields.append((name, data))
        else:
            files.append((name, filename, data))
    return Form(tuple(fields), tuple(files))


def _names(lines: list[bytes], plain_name_wins: bool) -> tuple[bytes, bytes | None]:
    """The name of a part, and that of its file."""
    seen: dict[bytes, bytes] = {}
    for line in lines:
        found = _NAME.fullmatch(line)
        if found is None or found[1].lower() in seen or line[:1] in _FOLDED:
            raise Silent
        _require_text(line)
        seen[found[1].lower()] = found[2].strip(b" \t")
    disposition = seen.pop(b"content-disposition", b"")
    if seen.pop(b"content-type", b"text/plain").lower() not in (b"text/plain", b"image/png"):
        raise Silent
    if b"content-transfer-encoding" in seen or b"content-length" in seen or len(seen) > 4:
        raise Silent
    kind, parameters = disposition[:9], disposition[9:]
    if kind != b"form-data":
        raise Silent
    values: dict[bytes, bytes] = {}
    at = 0
    while at < len(parameters):
        found = _PARAMETER.match(parameters, at)
        if found is None or found[1] in values:
            raise Silent
        values[found[1]] = found[2] if found[2] is not None else found[3]
        if b"%" in values[found[1]]:
            raise Silent  # browsers write %22 for a quote
        at = found.end()
    filename = values.get(b"filename")
    if b"filename*" in values and (not plain_name_wins or filename is None):
        raise Silent
    if not values.get(b"name") or filename == b"" or _IE_PATH.match(filename or b""):
        raise Silent
    _require_text(values[b"name"] + (filename or b""))
    return values[b"name"], filename


def _require_text(data: bytes) -> None:
    """Silent for bytes that are no UTF-8: what becomes of them is each reader's own."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Silent from None
