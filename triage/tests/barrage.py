"""Many `triage` commands in one process of its own: what each printed, how and when it ended.

Run as a program it reads command lines as JSON, one list a line, and answers each with one line.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Sequence

import click

from harness import outcome
from harness.tests.farm import ROOT
from triage.cli import triage

LIMIT_S = 120.0
"""No barrage takes longer."""
NOWHERE = "http://127.0.0.1:9"
"""Where nobody listens."""

NEEDED: dict[str, list[str]] = {
    "accept": ["--reason", "known"],
    "bisect": ["--seconds", "5"],
    "export": ["--format", "json"],
    "file": ["--repo", "owner/name", "--api", NOWHERE],
    "minimize": ["--seconds", "1"],
    "split": ["--where", "bad"],
}
"""What a verb needs besides what it is about, where its parameters do not say so."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """One command's end; `peak_mib`: the most memory its process had up to then."""

    code: int
    stdout: str
    stderr: str
    wall_s: float
    peak_mib: int


def verbs() -> dict[str, click.Command]:
    """Every verb of `triage`, also those of tomorrow."""
    return dict(triage.commands)


def of_crash(name: str, crash: str, other: str, home: pathlib.Path) -> list[list[str]]:
    """The command lines of a verb for a crash (and another one); none when it is about none."""
    about = [item for item in _arguments(name) if _is_crash(item)]
    if not about:
        return []
    rest = ["--home", str(home), *_options(name)]
    if len(about) == 2:
        return [[name, crash, other, *rest], [name, other, crash, *rest]]
    return [[name, crash, *rest]]


def of_file(name: str, path: str) -> list[list[str]]:
    """The command lines of a verb for a file; none when it takes none."""
    shown = [_shown(item) for item in _arguments(name)]
    if shown == ["A", "B"]:
        return [[name, path, path]]
    return [[name, path, *_options(name)] for text in shown[:1] if "FILE" in text or "PATH" in text]


def of_home(name: str, home: pathlib.Path) -> list[list[str]]:
    """The command lines of a verb for all crashes of a home; none when it wants some named."""
    if name == "import":
        return [[name, str(home), "--home", f"{home}-2"]]
    if any(item.required for item in _arguments(name)) or name == "verify":
        return []
    every = ["--all-new"] if name == "file" else []
    return [[name, *every, "--home", str(home), *_options(name)]]


def _arguments(name: str) -> list[click.Argument]:
    """What a verb is about; nothing for one that there is not."""
    params = verbs()[name].params if name in verbs() else []
    return [item for item in params if isinstance(item, click.Argument)]


def _is_crash(item: click.Argument) -> bool:
    return "CRASH-ID" in _shown(item) or _shown(item) in ("A", "B")


def _shown(item: click.Argument) -> str:
    return item.metavar or str(item.name).upper()


def _options(name: str) -> list[str]:
    """What the verb needs, and the first of the possible values for other required options."""
    given = [*NEEDED.get(name, ())]
    for item in verbs()[name].params:
        if isinstance(item, click.Option) and item.required and item.opts[0] not in given:
            choices = getattr(item.type, "choices", ["1"])
            given += [item.opts[0], str(next(iter(choices)))]
    return given


def fire(project: pathlib.Path, commands: Sequence[Sequence[str]]) -> list[Ended]:
    """Run the commands, one after the other, in a project."""
    program = "import triage.tests.barrage; triage.tests.barrage.main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        input="".join(f"{json.dumps(list(command))}\n" for command in commands),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    ended = [Ended(**json.loads(line)) for line in done.stdout.splitlines()]
    assert len(ended) == len(commands), done.stderr
    return ended


def main() -> None:
    """Answer every line of stdin."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    for line in sys.stdin:
        answers.write(f"{json.dumps(dataclasses.asdict(_run(json.loads(line))))}\n")
        answers.flush()


def _run(command: list[str]) -> Ended:
    raw = [io.BytesIO(), io.BytesIO()]
    told, erred = (io.TextIOWrapper(stream, encoding="utf-8") for stream in raw)
    began_s = time.monotonic()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(erred):
        code = outcome.run(triage, command)
    wall_s = time.monotonic() - began_s
    told.flush()
    erred.flush()
    texts = [stream.getvalue().decode("utf-8", "backslashreplace") for stream in raw]
    # Not ru_maxrss: that begins with the size of the process that forked this one.
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    peak_mib = int(status.partition("VmHWM:")[2].split()[0]) >> 10
    return Ended(code, texts[0], texts[1], wall_s, peak_mib)
