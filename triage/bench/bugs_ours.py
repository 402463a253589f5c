"""The farm's own side of `fuzz bench bugs`: `fuzz run` as a user types it, then the verdict."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys
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
    """Run the farm with default settings and one worker, and judge its crashes in order."""
    home = open_home(folder)
    judge.home.envs.mkdir(parents=True, exist_ok=True)
    if not home.envs.exists():
        home.envs.symlink_to(judge.home.envs.absolute(), target_is_directory=True)
    pins = [word for pin in bug.pins_vulnerable for word in ("--with", pin)]
    command = [
        *(sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())"),
        *("run", bug.selection, "--seconds", f"{seconds:g}", "--jobs", "1"),
        *("--seed", str(seed), "--home", str(home.root), "--json", *pins),
    ]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + GRACE_S, check=False
    )
    events: list[dict[str, Any]] = [json.loads(line) for line in ran.stdout.splitlines()]
    if not events or ran.returncode not in (0, 1):
        reason = ran.stderr.strip().splitlines() or ["it said nothing"]
        return Result(None, 0, 0, note=reason[-1][:200])
    began_s = next(event["time_s"] for event in events if event["event"] == "JobStarted")
    executions = sum(event["executions"] for event in events if event["event"] == "JobFinished")
    found = [event for event in events if event["event"] == "CrashFound"]
    for event in found:
        shown = _shown(home, event["crash"], judge)
        if shown is not None:
            check, title, data = shown
            after_s = event["time_s"] - began_s
            return Result(after_s, executions, len(found), check, title, data)
    return Result(None, executions, len(found))


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
