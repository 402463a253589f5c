"""`fuzz faults` finds planted bugs, and says so of none that a check cannot see."""

from __future__ import annotations

import json
import pathlib

import pytest

from harness.tests.farm import Done, Farm
from targets import faults

INIT = '''
"""A reader of lengths, for tests."""

from targets.kinds import Fault, Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="examples.lengths.reference:make",
            summary="reads a length and so many bytes",
            instrument=("examples.lengths.reference",),
        ),
    },
    checks={"read": Fuzz(check="examples.lengths.check:check", summary="no byte is lost")},
    faults={
        "greedy": Fault("takes one byte too many of two"),
        "silent": Fault("does nothing that a check could see"),
    },
)
'''
REFERENCE = """
from targets import faults

def make():
    greedy, silent = faults.on("greedy"), faults.on("silent")

    def read(data):
        if silent:
            return data[:1], data[1:]
        size = 2 if greedy and data[:1] == b"G" else 1
        return data[:size], data[1:]
    return read
"""
CHECK = """
from targets.oracles import Violation

def check(data, subject):
    head, rest = subject(data)
    if head + rest != data:
        raise Violation("a byte is lost or doubled")
"""


@pytest.fixture
def farm(tmp_path: pathlib.Path) -> Farm:
    """A project whose reference has two faults."""
    package = tmp_path / "project" / "examples"
    target = package / "lengths"
    (target / "corpus" / "seeds").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (target / "__init__.py").write_text(INIT.lstrip(), encoding="utf-8")
    (target / "reference.py").write_text(REFERENCE, encoding="utf-8")
    (target / "check.py").write_text(CHECK, encoding="utf-8")
    (target / "corpus" / "seeds" / "one").write_bytes(b"ab")
    (package.parent / "pyproject.toml").write_text('[tool.fuzzfarm]\ntargets = ["examples"]\n')
    return Farm(home=tmp_path / "home", project=package.parent)


def rows(done: Done) -> dict[str, dict[str, object]]:
    """What was said of each fault."""
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return {record["fault"]: record for record in records}


def test_a_fault_is_found_or_called_missed(farm: Farm) -> None:
    """The one that shows is found, small; the one that no check can see ends with exit 1."""
    done = farm.fuzz("faults", "lengths", "--seconds", "4", "--json")
    assert done.code == 1
    said = rows(done)
    assert said["greedy"]["found"] is True
    assert bytes.fromhex(str(said["greedy"]["input"])).startswith(b"G")
    assert said["greedy"]["check"] == "read"
    assert said["silent"]["found"] is False
    assert "1 of 2 faults found" in done.stderr


def test_a_run_with_a_fault_keeps_it_apart(farm: Farm) -> None:
    """The crash replays with its fault, the plain reference passes, and nothing is exported."""
    assert farm.fuzz("run", "lengths", "--fault", "greedy", "--seconds", "4").code == 1
    ((crash, record),) = farm.crashes.items()
    assert record["example"]["selection"] == "lengths:read@reference+greedy"
    assert farm.fuzz("replay", crash).code == 1
    data = str(farm.home / "crashes" / crash / "input")
    assert farm.fuzz("replay", data, "lengths:read").code == 0
    exported = farm.triage("export", crash, "--format", "pytest")
    assert exported.code == 2
    assert "planted fault greedy" in exported.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["faults", "nothing"], "has no planted faults"),
        (["faults", "lengths", "--only", "x*"], "names no fault of lengths: greedy, silent"),
        (["run", "lengths", "--fault", "gready"], "did you mean greedy?"),
        (["run", "resp@redis-py==5.0.0", "--fault", "greedy"], "is for a reference subject"),
    ],
)
def test_what_cannot_be_planted_is_told(farm: Farm, arguments: list[str], said: str) -> None:
    """One line: what was given, and what is possible."""
    done = farm.fuzz(*arguments)
    assert done.code == 2
    assert said in done.stderr.splitlines()[-1]


def test_a_fault_is_planted_for_a_while_only() -> None:
    """After the context the process is as before."""
    with faults.planted("one"):
        assert faults.on("one")
        with faults.planted("two"):
            assert not faults.on("one")
        assert faults.on("one")
    assert not faults.on("one")
