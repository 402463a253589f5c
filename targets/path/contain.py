"""Check: nothing outside the root is read or revealed, and nothing of the request takes effect.

Content is known by its marks, a listing by its witness. That a file outside exists shows when the
answer changes as its name is replaced by one that does not exist. A redirect stays on its host.
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from typing import Final

from targets.oracles import Violation
from targets.path.answer import Answer
from targets.path.markup import injected
from targets.path.request import Request
from targets.path.server import Server
from targets.path.site import MARKS, PREFIX, WITNESS, system_marks

PLACES: Final = {
    b"S1": "beside the root",
    b"S2": "beside the root",
    b"S3": "beside the root",
    b"S4": "in a sibling whose name begins like the root's",
    b"S5": "in a sibling whose name begins like the root's",
    b"S6": "in a sibling whose name begins like the root's",
    b"S7": "in a sibling whose name begins like the root's",
    b"L1": "where a symbolic link leads",
    b"L2": "where a symbolic link leads",
    b"L3": "where a symbolic link leads",
    b"L4": "where a symbolic link leads",
    b"W1": "outside the root",
}
"""Mark → where its file lies."""
OWN_NAMES: Final = (b"localhost", b"127.0.0.1")
"""What a server may call itself."""
_MARK = re.compile(b"~(%b)~" % b"|".join([mark[1:3] for mark in MARKS.values()] + [b"W1"]))
_OUTSIDE = re.compile(rb"www_private|pub_private|secret\.txt|secret")
"""Names that exist beside the roots, and only there."""
_ABOVE = re.compile(rb"(?<![a-z.])(?:www|pub)(?![a-z_.])|(?<=%b)[a-z0-9_]{8}" % PREFIX.encode())
"""Names of the roots, and of the directory that holds them."""
_LINKED = re.compile(rb"link|neighbour|packed\.txt\.")
"""Names of links: that something is behind one may be told."""
_HOST = re.compile(rb"[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,4})?")
_ELSEWHERE = re.compile(rb"(?:([A-Za-z][A-Za-z0-9+.-]*):[/\\]*|[/\\]{2,})([^/\\?#]*)")
"""A reference with a host, as browsers read it: after a scheme any number of slashes will do."""
_ABSOLUTE_FORM = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_LINKABLE = re.compile(rb"[\x21-\x5b\x5d-\x7e]*")
"""Paths that a link can have: browsers send a backslash as a slash, and other bytes as escapes."""


def check(data: bytes, server: Server) -> None:
    """Violation when something gets out, or in."""
    request = server.parse(data)
    answer = server.ask(request)
    require_contained(request, answer, server)
    _require_own_redirect(request, answer)
    _require_no_injection(request, answer)
    _require_same_for_missing(request, answer, server)


def require_contained(request: Request, answer: Answer, server: Server) -> None:
    """Violation when the answer holds a file's content or name from outside, or the root's place.

    What the request itself said is no secret.
    """
    told = b"\n".join([answer.body, *(b"%b: %b" % header for header in answer.headers)])
    asked = _asked(request)
    mark = _MARK.search(told)
    if mark is not None and mark[0] not in asked:
        raise Violation(
            f"contain: shows a file {PLACES[mark[1]]}, {_way(mark[1], asked, server)}",
            repr(mark[0]),
        )
    if any(mark in told for mark in system_marks()):
        raise Violation("contain: shows a file of the system")
    if WITNESS.encode() in told and WITNESS.encode() not in asked:
        raise Violation("contain: lists a directory outside the root")
    base = bytes(server.site.base)
    if base in told and base not in asked:
        raise Violation(f"contain: tells where the root is on disk, with status {answer.status}")


def _require_own_redirect(request: Request, answer: Answer) -> None:
    """A link to this server must lead nowhere else.

    A client writes its Host header itself, and whoever sends a path that no link can have knows
    where it leads: only what a browser would send counts.
    """
    location = answer.header(b"location")
    if location is None or not _HOST.fullmatch(request.host):
        return
    if _ABSOLUTE_FORM.match(request.target) or not _LINKABLE.fullmatch(request.path):
        return
    location = re.sub(rb"[\t\r\n]", b"", location.lstrip(bytes(range(33))))
    found = _ELSEWHERE.match(location)
    if found is None:
        return
    scheme, host = found.groups()
    if scheme is not None and scheme.lower() not in (b"http", b"https"):
        raise Violation("contain: redirects to another scheme", repr(location))
    here = request.host.lower().partition(b":")[0]
    if host.lower().partition(b":")[0] not in (here, *OWN_NAMES):
        raise Violation("contain: redirects to another host", repr(location))


def _require_no_injection(request: Request, answer: Answer) -> None:
    if answer.header(b"x-canary") is not None:
        raise Violation("contain: the request writes a header of the answer")
    kind = answer.header(b"content-type") or b"text/html"
    if b"html" in kind.lower() and request.method != b"HEAD":
        whose = injected(answer.body)
        if whose:
            raise Violation(f"contain: {whose} becomes markup, with status {answer.status}")


def _require_same_for_missing(request: Request, answer: Answer, server: Server) -> None:
    """The answer does not change as names outside become names that do not exist."""
    if _LINKED.search(urllib.parse.unquote_to_bytes(request.target)):
        return
    for names, problem in (
        (_OUTSIDE, "tells a file outside the root from a missing one"),
        (_ABOVE, "serves a path that leaves the root and comes back"),
    ):
        swapped = names.sub(_other, request.target)
        if swapped == request.target:
            continue
        status = server.ask(dataclasses.replace(request, target=swapped)).status
        if status != answer.status:
            way = ", by an absolute path" if bytes(server.site.base) in _asked(request) else ""
            setting = ", where links are followed" if b"pub" in request.target else ""
            raise Violation(
                f"contain: {problem}{way}{setting}",
                f"{answer.status}, and {status} where a name on the way does not exist",
            )


def _other(found: re.Match[bytes]) -> bytes:
    """A name of the same length and ending that does not exist."""
    name = found[0]
    return b"secre0.txt" if name == b"secret.txt" else name[:-1] + b"0"


def _way(mark: bytes, asked: bytes, server: Server) -> str:
    """How the request got there, in a few words."""
    if bytes(server.site.base) in asked:
        return "by an absolute path"
    if _LINKED.search(asked):
        return "through a link"
    return "as an encoded twin" if mark == b"L3" else "by its path"


def _asked(request: Request) -> bytes:
    """Everything that the request says, also what its escapes mean, once and twice."""
    once = urllib.parse.unquote_to_bytes(request.target)
    return b"\n".join([request.wire(), once, urllib.parse.unquote_to_bytes(once)])
