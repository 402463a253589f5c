"""`triage minimize`: the input of a crash made small."""

from __future__ import annotations

import json
import pathlib
import sys
import time

import click

from harness.crashes import load
from harness.home import default_root, open_home
from harness.outcome import INTERRUPTED
from targets.errors import FarmError
from targets.registry import discover
from triage.minimize.jobs import Options, Progress
from triage.minimize.stored import Minimized, minimize_crash
from triage.text import replay_command, safe

SAY_EVERY_S = 1.0


@click.command("minimize")
@click.argument("crash_id", metavar="CRASH-ID")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Time limit.")
@click.option("--parallel", type=int, help="Processes at once (default: the cores).")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(
    crash_id: str,
    seconds: float,
    parallel: int | None,
    home: pathlib.Path | None,
    as_json: bool,
) -> int:
    """Make the input of a crash as small as it can be while it fails the same way.

    It runs on the version that it was found on. What was reached when the time is up, or at Ctrl-C,
    is kept, and the next call goes on from there. Exit 1 when the crash does not fail any more.
    """
    if not 0 < seconds < float("inf"):
        raise FarmError(f"--seconds {seconds:g}: give a number above 0")
    if parallel is not None and parallel < 1:
        raise FarmError(f"--parallel {parallel}: give a number from 1 up")
    store = open_home(home or default_root())
    crash = load(store, crash_id)
    options = Options(seconds=seconds)
    if parallel is not None:
        options = Options(seconds=seconds, parallel=parallel)
    done = minimize_crash(store, discover(), crash, options, _Say(len(crash.data)).progress)
    click.echo(json.dumps(_record(done)) if as_json else _line(done, home))
    for other in done.others:
        click.echo(f"on the way: {other}", err=True)
    if done.result.interrupted:
        return INTERRUPTED
    return 0 if done.result.reproducible else 1


class _Say:
    """Progress on stderr: one line a second at most, none when it is quick."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._said_s = time.monotonic()

    def progress(self, progress: Progress) -> None:
        now_s = time.monotonic()
        if now_s - self._said_s < SAY_EVERY_S:
            return
        self._said_s = now_s
        click.echo(
            f"{self._size} → {len(progress.data)} bytes, {progress.executions:,} executions in "
            f"{progress.seconds:.0f} s",
            file=sys.stderr,
        )


def _line(done: Minimized, home: pathlib.Path | None) -> str:
    crash, result = done.crash, done.result
    how = f"{result.executions:,} executions in {result.seconds:.1f} s"
    if not result.reproducible:
        other = f" as before, but as {', '.join(done.others)}" if done.others else ""
        return (
            f"{crash.id}  {crash.state}: does not fail{other}: 0 of {result.tries} replays in "
            f"clean processes; its input stays as it is, {len(crash.data)} bytes; "
            f"`triage verify {crash.id}` tries again"
        )
    if result.interrupted:
        end = "; interrupted: run it again to go on"
    elif not result.complete:
        end = "; stopped by its time limit: run it again to go on"
    else:
        end = ""
    return (
        f"{crash.id}  {done.original_bytes} → {len(result.data)} bytes, "
        f"{result.failed}/{result.tries} replays failed, {how}{end}  {safe(crash.title)}  "
        f"{replay_command(crash, home)}"
    )


def _record(done: Minimized) -> dict[str, object]:
    result = done.result
    return {
        "crash": done.crash.id,
        "state": done.crash.state,
        "original_bytes": done.original_bytes,
        "size_bytes": len(result.data),
        "input": result.data.hex(),
        "failed": result.failed,
        "tries": result.tries,
        "complete": result.complete,
        "interrupted": result.interrupted,
        "executions": result.executions,
        "seconds": round(result.seconds, 3),
        "others": done.others,
    }
