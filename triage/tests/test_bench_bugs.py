"""The historic bugs are well described, and what finds one is told from what does not."""

from __future__ import annotations

import json
import pathlib

import pytest
from packaging.version import Version

from harness.home import open_home
from harness.tests.farm import Farm
from targets.registry import discover
from targets.selection import select
from triage.bench.bugs_verdict import judging
from triage.bench.historic_bugs import bugs

BUGS = bugs()
KNOWN = discover()
SEGV = next(bug for bug in BUGS if bug.id == "hiredis-map-key-segv")


def test_ids_are_unique_and_versions_rise() -> None:
    """A bug is in the vulnerable version and gone in the fixed one, which comes later."""
    assert len({bug.id for bug in BUGS}) == len(BUGS)
    for bug in BUGS:
        assert Version(bug.vulnerable) < Version(bug.fixed), bug.id


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: str(bug.id))
def test_a_bug_is_hunted_by_what_a_user_types(bug: object) -> None:
    """Each selection means something, as soon as its target is there."""
    known = next(one for one in BUGS if one == bug)
    if known.target in KNOWN.found:
        assert select([known.selection], KNOWN)


def test_unknown_rivals_and_bugs_are_told(tmp_path: pathlib.Path) -> None:
    """One line says what is possible."""
    farm = Farm(home=tmp_path / "home", project=tmp_path)
    done = farm.fuzz("bench", "bugs", "--against", "afl")
    assert (done.code, "atheris" in done.line) == (2, True)
    done = farm.fuzz("bench", "bugs", "--only", "nothing-*")
    assert (done.code, SEGV.id in done.line) == (2, True)


@pytest.mark.nightly
def test_only_what_the_fixed_version_passes_shows_a_bug(tmp_path: pathlib.Path) -> None:
    """An input that fails on both versions, or on none, shows nothing."""
    home = open_home(tmp_path / "home")
    (item,) = select(["resp:parse@hiredis"], KNOWN)
    (strict,) = select(["resp:differential@hiredis"], KNOWN)
    with judging(SEGV, KNOWN, home) as judge:
        assert judge.shows(item, b"%1\r\n*0\r\n:1\r\n")
        assert not judge.shows(item, b"+OK\r\n")
        assert not judge.shows(strict, b"#T\r\n")


@pytest.mark.nightly
def test_the_farm_and_its_rivals_find_an_easy_bug(tmp_path: pathlib.Path) -> None:
    """All sides really run: a crash of hiredis that each of them can find in time."""
    farm = Farm(home=tmp_path / "home", project=tmp_path)
    output = tmp_path / "results.json"
    done = farm.fuzz(
        *("bench", "bugs", "--only", SEGV.id, "--seconds", "12", "--output", str(output)),
        *("--against", "atheris,hypothesis"),
    )
    assert done.code == 0, done.stdout + done.stderr
    (row,) = json.loads(output.read_text())["rows"]
    assert {side for side, (result,) in row["sides"].items() if result["seconds"] is not None} == {
        *("fuzzfarm", "atheris", "hypothesis")
    }
