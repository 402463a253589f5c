"""A run's events on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.events import Noticed, Said, from_json
from harness.journal import NAME, Journal
from harness.tests.farm import ROOT

SAID = [Said("r", float(number), None, Noticed(f"line {number}\n ñ \udcff")) for number in range(3)]


def test_events_are_on_disk_when_they_were_heard(tmp_path: Path) -> None:
    """Another process can follow the journal; every line is a whole event."""
    folder = tmp_path / "runs" / "r"
    with Journal(folder) as journal:
        assert journal.path == folder / NAME
        for count, said in enumerate(SAID, 1):
            journal.hear(said)
            lines = journal.path.read_text(encoding="utf-8").splitlines()
            assert [from_json(line) for line in lines] == SAID[:count]


def test_a_journal_is_appended_to(tmp_path: Path) -> None:
    """Opening it again loses nothing."""
    for said in SAID:
        with Journal(tmp_path) as journal:
            journal.hear(said)
    lines = (tmp_path / NAME).read_text(encoding="utf-8").splitlines()
    assert [from_json(line) for line in lines] == SAID


def test_a_journal_survives_the_death_of_its_writer(tmp_path: Path) -> None:
    """What was heard is there even when the process is killed right after."""
    code = (
        "import os, pathlib, signal, sys\n"
        "from harness.events import Noticed, Said\n"
        "from harness.journal import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "journal.hear(Said('r', 1.0, None, Noticed('last words')))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, timeout=20, check=False)
    assert done.returncode == -signal.SIGKILL
    (line,) = (tmp_path / NAME).read_text(encoding="utf-8").splitlines()
    assert from_json(line).event == Noticed("last words")


def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    """An event after the end would be lost silently; it is an error."""
    with Journal(tmp_path) as journal:
        pass
    with pytest.raises(ValueError):
        journal.hear(SAID[0])
