"""The farm's own resolver of request paths: from a host and a target to one file, or a refusal.

The order of its steps is part of the promise: decode, own pages, trusted hosts, the host's
key, challenges, hidden names, blocked names, the host's site, the fallback chain, and last
whether the real file may be shown. Whatever a path looks like, rules hold for the real file.
"""

# Names on disk are bytes here, and pathlib takes none.
# ruff: noqa: PTH116, PTH118, PTH119
from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import stat
from typing import Final

from targets import faults
from targets.path.answer import Answer
from targets.path.request import Request

PAGES: Final = {
    b"/_farm/health": b"healthy\n",
    b"/_farm/ready": b"ready\n",
    b"/_farm/metrics": b"requests 0\n",
}
CHALLENGE: Final = b"/.well-known/acme-challenge/"
INDEXES: Final = (b"index.php", b"index.html")
MAX_HOST: Final = 255

_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_LABELS: Final = re.compile(rb"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """What an operator sets."""

    root: pathlib.Path
    sites: pathlib.Path | None = None
    """Directory with one directory (or link to one) per host; None: one site for all hosts."""
    suffix: bytes = b".test"
    """Taken from a host before its site is looked up."""
    trusted: frozenset[bytes] = frozenset()
    hidden: str = "deny"
    """What becomes of names that begin with a dot: deny (403), ignore (404), allow."""
    blocked: tuple[bytes, ...] = ()
    allowed_php: tuple[bytes, ...] = ()
    """Scripts that may run; empty: all."""
    chain: tuple[bytes, ...] = (b"$uri", b"$uri/", b"=404")
    site_chain: tuple[bytes, ...] = (b"$uri", b"$uri/", b"/index.php?$query_string")
    tokens: tuple[tuple[bytes, bytes], ...] = ((b"token-1", b"the answer to the challenge"),)


class Refused(Exception):
    """The path leads to this status instead of a file."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Resolver:
    """Answers requests by one configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        on = faults.on
        self._dots_pass = on("dots-pass")
        self._decodes_twice = on("decodes-twice")
        self._slashes_decode = on("slashes-decode")
        self._overlong = on("overlong")
        self._by_prefix = on("contains-by-prefix")
        self._links_pass = on("links-pass")
        self._spelling_blocked = on("blocks-the-spelling")
        self._spelling_hidden = on("hides-the-spelling")
        self._host_anchors = on("host-anchors-the-root")
        self._neighbour_runs = on("runs-the-neighbours-script")
        self._nul_fails = on("nul-fails")
        self._case_matters = on("script-by-lower-case")
        self._zero_accepts = on("zero-quality-accepts")
        self._tail_cut = on("index-of-a-file")
        self._redirects = on("redirects-by-the-path")

    def answer(self, request: Request) -> Answer:
        """The answer to any request: 200 with a file, or the status of the step that refused."""
        try:
            answer = self._resolve(request)
        except Refused as refused:
            answer = _page(refused.status, b"refused\n")
        return dataclasses.replace(answer, body=b"") if request.method == b"HEAD" else answer

    def _resolve(self, request: Request) -> Answer:
        path = self._decoded(request.path)
        if request.method not in (b"GET", b"HEAD"):
            raise Refused(405)
        if path in PAGES:
            return _page(200, PAGES[path])
        if self._config.trusted and request.host.lower() not in self._config.trusted:
            raise Refused(421)
        key = self._key(request.host)
        if path.startswith(CHALLENGE):
            token = dict(self._config.tokens).get(path[len(CHALLENGE) :])
            return _page(404, b"refused\n") if token is None else _page(200, token)
        parts = [part for part in path.split(b"/") if part not in (b"", b".")]
        self._check_hidden(parts)
        self._check_blocked(path if self._spelling_blocked else b"/" + b"/".join(parts))
        root, chain = self._site(request.host, key)
        return self._from_chain(request, path, root, chain)

    def _decoded(self, path: bytes) -> bytes:
        """The path with each escape decoded once; 400 for what could be read in two ways."""
        if not path.startswith(b"/"):
            raise Refused(400)
        pieces = path.split(b"%")
        for piece in pieces[1:]:
            if not _ESCAPE.match(b"%" + piece):
                raise Refused(400)
            if piece[:2].lower() in (b"2f", b"5c") and not self._slashes_decode:
                raise Refused(400)
        decoded = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), path)
        if self._decodes_twice:
            decoded = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), decoded)
        if self._overlong:
            decoded = decoded.replace(b"\xc0\xae", b".").replace(b"\xc0\xaf", b"/")
        try:
            decoded.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(400) from None
        checked = path if self._decodes_twice or self._slashes_decode or self._overlong else decoded
        if b".." in re.split(rb"[/\\]", checked) and not self._dots_pass:
            raise Refused(400)
        return decoded

    def _key(self, host: bytes) -> bytes:
        """The name under which a host's site is kept; 404 when the host cannot be one."""
        if self._config.sites is None or self._host_anchors:
            return b""
        key = host.partition(b":")[0].rstrip(b".").lower()
        if len(key) > MAX_HOST or not _LABELS.fullmatch(key):
            raise Refused(404)
        return key

    def _check_hidden(self, parts: list[bytes]) -> None:
        hidden = any(part.startswith(b".") and part not in (b".", b"..") for part in parts)
        if hidden and self._config.hidden != "allow":
            raise Refused(403 if self._config.hidden == "deny" else 404)

    def _check_blocked(self, path: bytes) -> None:
        if any(_matches(pattern, path) for pattern in self._config.blocked):
            raise Refused(403)

    def _site(self, host: bytes, key: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """The root of the host's site and its chain; a host without a site has the default."""
        config = self._config
        default = bytes(config.root), config.chain
        if config.sites is None:
            return default
        if self._host_anchors:
            root = os.path.join(bytes(config.sites), host.partition(b":")[0].lstrip(b"/"))
            return (root, config.site_chain) if _is(root, stat.S_ISDIR) else default
        for name in (key.removesuffix(config.suffix), key):
            root = os.path.join(bytes(config.sites), name)
            if name and _is(root, stat.S_ISDIR):
                return root, config.site_chain
        return default

    def _from_chain(
        self, request: Request, path: bytes, root: bytes, chain: tuple[bytes, ...]
    ) -> Answer:
        if b"\0" in path and self._nul_fails:
            os.stat(path)
        *entries, last = chain
        for entry in entries:
            file = self._probe(root, entry.partition(b"?")[0].replace(b"$uri", path))
            if file is None:
                continue
            if self._redirects and entry == b"$uri/" and not path.endswith(b"/"):
                moved = (b"location", path + b"/")
                return dataclasses.replace(_page(301, b""), headers=(moved,))
            return self._file(request, root, file)
        if last.startswith(b"="):
            raise Refused(int(last[1:]))
        file = self._probe(root, last.partition(b"?")[0])
        if file is None:
            raise Refused(404)
        return self._file(request, root, file)

    def _probe(self, root: bytes, path: bytes) -> bytes | None:
        """The regular file that a path names, an index for a directory that ends in a slash."""
        above, _, last = path.rpartition(b"/")
        names = [name for name in above.split(b"/") if name not in (b"", b".")]
        # Without what says nothing: the system refuses a path of 4096 bytes.
        place = b"/".join((root, *names, last))
        if self._tail_cut and _is(place.rstrip(b"/"), stat.S_ISREG):
            return place.rstrip(b"/")
        if not path.endswith(b"/"):
            return place if _is(place, stat.S_ISREG) else None
        for index in INDEXES:
            if _is(place + b"/" + index, stat.S_ISREG):
                return place + b"/" + index
        return None

    def _file(self, request: Request, root: bytes, file: bytes) -> Answer:
        """The file, when the real one may be shown; the verdict is made afresh each time."""
        real, home = os.path.realpath(file), os.path.realpath(root)
        inside = real.startswith(home if self._by_prefix else home + b"/")
        script = file.endswith(b".php") if self._case_matters else real.lower().endswith(b".php")
        trusting = self._links_pass or (self._neighbour_runs and script) or self._host_anchors
        if not inside and not trusting and not self._dots_pass:
            raise Refused(403)
        below = real[len(home) :]
        if inside and not self._spelling_hidden:
            self._check_hidden(below.split(b"/"))
        if inside and not self._spelling_blocked:
            self._check_blocked(below)
        if script:
            allowed = self._config.allowed_php
            if allowed and not any(_matches(pattern, below) for pattern in allowed) and inside:
                raise Refused(403)
            return _page(200, b"executed " + os.path.basename(real))
        return self._content(request, home, real)

    def _content(self, request: Request, home: bytes, real: bytes) -> Answer:
        packed = os.path.realpath(real + b".gz")
        accepted = _accepts_gzip(request.header(b"accept-encoding") or b"", self._zero_accepts)
        if accepted and packed.startswith(home + b"/") and _is(packed, stat.S_ISREG):
            answer = _page(200, _read(packed))
            more = ((b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))
            return dataclasses.replace(answer, headers=(*answer.headers, *more))
        return _page(200, _read(real))


def _matches(pattern: bytes, path: bytes) -> bool:
    """Whether a rule covers a path: `*` stays within a segment, `/*` at the end covers all below,
    a rule without `*` is exact, or a prefix if it ends in a slash."""
    if b"*" not in pattern:
        return path.startswith(pattern) if pattern.endswith(b"/") else path == pattern
    if pattern.endswith(b"/*") and b"*" not in pattern[:-1]:
        return path == pattern[:-2] or path.startswith(pattern[:-1])
    rules, names = pattern.split(b"/"), path.split(b"/")
    return len(rules) == len(names) and all(map(_matches_name, rules, names))


def _matches_name(rule: bytes, name: bytes) -> bool:
    first, *others = rule.split(b"*")
    if not others:
        return name == first
    if not name.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1]:
        at = name.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return name.endswith(others[-1]) and len(name) - len(others[-1]) >= at


def _accepts_gzip(header: bytes, zero_accepts: bool) -> bool:
    for item in header.lower().split(b","):
        coding, _, parameters = item.partition(b";")
        if coding.strip() != b"gzip":
            continue
        quality = parameters.replace(b" ", b"")
        return zero_accepts or not re.fullmatch(rb"q=0(?:\.0{0,3})?", quality)
    return False


def _is(path: bytes, kind: object) -> bool:
    """Whether there is something of this kind; a name that cannot be one is not there."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(mode) if kind is stat.S_ISDIR else stat.S_ISREG(mode)


def _read(path: bytes) -> bytes:
    return pathlib.Path(os.fsdecode(path)).read_bytes()


def _page(status: int, body: bytes) -> Answer:
    return Answer(status, ((b"content-length", b"%d" % len(body)),), body)
