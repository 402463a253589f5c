"""`triage bisect` on bugs of real packages whose history is known; asks the package index."""

from __future__ import annotations

import json
import pathlib

import pytest

from harness import outcome
from harness.home import open_home
from triage.commands.bisect import command
from triage.tests.history import BUGS, PROJECT, store

CHANGES = {
    "croniter": ("1.0.12", "1.0.13"),
    "cbor2-text": (None, "5.6.0"),
    "hiredis": (None, "3.1.1"),
    "sqlglot": (None, "30.9.0"),
    "tomlkit": (None, "0.8.0"),
    "orjson": (None, "3.9.15"),
}
"""First bad version (None: it depends on which old ones this Python can build), first fixed."""


@pytest.mark.nightly
@pytest.mark.parametrize("name", CHANGES)
def test_names_the_version_that_fixed_a_historic_bug(
    name: str,
    tmp_path: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the version that the bug is documented for, over all that were released."""
    monkeypatch.chdir(PROJECT)
    home = open_home(tmp_path / "home")
    bug = BUGS[name]
    crash = store(home, f"{bug.selection}=={bug.vulnerable}", bug.data)
    code = outcome.run(command, [crash.id, "--home", str(home.root), "--json"])
    record = json.loads(capsys.readouterr().out)
    first_bad, first_fixed = CHANGES[name]
    assert (code, record["finished"], record["first_fixed"]) == (0, True, first_fixed)
    assert first_bad in (None, record["first_bad"])
