"""The bench of minimizing: its planted crashes are what they say, and its sides really run."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest
from click.testing import CliRunner

from targets.errors import FarmError
from triage.bench.minimize import Row, command, table
from triage.bench.minimize_libfuzzer import Running, Usual
from triage.bench.minimize_ours import minimize
from triage.bench.minimize_references import Reduced, ddmin, hypothesis, run
from triage.bench.minimize_starts import SIZE_BYTES, start
from triage.bench.minimize_truth import NAMES, shows


@pytest.mark.parametrize("name", NAMES)
def test_every_start_shows_its_planted_bug(name: str) -> None:
    """4 KiB, the same every time, and the bug that is named shows."""
    data = start(name)
    assert len(data) == SIZE_BYTES
    assert data == start(name)
    assert shows(name, data) == name


@pytest.mark.parametrize(
    ("name", "data", "bug"),
    [
        ("tokens", b"COMMIT!", "tokens: orphan"),
        ("nesting", b"(((]", "nesting: mismatch"),
        ("frames", b"*3\r\n$4\r\nEV", "frames: torn"),
        ("guard", b"T\x00\x00\x00", "guard: unsafe"),
        ("header", b"Retry\nRetry-After: -1", "header: headless"),
        ("abort", b"\xca\xfe\x00\x09\x00", "abort: refuse"),
        ("number", b"size=65535", None),
    ],
)
def test_an_input_that_lost_a_part_shows_another_bug(
    name: str, data: bytes, bug: str | None
) -> None:
    """There is something to slip to, and the truth tells it apart."""
    assert shows(name, data) == bug


def test_ours_and_ddmin_reach_the_smallest_input(tmp_path: pathlib.Path) -> None:
    """On a crash beside another bug, both keep the bug; ours in a process of its own."""
    data = start("guard")
    ours = minimize("guard", data, tmp_path, 30.0)
    other = run(ddmin, "guard", data, 20.0)
    for result in (ours.data, other.data):
        assert shows("guard", result) == "guard"
    assert len(ours.data) == len(b"safe=1|T\0\0\0") == len(other.data)
    assert (ours.failed, ours.tries) == (10, 10)
    assert other.finished


def test_hypothesis_reaches_it_too() -> None:
    """The second reference really shrinks, within its time."""
    result = run(hypothesis, "number", start("number"), 15.0)
    assert result.data == b"size=70000"


def test_the_usual_way_is_run_and_its_slips_are_seen(tmp_path: pathlib.Path) -> None:
    """libFuzzer takes any crash; what it kept until then counts, and the slip is counted."""
    usual = Running("tokens", start("tokens"), tmp_path, 5.0).end()
    assert usual.steps > 0
    assert usual.final_bytes < SIZE_BYTES
    assert 0 < usual.last_s <= usual.total_s + 1
    assert usual.size_bytes >= usual.final_bytes
    assert usual.slips > 0 or usual.final_bytes >= len(b"BEGIN#7COMMIT!")


def _row(name: str, data: bytes, reference: bytes) -> Row:
    from triage.bench.minimize_ours import Ours

    other = Reduced(reference, 1.0, 100, finished=True)
    usual = Usual(((300, 5.0), (16, 20.0)), 7, 3, 20, 30.0, 60.0, finished=False)
    return Row(name, (Ours(data, 0.5, 200, 10, 10, complete=True),), other, other, usual)


def test_a_row_is_good_only_with_the_same_bug_and_no_larger() -> None:
    """A slip of ours and a larger result are failures; what a reference slipped to is none."""
    right = _row("tokens", b"BEGIN#7, COMMIT!", b"BEGIN#7 and COMMIT!")
    assert right.good
    assert not _row("tokens", b"COMMIT!", b"BEGIN#7COMMIT!").good
    assert not _row("tokens", b"BEGIN#7  COMMIT!", b"BEGIN#7 COMMIT!").good
    assert _row("tokens", b"BEGIN#7  COMMIT!", b"COMMIT!").good
    again = dataclasses.replace(right.ours, data=b"BEGIN#7; COMMIT!")
    assert not dataclasses.replace(right, runs=(right.ours, again)).good
    lines = list(table([right, _row("guard", b"T\0\0\0", b"safe=1|T\0\0\0")]))
    assert lines[1].endswith("20.0 s    40")
    assert lines[2].endswith("never   >120  <- slipped")
    assert lines[-1].endswith("ours slipped in 1, was larger or not stable in: guard")


@pytest.mark.parametrize(
    "arguments", [["--only", "nothing"], ["--seconds", "0"], ["--rounds", "0"]]
)
def test_wrong_options_are_one_line(arguments: list[str]) -> None:
    """What was given and what is possible, before anything runs."""
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, FarmError)
