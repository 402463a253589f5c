"""Subjects that read header fields, for the target's table; nothing here imports them."""

from __future__ import annotations

from typing import Final

from targets.kinds import Inputs, Subject

_GRAMMAR: Final = "targets.formats.cookies.grammar"
_ADAPTERS: Final = "targets.formats.cookies.subjects"
FIELDS: Final = Inputs(
    name="fields",
    mutate=f"{_GRAMMAR}:mutate",
    strategy=f"{_GRAMMAR}:strategy",
    tokens=f"{_GRAMMAR}:tokens",
    seeds="fields",
    dictionary="fields.txt",
)
COOKIES: Final = Inputs(
    name="cookies",
    mutate=f"{_GRAMMAR}:mutate_cookies",
    strategy=f"{_GRAMMAR}:cookies_strategy",
    tokens=f"{_GRAMMAR}:tokens",
    seeds="fields",
    dictionary="fields.txt",
)

SUBJECTS: Final[dict[str, Subject]] = {
    "fields-reference": Subject(
        adapter=f"{_ADAPTERS}:reference_fields",
        summary="the farm's own strict reader of header fields",
        instrument=("targets.formats.cookies.reference",),
        inputs=FIELDS,
    ),
    "http-cookies": Subject(
        adapter=f"{_ADAPTERS}:http_cookies",
        summary="http.cookies of the standard library",
        instrument=("http.cookies",),
        inputs=COOKIES,
    ),
    "werkzeug-fields": Subject(
        adapter=f"{_ADAPTERS}:werkzeug_fields",
        summary="what reads and writes header fields in werkzeug.http",
        package="werkzeug",
        instrument=("werkzeug.http", "werkzeug.sansio.http", "werkzeug.datastructures"),
        requires=("werkzeug>=2.2",),
        inputs=FIELDS,
    ),
    "aiohttp-cookies": Subject(
        adapter=f"{_ADAPTERS}:aiohttp_cookies",
        summary="the readers of Cookie and Set-Cookie of aiohttp",
        package="aiohttp",
        instrument=("aiohttp._cookie_helpers",),
        requires=("aiohttp>=3.12.15",),
        inputs=COOKIES,
    ),
}
