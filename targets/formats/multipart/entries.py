"""Subjects that read forms, for the target's table; nothing here imports them."""

from __future__ import annotations

from typing import Final

from targets.kinds import Inputs, Subject

_GRAMMAR: Final = "targets.formats.multipart.grammar"
_ADAPTERS: Final = "targets.formats.multipart.subjects"
FORMS: Final = Inputs(
    name="multipart",
    mutate=f"{_GRAMMAR}:mutate",
    strategy=f"{_GRAMMAR}:strategy",
    tokens=f"{_GRAMMAR}:tokens",
    seeds="multipart",
    dictionary="multipart.txt",
)

SUBJECTS: Final[dict[str, Subject]] = {
    "multipart-reference": Subject(
        adapter=f"{_ADAPTERS}:reference_forms",
        summary="the farm's own strict reader of forms",
        instrument=("targets.formats.multipart.reference",),
        inputs=FORMS,
    ),
    "python-multipart": Subject(
        adapter=f"{_ADAPTERS}:python_multipart",
        summary="the streaming form parser of python-multipart, and its parser of parameters",
        package="python-multipart",
        # One name before 0.0.13, the other since.
        instrument=("multipart", "python_multipart"),
        requires=("python-multipart>=0.0.5",),
        inputs=FORMS,
    ),
    "multipart": Subject(
        adapter=f"{_ADAPTERS}:defnull_multipart",
        summary="the package multipart: its WSGI function, and its push parser in chunks",
        package="multipart",
        requires=("multipart>=0.2.4",),
        instrument=("multipart",),
        inputs=FORMS,
    ),
    "werkzeug-forms": Subject(
        adapter=f"{_ADAPTERS}:werkzeug_forms",
        summary="the form parser of werkzeug, and its decoder in chunks",
        package="werkzeug",
        instrument=("werkzeug.formparser", "werkzeug.sansio.multipart", "werkzeug.http"),
        requires=("werkzeug>=2",),
        inputs=FORMS,
    ),
    "aiohttp-forms": Subject(
        adapter="targets.formats.multipart.aiohttp_forms:aiohttp_forms",
        summary="the multipart reader of aiohttp, whole and in steps",
        package="aiohttp",
        instrument=("aiohttp.multipart",),
        requires=("aiohttp>=3.7",),
        inputs=FORMS,
    ),
}
