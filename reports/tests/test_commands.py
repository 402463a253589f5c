"""The `reports` command on real homes."""

import json
from pathlib import Path

import pytest

from harness import outcome
from harness.events import RunFinished, RunStarted, Said
from harness.home import Home, open_home
from harness.journal import Journal
from reports.cli import reports


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home that commands find."""
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


def ran(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `reports ARGS`."""
    code = outcome.run(reports, args)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def journaled(home: Home, name: str, time_s: float) -> None:
    """A run of that name with a journal."""
    with Journal(home.run(name)) as journal:
        started = RunStarted(("resp",), ("resp:parse@redis-py",), 1.0, 1, 1, f"fuzz run {name}")
        journal.hear(Said(name, time_s, None, started))
        journal.hear(Said(name, time_s + 1, None, RunFinished("budget", 0, (), (), (), 1.0)))


def test_the_latest_run_is_meant(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """By when it began, not by name; others by any unique beginning of theirs."""
    for name, time_s in (("zeta", 1.0), ("alpha-1", 3.0), ("alpha-2", 2.0)):
        journaled(home, name, time_s)
    assert ran(capsys, "build")[1].startswith("# Run alpha-1\n")
    assert ran(capsys, "build", "z")[1].startswith("# Run zeta\n")
    code, out, err = ran(capsys, "build", "alpha")
    assert (code, out) == (2, "")
    assert "could be any of alpha-1, alpha-2" in err
    assert "nearest are" in ran(capsys, "build", "omega")[2]


def test_json_and_files(home: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """For programs, and into a file; the file is the page."""
    journaled(home, "one", 1.0)
    record = json.loads(ran(capsys, "build", "--format", "json")[1])
    assert record["name"] == "one"
    assert record["finished"]["reason"] == "budget"
    page = ran(capsys, "build")[1]
    code, out, _ = ran(capsys, "build", "--output", str(tmp_path / "page.md"))
    assert (code, out) == (0, "")
    assert (tmp_path / "page.md").read_text() == page
    code, _, err = ran(capsys, "build", "--output", str(tmp_path / "no" / "page.md"))
    assert code == 2
    assert "cannot be written: No such file or directory" in err


def test_damage_is_in_the_report(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the journal and of the store; also when the first line is damaged."""
    folder = home.run("broken")
    folder.mkdir()
    (folder / "events.jsonl").write_bytes(b"\xff\n{")
    (home.crashes / "crash-0123456789ab").mkdir()
    code, out, err = ran(capsys, "build")
    assert (code, err) == (0, "")
    assert "line 1 is no event" in out
    assert "line 2 is no event, cut short" in out
    assert "crash-0123456789ab" in out


def test_without_a_run_it_says_what_to_do(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake of the user: one line, exit 2; nothing is made."""
    code, _, err = ran(capsys, "build")
    assert code == 2
    assert "`fuzz run` makes one" in err
    assert err.count("\n") == 1
    nowhere = home.root / "nowhere"
    assert ran(capsys, "build", "--home", str(nowhere))[0] == 2
    assert not nowhere.exists()


def test_reading_changes_nothing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """A report can be made again at any time and is the same."""
    journaled(home, "one", 1.0)
    before = sorted(home.root.rglob("*"))
    assert ran(capsys, "build") == ran(capsys, "build")
    assert before == sorted(home.root.rglob("*"))
