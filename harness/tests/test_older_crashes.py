"""Crashes that an older farm stored: brought up to date, with nothing lost."""

import json
from pathlib import Path

import pytest

from harness import crashes
from harness.crash import Crash
from harness.crashes import Trial, change, load, record, tried
from harness.fingerprint import crash_id, former
from harness.home import Home, open_home
from harness.tests.test_crashes import seen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return open_home(tmp_path)


def as_first_farm(home: Home, crash: Crash) -> str:
    """Rewrite a stored crash as the first version of the farm did; returns the id of then."""
    folder = home.crash(crash.id)
    now = json.loads((folder / "crash.json").read_text())
    for name in ("aliases", "trials", "issues", "bisections"):
        del now[name]
    for name in ("failed", "tries", "original_bytes"):
        del now["example"][name]
    line = former(crash.example.failure, crash.example.own)[0]
    then = crash_id(crash.target, crash.package, line)
    first = {"format": 1, "id": then, "fingerprint": line, "fingerprint_version": 1}
    (folder / "crash.json").write_text(json.dumps({**now, **first}))
    folder.rename(home.crash(then))
    return then


def test_what_an_older_farm_wrote_is_understood(home: Home) -> None:
    """Its state becomes the trial that it came from; the id of then still names the crash."""
    for sighting in (seen(failed=3, tries=3), seen(function="other")):
        crash, _ = record(home, sighting)
        then = as_first_farm(home, crash)
        assert then != crash.id
        assert load(home, then) == load(home, crash.id) == crash
        assert crash in list(crashes.crashes(home))


def test_what_an_older_farm_wrote_is_gone_on_with(home: Home) -> None:
    """The next sighting joins it; there is one folder, under the id of today."""
    crash, _ = record(home, seen(b"long"))
    then = as_first_farm(home, crash)
    (home.crash(then) / "original").write_bytes(b"what lies beside it")
    (home.crashes / ".fingerprint-version").unlink()
    again, new = record(home, seen(b"s", run="run-2"))
    assert not new
    assert (again.id, again.count, again.data) == (crash.id, 2, b"s")
    assert (home.crash(crash.id) / "original").exists()
    assert not home.crash(then).exists()


def test_what_an_older_farm_wrote_and_todays_are_one(home: Home) -> None:
    """Two folders of one crash, as a copy of an older home leaves them, are told as one."""
    crash, _ = record(home, seen(b"long"))
    then = as_first_farm(home, crash)
    (home.crashes / ".fingerprint-version").unlink()
    home.crash(then).rename(home.root / then)
    record(home, seen(b"s", run="run-2"))
    (home.root / then).rename(home.crash(then))
    (known,) = crashes.crashes(home)
    assert isinstance(known, Crash)
    assert (known.id, known.count) == (crash.id, 2)
    changed = change(home, known.id, lambda stored: tried(stored, Trial(None, 1.0, 1, 1)))
    assert changed.state == "confirmed"
