"""Check: what a request costs grows no faster than its length: parts of it are repeated.

Ranges that are the same are one range, so repeated ones are made to rise without touching.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from targets import growth
from targets.path.request import parse
from targets.path.server import Server

LIMIT_BYTES: Final = 32768
"""As long as servers let the head of a request become."""
_CUT: Final = re.compile(rb"[/,;%=?&\n ]")
_RANGES: Final = re.compile(rb"(\nRange: *bytes=)([0-9, -]*,[0-9, -]*)", re.IGNORECASE)
_RANGE: Final = re.compile(rb"[0-9]+-[0-9]+")


def check(data: bytes, server: Server) -> None:
    """Violation when time grows clearly faster; failures of the server are for `total`."""
    _ask(data, server)
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


def _ask(data: bytes, server: Server) -> None:
    server.ask(parse(rising(data), server.site))
