"""Check: ordinary requests are served, whole and exactly, and missing files are missing.

The positive control: a server that refuses everything is contained as well.
"""

from __future__ import annotations

import gzip
import html
import re
import urllib.parse
from typing import Final

from targets.oracles import Violation
from targets.path.answer import Answer
from targets.path.ordinary import CONDITIONS, Ordinary, ordinary
from targets.path.request import Request, parse
from targets.path.server import Server

MAX_LINKS: Final = 64
_RANGE = re.compile(rb"bytes=([0-9]{1,9})-([0-9]{0,9})")
_CONTENT_RANGE = re.compile(rb"bytes ([0-9]+)-([0-9]+)/([0-9]+)")
_HREF = re.compile(rb"<a[^>]*? href=(?:\"([^\"]*)\"|'([^']*)'|([^\"'>\s]+))", re.IGNORECASE)
_UNREADABLE = re.compile(rb"(?:socket|dangling|loop|\.\.|link-|bytes|packed|\?)")


def check(data: bytes, server: Server) -> None:
    """Violation when an ordinary request does not get what it is for."""
    request = parse(data, server.site)
    wanted = ordinary(request, server)
    if wanted is None:
        return
    answer = server.ask(request)
    if answer.status >= 500:
        return  # `total` says so
    if wanted.content is None:
        _require_missing(request, answer, wanted, server)
    else:
        _require_content(request, answer, wanted, wanted.content)


def _require_missing(request: Request, answer: Answer, wanted: Ordinary, server: Server) -> None:
    if wanted.directory:
        if wanted.mount.listing and wanted.slash and answer.status == 200:
            _require_links(request, answer, server)
        return
    if not 400 <= answer.status < 500:
        raise Violation(f"serve: a missing file has status {answer.status}")


def _require_content(request: Request, answer: Answer, wanted: Ordinary, content: bytes) -> None:
    names = {name.lower() for name, _ in request.headers}
    conditional = bool(names & CONDITIONS)
    about = "an index" if wanted.directory else "a file"
    if wanted.directory and not wanted.slash and 300 <= answer.status < 400:
        return
    match answer.status:
        case 200:
            _require_whole(request, answer, content, about)
        case 206 if b"range" in names:
            _require_part(request, answer, content)
        case 304 | 412 if conditional:
            return
        case 400 | 416 if b"range" in names:
            _require_unsatisfiable(request, answer, content, conditional=conditional)
        case status:
            raise Violation(f"serve: {about} has status {status}{_why(names)}")


def _why(names: set[bytes]) -> str:
    """What there was in the request that a server may have stumbled over."""
    found = sorted(name.decode() for name in names & CONDITIONS)
    return f" with {', '.join(found)}" if found else ""


def _require_whole(request: Request, answer: Answer, content: bytes, about: str) -> None:
    coding = answer.header(b"content-encoding") or b"identity"
    if coding not in (b"identity", b"gzip"):
        return
    if request.method == b"HEAD":
        length = answer.header(b"content-length")
        if length is not None and coding == b"identity" and length != b"%d" % len(content):
            raise Violation("serve: HEAD tells another length than GET")
        return
    try:
        body = gzip.decompress(answer.body) if coding == b"gzip" else answer.body
    except (OSError, EOFError) as error:
        raise Violation("serve: an encoding that cannot be decoded", str(error)) from None
    if body != content:
        raise Violation(
            f"serve: {about} with another content", f"{len(body)} bytes of {len(content)}"
        )


def _require_part(request: Request, answer: Answer, content: bytes) -> None:
    kind = answer.header(b"content-type") or b""
    if kind.startswith(b"multipart/") or answer.header(b"content-encoding") is not None:
        return
    told = _CONTENT_RANGE.fullmatch(answer.header(b"content-range") or b"")
    if told is None:
        raise Violation("serve: a part that does not tell which part it is")
    first, last, size = (int(number) for number in told.groups())
    if not first <= last < size or size != len(content):
        raise Violation("serve: a part that cannot be", f"{first}-{last}/{size}")
    if request.method != b"HEAD" and answer.body != content[first : last + 1]:
        raise Violation("serve: a part with another content", f"{first}-{last}/{size}")
    asked = _RANGE.fullmatch(request.header(b"range") or b"")
    if asked is not None:
        end = min(int(asked[2]) if asked[2] else size, size - 1)
        if (first, last) != (int(asked[1]), end):
            raise Violation("serve: another part than was asked for", f"{first}-{last}/{size}")


def _require_unsatisfiable(
    request: Request, answer: Answer, content: bytes, *, conditional: bool
) -> None:
    asked = _RANGE.fullmatch(request.header(b"range") or b"")
    if asked is None or conditional:
        return
    first, last = int(asked[1]), int(asked[2]) if asked[2] else len(content)
    if first <= last and first < len(content):
        raise Violation(f"serve: a range inside the file has status {answer.status}")


def _require_links(request: Request, answer: Answer, server: Server) -> None:
    """Every link of a listing leads to what it is for."""
    kind = answer.header(b"content-type") or b""
    if b"html" not in kind or request.method == b"HEAD":
        return
    here = request.path.decode("latin-1")
    for found in _HREF.findall(answer.body)[:MAX_LINKS]:
        link = html.unescape(b"".join(found).decode("latin-1"))
        if _UNREADABLE.match(urllib.parse.unquote_to_bytes(link).rpartition(b"/")[2] or b".."):
            continue
        target = urllib.parse.urljoin(here, link).encode("latin-1", "replace")
        status = server.ask(Request(b"GET", target)).status
        if 400 <= status < 500:
            raise Violation("serve: a listing links to nothing", f"{link!r} has status {status}")
