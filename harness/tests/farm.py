"""The real `fuzz` command in a subprocess, and a project of small targets to run it on."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from typing import Any

import harness

ROOT = pathlib.Path(harness.__file__).parents[1]
COMMAND = "import sys, {0}.cli; sys.exit({0}.cli.main())"
LIMIT_S = 60.0
"""No command of a test takes longer."""

INIT = '''"""Target {name}: an example for tests."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={{
        "own": Subject(
            adapter="{adapter}",
            summary="an example",
            instrument=("examples.{name}.subject",),
        ),
    }},
    checks={{
        "read": Fuzz(
            check="{check}",
            summary="any input is read",
            mutate={mutate!r},
            max_size_bytes=64,
            timeout_s=0.2,
            memory_mib=64,
        ),
    }},
)
'''

READ = """
def read(data, subject):
    subject(data)
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """A target of one subject and one check; `code` defines `make`, which returns the subject."""

    code: str
    seeds: tuple[bytes, ...] = ()
    read: str = READ
    adapter: str = "examples.{name}.subject:make"
    mutate: str | None = None
    mutator: str = ""


def write_example(package: pathlib.Path, name: str, example: Example) -> None:
    """Write the example as target `name` into the package `examples`."""
    folder = package / name
    (folder / "corpus" / "seeds").mkdir(parents=True)
    init = INIT.format(
        name=name,
        adapter=example.adapter.format(name=name),
        check=f"examples.{name}.check:read",
        mutate=example.mutate and example.mutate.format(name=name),
    )
    (folder / "__init__.py").write_text(init, encoding="utf-8")
    (folder / "subject.py").write_text(textwrap.dedent(example.code), encoding="utf-8")
    (folder / "check.py").write_text(example.read, encoding="utf-8")
    (folder / "mutator.py").write_text(textwrap.dedent(example.mutator), encoding="utf-8")
    for number, seed in enumerate(example.seeds):
        (folder / "corpus" / "seeds" / str(number)).write_bytes(seed)


def write_project(folder: pathlib.Path, examples: dict[str, Example]) -> pathlib.Path:
    """A user's project in `folder` whose targets are the examples; returns the folder."""
    package = folder / "examples"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        '[tool.fuzzfarm]\ntargets = ["examples"]\n', encoding="utf-8"
    )
    for name, example in examples.items():
        write_example(package, name, example)
    return folder


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str
    wall_s: float

    @property
    def line(self) -> str:
        """The only line on stderr; fails when there are more, or a traceback."""
        lines = self.stderr.splitlines()
        assert len(lines) == 1, self.stderr
        return lines[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Farm:
    """One home and the project that commands run in."""

    home: pathlib.Path
    project: pathlib.Path

    def start(self, *arguments: str, room: str = "harness") -> subprocess.Popen[str]:
        """`fuzz arguments…` (or a room's own command), running; its process group is its own."""
        return subprocess.Popen(
            [sys.executable, "-P", "-c", COMMAND.format(room), *arguments],
            cwd=self.project,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "FUZZ_HOME": str(self.home),
                "COLUMNS": "80",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def fuzz(self, *arguments: str) -> Done:
        """`fuzz arguments…` to its end."""
        began_s = time.monotonic()
        process = self.start(*arguments)
        return finish(process, began_s)

    def triage(self, *arguments: str) -> Done:
        """`triage arguments…` to its end."""
        began_s = time.monotonic()
        return finish(self.start(*arguments, room="triage"), began_s)

    @property
    def crashes(self) -> dict[str, dict[str, Any]]:
        """Crash id → its record, of all that this home keeps."""
        folders = sorted((self.home / "crashes").glob("crash-*"))
        return {
            folder.name: json.loads((folder / "crash.json").read_text(encoding="utf-8"))
            for folder in folders
        }

    def journals(self) -> list[pathlib.Path]:
        """Journals of this home, oldest run first (by their folder's time)."""
        found = (self.home / "runs").glob("*/events.jsonl")
        return sorted(found, key=lambda path: path.stat().st_ctime_ns)

    def events(self) -> list[dict[str, Any]]:
        """The last run's journal, every line parsed."""
        lines = self.journals()[-1].read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def said(self, kind: str) -> list[dict[str, Any]]:
        """Events of one kind in the last run's journal."""
        return [event for event in self.events() if event["event"] == kind]

    def children(self) -> list[int]:
        """Processes that work for this home, the command itself included."""
        return list(_with_home(self.home))

    def wait_until_alone(self, limit_s: float) -> list[int]:
        """Which processes are left after at most so many seconds."""
        end_s = time.monotonic() + limit_s
        while (left := self.children()) and time.monotonic() < end_s:
            pause(0.02)
        return left


def finish(process: subprocess.Popen[str], began_s: float) -> Done:
    """Wait for the end of a command that `Farm.start` started; kill it when it takes too long."""
    try:
        stdout, stderr = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        raise AssertionError(f"no end after {LIMIT_S} s:\n{stdout}\n{stderr}") from None
    return Done(process.returncode, stdout, stderr, time.monotonic() - began_s)


def pause(seconds: float) -> None:
    """Give way between two looks at something that nobody announces."""
    threading.Event().wait(seconds)


def check_journal(events: list[dict[str, Any]]) -> None:
    """A journal begins with its one `RunStarted` and ends with its one `RunFinished`."""
    kinds = [event["event"] for event in events]
    assert kinds[0] == "RunStarted"
    assert kinds[-1] == "RunFinished"
    assert kinds.count("RunStarted") == kinds.count("RunFinished") == 1
    assert len({event["run"] for event in events}) == 1


def shas(corpus: pathlib.Path) -> set[str]:
    """Names of the inputs in a corpus folder."""
    return {path.name for path in corpus.iterdir()}


def named(done: Done) -> list[str]:
    """Crash ids in the order in which the summary tells them."""
    return re.findall(r"^(crash-[0-9a-f]{12}) ", done.stdout, re.MULTILINE)


def _with_home(home: pathlib.Path) -> Iterator[int]:
    """Children inherit FUZZ_HOME, so it tells whose they are, whoever their parent is now."""
    mark = f"FUZZ_HOME={home}".encode()
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue
