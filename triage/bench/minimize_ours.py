"""Our minimizer on a planted crash, in a process that knows nothing yet: its start counts."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time

import triage
from harness.environments import Environment
from harness.plan import Job
from targets.registry import open_target
from targets.selection import Selected
from triage.bench.minimize_planted import TARGET
from triage.minimize.jobs import Options, minimize_job

PACKAGE = "triage.bench.minimize_planted"


@dataclasses.dataclass(frozen=True, slots=True)
class Ours:
    """What it came to; `seconds` from the start of its process to its end."""

    data: bytes
    seconds: float
    tests: int
    failed: int
    """Clean replays of the result that showed the crash, of `tries`."""
    tries: int
    complete: bool


def minimize(name: str, data: bytes, folder: pathlib.Path, seconds: float) -> Ours:
    """Minimize `data`, which shows the planted crash `name`, in at most about `seconds`."""
    start = folder / "start"
    start.write_bytes(data)
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(triage.__file__).parent.parent)}
    command = [sys.executable, "-P", "-m", __name__, name, str(folder), str(seconds)]
    began_s = time.monotonic()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=3 * seconds + 60,
        env=environment,
    )
    took_s = time.monotonic() - began_s
    return Ours((folder / "result").read_bytes(), took_s, **json.loads(done.stdout))


def main(arguments: list[str]) -> int:
    """The child's side: NAME FOLDER SECONDS; writes the result beside the input."""
    name, folder = arguments[0], pathlib.Path(arguments[1])
    found = open_target(PACKAGE)
    job = Job(
        Selected(found, name, TARGET.checks[name], "planted", TARGET.subjects["planted"]),
        Environment(pathlib.Path(sys.executable), None),
    )
    data = (folder / "start").read_bytes()
    result = minimize_job(
        job, data, folder / "scratch", options=Options(seconds=float(arguments[2]))
    )
    (folder / "result").write_bytes(result.data)
    told = {
        "tests": result.executions,
        "failed": result.failed,
        "tries": result.tries,
        "complete": result.complete,
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
