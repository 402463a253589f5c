"""`triage verify`: whether crashes still fail, in clean processes."""

from __future__ import annotations

import json
import pathlib

import click

from harness import cases, crashes
from harness.crash import Crash
from harness.crashes import Problem
from harness.home import Home, default_root, open_home
from harness.lifecycle import Trial
from targets.errors import FarmError, MissingError
from targets.registry import discover
from triage.text import safe
from triage.verification import Verified, verify


@click.command("verify")
@click.argument("crash_ids", nargs=-1, metavar="CRASH-ID...")
@click.option("--all", "everything", is_flag=True, help="All crashes of the home.")
@click.option("--times", type=int, default=10, show_default=True, help="Replays of each.")
@click.option("--on", metavar="SELECTION", help="On this instead: resp:parse@redis-py==8.1.0.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per trial, for programs.")
def command(
    crash_ids: tuple[str, ...],
    everything: bool,
    times: int,
    on: str | None,
    home: pathlib.Path | None,
    as_json: bool,
) -> int:
    """Replay each crash on the version it was found on, and on the installed one if that differs.

    The outcome becomes part of the crash: confirmed, flaky (k of n, and the suspected reason),
    fixed, or regressed. Exit 1 when one regressed, 3 when one could not be tried.
    """
    if times < 1:
        raise FarmError(f"--times {times}: give a number from 1 up")
    if bool(crash_ids) == everything:
        raise FarmError("name crashes, or say --all: triage verify crash-123; `triage list` shows")
    store = open_home(home or default_root())
    registry = discover()
    chosen = _all(store) if everything else [crashes.load(store, item) for item in crash_ids]
    code = 0
    for crash in chosen:
        for selection in [on] if on else _selections(crash):
            try:
                case = cases.of_crash(crash, registry, selection)
                done = verify(store, registry, crash, case, times)
            except FarmError as refused:
                click.echo(f"triage: {crash.id}: {safe(str(refused))}", err=True)
                code = max(code, MissingError.exit_code)
                continue
            click.echo(json.dumps(_record(done)) if as_json else _line(done))
            if done.crash.state == "regressed":
                code = max(code, 1)
    return code


def _all(store: Home) -> list[Crash]:
    known: list[Crash] = []
    for item in crashes.crashes(store):
        if isinstance(item, Problem):
            click.echo(f"triage: {safe(str(item))}", err=True)
        else:
            known.append(item)
    return known


def _selections(crash: Crash) -> list[str | None]:
    """As it was found, and without the pin: what is installed now."""
    from targets.requirements import installed

    unpinned, _, version = crash.example.selection.partition("==")
    now = installed(crash.package) if version else None
    return [None, unpinned] if now not in (None, version) else [None]


def _line(done: Verified) -> str:
    trial, crash = done.trial, done.crash
    version = f" on {trial.version}" if trial.version else ""
    why = f" ({trial.reason})" if trial.reason and crash.state == "flaky" else ""
    others = f"; the same input shows {', '.join(done.others)}" if done.others else ""
    return (
        f"{crash.id}  {crash.state}{why}: {trial.failed} of {trial.tries} replays failed{version}"
        f"{others}  {safe(crash.title)}"
    )


def _record(done: Verified) -> dict[str, object]:
    trial: Trial = done.trial
    return {
        "crash": done.crash.id,
        "state": done.crash.state,
        "version": trial.version,
        "failed": trial.failed,
        "tries": trial.tries,
        "reason": trial.reason,
        "others": done.others,
    }
