"""What a person sees of a run."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable

import pytest

from harness.console import DEATHS_SHOWN, Console
from harness.events import (
    CrashFound,
    Event,
    InputKept,
    JobFinished,
    JobRefused,
    JobStarted,
    Noticed,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    WorkerDied,
)
from harness.tests.farm import ROOT

JOB = "kv:key"
"""Followed by a colon it would be a picture of a key, if the console drew any."""
STARTED = RunStarted(("kv",), (JOB, "kv:other"), 60.0, 7, 1, "fuzz run kv")
PROGRESS = Progress(12345, 678.9, 41, 99, 17, 2, 0.06, 3.0)
END = JobFinished(12345, 41, 99, 17, 2, 10.0, 0.5, 0.0, 0.25, 3, 1000)


Ids = tuple[str, ...]


def finished(
    reason: str = "budget", new: Ids = (), known: Ids = (), flaky: Ids = ()
) -> RunFinished:
    return RunFinished(reason, 0, new, known, flaky, 61.04)


def crash(name: str, *, new: bool = True, state: str = "confirmed") -> CrashFound:
    return CrashFound(
        name, new, state, "1/1", "exception", "KeyError in a.b[0]", 1, f"fuzz replay {name}"
    )


def hear(events: Iterable[Event], job: str | None = JOB) -> None:
    console = Console()
    for event in events:
        console.hear(Said("r", 0.0, job, event))


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine's user wishes from terminals is not tested."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def test_plain_lines_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """No control codes, no wrapping, no pictures; chatter on stderr, the summary on stdout."""
    long = "a [bold]message[/bold] :bug: " + "x" * 200
    hear([STARTED, JobStarted(1, 0, None), PROGRESS, InputKept("ab", 2), Noticed(long), finished()])
    captured = capsys.readouterr()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", captured.out + captured.err)
    start, progress, noticed = captured.err.splitlines()
    assert start == "2 jobs for 60 s, 1 at a time, seed 7"
    assert progress.startswith(f"{JOB}: 12,345 executions, 679/s, 41 edges, 99 features, 17 inputs")
    assert "2 crashes, slowest 60 ms, 3 s active" in progress
    assert progress.endswith("s left")
    assert noticed == f"{JOB}: {long}"
    assert captured.out == "0 new crashes, 0 known; 61.0 s, ended by its budget\n"


def test_progress_is_not_repeated_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A log gets one progress line per job and interval."""
    hear([STARTED, PROGRESS, PROGRESS, PROGRESS])
    assert capsys.readouterr().err.count("12,345 executions") == 1


def test_a_notice_of_the_run_names_no_job(capsys: pytest.CaptureFixture[str]) -> None:
    """What concerns no job stands alone."""
    hear([Noticed("disk is nearly full")], job=None)
    assert capsys.readouterr().err == "disk is nearly full\n"


def test_crash_lines_end_with_the_replay(capsys: pytest.CaptureFixture[str]) -> None:
    """Each crash is told when found and again in the summary, new ones first."""
    found = [
        crash("crash-3", new=False, state="flaky"),
        crash("crash-2", new=False),
        crash("crash-1"),
    ]
    end = finished(new=("crash-1",), known=("crash-2",), flaky=("crash-3", "crash-of-another-run"))
    hear([*found, end])
    captured = capsys.readouterr()
    lines = [
        "crash-1 new, confirmed 1/1, exception, 1 byte: KeyError in a.b[0]  fuzz replay crash-1",
        "crash-2 known, confirmed 1/1, exception, 1 byte: KeyError in a.b[0]  fuzz replay crash-2",
        "crash-3 known, flaky 1/1, exception, 1 byte: KeyError in a.b[0]  fuzz replay crash-3",
    ]
    assert captured.err.splitlines() == [f"{JOB}: {line}" for line in reversed(lines)]
    assert captured.out.splitlines() == [
        *lines,
        "1 new crashes, 1 known, 2 flaky; 61.0 s, ended by its budget",
    ]


