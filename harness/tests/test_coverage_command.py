"""`fuzz coverage` shows which lines and branches of a subject the inputs reach, and only those."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from harness.tests.farm import Example, Farm, write_project

SUBJECT = """
    import asyncio

    def make():
        def subject(data):
            if data[:1] == b"A":
                return "first"
            if data[:1] == b"B":
                raise KeyError("a crash covers as well")
            if data[:1] == b"C":
                raise asyncio.CancelledError
            if data[:1] == b"X":
                raise SystemExit
            if data[:1] == b"L":
                while True:
                    pass
            return "never"
        return subject
"""


def _farm(tmp_path: pathlib.Path, *seeds: bytes) -> Farm:
    project = write_project(tmp_path / "project", {"halves": Example(SUBJECT, seeds=seeds)})
    return Farm(home=tmp_path / "home", project=project)


def _covered(farm: Farm) -> dict[str, Any]:
    done = farm.fuzz("coverage", "halves", "--json")
    assert done.code == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def test_more_inputs_reach_more_branches(tmp_path: pathlib.Path) -> None:
    """An input that fails in whatever way counts, and so does one without an end."""
    few = _covered(_farm(tmp_path / "few", b"A"))["total"]
    more = _covered(_farm(tmp_path / "more", b"A", b"B", b"C", b"X", b"L"))["total"]
    assert 0 < few["branches"] < more["branches"] < more["all_branches"]
    assert few["lines"] < more["lines"]
    assert few["all_lines"] == more["all_lines"]


def test_pages_and_a_table_are_made(tmp_path: pathlib.Path) -> None:
    """The table names the subject's file; the pages are HTML below the home."""
    farm = _farm(tmp_path, b"A")
    done = farm.fuzz("coverage", "halves")
    assert done.code == 0, done.stderr
    assert "subject.py" in done.stdout
    page = farm.home / "coverage" / "halves" / "index.html"
    assert str(page) in done.stdout
    assert "subject.py" in page.read_text(encoding="utf-8")


def test_what_nothing_reaches_is_told(tmp_path: pathlib.Path) -> None:
    """A selection that means nothing is a user's mistake."""
    done = _farm(tmp_path, b"A").fuzz("coverage", "nothing-like-this")
    assert done.code == 2
    assert "unknown target" in done.stderr
