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
from targets.path import conditions, facts, ranges
from targets.path.answer import Answer
from targets.path.ordinary import CONDITIONS, Ordinary, ordinary
from targets.path.request import Request
from targets.path.server import Server

MAX_LINKS: Final = 64
MAX_HOPS: Final = 3
"""Redirects on the way to a directory's answer."""
_HREF = re.compile(rb"<a[^>]*? href=(?:\"([^\"]*)\"|'([^']*)'|([^\"'>\s]+))", re.IGNORECASE)
_UNREADABLE = re.compile(rb"(?:socket|dangling|loop|\.\.|link-|bytes|packed|\?)")


def check(data: bytes, server: Server) -> None:
    """Violation when an ordinary request does not get what it is for."""
    request = server.parse(data)
    wanted = ordinary(request, server)
    if wanted is None:
        return
    answer = server.ask(request)
    if answer.status >= 500 or not answer.status:
        return  # `total` says so
    if wanted.directory and not wanted.slash and _redirects(answer):
        _require_arrival(request, answer, server)
    elif wanted.content is None:
        _require_missing(request, answer, wanted, server)
    else:
        _require_content(request, answer, wanted, server)
        _require_fitting(request, answer, wanted, server)


def _require_missing(request: Request, answer: Answer, wanted: Ordinary, server: Server) -> None:
    if wanted.directory:
        if wanted.mount.listing:
            if wanted.slash and answer.status == 200:
                _require_links(request, answer, server)
        elif answer.status in (206, 304):
            raise Violation(f"serve: a directory without an index has status {answer.status}")
        return
    if not 400 <= answer.status < 500:
        raise Violation(f"serve: a missing file has status {answer.status}")


def _require_content(request: Request, answer: Answer, wanted: Ordinary, server: Server) -> None:
    content = wanted.content or b""
    names = {name.lower() for name, _ in request.headers}
    asked = request.header(b"range")
    about = "an index" if wanted.directory else "a file"
    match answer.status:
        case 200:
            _require_whole(request, answer, content, about)
        case 206 if asked is not None:
            if answer.header(b"content-encoding") is None:
                bodiless = request.method == b"HEAD"
                _raise(ranges.part_problem(answer, content, asked, bodiless=bodiless))
        case 304 | 412 if names & CONDITIONS:
            return
        case 400 | 416 if asked is not None:
            if _plain(request, server).header(b"content-encoding") is None:
                _raise(ranges.refusal_problem(answer, content, asked))
        case status:
            plain = server.ask(Request(request.method, request.target))
            why = _why(names) if plain.status != status else ""
            raise Violation(f"serve: {about} has status {status}{why}")


def _plain(request: Request, server: Server) -> Answer:
    """The answer without range and conditions: of an encoded twin, too, where that is accepted."""
    accepted = request.header(b"accept-encoding")
    headers = () if accepted is None else ((b"Accept-Encoding", accepted),)
    return server.ask(Request(b"GET", request.target, headers))


def _raise(problem: str) -> None:
    if problem:
        raise Violation(f"serve: {problem}")


def _why(names: set[bytes]) -> str:
    """What there was in the request that a server may have stumbled over."""
    found = sorted(name.decode() for name in names & CONDITIONS)
    return f" with {', '.join(found)}" if found else ""


def _require_fitting(request: Request, answer: Answer, wanted: Ordinary, server: Server) -> None:
    """The answer fits its conditions, and its headers the file."""
    if {name.lower() for name, _ in request.headers} & CONDITIONS:
        plain = _plain(request, server)
        if plain.status == 200 and answer.header(b"content-encoding") is None:
            _raise(conditions.problem(request, plain, answer))
    if not wanted.directory:
        _raise(facts.problem(request, answer))


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


def _require_arrival(request: Request, answer: Answer, server: Server) -> None:
    """A directory redirects to itself, in a few steps at most."""
    here = request.path
    for _ in range(MAX_HOPS):
        link = answer.header(b"location") or b""
        there = urllib.parse.urlsplit(urllib.parse.urljoin(here, link)).path
        if _decoded(there).rstrip(b"/") != _decoded(request.path).rstrip(b"/"):
            raise Violation("serve: a directory redirects to something else", repr(link))
        if there == here:
            raise Violation("serve: a directory redirects to itself for ever", repr(link))
        here = there
        answer = server.ask(Request(b"GET", here))
        if not _redirects(answer):
            return
    raise Violation("serve: a directory redirects for ever")


def _redirects(answer: Answer) -> bool:
    return answer.status in (301, 302, 303, 307, 308)


def _decoded(path: bytes) -> bytes:
    return urllib.parse.unquote_to_bytes(path)


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
