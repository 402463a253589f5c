"""What a plain installation lacks is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.crashes import record
from harness.home import open_home
from harness.tests.farm import ROOT
from harness.tests.test_crashes import seen

WITHOUT = """
import sys
for name in ("github", "unearth", "httpx2"):
    sys.modules[name] = None
import {room}.cli
sys.exit({room}.cli.main())
"""


def plain(room: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A command where the packages of all extras are missing."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "GITHUB_TOKEN": "no-such-token",
        "FUZZ_HOME": str(home),
    }
    command = [sys.executable, "-P", "-c", WITHOUT.format(room=room), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("room", "arguments", "extra"),
    [
        ("triage", ["file", "--all-new", "--repo", "a/b", "--api", "http://127.0.0.1:9"], "triage"),
        ("triage", ["bisect", "CRASH"], "triage"),
    ],
)
def test_a_missing_extra_is_named(
    tmp_path: Path, room: str, arguments: list[str], extra: str
) -> None:
    """One line says how to get it; exit 3."""
    crash, _ = record(open_home(tmp_path), seen(failed=1, tries=1))
    done = plain(
        room, *(crash.id if item == "CRASH" else item for item in arguments), home=tmp_path
    )
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert f"pip install 'fuzzfarm[{extra}]'" in done.stderr


def test_what_needs_no_extra_works_without(tmp_path: Path) -> None:
    """Other commands, and the list of benchmarks."""
    record(open_home(tmp_path), seen())
    for room, arguments in (("harness", ["bench", "--help"]), ("triage", ["list"])):
        done = plain(room, *arguments, home=tmp_path)
        assert done.returncode == 0, done.stderr
