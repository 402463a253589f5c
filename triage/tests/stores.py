"""Homes with crashes in them and the `triage` command in this process, for tests."""

from __future__ import annotations

import pathlib

import pytest

from harness import outcome
from harness.crash import Crash, Sighting
from harness.crashes import record
from harness.failure import Failure, Frame
from harness.home import Home
from triage.cli import triage


def seen(data: bytes = b"abc", function: str = "parse", run: str = "run-1") -> Sighting:
    """A sighting of a ValueError in that function of the subject."""
    failure = Failure(
        "exception",
        "ValueError",
        f"bad {data!r}",
        frames=(Frame("subject", function, 3, "subject.py"),),
        text=f"Traceback (most recent call last):\n  …\nValueError: bad {data!r}\n",
    )
    return Sighting(
        target="resp",
        check="parse",
        subject="redis-py",
        package="redis",
        subject_version="8.1.0",
        failure=failure,
        own=("subject",),
        data=data,
        run=run,
        time_s=1_700_000_000.0,
    )


def stored(home: Home, data: bytes = b"abc", function: str = "parse", run: str = "run-1") -> Crash:
    """Such a sighting, recorded."""
    return record(home, seen(data, function, run))[0]


def content(home: Home) -> dict[str, bytes]:
    """Every file of a home by its name, but for marks of the store itself."""
    return {
        path.relative_to(home.root).as_posix(): path.read_bytes()
        for path in sorted(home.root.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def ran(capsys: pytest.CaptureFixture[str], *args: str | pathlib.Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `triage ARGS`."""
    code = outcome.run(triage, [str(arg) for arg in args])
    shown = capsys.readouterr()
    return code, shown.out, shown.err
