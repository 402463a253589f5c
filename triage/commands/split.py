"""`triage split`: a person says that a crash is two bugs."""

from __future__ import annotations

import dataclasses
import pathlib

import click

from harness import crashes
from harness.home import default_root, open_home
from harness.rulings import Rulings, Split
from targets.errors import FarmError
from triage.decisions import decide, target_of, without
from triage.text import safe


@click.command("split")
@click.argument("crash_id", metavar="CRASH-ID")
@click.option("--where", metavar="TEXT", help="In the message, or in a function of the stack.")
@click.option("--reason", default="", help="For whoever reads it in a year.")
@click.option("--undo", is_flag=True, help="Take all splits of this crash back.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
def command(
    crash_id: str, where: str | None, reason: str, undo: bool, home: pathlib.Path | None
) -> None:
    """Count sightings of a crash that have TEXT in their message or stack as another crash.

    The decision is kept in the repository. Of earlier sightings only the one that the crash is
    replayed with is known in full: it decides where their counts stay.
    """
    store = open_home(home or default_root())
    crash = crashes.load(store, crash_id)
    found = target_of(crash)
    if undo:
        path, _ = decide(store, found, lambda decided: without(decided, crash, "split"))
        click.echo(f"{crash.id}  no longer split: {safe(str(path))}")
        return
    if not where or not where.isprintable() or "|" in where:
        raise FarmError(
            f"--where {where!r}: give a text of the message or a function's name, on one line and "
            f"without '|': triage split {crash.id} --where 'TEXT'"
        )
    ruling = Split(crash.id, where, reason)

    def part(decided: Rulings) -> Rulings:
        return dataclasses.replace(decided, split=tuple(dict.fromkeys((*decided.split, ruling))))

    path, moved = decide(store, found, part)
    told = f"its example is one of them: {moved[0]} has another id now; " if moved else ""
    click.echo(f"{crash.id}  split where {where!r}; {told}{safe(str(path))}")
