"""Exported tests of bugs that real packages had: each fails on the release that had it and passes
on the one that had not, where only that release and pytest are installed.
"""

import json
import pathlib
import subprocess
import sys

import pytest

from harness import outcome
from harness.environments import find_uv
from harness.home import open_home
from triage.commands.export import command
from triage.tests.history import BUGS, PROJECT, store

LIMIT_S = 300.0
SLOW = {"sqlparse"}
"""Takes ten CPU seconds to fail: a busy farm may take it for one that sleeps."""


def run_in_bare_environment(folder: pathlib.Path, requirement: str, test: pathlib.Path) -> int:
    """Exit code of pytest in a new environment of `requirement` and pytest; made once."""
    python = folder / requirement / "bin" / "python"
    if not python.exists():
        uv = find_uv()
        run(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, folder / requirement)
        run(uv, "pip", "install", "--quiet", "--python", python, "pytest", requirement)
    listed = run(find_uv(), "pip", "list", "--python", python, "--format", "json").stdout
    assert "fuzzfarm" not in {package["name"] for package in json.loads(listed)}
    return subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=test.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    ).returncode


def run(*command: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """A command that has to succeed."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Folder of the environments."""
    return tmp_path_factory.mktemp("bare")


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(BUGS.keys() - SLOW))
def test_a_historic_bug(
    name: str, bare: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by replay, exported by the command, run as a maintainer would run it."""
    bug = BUGS[name]
    monkeypatch.chdir(PROJECT)
    home = open_home(tmp_path / "home")
    crash = store(home, f"{bug.selection}=={bug.vulnerable}", bug.data)
    test = tmp_path / "test_bug.py"
    arguments = [crash.id, "--format", "pytest", "-o", str(test), "--home", str(home.root)]
    assert outcome.run(command, arguments) == 0
    package = crash.package
    assert f"pip install pytest {package}=={bug.vulnerable}" in test.read_text(encoding="utf-8")
    assert run_in_bare_environment(bare, f"{package}=={bug.vulnerable}", test) == 1
    assert run_in_bare_environment(bare, f"{package}=={bug.fixed}", test) == 0
