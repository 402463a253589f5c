"""A second reading of what the reference promises, which shares no code with it.

It never looks at the disk while answering: what every path of the site leads to is written down
once, and a request is read by regular expressions.
"""

# Names on disk are bytes here, and pathlib takes none.
# ruff: noqa: PTH112, PTH113, PTH118
from __future__ import annotations

import dataclasses
import gzip
import os
import pathlib
import re
import urllib.parse
from typing import Final

from targets.path.answer import Answer
from targets.path.reference import Config
from targets.path.request import Request

_REFUSED_PATH: Final = re.compile(
    rb"\A(?!/)|%(?![0-9a-f]{2})|%2f|%5c|(?:[/\\]|\A)(?:\.|%2e)(?:\.|%2e)(?:[/\\]|\Z)", re.IGNORECASE
)
_HOST: Final = re.compile(rb"([\w-]+(?:\.[\w-]+)*)\.*(?::.*)?", re.ASCII | re.DOTALL)
_GZIP: Final = re.compile(rb"(?:^|,)\s*gzip\s*(?:;([^,]*))?(?:,|$)", re.IGNORECASE)
_ZERO: Final = re.compile(rb"q=0(?:\.0{0,3})?")
_CHALLENGE: Final = b"/.well-known/acme-challenge/"
REFUSED: Final = b"refused\n"
_OWN: Final = {
    b"/_farm/health": b"healthy\n",
    b"/_farm/ready": b"ready\n",
    b"/_farm/metrics": b"requests 0\n",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """What a path below a root leads to. `real` is empty outside of the root."""

    real: bytes
    content: bytes | None
    """None: a directory."""


class Rules:
    """The exact answers of the reference under one configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._default = _walk(config.root)
        sites = sorted(config.sites.iterdir()) if config.sites is not None else []
        self._sites = {os.fsencode(site.name): _walk(site) for site in sites}
        self._blocked = [_expression(pattern) for pattern in config.blocked]
        self._scripts = [_expression(pattern) for pattern in config.allowed_php]

    def expected(self, request: Request) -> Answer | None:
        """The status, the body and the headers that matter."""
        status, body, coding = self._expected(request)
        if request.method == b"HEAD":
            body = b""
        return Answer(status, ((b"content-encoding", coding),) if coding else (), body)

    def _expected(self, request: Request) -> tuple[int, bytes, bytes]:
        early = self._early(request)
        if early is not None:
            return early
        host = _HOST.fullmatch(request.host)
        places = self._default
        if self._config.sites is not None:
            if host is None or len(host[1]) > 255:
                return 404, REFUSED, b""
            name = host[1].lower()
            bare = re.sub(rb"(?<=.)\.test\Z", b"", name)
            places = self._sites.get(bare) or self._sites.get(name) or self._default
        path = urllib.parse.unquote_to_bytes(request.path)
        if path.startswith(_CHALLENGE):
            for token, text in self._config.tokens:
                if path == _CHALLENGE + token:
                    return 200, text, b""
            return 404, REFUSED, b""
        normal = re.sub(rb"/+(?:\.(?=/|\Z)/*)*", b"/", path)
        status = self._verdict(normal)
        found = _lookup(places, normal, script_last=places is not self._default)
        if status or found is None:
            return status or 404, REFUSED, b""
        return self._of(found, places, request) if found.real else (403, REFUSED, b"")

    def _early(self, request: Request) -> tuple[int, bytes, bytes] | None:
        """What is answered before the host is looked at."""
        path = urllib.parse.unquote_to_bytes(request.path)
        if _REFUSED_PATH.search(request.path) or not _is_utf8(path):
            return 400, REFUSED, b""
        if request.method not in (b"GET", b"HEAD"):
            return 405, REFUSED, b""
        if path in _OWN:
            return 200, _OWN[path], b""
        if self._config.trusted and request.host.lower() not in self._config.trusted:
            return 421, REFUSED, b""
        return None

    def _verdict(self, path: bytes) -> int:
        """The status that a name has for itself; 0: none."""
        if b"/." in path and self._config.hidden != "allow":
            return 403 if self._config.hidden == "deny" else 404
        bare = path.rstrip(b"/") or b"/"
        return 403 if any(rule.fullmatch(bare) for rule in self._blocked) else 0

    def _of(
        self, found: Place, places: dict[bytes, Place], request: Request
    ) -> tuple[int, bytes, bytes]:
        status = self._verdict(found.real)
        if status:
            return status, REFUSED, b""
        content = found.content or b""
        if re.search(rb"\.php\Z", found.real, re.IGNORECASE):
            if self._scripts and not any(rule.fullmatch(found.real) for rule in self._scripts):
                return 403, REFUSED, b""
            return 200, b"executed " + found.real.rpartition(b"/")[2], b""
        packed = places.get(found.real + b".gz")
        wanted = _GZIP.search(request.header(b"accept-encoding") or b"")
        if packed is None or not packed.real or wanted is None:
            return 200, content, b""
        if _ZERO.fullmatch((wanted[1] or b"").replace(b" ", b"").lower()):
            return 200, content, b""
        return 200, gzip.compress(content, mtime=0), b"gzip"


def _lookup(places: dict[bytes, Place], path: bytes, *, script_last: bool) -> Place | None:
    names = [path] if not path.endswith(b"/") else []
    names += [path.rstrip(b"/") + tail for tail in (b"/index.php", b"/index.html")]
    for name in names:
        place = places.get(name)
        if place is not None and place.content is not None:
            return place
    return places.get(b"/index.php") if script_last else None


def _walk(root: pathlib.Path) -> dict[bytes, Place]:
    """Every path below a root, through links too, and what it leads to."""
    home = os.path.realpath(bytes(root))
    places: dict[bytes, Place] = {}
    for folder, folders, files in os.walk(bytes(root), followlinks=True):
        for name in (*files, *folders):
            full = os.path.join(folder, name)
            real = os.path.realpath(full)
            inside = real[len(home) :] if real.startswith(home + b"/") else b""
            if os.path.isdir(full):
                content = None
            elif os.path.isfile(full):
                content = pathlib.Path(os.fsdecode(full)).read_bytes()
            else:
                continue
            places[full[len(bytes(root)) :]] = Place(inside, content)
    return places


def _expression(pattern: bytes) -> re.Pattern[bytes]:
    """A rule as a regular expression over whole paths without a slash at the end."""
    if pattern.endswith(b"/*") and pattern.count(b"*") == 1:
        return re.compile(re.escape(pattern[:-2]) + rb"(?:/.*)?", re.DOTALL)
    if pattern.endswith(b"/"):
        return re.compile(re.escape(pattern) + rb".*", re.DOTALL)
    return re.compile(rb"[^/]*".join(map(re.escape, pattern.split(b"*"))))


def _is_utf8(data: bytes) -> bool:
    return data.decode("utf-8", "ignore").encode() == data
