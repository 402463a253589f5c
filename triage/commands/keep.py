"""`triage keep`: a crash's input for ever."""

from __future__ import annotations

import pathlib

import click

from harness import crashes, regressions
from harness.home import default_root, find_home
from targets.selection import parse
from triage.decisions import target_of
from triage.text import safe


@click.command("keep")
@click.argument("crash_ids", nargs=-1, required=True, metavar="CRASH-ID...")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
def command(crash_ids: tuple[str, ...], home: pathlib.Path | None) -> None:
    """Write the smallest input of each crash into the repository, as a regression test.

    Every later run of its check replays it first, on whatever subject; so does the contract test.
    """
    store = find_home(home or default_root())
    for crash in [crashes.load(store, item) for item in crash_ids]:
        check = parse(crash.example.selection).check or crash.checks[0]
        path = regressions.keep(target_of(crash), check, crash.id, crash.data)
        click.echo(f"{crash.id}  {len(crash.data)} bytes in {safe(str(path))}")
