"""`triage merge`: a person says that crashes are one bug."""

from __future__ import annotations

import dataclasses
import pathlib

import click

from harness import crashes
from harness.crash import Crash
from harness.home import default_root, open_home
from harness.rulings import Merged, Rulings
from targets.errors import FarmError
from triage.decisions import decide, target_of, without
from triage.text import safe


@click.command("merge")
@click.argument("into", metavar="CRASH-ID")
@click.argument("others", nargs=-1, metavar="CRASH-ID...")
@click.option("--reason", default="", help="For whoever reads it in a year.")
@click.option("--undo", is_flag=True, help="Count what was merged by itself again, from now on.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
def command(
    into: str, others: tuple[str, ...], reason: str, undo: bool, home: pathlib.Path | None
) -> None:
    """Count the sightings of all other crashes as the first one's, now and later.

    The decision is kept in the repository. Each old id still names the crash.
    """
    store = open_home(home or default_root())
    first = crashes.load(store, into)
    found = target_of(first)
    if undo:
        path, _ = decide(store, found, lambda decided: _apart(decided, first))
        click.echo(f"{first.id}  counted by itself from now on: {safe(str(path))}")
        return
    several = [crashes.load(store, item) for item in others]
    for crash in several:
        if (crash.target, crash.package) != (first.target, first.package):
            raise FarmError(
                f"{crash.id} is of {crash.package} in {crash.target}, {first.id} of "
                f"{first.package} in {first.target}: only crashes of one package can be one bug"
            )
    added = [crash for crash in several if crash.id != first.id]
    if not added:
        raise FarmError(
            f"name another crash that is the same bug: triage merge {first.id} CRASH-ID"
        )

    def join(decided: Rulings) -> Rulings:
        more = tuple(Merged(crash.id, first.id, reason) for crash in added)
        kept = tuple(item for item in decided.merged if item.crash != first.id)
        return dataclasses.replace(decided, merged=tuple(dict.fromkeys((*kept, *more))))

    path, moved = decide(store, found, join)
    click.echo(f"{first.id}  now also {', '.join(moved)}: {safe(str(path))}")


def _apart(decided: Rulings, crash: Crash) -> Rulings:
    """Without what was merged into the crash, or it into another."""
    kept = tuple(item for item in decided.merged if item.into != crash.id)
    if kept != decided.merged:
        return dataclasses.replace(decided, merged=kept)
    return without(decided, crash, "merged")
