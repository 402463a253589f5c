"""What a check wants to know of a server: how to ask it, and what it promises."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping

from targets.path import mounted
from targets.path.answer import Answer
from targets.path.request import ETAG, Request, parse
from targets.path.site import Site


@dataclasses.dataclass(frozen=True, slots=True)
class Mount:
    """A place in the server's tree where one of the roots is served."""

    index: bool = False
    """A directory is answered with its index.html."""
    listing: bool = False
    """A directory without an index is answered with a list of its files."""
    hidden: bool = True
    """Names that begin with a dot are files like others."""
    withheld: tuple[str, ...] = ()
    """Beginnings of names that rules of the server are about: no ordinary files."""
    only: re.Pattern[bytes] | None = None
    """Paths of the only requests that get a file; None: all."""


Ask = Callable[[Request], Answer]


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """One implementation. `ask` gives the answer to one request, with what went wrong in it."""

    name: str
    ask: Ask
    site: Site
    mounts: Mapping[bytes, Mount]
    """Prefix of the path, `/static`, or empty for the whole tree → what is promised below it."""
    expects: Callable[[Request], Answer | None] | None = None
    """The exact answer of a server whose rules are stated in full; None: nothing is said."""

    def __post_init__(self) -> None:
        mounted.announce(self.mounts)

    def parse(self, data: bytes) -> Request:
        """The request that `data` describes; `{etag}` becomes what this server calls the file."""
        request = parse(data, self.site)
        if not any(ETAG in value for _, value in request.headers):
            return request
        etag = self.ask(Request(b"GET", request.target)).header(b"etag") or b'"none"'
        headers = tuple((name, value.replace(ETAG, etag)) for name, value in request.headers)
        return dataclasses.replace(request, headers=headers)
