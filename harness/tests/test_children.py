"""The small parts of a child process: last input, limits, channel and keeper."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.children import last_input
from harness.children.channel import Channel
from harness.children.keeper import IMPROVEMENTS, Keeper
from harness.children.spec import Spec
from harness.tests.farm import ROOT, Example, write_project
from harness.tests.test_worker import hear
from harness.worker import Worker


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that finds the rooms."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


# last input


DIES = """
import os, pathlib, signal, sys
from harness.children import last_input
memory = last_input.create(pathlib.Path(sys.argv[1]), 64)
data = os.fsencode(sys.argv[2])
if data != b"nothing":
    memory[16 : 16 + len(data)] = data
    memory[:8] = (len(data) + 1).to_bytes(8, "little")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("given", "found"), [("EX", b"EX"), ("", b""), ("y" * 64, b"y" * 64), ("nothing", None)]
)
def test_the_last_input_survives_any_death(tmp_path: Path, given: str, found: bytes | None) -> None:
    """What a process executed when it was killed can be read; an empty input is an input."""
    assert last_input.read(tmp_path) is None
    assert python(DIES, str(tmp_path), given).returncode == -signal.SIGKILL
    assert last_input.read(tmp_path) == found


def test_a_damaged_last_input_is_none(tmp_path: Path) -> None:
    """A length beyond the file is not believed, a file that is too short neither."""
    for content in (b"", b"\1", (12).to_bytes(16, "little") + b"0123456789", b"\xff" * 20):
        (tmp_path / last_input.NAME).write_bytes(content)
        assert not last_input.read(tmp_path)
    (tmp_path / last_input.NAME).write_bytes((11).to_bytes(16, "little") + b"0123456789")
    assert last_input.read(tmp_path) == b"0123456789"


# limits


def test_hoarding_ends_in_a_memory_error() -> None:
    """After the limit was set, what is there already may be used, and so much more."""
    done = python(
        """
        from harness.children import limits
        limits.no_core_file()
        limits.limit_memory(64)
        hoard = []
        try:
            while True:
                hoard.append(bytearray(1 << 20))
        except MemoryError:
            count = len(hoard)
            del hoard
            print(count)
        """
    )
    assert 32 <= int(done.stdout) <= 64, done.stderr


def test_a_limit_is_only_lowered() -> None:
    """The user's own limit stays; without rights it could not be raised anyway."""
    done = python(
        """
        import resource
        from harness.children import limits
        limits.limit_memory(512)
        before = resource.getrlimit(resource.RLIMIT_AS)
        limits.limit_memory(1 << 20)
        print(resource.getrlimit(resource.RLIMIT_AS) == before)
        """
    )
    assert done.stdout == "True\n", done.stderr


def test_a_child_of_process_one_lives() -> None:
    """In a container the supervisor is process 1: that is no sign of its death."""
    done = python(
        """
        import os, select, sys
        from harness.children import limits
        read, write = os.pipe()
        if os.fork():
            os.close(write)
            os._exit(0)  # the child's parent is process 1, or who stands in for it, from now on
        os.close(write)
        os.read(read, 1)
        select.select([], [], [], 0.1)
        limits.die_with_parent()
        print("alive", flush=True)
        """
    )
    assert done.stdout == "alive\n"


# channel and keeper


