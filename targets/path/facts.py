"""What the headers of an answer say of a file, compared with what is known of it."""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

from targets.path.answer import Answer
from targets.path.conditions import STAMP, is_tag
from targets.path.request import Request

KINDS: Final = {
    b".txt": b"text/plain",
    b".html": b"text/html",
    b".css": b"text/css",
    b".json": b"application/json",
}
"""Ending of a name → the media type that everybody gives it."""
TAGGED: Final = frozenset({b"if-none-match", b"if-match"})
DATED: Final = frozenset({b"if-modified-since", b"if-unmodified-since"})
"""Validators are looked at where somebody asks for them: a form that is always wrong is one bug,
and must not fail every other request."""
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = rb"\"(?:[^\"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*\""
_DISPOSITION = re.compile(
    rb"(?:attachment|inline)(?: *; *%b=(?:%b|%b))*" % (_TOKEN, _TOKEN, _QUOTED)
)
_EXTENDED = re.compile(rb"; *filename\*=UTF-8''([^ ;]+)", re.IGNORECASE)
_PLAIN = re.compile(rb"; *filename=(%b|%b)" % (_TOKEN, _QUOTED))
_REFUSED = re.compile(rb"(?:^|,) *gzip *; *q=0(?:\.0{0,3})? *(?:,|$)", re.IGNORECASE)


def problem(request: Request, answer: Answer) -> str:
    """What is wrong with the headers of an answer with a file; empty: nothing."""
    if answer.status not in (200, 206, 304):
        return ""
    names = {name.lower() for name, _ in request.headers}
    etag = answer.header(b"etag")
    if names & TAGGED and etag is not None and not is_tag(etag):
        return "an ETag that is none"
    if names & DATED and answer.header(b"last-modified") not in (None, STAMP):
        return "a Last-Modified that is not the file's"
    if answer.status != 200:
        return ""
    return _kind(request, answer) or _coding(request, answer) or _name(request, answer)


def _kind(request: Request, answer: Answer) -> str:
    told = answer.header(b"content-type")
    name = urllib.parse.unquote_to_bytes(request.path).rpartition(b"/")[2]
    wanted = KINDS.get(name[name.rfind(b".") :].lower()) if b"." in name[1:] else None
    if told is None or wanted is None:
        return ""
    return "" if told.lower().startswith(wanted) else f"{wanted.decode()} sent as another type"


def _coding(request: Request, answer: Answer) -> str:
    coding = answer.header(b"content-encoding")
    if coding is None or coding == b"identity":
        return ""
    accepted = request.header(b"accept-encoding")
    if accepted is None:
        return "an encoding that nobody asked for"
    if coding == b"gzip" and _REFUSED.search(accepted):
        return "an encoding that the request refuses"
    varies = b",".join(value for key, value in answer.headers if key == b"vary").lower()
    return "" if b"accept-encoding" in varies or varies == b"*" else "an encoding without Vary"


def _name(request: Request, answer: Answer) -> str:
    told = answer.header(b"content-disposition")
    if told is None:
        return ""
    if not _DISPOSITION.fullmatch(told):
        return "a Content-Disposition that cannot be read"
    name = urllib.parse.unquote_to_bytes(request.path).rpartition(b"/")[2]
    extended, plain = _EXTENDED.search(told), _PLAIN.search(told)
    without = name
    if extended is not None:
        called = urllib.parse.unquote_to_bytes(extended[1])
    elif plain is not None:
        called = re.sub(rb"\\(.)", rb"\1", plain[1].strip(b'"'))
        # Not all clients read an escape in a quoted string, so names lose what would need one
        # (RFC 6266, appendix D: "avoid including the \ character").
        without = re.sub(rb"[\"\\]", b"", name)
    else:
        return ""
    return "" if called in (name, without) else "a file under another name"
