"""Subjects that read HTTP/1, for the target's table; nothing here imports them."""

from __future__ import annotations

from typing import Final

from targets.kinds import Inputs, Subject

_GRAMMAR: Final = "targets.formats.http1.grammar"
_ADAPTERS: Final = "targets.formats.http1.subjects"
BOTH: Final = Inputs(
    name="http1",
    mutate=f"{_GRAMMAR}:mutate",
    strategy=f"{_GRAMMAR}:strategy",
    tokens=f"{_GRAMMAR}:tokens",
    seeds="http1",
    dictionary="http1.txt",
)
REQUESTS: Final = Inputs(
    name="http1-requests",
    mutate=f"{_GRAMMAR}:mutate_requests",
    strategy=f"{_GRAMMAR}:requests_strategy",
    tokens=f"{_GRAMMAR}:tokens",
    seeds="http1",
    dictionary="http1.txt",
)
SUBJECTS: Final[dict[str, Subject]] = {
    "http1-reference": Subject(
        adapter=f"{_ADAPTERS}:reference_http1",
        summary="the farm's own strict reader of HTTP/1.1 connections",
        instrument=("targets.formats.http1.reference",),
        inputs=BOTH,
    ),
    "h11": Subject(
        adapter=f"{_ADAPTERS}:h11",
        summary="the connection of h11, as a server and as a client",
        package="h11",
        instrument=("h11",),
        requires=("h11>=0.9",),
        inputs=BOTH,
    ),
    "waitress": Subject(
        adapter=f"{_ADAPTERS}:waitress",
        summary="the request parser of waitress, with its body receivers",
        package="waitress",
        instrument=("waitress.parser", "waitress.receiver", "waitress.utilities"),
        requires=("waitress>=1.3",),
        inputs=REQUESTS,
    ),
    "gunicorn": Subject(
        adapter=f"{_ADAPTERS}:gunicorn",
        summary="the request parser of gunicorn written in Python, with its bodies",
        package="gunicorn",
        instrument=("gunicorn.http",),
        requires=("gunicorn>=20",),
        # Old releases look for their plug-ins through pkg_resources.
        pins={"<21": ("setuptools<81",)},
        inputs=REQUESTS,
    ),
    "aiohttp-http1": Subject(
        adapter=f"{_ADAPTERS}:aiohttp",
        summary="the parsers of aiohttp written in Python, of requests and of responses",
        package="aiohttp",
        instrument=("aiohttp.http_parser",),
        requires=("aiohttp>=3.7",),
        inputs=BOTH,
    ),
}
