"""`triage accept`: a crash that is known and tolerated."""

from __future__ import annotations

import dataclasses
import pathlib

import click

from harness import crashes, regressions
from harness.home import default_root, open_home
from harness.rulings import Accepted, Rulings
from targets.errors import FarmError
from targets.selection import parse
from triage.decisions import decide, target_of, without
from triage.text import safe


@click.command("accept")
@click.argument("crash_id", metavar="CRASH-ID")
@click.option("--reason", help="Why it is tolerated: for whoever reads it in a year.")
@click.option("--upstream", default="", metavar="URL", help="Where it was reported.")
@click.option("--undo", is_flag=True, help="Tolerate it no longer.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
def command(
    crash_id: str, reason: str | None, upstream: str, undo: bool, home: pathlib.Path | None
) -> None:
    """Note in the repository that a crash is known and tolerated, and keep its input.

    It is still counted, ends no run with 1 and is not filed. Runs replay its input first, and say
    so when it stops happening.
    """
    store = open_home(home or default_root())
    crash = crashes.load(store, crash_id)
    found = target_of(crash)
    if undo:
        path, _ = decide(store, found, lambda decided: without(decided, crash, "accepted"))
        click.echo(f"{crash.id}  no longer accepted: {safe(str(path))}")
        return
    if not (reason or "").strip():
        raise FarmError(f"say why it is tolerated: triage accept {crash.id} --reason 'TEXT'")
    accepted = Accepted(crash.id, crash.package, crash.title, str(reason).strip(), upstream)

    def accept(decided: Rulings) -> Rulings:
        names = {crash.id, *crash.aliases}
        others = tuple(item for item in decided.accepted if item.crash not in names)
        return dataclasses.replace(decided, accepted=(*others, accepted))

    path, _ = decide(store, found, accept)
    check = parse(crash.example.selection).check or crash.checks[0]
    regressions.keep(found, check, crash.id, crash.data)
    click.echo(f"{crash.id}  accepted: {safe(str(path))}")
