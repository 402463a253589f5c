"""Bugs of past releases that are known today, and crashes of them as a run would store them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import time
from collections.abc import Iterator

from harness import cases, crashes
from harness.cases import Case
from harness.crash import Crash
from harness.home import Home
from targets.registry import discover

PROJECT = pathlib.Path(__file__).parent / "historic"
"""A user's project, whose targets test the packages below."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bug:
    """`data` fails on `selection` at version `vulnerable`, and not from version `fixed` on."""

    selection: str
    vulnerable: str
    fixed: str
    data: bytes
    kind: str = "exception"


BUGS = {
    "hiredis": Bug("resp:parse@hiredis", "3.1.0", "3.2.0", b"%1\r\n*0\r\n:1\r\n", "death"),
    "cbor2-text": Bug("cbor:read@cbor2", "5.5.1", "5.6.0", b"\x61\xff"),
    "cbor2-fraction": Bug("cbor:read@cbor2", "5.5.1", "5.6.0", b"\xd8\x1e\x82\x01\x00"),
    "cbor2-uuid": Bug("cbor:read@cbor2", "5.5.1", "5.6.0", b"\xd8\x25\x40"),
    "sqlglot": Bug("jsonpath:read@sqlglot", "30.8.0", "30.9.0", b"$[?(@.x"),
    "croniter": Bug("cron:read@croniter", "1.0.12", "1.0.13", b"* * R/0 * *"),
    "sqlparse": Bug("sqlnest:read@sqlparse", "0.4.4", "0.5.0", b"[" * 2000 + b"]" * 2000),
    "orjson": Bug(
        "jsonfast:read@orjson", "3.9.14", "3.9.15", b"[" * 200_000 + b"]" * 200_000, "death"
    ),
    "tomlkit": Bug(
        "tomlcmp:compare@tomlkit", "0.7.2", "0.8.0", b"[section]\nkey{a=1}", kind="oracle"
    ),
}


def store(home: Home, selection: str, data: bytes, project: pathlib.Path = PROJECT) -> Crash:
    """Run `data` on `selection` in a clean process and keep the crash that it is."""
    case = Case(data, selection)
    with _inside(project):
        job = cases.job_of(case, discover(), home)
        with cases.replaying(home, job) as replays:
            failure = replays.run(data).failure
    assert failure is not None, f"{selection} does not fail"
    seen = cases.sighting(job, failure, data, "by-hand", time.time())
    sighting = dataclasses.replace(seen, failed=1, tries=1)
    crash, _ = crashes.record(home, sighting)
    return crash


@contextlib.contextmanager
def _inside(folder: pathlib.Path) -> Iterator[None]:
    """The working directory says which project's targets there are."""
    before = pathlib.Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
