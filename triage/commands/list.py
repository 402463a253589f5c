"""`triage list`: all stored crashes, one line each, the latest last."""

from __future__ import annotations

import fnmatch
import json
import pathlib

import click

from harness.crash import STATES, Crash, to_json
from harness.crashes import Problem, crashes
from harness.home import default_root, find_home
from triage.decisions import accepted_of
from triage.text import line, safe


@click.command("list")
@click.option("--target", default="*", metavar="GLOB", help="Only crashes of these targets.")
@click.option("--state", type=click.Choice(STATES), help="Only crashes in this state.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(target: str, state: str | None, home: pathlib.Path | None, as_json: bool) -> None:
    """List what was found; each line ends with the command that replays it.

    With --json: {"crashes": […], "problems": […]}. What cannot be read is named on stderr, too.
    """
    store = find_home(home or default_root())
    found = list(crashes(store))
    problems = [item for item in found if isinstance(item, Problem)]
    known = [item for item in found if isinstance(item, Crash)]
    chosen = sorted(
        (
            crash
            for crash in known
            if fnmatch.fnmatchcase(crash.target, target) and state in (None, crash.state)
        ),
        key=lambda crash: (crash.last_s, crash.id),
    )
    if as_json:
        record = {
            "crashes": [to_json(crash) for crash in chosen],
            "problems": [
                {"id": problem.id, "path": str(problem.path), "reason": problem.reason}
                for problem in problems
            ],
        }
        click.echo(json.dumps(record, indent=1))
    else:
        tolerated = accepted_of(chosen)
        for crash in chosen:
            click.echo(line(crash, home, accepted=crash.id in tolerated))
    for problem in problems:
        click.echo(f"triage: {safe(str(problem))}", err=True)
    if not chosen and not as_json:
        others = f" ({len(known)} others)" if known else ""
        click.echo(f"no such crashes in {store.root}{others}", err=True)
