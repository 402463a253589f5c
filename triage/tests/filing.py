"""Homes with crashes to file, and `triage file` in this process or in real ones."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from harness import outcome
from harness.crash import Crash, Sighting, tried
from harness.crashes import change, record
from harness.failure import Failure, Frame
from harness.home import Home, open_home
from harness.lifecycle import Trial
from triage.commands.file import command
from triage.tests.github_server import REPO, TOKEN, GitHub

RUN = "import sys; from harness import outcome; from triage.commands.file import command as c; "
RUN += "sys.exit(outcome.run(c))"
ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT_S = 120.0


def sighting(bug: int = 0, **changes: object) -> Sighting:
    """A sighting of the bug with that number, which failed again when tried."""
    failure = Failure(
        kind="exception",
        type="ValueError",
        message=f"bad length in field {bug}",
        frames=(Frame("redis._parsers", f"read_{bug:02}", 3),),
        text=f"Traceback (most recent call last):\n  …\nValueError: bad length in field {bug}\n",
    )
    seen = Sighting(
        target="resp",
        check="parse",
        subject="redis-py",
        package="redis",
        subject_version="5.0.1",
        failure=failure,
        own=("redis",),
        data=b"$-%d\r\n" % bug,
        run="night-1",
        time_s=time.time() - 3600.0,
        failed=3,
        tries=3,
    )
    return dataclasses.replace(seen, **changes)  # type: ignore[arg-type]


def noted_trial(home: Home, crash: Crash, version: str, failed: int, **more: float) -> Crash:
    """The crash after three (or `tries`) replays in clean processes of a version."""
    tries = int(more.get("tries", 3))
    trial = Trial(version, more.get("time_s", time.time()), failed, tries)
    return change(home, crash.id, lambda now: tried(now, trial))


@dataclasses.dataclass(slots=True)
class Desk:
    """A home, a server, and `triage file` between them."""

    hub: GitHub
    home: Home
    capsys: pytest.CaptureFixture[str]

    def seen(self, bug: int = 0, **changes: object) -> Crash:
        """A stored crash."""
        return record(self.home, sighting(bug, **changes))[0]

    def file(self, *args: str, yes: bool = True) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `triage file`, by default of all crashes and for real."""
        names = [arg for arg in args if arg.startswith("crash-")]
        default = [] if names or "--all-new" in args else ["--all-new"]
        code = outcome.run(command, [*arguments(self.hub, self.home, yes), *default, *args])
        shown = self.capsys.readouterr()
        assert TOKEN not in shown.out + shown.err
        return code, shown.out, shown.err

    @property
    def ours(self) -> list[tuple[int, str]]:
        """Number and state of each issue."""
        return [(number, issue["state"]) for number, issue in self.hub.issues.items()]

    def label(self, number: int, *names: str) -> None:
        """A person sets labels."""
        with self.hub.lock:
            labels = [self.hub.label(name) for name in names]
            issue = self.hub.issues[number]
            self.hub.issues[number] = {**issue, "labels": [*issue["labels"], *labels]}

    def close(self, number: int, reason: str = "completed") -> None:
        """A person closes an issue."""
        self.hub.update(self.hub.issues[number], {"state": "closed", "state_reason": reason})

    def reopen(self, number: int) -> None:
        """A person opens it again."""
        self.hub.update(self.hub.issues[number], {"state": "open"})


def arguments(hub: GitHub, home: Home, yes: bool) -> list[str]:
    """What every call has: short waits, no pause between writes."""
    fixed = ["--repo", REPO, "--api", hub.url, "--home", str(home.root)]
    return [*fixed, "--timeout", "1", "--pace", "0", *(["--yes"] if yes else [])]


def start(hub: GitHub, home: Home, locks: pathlib.Path, *args: str) -> subprocess.Popen[str]:
    """A real process that files all crashes of a home; `locks` is what one machine shares."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments(hub, home, True), "--all-new", *args],
        cwd=ROOT,
        env=environment(locks),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def environment(locks: pathlib.Path) -> dict[str, str]:
    """Of a process: the token, and where locks are."""
    more = {"GITHUB_TOKEN": TOKEN, "XDG_STATE_HOME": str(locks), "NO_PROXY": "*"}
    return {**os.environ, **more, "PYTHONPATH": str(ROOT)}


def ended(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """Exit code and output of each, within a limit; none is left behind."""
    deadline = time.monotonic() + LIMIT_S
    try:
        results = []
        for process in processes:
            out, err = process.communicate(timeout=max(1.0, deadline - time.monotonic()))
            assert TOKEN not in out + err
            results.append((process.returncode, out, err))
        return results
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


@contextlib.contextmanager
def no_token_in(folder: pathlib.Path) -> Iterator[None]:
    """Afterwards no file below the folder holds the token."""
    yield
    for path in folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def homes(folder: pathlib.Path, number: int) -> list[Home]:
    """So many homes."""
    return [open_home(folder / f"home-{at}") for at in range(number)]
