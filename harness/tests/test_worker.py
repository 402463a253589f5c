"""A child process seen from outside: it is stopped, heard and explained whatever it does."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import worker as module
from harness.children.spec import Spec, read
from harness.tests.farm import ROOT
from harness.worker import MAX_LINE_BYTES, READ_BYTES, READS, Pipe, Worker, cause_of

LIMIT_S = 10.0
Start = Callable[[str], Worker]

PRELUDE = """
import json, os, signal, subprocess, sys
spec = json.load(open(sys.argv[1]))
events = spec["event_fd"]
def say(**fields):
    os.write(events, (json.dumps({"kind": "said", **fields}) + "\\n").encode())
"""
FOREVER = "while True: signal.pause()\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts workers whose child runs the given code; none is left behind."""
    workers: list[Worker] = []

    def begin(code: str) -> Worker:
        script = tmp_path / f"{len(workers)}.py"
        script.write_text(PRELUDE + textwrap.dedent(code), encoding="utf-8")
        python = tmp_path / f"python-{len(workers)}"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$4"\n')
        python.chmod(0o755)
        workers.append(Worker("any", python, spec(tmp_path / f"job-{len(workers)}")))
        return workers[-1]

    yield begin
    for worker in workers:
        with contextlib.suppress(OSError):  # closed by its test
            worker.close()


def spec(folder: Path) -> Spec:
    return Spec("canary:sing", "targets.canary", "sing", "reference", str(folder))


def canary(folder: Path) -> Worker:
    """The real engine on the canary."""
    (folder / "corpus").mkdir(parents=True)
    told = Spec(
        "canary:sing",
        "targets.canary",
        "sing",
        "reference",
        str(folder / "job"),
        corpus=str(folder / "corpus"),
    )
    return Worker("atheris", Path(sys.executable), told)


def hear(worker: Worker, count: int = 1) -> list[dict[str, object]]:
    """At least so many messages."""
    heard: list[dict[str, object]] = []
    end_s = time.monotonic() + LIMIT_S
    while len(heard) < count:
        assert select.select([worker.fds[0]], [], [], max(end_s - time.monotonic(), 0))[0]
        heard += worker.messages()
    return heard


def open_fds() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def gone(pid: int, within_s: float) -> bool:
    """Whether a process, of whomever it is a child, ends in time."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], within_s)[0])
    finally:
        os.close(fd)


def state(pid: int) -> str:
    """`T` when it is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def reach(state_of: Callable[[], str], wanted: str) -> None:
    """Look again until the state is reached: a signal takes a moment."""
    end_s = time.monotonic() + LIMIT_S
    while state_of() != wanted:
        assert time.monotonic() < end_s
        select.select([], [], [], 0.005)


@pytest.mark.parametrize("paused", [False, True])
def test_a_worker_that_is_asked_ends(tmp_path: Path, paused: bool) -> None:
    """The real engine, also while it is paused; the rest of its words can still be heard."""
    worker = canary(tmp_path)
    try:
        assert hear(worker)[0]["kind"] == "begun"
        if paused:
            worker.pause()
        assert worker.ended() is None
        worker.ask_to_stop()
        assert worker.wait(5.0)
        assert worker.ended() == 0
        assert all("kind" in message for message in worker.messages())
        assert read(worker.folder / "spec.json").event_fd >= 0
    finally:
        worker.close()


