"""Whether an answer fits the conditions of its request (RFC 9110, 13), where that is certain.

A server may know nothing of a condition; what it must not is to answer as if one held that does
not. With an entity tag it promises to compare it, and with a date as well.
"""

from __future__ import annotations

import datetime
import email.utils
import re
from typing import Final

from targets.path.answer import Answer
from targets.path.request import Request
from targets.path.site import STAMP_S

STAMP: Final = email.utils.formatdate(STAMP_S, usegmt=True).encode()
"""When every file of the site was changed last."""
_TAG = re.compile(rb"(?:W/)?\"[\x21\x23-\x7e]*\"")
_DATE = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
    rb"|Dec) [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-5][0-9] GMT"
)
_PERHAPS = re.compile(rb"[0-9]")
_EMPTY = re.compile(rb"^[ \t]*,|,[ \t]*,|,[ \t]*$")
"""An element of a list that says nothing: servers ignore a reasonable number (RFC 9110, 5.6.1)."""
FIRST_YEAR: Final = 1000
"""Years before it, filled up with zeros, are years of two digits to readers of mail dates."""


def is_tag(value: bytes) -> bool:
    """Whether this is an entity tag.

    >>> is_tag(b'W/"a"'), is_tag(b"a")
    (True, False)
    """
    return _TAG.fullmatch(value) is not None


def problem(request: Request, plain: Answer, answer: Answer) -> str:
    """What is wrong with an answer, given that to the same without headers; empty: nothing."""
    match answer.status:
        case 304:
            return _not_modified(request, plain)
        case 412:
            return _failed(request, plain)
        case 200:
            return _sent(request, plain)
        case 206 | 416 as status:
            if _sent(request, plain):
                return f"{status} where nothing needs to be sent"
            return _partial(request, plain)
        case _:
            return ""


def _not_modified(request: Request, plain: Answer) -> str:
    tags, since = request.header(b"if-none-match"), request.header(b"if-modified-since")
    if tags is not None:
        listed, etag = _tags(tags), plain.header(b"etag")
        if listed is None or etag is None or listed == [b"*"]:
            return ""
        also = " but If-Modified-Since" if since is not None else ""
        return "" if _weak(etag) in map(_weak, listed) else f"304 where no etag matches{also}"
    if since is None:
        return "304 where nothing was asked"
    date = _seconds(since)
    if date is not None and date < STAMP_S:
        return "304 where the file is newer"
    return "304 where there is no date" if not _PERHAPS.search(since) else ""


def _failed(request: Request, plain: Answer) -> str:
    tags, since = request.header(b"if-match"), request.header(b"if-unmodified-since")
    if tags is not None:
        listed, etag = _tags(tags), plain.header(b"etag")
        strong = etag is not None and not etag.startswith(b"W/") and is_tag(etag)
        holds = listed is not None and (listed == [b"*"] or (strong and etag in listed))
        return "412 where If-Match holds" if holds and since is None else ""
    if since is None:
        return "412 where nothing was asked"
    date = _seconds(since)
    if date is not None:
        return "412 where If-Unmodified-Since holds" if date >= STAMP_S else ""
    return "412 where there is no date" if not _PERHAPS.search(since) else ""


def _sent(request: Request, plain: Answer) -> str:
    """Why nothing needed to be sent."""
    if request.header(b"if-match") is not None or request.header(b"if-unmodified-since"):
        return ""
    tags, etag = request.header(b"if-none-match"), plain.header(b"etag")
    if tags is not None:
        listed = _tags(tags)
        if listed is None or etag is None or not is_tag(etag):
            return ""
        if listed == [b"*"]:
            return "sent again, with If-None-Match: *"
        if _weak(etag) not in map(_weak, listed):
            return ""
        if _EMPTY.search(_TAG.sub(b"x", tags)):
            return "sent again, the etag matches beside an empty one"
        if etag in listed:
            return f"sent again, the etag matches{' in a list' if len(listed) > 1 else ''}"
        return "sent again, the etag matches weakly"
    since = request.header(b"if-modified-since")
    if since == STAMP and plain.header(b"last-modified") == STAMP:
        return "sent again, not modified since"
    return ""


def _partial(request: Request, plain: Answer) -> str:
    """About a range that counts only if the file is still the same."""
    value, etag = request.header(b"if-range"), plain.header(b"etag")
    if value is None:
        return ""
    date = _seconds(value)
    if date is not None:
        return "a range counts where If-Range has an earlier date" if date < STAMP_S else ""
    if not is_tag(value):
        return ""
    if value.startswith(b"W/"):
        return "a range counts where If-Range has a weak etag"
    return "" if value == etag else "a range counts where If-Range has another etag"


def _tags(value: bytes) -> list[bytes] | None:
    """The tags of a list, or `*` alone; None: it is malformed."""
    if value == b"*":
        return [b"*"]
    found = _TAG.findall(value)
    rest = _TAG.sub(b"", value)
    return (
        found if found and not rest.strip(b" \t,") and rest.count(b",") >= len(found) - 1 else None
    )


def _weak(tag: bytes) -> bytes:
    return tag.removeprefix(b"W/")


def _seconds(value: bytes) -> float | None:
    """A date as seconds; None: it is not in the form that is sent today, or no date of today."""
    if not _DATE.fullmatch(value):
        return None
    try:
        date = datetime.datetime.strptime(value.decode(), "%a, %d %b %Y %H:%M:%S GMT")
    except ValueError:
        return None
    if date.year < FIRST_YEAR:
        return None
    return date.replace(tzinfo=datetime.UTC).timestamp()
