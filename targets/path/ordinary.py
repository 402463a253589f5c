"""What a plain request for a file of the site must get: read from the tables, not from the disk.

Plain is a path without dot segments, empty segments, or encoded separators, whose escapes are
whole and whose name is UTF-8. About anything else nothing is said here.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import urllib.parse
from typing import Final

from targets.path.request import HOST, Request
from targets.path.server import Mount, Server
from targets.path.site import LINKS, ORDINARY

_PLAIN = re.compile(rb"(?:/(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+)+/?")
_VALUE = re.compile(rb"[\t\x20-\x7e]*")
_QUERY = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,=:@/?-]|%[0-9A-Fa-f]{2})*")
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f\x7f]")
CONDITIONS: Final = frozenset(
    {b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range"}
)
HARMLESS: Final = frozenset({b"range", b"accept-encoding", b"user-agent", b"referer", b"cookie"})
"""Headers that change no more than which part of a file is sent, and how it is encoded."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ordinary:
    """A plain request: for a file with `content`, a directory (`index`: its index), or nothing."""

    mount: Mount
    content: bytes | None = None
    directory: bool = False
    slash: bool = False


def ordinary(request: Request, server: Server) -> Ordinary | None:
    """What the request is for; None: it is not plain, or nothing is promised about it."""
    if request.method not in (b"GET", b"HEAD") or not _PLAIN.fullmatch(request.path):
        return None
    if not _QUERY.fullmatch(request.query) or not _is_text(request.query):
        return None
    for name, value in request.headers:
        if name.lower() == b"host" and value == HOST:
            continue
        if name.lower() not in HARMLESS | CONDITIONS or not _VALUE.fullmatch(value):
            return None
    prefix = _prefix(request.path, server)
    if prefix is None or len({name.lower() for name, _ in request.headers}) < len(request.headers):
        return None
    segments = _segments(request.path[len(prefix) :])
    if segments and not prefix and f"/{segments[0]}".encode() in server.mounts:
        return None  # another mount's own name, with or without escapes
    return None if segments is None else _find(segments, server.mounts[prefix], request.path)


def _prefix(path: bytes, server: Server) -> bytes | None:
    found = [prefix for prefix in server.mounts if path.startswith(prefix + b"/")]
    return max(found, key=len) if found else None


def _is_text(query: bytes) -> bool:
    """Whether a query is UTF-8: servers may refuse others."""
    try:
        urllib.parse.unquote_to_bytes(query).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _segments(path: bytes) -> list[str] | None:
    """The decoded segments; None: one of them has no plain meaning."""
    segments = []
    for part in path.strip(b"/").split(b"/"):
        try:
            name = urllib.parse.unquote_to_bytes(part).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if name in ("", ".", "..") or _FORBIDDEN.search(name):
            return None
        segments.append(name)
    return segments


def _find(segments: list[str], mount: Mount, path: bytes) -> Ordinary | None:
    name = "/".join(segments)
    slash = path.endswith(b"/")
    if name in _unclear() or any(name.startswith(f"{link}/") for link in _unclear()):
        return None
    if mount.only is not None and not mount.only.search(name.encode()):
        return None
    if name.startswith(mount.withheld):
        return None
    if not mount.hidden and any(part.startswith(".") for part in segments):
        return None
    if name in ORDINARY:
        return None if slash else Ordinary(mount, ORDINARY[name])
    if name in _directories():
        index = ORDINARY.get(f"{name}/index.html")
        return Ordinary(mount, index if mount.index else None, directory=True, slash=slash)
    if len(name.encode()) > 250 or any(f"{name}{tail}" in ORDINARY for tail in (".html", ".gz")):
        return None
    if any(name.startswith(f"{file}/") for file in ORDINARY):
        return None
    return None if name.startswith("odd") or "/" not in f"/{name}" else Ordinary(mount)


@functools.cache
def _directories() -> frozenset[str]:
    return frozenset(
        "/".join(parts[:count])
        for parts in (name.split("/") for name in ORDINARY)
        for count in range(1, len(parts))
    )


@functools.cache
def _unclear() -> frozenset[str]:
    """Names of what servers may treat as they like."""
    return frozenset({*LINKS, "odd", "style.css.gz", "404.html"})
