"""`triage verify`, `keep`, `accept`, `merge` and `split` on a user's project."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.crash import Crash
from harness.crashes import crashes, load
from harness.home import Home, open_home
from harness.tests.farm import ROOT, Example, Farm, write_project

FRAGILE = Example(
    """
    import pathlib

    FIXED = pathlib.Path(__file__).with_name("fixed")

    def number(data):
        return int(data[1:])

    def key(data):
        return {}[data]

    def make():
        def subject(data):
            if FIXED.exists():
                return
            if data[:1] == b"N":
                number(data)
            if data[:1] == b"K":
                key(data)
        return subject
    """,
    seeds=(b"Nx", b"Ky", b"-"),
)
MOODY = Example(
    """
    import os

    def make():
        def subject(data):
            if data == b"addr" and (id(make) >> 16) % 2:
                raise ValueError("in some processes")
            if data == b"time" and os.getpid() % 2:
                raise ValueError("sometimes")
        return subject
    """,
    seeds=(b"-",),
)


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    """A project of two targets, where commands run, with a home of its own."""
    project = write_project(tmp_path / "project", {"fragile": FRAGILE, "moody": MOODY})
    return Farm(tmp_path / "home", project)


def found(farm: Farm) -> tuple[Home, Crash, Crash]:
    """Run the fragile target; its home, and the crashes of `number` and of `key`."""
    assert farm.fuzz("run", "fragile", "--seconds", "5").code == 1
    home = open_home(farm.home)
    known = {
        crash.title.partition(":")[0]: crash for crash in crashes(home) if isinstance(crash, Crash)
    }
    number = known["ValueError in examples.fragile.subject.number"]
    return home, number, known["KeyError in examples.fragile.subject.key"]


def test_the_life_of_a_crash(farm: Farm) -> None:
    """Confirmed, fixed when it stops failing, regressed when it fails again."""
    home, number, _ = found(farm)
    done = farm.triage("verify", number.id, "--times", "4")
    code, out = done.code, done.stdout
    assert (code, "confirmed: 4 of 4 replays failed" in out) == (0, True)
    switch = farm.project / "examples" / "fragile" / "fixed"
    switch.touch()
    done = farm.triage("verify", number.id)
    code, out = done.code, done.stdout
    assert (code, "fixed: 0 of 10 replays failed" in out) == (0, True)
    assert load(home, number.id).reproduced == "4/4"
    switch.unlink()
    done = farm.triage("verify", "--all", "--json")
    code, out = done.code, done.stdout
    states = {item["crash"]: item["state"] for item in map(json.loads, out.splitlines())}
    assert code == 1
    assert states[number.id] == "regressed"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"addr", "differs between processes"), (b"time", "differs within one process")],
)
def test_a_moody_crash_is_flaky_and_the_reason_is_suspected(
    farm: Farm, data: bytes, reason: str
) -> None:
    """What differs between processes is told from what differs within one."""
    home = open_home(farm.home)
    import_one(home, farm, data)
    (made_up,) = crashes(home)
    told = ""
    for _ in range(30):  # until some of the replays failed: what decides is drawn each time
        for crash in [item for item in crashes(home) if item.id != made_up.id] or [made_up]:
            told = farm.triage("verify", crash.id, "--times", "6").stdout
        if f"flaky (it {reason}" in told:
            return
    raise AssertionError(told)


def import_one(home: Home, farm: Farm, data: bytes) -> None:
    """Store a sighting of the moody target."""
    from harness.crash import Sighting
    from harness.crashes import record
    from harness.failure import Failure, Frame

    frame = Frame("examples.moody.subject", "make.<locals>.subject", 9)
    message = "in some processes" if data == b"addr" else "sometimes"
    failure = Failure("exception", "ValueError", message, frames=(frame,))
    own = ("examples.moody.subject",)
    record(home, Sighting("moody", "read", "own", "own", None, failure, own, data, "r", 1.0))


def broken_promises(farm: Farm) -> str:
    """What the contract test of the fragile target says; a process forgets what it imported."""
    code = "from targets import contract, registry;" + (
        "print(contract.problems(registry.discover().found['fragile']))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(
        command, cwd=farm.project, env=environment, check=True, text=True, capture_output=True
    ).stdout


def test_a_kept_input_is_replayed_first(farm: Farm) -> None:
    """In every later run, in a home that never saw it; the contract test replays it, too."""
    _, number, _ = found(farm)
    done = farm.triage("keep", number.id)
    code, out = done.code, done.stdout
    path = farm.project / "examples" / "fragile" / "corpus" / "regressions" / "read" / number.id
    assert (code, str(path) in out) == (0, True)
    assert path.read_bytes() == number.data
    for seed in (farm.project / "examples" / "fragile" / "corpus" / "seeds").iterdir():
        seed.write_bytes(b"-")
    done = farm.fuzz("run", "fragile", "--seconds", "4", "--home", str(farm.home) + "2")
    assert done.code == 1
    assert number.id in done.stdout
    assert number.id in broken_promises(farm)
    (farm.project / "examples" / "fragile" / "fixed").touch()
    assert broken_promises(farm) == "[]\n"


def test_a_tolerated_crash_ends_no_run_with_1(farm: Farm) -> None:
    """It is still counted; when it stops happening, a run says so."""
    home, number, key = found(farm)
    for crash in (number, key):
        assert farm.triage("accept", crash.id, "--reason", "known for years").code == 0
    before = load(home, number.id).count
    fresh = str(farm.home) + "2"
    done = farm.fuzz("run", "fragile", "--seconds", "4", "--home", fresh)
    assert done.code == 0
    assert f"{number.id} accepted" in done.stdout
    assert farm.fuzz("run", "fragile", "--seconds", "4").code == 0
    assert load(home, number.id).count > before
    assert "accepted" in farm.triage("list").stdout
    assert "known for years" in farm.triage("show", number.id).stdout
    (farm.project / "examples" / "fragile" / "fixed").touch()
    done = farm.fuzz("run", "fragile", "--seconds", "4")
    assert done.code == 0
    assert f"{number.id} (ValueError in examples.fragile.subject.number" in done.stderr
    assert "does not happen any more" in done.stderr
    assert farm.triage("accept", number.id, "--undo").code == 0
    assert farm.triage("accept", number.id, "--undo").code == 2


def test_a_person_overrules(farm: Farm) -> None:
    """What was merged is one crash from then on, also in runs; so is what was split two."""
    home, number, key = found(farm)
    assert farm.triage("merge", number.id, key.id, "--reason", "same cause").code == 0
    assert load(home, key.id) == load(home, number.id)
    assert load(home, key.id).count >= number.count + key.count
    fresh = Farm(farm.home.with_name("fresh"), farm.project)
    assert fresh.fuzz("run", "fragile", "--seconds", "4").code == 1
    assert list(fresh.crashes) == [number.id]
    assert farm.triage("merge", number.id, "--undo").code == 0
    assert farm.triage("split", number.id, "--where", "subject.number").code == 0
    again = Farm(farm.home.with_name("again"), farm.project)
    assert again.fuzz("run", "fragile", "--seconds", "4").code == 1
    assert number.id not in again.crashes
    assert key.id in again.crashes


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["verify"], "say --all"),
        (["verify", "X", "--all"], "say --all"),
        (["verify", "X", "--times", "0"], "--times 0"),
        (["accept", "X"], "--reason"),
        (["accept", "X", "--reason", " "], "--reason"),
        (["merge", "X"], "name another crash"),
        (["merge", "X", "X"], "name another crash"),
        (["merge", "X", "--undo"], "nothing to undo"),
        (["split", "X"], "--where"),
        (["split", "X", "--where", "a|b"], "--where"),
        (["split", "X", "--undo"], "nothing to undo"),
        (["keep", "crash-fff"], "no crash"),
    ],
)
def test_bad_input_is_one_line(farm: Farm, arguments: list[str], told: str) -> None:
    """What was given, what is possible; exit 2, and nothing was changed."""
    home = open_home(farm.home)
    import_one(home, farm, b"x")
    (crash,) = crashes(home)
    done = farm.triage(*(crash.id if item == "X" else item for item in arguments))
    code, out, err = done.code, done.stdout, done.stderr
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert list(crashes(home)) == [crash]


def test_a_crash_of_an_unknown_target_is_told(farm: Farm, tmp_path: Path) -> None:
    """Elsewhere the target is not known: the command says where to go."""
    home = open_home(farm.home)
    import_one(home, farm, b"x")
    (crash,) = crashes(home)
    elsewhere = Farm(farm.home, tmp_path)
    for verb in (["keep"], ["accept", "--reason", "r"]):
        done = elsewhere.triage(*verb, crash.id)
        code, err = done.code, done.stderr
        assert (code, "go to the project" in err) == (2, True)