def test_the_summary_of_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    """Rates, shares, restarts and the chance of more; a refused job says why it did not run."""
    console = Console()
    unknown = JobFinished(0, 0, 0, 0, 0, 0.0, 0.0, 0.0, None, 0, 0)
    for job, event in (
        (JOB, WorkerDied(5, "SIGSEGV", None)),
        (JOB, END),
        ("kv:other", unknown),
        ("kv:third", JobRefused("needs module absent", 3)),
        (None, finished()),
    ):
        console.hear(Said("r", 0.0, job, event))
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"{JOB}: 12,345 executions in 10.0 s (50% of the time, 1,234/s), 41 edges, 99 features, "
        "17 inputs, 2 crashes, slowest < 40 ms, 1 restarts",
        "  chance that the next hour finds a new feature: 25% "
        "(3 features seen once in 1,000 sampled executions)",
        "kv:other: 0 executions in 0.0 s (0% of the time, 0/s), 0 edges, 0 features, 0 inputs, "
        "0 crashes, slowest < 40 ms",
        "  chance that the next hour finds a new feature: unknown, too few executions",
        "time was given by weight, up to 3× for a job that discovers more, and at least 50% of an "
        "equal share to each",
        "kv:third: did not run: needs module absent",
        "0 new crashes, 0 known; 61.0 s, ended by its budget",
    ]
    assert f"{JOB}: worker 5 ended (SIGSEGV); restarted" in captured.err
    assert "kv:third: cannot run: needs module absent" in captured.err


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("budget", "its budget"),
        ("interrupted", "interruption"),
        ("nothing-left", "having nothing left to run"),
        ("broke: KeyError", "a bug of the farm (broke: KeyError)"),
    ],
)
def test_reasons(capsys: pytest.CaptureFixture[str], reason: str, words: str) -> None:
    """The last line says in words why the run ended."""
    hear([finished(reason)])
    assert capsys.readouterr().out.endswith(f"ended by {words}\n")


def test_many_deaths_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """A job whose workers die all the time does not fill the log."""
    hear([WorkerDied(number, "SIGSEGV", None) for number in range(50)] + [END, finished()])
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == DEATHS_SHOWN + 1
    assert "50 restarts" in captured.out


SHOW = """
import os, sys
from harness.console import Console
from harness.events import *
console = Console()
def hear(event, job="kv:key"):
    console.hear(Said("r", 0.0, job, event))
hear(RunStarted(("kv",), ("kv:key", "kv:other"), 60.0, 7, 1, "fuzz run kv"), None)
hear(JobStarted(1, 2, None), "kv:other")
hear(Progress(12345, 678.9, 41, 99, 17, 2, 0.06, 3.0))
hear(Noticed("look here"))
sys.stdin.readline()  # the live view redraws itself meanwhile
hear(RunFinished("interrupted", 0, (), (), (), 2.0), None)
"""


def test_a_live_table_on_a_terminal() -> None:
    """On a real terminal there is a table of all jobs, redrawn in place; at the end it is gone."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", SHOW],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    assert process.stdin is not None
    try:
        shown = read_until(ours, lambda text: text.count("12,345") >= 2)
        process.stdin.write(b"\n")
        process.stdin.flush()
        stdout, _ = process.communicate(timeout=10)
        shown += read_until(ours, lambda _: False)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "executions/s" in plain
    assert re.search(r"kv:key\W+679\W+12,345\W+41\W+99\W+17\W+2\W+60 ms\W+3 s", plain)
    assert "restarted 2×" in plain
    assert "kv:key: look here" in plain
    assert re.search(r"\d+ s left", plain)
    assert "\x1b[" in shown, "it is redrawn in place"
    assert shown.rindex("\x1b[?25h") > shown.index("\x1b[?25l"), "the cursor is given back"
    assert "12,345" not in stdout.decode()
    assert stdout.decode().endswith("ended by interruption\n")


def read_until(fd: int, enough: object) -> str:
    """What a terminal shows, until it is enough, it is closed, or ten seconds passed."""
    assert callable(enough)
    shown = b""
    end_s = time.monotonic() + 10
    while not enough(shown.decode("utf-8", "replace")):
        ready, _, _ = select.select([fd], [], [], max(end_s - time.monotonic(), 0))
        if not ready:
            break
        try:
            chunk = os.read(fd, 1 << 16)
        except OSError:  # the other side is closed
            break
        shown += chunk
    return shown.decode("utf-8", "replace")
