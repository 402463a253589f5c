"""`triage minimize` on stored crashes: what it stores, says and returns."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

import triage
from harness import cases, crashes, outcome, rulings
from harness.crash import Crash
from harness.home import Home, open_home
from harness.rulings import Rulings
from harness.rulings import Split as SplitRuling
from harness.tests.farm import pause
from triage.commands.minimize import command
from triage.minimize.stored import ORIGINAL, UNFINISHED
from triage.tests.minimizing import job_of, project_of

ROOT = pathlib.Path(triage.__file__).parents[1]
NOISE = bytes(range(48, 65)) * 60


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """A user's project whose targets are the examples."""
    yield from project_of(tmp_path_factory)


@pytest.fixture
def home(tmp_path: pathlib.Path, project: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home that commands find; the working directory is the project."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


def stored(home: Home, name: str, data: bytes, decided: Rulings = rulings.NONE) -> Crash:
    """The crash that `data` shows, as a run would have stored it."""
    job = job_of(f"{name}:read", home.root)
    with cases.replaying(home, job) as replays:
        failure = replays.run(data).failure
    assert failure is not None
    case = cases.Case(data, job.name)
    crash, _ = crashes.record(
        home, cases.sighting(job, failure, case.data, "run-1", time.time()), decided
    )
    return crash


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `triage minimize ARGUMENTS`."""
    code = outcome.run(command, arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_the_small_input_takes_the_place_of_the_first(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its size before, its replays and its own stack; the first one stays as a file."""
    data = NOISE + b"CAB" + NOISE
    crash = stored(home, "two", data)
    code, out, err = ran(capsys, crash.id)
    assert code == 0
    assert out.startswith(f"{crash.id}  {len(data)} → 2 bytes, 10/10 replays failed, ")
    assert out.endswith(f"  {crashes.load(home, crash.id).title}  fuzz replay {crash.id}\n")
    now = crashes.load(home, crash.id)
    assert (now.data, now.example.original_bytes, now.state) == (b"AB", len(data), "minimized")
    assert (now.example.failed, now.example.tries) == (10, 10)
    assert "b'AB'" in now.example.failure.text
    folder = home.crash(crash.id)
    assert (folder / ORIGINAL).read_bytes() == data
    assert not (folder / UNFINISHED).parent.exists()
    others = [item for item in crashes.crashes(home) if isinstance(item, Crash)]
    assert len(others) == 3
    assert b"A" in [item.data for item in others]
    assert all(item.state == "confirmed" for item in others if item.id != crash.id)
    said = {line.removeprefix("on the way: ") for line in err.splitlines()}
    assert said == {item.id for item in others} - {crash.id}


def test_a_second_time_changes_nothing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """The size before is still that of the first input."""
    crash = stored(home, "two", b"AB" + NOISE)
    assert ran(capsys, crash.id)[0] == 0
    before = crashes.load(home, crash.id)
    code, out, _ = ran(capsys, crash.id, "--json", "--parallel", "1")
    said = json.loads(out)
    assert code == 0
    assert (said["original_bytes"], said["size_bytes"]) == (len(NOISE) + 2, 2)
    assert (said["input"], said["state"], said["complete"]) == (b"AB".hex(), "minimized", True)
    after = crashes.load(home, crash.id)
    assert (after.data, after.example.original_bytes) == (b"AB", before.example.original_bytes)


def test_time_is_kept_and_the_next_call_goes_on(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was reached is the crash's input already, but it is not called minimized."""
    crash = stored(home, "tardy", NOISE)
    began_s = time.monotonic()
    code, out, _ = ran(capsys, crash.id, "--seconds", "2")
    assert time.monotonic() - began_s < 8.0
    assert code == 0
    assert "stopped by its time limit: run it again to go on" in out
    first = crashes.load(home, crash.id)
    assert first.example.original_bytes is None
    assert first.state == "confirmed"
    reached = (home.crash(crash.id) / UNFINISHED).read_bytes()
    assert first.data == reached
    assert len(reached) < len(NOISE)
    ran(capsys, crash.id, "--seconds", "2")
    assert len(crashes.load(home, crash.id).data) <= len(reached)
    assert (home.crash(crash.id) / ORIGINAL).read_bytes() == NOISE


def test_ctrl_c_keeps_what_was_reached(home: Home, project: pathlib.Path) -> None:
    """It ends at once, with its own exit code, and leaves no process behind."""
    crash = stored(home, "tardy", NOISE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from harness import outcome; from triage.commands.minimize import command;"
            "sys.exit(outcome.run(command))",
            crash.id,
        ],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end_s = time.monotonic() + 20
    unfinished = home.crash(crash.id) / UNFINISHED
    while not unfinished.exists() and time.monotonic() < end_s:
        pause(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == outcome.INTERRUPTED, err
    assert len(unfinished.read_bytes()) < len(NOISE)
    assert "Traceback" not in err
    assert out == "" or "interrupted: run it again to go on" in out


def test_a_crash_that_does_not_fail_any_more_is_noted(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, one line; its input stays what it was."""
    crash = stored(home, "never", b"never")
    source = project / "examples" / "never" / "subject.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace('b"never"', 'b"other"'), encoding="utf-8")
    try:
        code, out, err = ran(capsys, crash.id)
    finally:
        source.write_text(text, encoding="utf-8")
    assert (code, err) == (1, "")
    assert "does not fail: 0 of 3 replays in clean processes; its input stays as it is" in out
    now = crashes.load(home, crash.id)
    assert (now.data, now.example.original_bytes, now.state) == (b"never", None, "flaky")


def test_a_part_that_was_split_off_stays_a_part(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its smallest input still has the text by which a person told it from the rest."""
    whole = stored(home, "two", b"AB")
    folder = project / "examples" / "two" / "corpus"
    decided = Rulings(split=(SplitRuling(whole.id, "b'89"),))
    rulings.write(folder, decided)
    try:
        part = stored(home, "two", b"89xAB" + NOISE, decided)
        assert part.id != whole.id
        code, out, _ = ran(capsys, part.id)
    finally:
        (folder / rulings.FILE).unlink()
    assert code == 0, out
    assert crashes.load(home, part.id).data == b"89AB"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seconds", "0"], "--seconds 0: give a number above 0"),
        (["--seconds", "nan"], "--seconds nan: give a number above 0"),
        (["--parallel", "0"], "--parallel 0: give a number from 1 up"),
        ([], "no crash 'crash-12' in "),
    ],
)
def test_mistakes_are_one_line(
    home: Home, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit 2: what was given, and what is possible."""
    code, out, err = ran(capsys, "crash-12", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err
