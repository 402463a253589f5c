"""Check: what a request costs grows no faster than its length: parts of it are repeated.

Ranges that are the same are one range, so repeated ones are made to rise without touching. A range
grows by its digits. A list grows by its ranges, and is asked for without a body too: sending many
parts takes long enough to hide what sorting them costs.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import time
from typing import Final

from targets import growth, resource
from targets.growth import Growth
from targets.path.request import parse
from targets.path.server import Server

LIMIT_BYTES: Final = 32768
"""As long as servers let the head of a request become."""
SETTLED_S: Final = 1.0
"""Linear growth of a list of ranges says nothing below this: each of them costs a little."""
SHARE: Final = 0.3
"""Part of the time that timing lists of ranges may take while `resource.every` is above 1."""
_CUT: Final = re.compile(rb"[/,;%=?&\n \"-]")
_HEADER: Final = re.compile(rb"(\nRange: *bytes=)([^\n]+)", re.IGNORECASE)
_RANGES: Final = re.compile(rb"(\nRange: *bytes=)([0-9, -]*,[0-9, -]*)", re.IGNORECASE)
_RANGE: Final = re.compile(rb"(?<![0-9])[0-9]++-[0-9]+")
"""A run of digits is tried once, from its start: this is timed with the server."""


SINGLE: Final = (("digits of a range", None, b"0", b""),)
LIST: Final = (
    ("ranges", b"HEAD", b"0-0,", b"0-0"),
    ("ranges", None, b"0-0,", b"0-0"),
)
"""What a Range header is filled with: name, method (None: the request's own), part, end."""


def check(data: bytes, server: Server) -> None:
    """Violation when time grows clearly faster; failures of the server are for `total`."""
    _ask(data, server)
    _require_ranges_linear(data, server)
    cuts = sorted({at for found in _CUT.finditer(data) for at in found.span()})
    growth.require_linear(
        "linear", lambda grown: _ask(grown, server), data, limit_bytes=LIMIT_BYTES, cuts=cuts
    )


def rising(data: bytes) -> bytes:
    """A request whose ranges are as many as before, each a byte, none beside another.

    >>> rising(b"/x\\nRange: bytes=0-5,0-5,")
    b'/x\\nRange: bytes=0-0,2-2,'
    """

    def raised(found: re.Match[bytes]) -> bytes:
        count = itertools.count(0, 2)
        return found[1] + _RANGE.sub(lambda _: b"%d-%d" % ((at := next(count)), at), found[2])

    return _RANGES.sub(raised, data)


def _require_ranges_linear(data: bytes, server: Server) -> None:
    found = _HEADER.search(data)
    if found is None or not _sampling.due():
        return
    started = time.perf_counter()
    try:
        head, rest = data[: found.end(1)], data[found.end() :]
        for name, method, left, tail in LIST if b"," in found[2] else SINGLE:
            growth.require_slope(
                f"linear, {name}",
                functools.partial(_ask, server=server, method=method),
                Growth(head, left, tail=tail + rest),
                limit_bytes=LIMIT_BYTES,
                settled_s=SETTLED_S,
            )
    finally:
        _sampling.spent_s += time.perf_counter() - started


def _ask(data: bytes, server: Server, method: bytes | None = None) -> None:
    request = parse(rising(data), server.site)
    server.ask(request if method is None else dataclasses.replace(request, method=method))


class _Sampling:
    """Which lists of ranges are timed: as many as fit into the share of time."""

    __slots__ = ("since", "spent_s")

    def __init__(self) -> None:
        self.spent_s = 0.0
        self.since = time.perf_counter()

    def due(self) -> bool:
        elapsed_s = time.perf_counter() - self.since
        return resource.every <= 1 or self.spent_s <= SHARE * elapsed_s


_sampling = _Sampling()