@pytest.mark.parametrize("paused", [False, True])
def test_a_worker_that_does_not_listen_is_killed(start: Start, paused: bool) -> None:
    """Asking and waiting is in vain; killing is not, also while it is paused."""
    worker = start(f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay()\n{FOREVER}")
    hear(worker)
    if paused:
        worker.pause()
    worker.ask_to_stop()
    assert not worker.wait(0.1)
    if paused:
        worker.pause()
    worker.kill()
    assert worker.ended() == -signal.SIGKILL


GRANDCHILD = f"""
code = "import signal\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\nprint(1, flush=True)\\n"
child = subprocess.Popen(
    [sys.executable, "-c", code + "while True: signal.pause()"], stdout=subprocess.PIPE
)
child.stdout.readline()
say(pid=child.pid)
{FOREVER}
"""


def test_grandchildren_are_paused_and_killed_too(start: Start) -> None:
    """Whatever a child started is stopped with it, also when the child died before."""
    worker = start(GRANDCHILD)
    pid = hear(worker)[0]["pid"]
    assert isinstance(pid, int)
    worker.pause()
    reach(lambda: state(worker.pid) + state(pid), "TT")
    worker.resume()
    reach(lambda: state(worker.pid) + state(pid), "SS")
    worker.send(signal.SIGKILL)
    assert worker.wait(LIMIT_S)
    assert not gone(pid, 0.0)
    worker.close()
    assert gone(pid, 2.0)


PARENT = """
import os, pathlib, signal, sys
sys.path.insert(0, sys.argv[1])
from harness.tests.test_worker import canary, hear
worker = canary(pathlib.Path(sys.argv[2]))
hear(worker)
print(worker.pid, flush=True)
signal.pause()
"""


def test_children_die_with_their_parent(tmp_path: Path) -> None:
    """A supervisor that is killed by SIGKILL leaves no worker behind."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(ROOT), str(tmp_path)], stdout=subprocess.PIPE
    )
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid, 0.0)
        parent.kill()
        assert gone(pid, 2.0)
    finally:
        parent.kill()
        parent.communicate()


def test_long_lines_arrive_whole(start: Start) -> None:
    """Longer than any pipe, in parts, between short ones."""
    worker = start(
        f"""
        say(text="before")
        line = (json.dumps({{"kind": "long", "text": "x" * 5_000_000}}) + "\\n").encode()
        while line:
            line = line[os.write(events, line):]
        say(text="after")
        {FOREVER}
        """
    )
    before, long, after = hear(worker, 3)
    assert (before["text"], after["text"]) == ("before", "after")
    assert long["text"] == "x" * 5_000_000


def test_a_line_without_end_is_dropped() -> None:
    """All of it, its tail too; the next line is heard again, and memory stays bounded."""
    pipe = Pipe()
    os.set_blocking(pipe.child_fd, False)
    heard: list[bytes] = []
    rest = b"first\n" + b"x" * (MAX_LINE_BYTES + 10 * READ_BYTES) + b"tail\nlast\n"
    while rest:
        with contextlib.suppress(BlockingIOError):
            while rest:
                rest = rest[os.write(pipe.child_fd, rest[: 1 << 20]) :]
        heard += pipe.lines()
    heard += pipe.lines()
    pipe.close_child()
    assert pipe.lines() == []
    pipe.close()
    assert heard == [b"first", b"last"]


def test_a_child_that_writes_without_end_holds_nobody_up(start: Start) -> None:
    """One call hears a bounded number of bytes, however fast the child writes."""
    worker = start("block = b'y' * 65535 + b'\\n'\nwhile True: os.write(events, block)\n")
    for _ in range(5):
        select.select([worker.fds[0]], [], [], LIMIT_S)
        began_s = time.monotonic()
        assert worker.messages() == []
        assert time.monotonic() - began_s < 2.0
    assert worker.ended() is None
    assert READS * READ_BYTES <= MAX_LINE_BYTES


def test_noise_on_the_pipe_is_not_heard(start: Start) -> None:
    """Code under test can write to any descriptor; what it writes ends no run."""
    worker = start(
        f"""
        for noise in (b"\\xff\\x00", b"{{", b"7", b"[]", b"", b"{{}}", b"[" * 9999):
            os.write(events, noise + b"\\n")
        say(text="heard")
        {FOREVER}
        """
    )
    assert [message["text"] for message in hear(worker)] == ["heard"]


def test_a_child_that_closes_its_pipes_is_still_stopped(start: Start) -> None:
    """It is heard no more, that is all."""
    worker = start(f"os.closerange(3, 100)\n{FOREVER}")
    assert select.select([worker.fds[0]], [], [], LIMIT_S)[0]
    assert worker.messages() == []
    assert worker.stats() == []
    assert worker.ended() is None
    worker.ask_to_stop()
    assert worker.wait(LIMIT_S)
    assert cause_of(worker.ended() or 0) == "SIGTERM"


def test_stats_and_output_have_their_own_ways(start: Start) -> None:
    """libFuzzer's lines come on their pipe, what the subject prints is in the log."""
    worker = start(
        """
        print("printed")
        os.write(spec["stats_fd"], b"#1\\tINITED \\xff\\n#2 to")
        say(hash=os.environ["PYTHONHASHSEED"], stdin=sys.stdin.read())
        """
    )
    assert hear(worker)[0] == {"kind": "said", "hash": "0", "stdin": ""}
    assert worker.wait(LIMIT_S)
    assert worker.stats() == ["#1\tINITED \ufffd"]
    assert (worker.folder / "log.txt").read_text() == "printed\n"
    worker.send(signal.SIGTERM)  # it ended: nobody is there to be hit
    worker.ask_to_stop()


def test_silence_is_ended_step_by_step(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """First a signal that Python code survives, then one that ends it with its stack."""
    monkeypatch.setattr(module, "NUDGE_S", 0.05)
    worker = start(
        f"""
        signal.signal(signal.SIGUSR1, lambda *_: say(text="awake"))
        say(text="ready")
        {FOREVER}
        """
    )
    hear(worker)
    worker.nudge_if_silent(3600.0)
    worker.pause()
    worker.nudge_if_silent(-1.0)  # a paused child may be silent
    assert not select.select([worker.fds[0]], [], [], 0.05)[0]
    worker.resume()
    worker.nudge_if_silent(-1.0)
    assert hear(worker)[0]["text"] == "awake"
    while not worker.wait(0.02):  # it says nothing more
        worker.nudge_if_silent(-1.0)
    code = worker.ended()
    assert code == -signal.SIGABRT
    assert worker.death(code).kind == "hang"


def test_a_child_deaf_to_everything_is_killed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ignores both signals: SIGKILL is left."""
    monkeypatch.setattr(module, "NUDGE_S", 0.05)
    deaf = "for n in (signal.SIGUSR1, signal.SIGABRT): signal.signal(n, signal.SIG_IGN)\n"
    worker = start(f"{deaf}say()\n{FOREVER}")
    hear(worker)
    end_s = time.monotonic() + LIMIT_S
    while not worker.wait(0.02):
        worker.nudge_if_silent(-1.0)
        assert time.monotonic() < end_s
    assert worker.ended() == -signal.SIGKILL


def test_a_native_death_is_explained(start: Start) -> None:
    """By its signal and the Python stack that it left."""
    worker = start(
        """
        import ctypes, faulthandler, pathlib
        faulthandler.enable(open(pathlib.Path(spec["folder"]) / "fault.txt", "w"))
        def reads_nowhere():
            ctypes.string_at(0)
        reads_nowhere()
        """
    )
    assert worker.wait(LIMIT_S)
    code = worker.ended()
    assert code is not None
    failure = worker.death(code)
    assert (failure.kind, failure.type) == ("death", "SIGSEGV")
    assert "reads_nowhere" in [frame.function for frame in failure.frames]


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit 0"), (70, "exit 70"), (-11, "SIGSEGV"), (-200, "signal 200")]
)
def test_causes_of_death(code: int, words: str) -> None:
    """Exit codes and signals in words."""
    assert cause_of(code) == words


def test_a_worker_starts_without_leaks(start: Start) -> None:
    """Closing a worker gives back all of its descriptors; a child gets no other child's."""
    before = open_fds()
    first = start(f"say()\n{FOREVER}")
    second = start("say(fds=os.listdir('/proc/self/fd'))")
    (message,) = hear(second)
    told = json.loads((second.folder / "spec.json").read_text())
    wanted = {"0", "1", "2", str(told["event_fd"]), str(told["stats_fd"])}
    assert isinstance(message["fds"], list)
    assert len(set(message["fds"]) - wanted) == 1  # the listing itself
    for worker in (first, second):
        worker.close()
    assert open_fds() == before
