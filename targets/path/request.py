"""The format of inputs: a request as a person would write it.

```
GET /static/..%2fsecret.txt?x=1
Range: bytes=0-4
```

The first line holds a method (GET when it is left out) and the request target, byte for byte as a
server receives it; then headers, one a line. `{base}` in the target stands for the directory on
disk that holds the roots, `{base%}` for the same with encoded slashes; `{etag}` in a header for the
entity tag that the server gives the target.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from targets.path.site import Site

HOST: Final = b"localhost"
MAX_HEADERS: Final = 16
FRAMING: Final = frozenset(
    {b"connection", b"content-length", b"expect", b"keep-alive", b"te", b"trailer"}
    | {b"transfer-encoding", b"upgrade", b"http2-settings"}
)
"""Headers that say where a message ends, and how many follow: another target's business."""
BASE: Final = b"{base}"
BASE_ENCODED: Final = b"{base%}"
ETAG: Final = b"{etag}"

_METHOD = re.compile(rb"([A-Z]{1,16}) ")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is what stands between the method and the version on the wire."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def host(self) -> bytes:
        """The Host header, that of a usual client where the input has none."""
        host = self.header(b"host")
        return HOST if host is None else host

    @property
    def path(self) -> bytes:
        """The target up to its query."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """What follows the first `?`."""
        return self.target.partition(b"?")[2]

    def header(self, name: bytes) -> bytes | None:
        """The first header of this lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def all_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers as sent: with a Host, and asking for one answer only."""
        host = () if self.header(b"host") is not None else ((b"Host", HOST),)
        return (*host, *self.headers, (b"Connection", b"close"))

    def wire(self) -> bytes:
        """The bytes of an HTTP/1.1 request without a body."""
        lines = [b"%b %b HTTP/1.1" % (self.method, self.target)]
        lines += [b"%b: %b" % header for header in self.all_headers()]
        if self.method in (b"POST", b"PUT", b"PATCH"):
            lines.append(b"Content-Length: 0")
        return b"\r\n".join(lines) + b"\r\n\r\n"


def parse(data: bytes, site: Site | None = None) -> Request:
    """The request that `data` describes, whatever it is."""
    first, *lines = data.split(b"\n")
    method = _METHOD.match(first)
    target = first[method.end() :] if method is not None else first
    if site is not None and b"{base" in target:
        base = bytes(site.base)
        target = target.replace(BASE, base).replace(BASE_ENCODED, base.replace(b"/", b"%2f"))
    headers = []
    for line in lines[:MAX_HEADERS]:
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name) and name.lower() not in FRAMING:
            headers.append((name, value.strip(b" \t\r")))
    return Request(method[1] if method is not None else b"GET", target, tuple(headers))
