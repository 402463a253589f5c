"""A strict reader of fields, from RFC 6265 and RFC 9110. It is silent on what these leave open."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Final

from targets.formats.cookies.field import Items, pairs, split
from targets.formats.implementation import Silent

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_COOKIE: Final = re.compile(rf"({_TOKEN})=([!#-+\--:<-\[\]-~]*)", re.ASCII)
_PARAMETER: Final = re.compile(
    rf'; ?([!#$&+\-.^_`|~0-9A-Za-z]+)=(?:"((?:[^"\\%\x00-\x1f\x7f-\xff]|\\["\\])*)"|({_TOKEN}))'
)
_MEDIA: Final = re.compile(rf"{_TOKEN}(?:/{_TOKEN})?")
_CODING: Final = re.compile(r"([A-Za-z][A-Za-z\-]*)(?:;q=(0(?:\.[0-9]{1,3})?|1(?:\.0{1,3})?))?")
_RANGE: Final = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})")
_TAG: Final = re.compile(r'(W/)?"([!#-\[\]-~]*)"')
_DATE: Final = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def read(data: bytes) -> Items:
    """What a field says. Silent where it does not plainly say it."""
    name, value = split(data)
    reader = _READERS.get(name)
    if reader is None:
        raise Silent
    return reader(value)


def read_cookies(data: bytes) -> Items:
    """What a Cookie field says. Silent of any other."""
    if split(data)[0] != "cookie":
        raise Silent
    return read(data)


def _cookie(value: str) -> Items:
    found: list[tuple[str, str]] = []
    for part in value.split("; "):
        if part.startswith("=") and _COOKIE.fullmatch(part[1:]):
            continue  # RFC 6265 section 5.2: a cookie without a name is no cookie of another name
        match = _COOKIE.fullmatch(part)
        if match is None or match[1].startswith("$") or match[2][:1] == '"':
            raise Silent
        found.append((match[1], match[2]))
    return pairs("cookie", found)


def _options(value: str) -> Items:
    media = _MEDIA.match(value)
    if media is None:
        raise Silent
    at = media.end()
    found: dict[str, str] = {}
    while at < len(value):
        match = _PARAMETER.match(value, at)
        if match is None or match[1].lower() in found:
            raise Silent
        quoted = match[2]
        text = match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if match[1].lower() == "filename" and (text[1:3] == ":\\" or text[:2] == "\\\\"):
            raise Silent
        if "%" in text:
            raise Silent  # browsers write %22 for a quote
        found[match[1].lower()] = text
        at = match.end()
    return (("media type", media[0].lower()), *pairs("parameter", sorted(found.items())))


def _weights(value: str) -> Items:
    found: list[tuple[str, str]] = []
    for part in re.split(", ?", value):
        match = _CODING.fullmatch(part)
        if match is None or match[1].lower() in {name for name, _ in found}:
            raise Silent
        found.append((match[1].lower(), str(float(match[2] or 1))))
    return pairs("choice", sorted(found))


def _range(value: str) -> Items:
    match = _RANGE.fullmatch(value)
    if match is None or (match[2] and int(match[2]) < int(match[1])):
        raise Silent
    end = int(match[2]) + 1 if match[2] else None
    return (("start", int(match[1])), ("end", end))


def _date(value: str) -> Items:
    match = _DATE.fullmatch(value)
    if match is None:
        raise Silent
    _, day, month, year, hour, minute, second = match.groups()
    try:
        date = datetime.date(int(year), _MONTHS.index(month) + 1, int(day))
        time = datetime.time(int(hour), int(minute), int(second), tzinfo=datetime.UTC)
    except ValueError:
        raise Silent from None
    if year < "1900" or date.strftime("%a") != match[1]:
        raise Silent
    return (("moment", datetime.datetime.combine(date, time).isoformat()),)


def _tags(value: str) -> Items:
    found: list[tuple[str, str]] = []
    for part in value.split(", "):
        match = _TAG.fullmatch(part)
        if match is None or "," in match[2]:
            raise Silent
        found.append(("weak" if match[1] else "strong", match[2]))
    return pairs("tag", sorted(set(found)))


_READERS: Final[dict[str, Callable[[str], Items]]] = {
    "cookie": _cookie,
    "content-type": _options,
    "content-disposition": _options,
    "accept-encoding": _weights,
    "range": _range,
    "date": _date,
    "if-none-match": _tags,
}
