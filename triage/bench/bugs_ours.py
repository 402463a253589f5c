"""The farm's own side of `fuzz bench bugs`: `fuzz run` as a user types it, then the verdict."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

from harness.crashes import load
from harness.home import Home, open_home
from targets.registry import Registry
from targets.selection import parse, select
from triage.bench.bugs_verdict import Judge
from triage.bench.historic_bugs import Bug
from triage.minimize.jobs import Options
from triage.minimize.stored import minimize_crash

MINIMIZE_S = 15.0
LOOK_S = 0.2
GRACE_S = 300.0
"""Beyond the budget: making the environment, and the end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What one side made of one bug with one seed.

    `seconds` since the run began, until the crash that shows the bug; None: not found.
    `executions` in all; `crashes` of any kind; `data` the minimized input of the bug's crash.
    """

    seconds: float | None
    executions: int
    crashes: int
    check: str = ""
    title: str = ""
    data: bytes = b""
    note: str = ""


def hunt(bug: Bug, seconds: float, seed: int, judge: Judge, folder: pathlib.Path) -> Result:
    """Run the farm with default settings and one worker, and judge its crashes as they come.

    The run ends early once the bug is found.
    """
    home = open_home(folder / "home")
    judge.home.envs.mkdir(parents=True, exist_ok=True)
    home.envs.symlink_to(judge.home.envs.absolute(), target_is_directory=True)
    pins = [word for pin in bug.pins_vulnerable for word in ("--with", pin)]
    command = [
        *(sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())"),
        *("run", bug.selection, "--seconds", f"{seconds:g}", "--jobs", "1"),
        *("--seed", str(seed), "--home", str(home.root), "--json", *pins),
    ]
    said, chatter = folder / "said", folder / "chatter"
    with said.open("wb") as out, chatter.open("wb") as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            result = _follow(child, said, home, judge, seconds + GRACE_S)
        finally:
            child.kill()
            child.wait()
    if result is None:
        lines = chatter.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        return Result(None, 0, 0, note=lines[-1][:200])
    return result


def _follow(
    child: subprocess.Popen[bytes], said: pathlib.Path, home: Home, judge: Judge, limit_s: float
) -> Result | None:
    """Read the run's events to their end; None when it never began."""
    end_s = time.monotonic() + limit_s
    began_s, crashes, executions, read = 0.0, 0, 0, 0
    found: Result | None = None
    while time.monotonic() < end_s:
        over = child.poll() is not None
        lines = said.read_bytes().split(b"\n")[:-1]
        for line in lines[read:]:
            event: dict[str, Any] = json.loads(line)
            match event["event"]:
                case "JobStarted":
                    began_s = began_s or event["time_s"]
                case "JobFinished":
                    executions += event["executions"]
                case "CrashFound" if found is None:
                    crashes += 1
                    shown = _shown(home, event["crash"], judge)
                    if shown is not None:
                        found = Result(event["time_s"] - began_s, 0, crashes, *shown)
                        child.send_signal(signal.SIGINT)
        read = len(lines)
        if over:
            break
        time.sleep(LOOK_S)
    if not began_s:
        return None
    return dataclasses.replace(found or Result(None, 0, crashes), executions=executions)


def _shown(home: Home, crash_id: str, judge: Judge) -> tuple[str, str, bytes] | None:
    """Check, title and minimized input, when the crash is one of the bug."""
    registry: Registry = judge.registry
    crash = load(home, crash_id)
    pattern = parse(crash.example.selection)
    (item,) = select([f"{pattern.target}:{pattern.check}@{pattern.subject}"], registry)
    bug = judge.bug
    before = judge.run(item, bug.vulnerable, bug.pins_vulnerable, crash.data)
    after = judge.run(item, bug.fixed, bug.pins_fixed, crash.data)
    if before is None or before.failure is None or after is None:
        return None
    if after.fingerprint == before.fingerprint:
        return None
    minimized = minimize_crash(home, registry, crash, Options(seconds=MINIMIZE_S), lambda _: None)
    example = minimized.crash.example
    if not judge.shows(item, example.data):
        return None
    return item.check_name, example.title, example.data
