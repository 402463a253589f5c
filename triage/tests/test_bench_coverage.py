"""Branches of a corpus are counted for each side, of the named files only."""

from __future__ import annotations

import pathlib
import re

import pytest

from harness.tests.farm import Farm


def test_each_side_has_its_branches_and_its_ratio(tmp_path: pathlib.Path) -> None:
    """What is printed are branches of the one file, and ours by theirs; the exit code says both."""
    pytest.importorskip("pymysql")
    farm = Farm(home=tmp_path / "home", project=tmp_path)
    done = farm.fuzz("bench", "coverage", "--seconds", "4", "--only", "pymysql")
    row = next(line for line in done.stdout.splitlines() if line.startswith("pymysql/protocol.py"))
    told = [float(number.replace(",", "")) for number in re.findall(r"[\d.,]+", row[20:])]
    everything, ours, plain, to_plain, seeded, to_seeded = told
    assert 0 < ours <= everything
    assert to_plain == pytest.approx(ours / max(plain, 1), abs=0.006)
    assert to_seeded == pytest.approx(ours / max(seeded, 1), abs=0.006)
    assert done.code == (0 if to_plain >= 1.3 else 1)


def test_unknown_cases_are_told(tmp_path: pathlib.Path) -> None:
    """One line says what there is."""
    farm = Farm(home=tmp_path / "home", project=tmp_path)
    done = farm.fuzz("bench", "coverage", "--only", "nothing")
    assert (done.code, "sql@sqlparse" in done.line) == (2, True)