class Heard:
    """A channel whose lines are read back."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        self.channel = Channel(self._write)

    def messages(self) -> list[dict[str, Any]]:
        """What was said since the last call."""
        with contextlib.suppress(BlockingIOError):
            return [json.loads(line) for line in os.read(self._read, 1 << 20).splitlines()]
        return []

    def close(self) -> None:
        for fd in (self._read, self._write):
            os.close(fd)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """A channel and its other end."""
    made = Heard()
    yield made
    made.close()


def fails(data: bytes) -> None:
    """Fails in two ways, by two paths to the first of them."""
    if data.startswith(b"a"):
        raise KeyError("a")
    if data.startswith(b"b"):
        fails(b"a")
    raise LookupError(data)


def keep(keeper: Keeper, data: bytes) -> None:
    try:
        fails(data)
    except LookupError as error:
        keeper.keep(error, data)


def test_a_failure_is_kept_once_and_then_counted(tmp_path: Path, heard: Heard) -> None:
    """One sighting for each fingerprint, its input in a file; the rest is a number."""
    keeper = Keeper(heard.channel, tmp_path, (__name__,))
    for data in (b"a12", b"a34", b"x12", b"a56", b"x34"):
        keep(keeper, data)
    first, second = heard.messages()
    assert [message["kind"] for message in (first, second)] == ["sighting", "sighting"]
    assert Path(first["input"]).read_bytes() == b"a12"
    assert Path(second["input"]).read_bytes() == b"x12"
    assert first["failure"]["type"] == "KeyError"
    counts = {first["fingerprint"]: 3, second["fingerprint"]: 2}
    assert keeper.take_counts() == counts
    assert keeper.take_counts() == {}


def test_smaller_inputs_are_kept_a_few_times(tmp_path: Path, heard: Heard) -> None:
    """Each only when it is smaller than all before, and a bounded number of them."""
    keeper = Keeper(heard.channel, tmp_path, (__name__,))
    sizes = range(60, 20, -1)
    for size in sizes:
        keep(keeper, b"a" * size)
        keep(keeper, b"a" * 61)
    kept = [len(Path(message["input"]).read_bytes()) for message in heard.messages()]
    assert kept == list(sizes)[: 1 + IMPROVEMENTS]
    assert sum(keeper.take_counts().values()) == 2 * len(sizes)


def test_a_line_is_sent_whole(heard: Heard) -> None:
    """A line longer than the pipe arrives as one; a reader that is gone ends the child quietly."""
    code = """
    import os, sys
    from harness.children.channel import Channel
    channel = Channel(int(sys.argv[1]))
    channel.say("long", text="x" * 3_000_000)
    assert not channel.busy
    while True:
        channel.say("more")
    """
    ours, theirs = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(theirs)],
        pass_fds=(theirs,),
        env={"PYTHONPATH": str(ROOT)},
    )
    os.close(theirs)
    try:
        line = b""
        while b"\n" not in line:
            assert select.select([ours], [], [], 10)[0]
            line += os.read(ours, 1 << 20)
        assert len(json.loads(line.partition(b"\n")[0])["text"]) == 3_000_000
        os.close(ours)
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()


HOARDER = Example(
    """
    def hoard():
        lungs = []
        for size in (1 << 20, 1 << 16, 1 << 13):
            try:
                while True:
                    lungs.append(bytes(size))
            except MemoryError:
                pass
        while True:  # a little is left, enough for a traceback that keeps these lungs alive
            lungs.append(bytes(1 << 12))

    def make():
        def subject(data):
            if data[:1] == b"M":
                hoard()
            if data[:1] == b"N":
                try:
                    hoard()
                except MemoryError as error:
                    raise ValueError("no memory") from error
        return subject
    """
)


@pytest.mark.parametrize("seed", [b"M", b"N"])
def test_the_last_byte_of_memory_ends_nothing(tmp_path: Path, seed: bytes) -> None:
    """Failing without any memory left is recorded like any failure, and the job goes on."""
    hoarder = dataclasses.replace(HOARDER, seeds=(seed,))
    project = write_project(tmp_path / "project", {"hoarder": hoarder})
    (tmp_path / "corpus").mkdir()
    spec = Spec(
        "hoarder:read@own",
        "examples.hoarder",
        "read",
        "own",
        str(tmp_path / "job"),
        corpus=str(tmp_path / "corpus"),
        seeds=(str(project / "examples" / "hoarder" / "corpus" / "seeds"),),
        sys_path=(str(project),),
        executions=200,
    )
    worker = Worker("atheris", Path(sys.executable), spec)
    try:
        assert worker.wait(20)
        messages = hear(worker)
    finally:
        worker.close()
    log = (worker.folder / "log.txt").read_text()
    assert [message for message in messages if message["kind"] == "broke"] == [], log
    sightings = [message for message in messages if message["kind"] == "sighting"]
    assert seed in {Path(str(said["input"])).read_bytes()[:1] for said in sightings}
    failures = [said["failure"] for said in sightings]
    types = {failure["type"] for failure in failures if isinstance(failure, dict)}
    # CPython says SystemError where there is no memory left to make the exception that it means.
    assert types <= {"MemoryError", "ValueError", "SystemError"}
