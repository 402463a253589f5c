"""`fuzz bench`: measures of the farm itself, each against the usual way."""

from __future__ import annotations

import importlib.metadata
import pathlib
import tempfile

import click

from harness.bench import keepgoing, overhead
from harness.bench.choices.command import command as choices_command
from harness.bench.planted.parser import BUGS
from targets.errors import FarmError

ENTRY_POINTS = "fuzzfarm.benches"
"""Entry-point group by which other rooms offer benchmarks of theirs."""


class _Benches(click.Group):
    """The harness's own benchmarks, and those of rooms that it does not know."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        offered = importlib.metadata.entry_points(group=ENTRY_POINTS)
        return sorted({*super().list_commands(ctx), *(item.name for item in offered)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for item in importlib.metadata.entry_points(group=ENTRY_POINTS, name=cmd_name):
            found: click.Command = item.load()
            return found
        return super().get_command(ctx, cmd_name)


@click.group("bench", cls=_Benches)
def command() -> None:
    """Measure the farm itself."""


@command.command("keepgoing")
@click.option("--seeds", type=int, default=5, show_default=True, help="Seeds to compare with.")
@click.option("--seconds", type=float, default=30.0, show_default=True, help="Per side and seed.")
def keepgoing_command(seeds: int, seconds: float) -> int:
    """Twelve planted bugs: our worker against restarting plain atheris after each crash.

    Exit 1 when ours misses one of them with any seed.
    """
    if seeds < 1 or seconds < 5:
        raise FarmError("give at least --seeds 1 and --seconds 5")
    rows = []
    with tempfile.TemporaryDirectory(prefix="keepgoing-") as name:
        for row in keepgoing.compare(seeds, seconds, pathlib.Path(name)):
            rows.append(row)
            click.echo(f"seed {row[0]} done", err=True)
    for line in keepgoing.table(rows):
        click.echo(line)
    missed = [seed for seed, mine, _ in rows if mine.bugs < BUGS or mine.crashes < BUGS]
    if missed:
        click.echo(f"missed a bug with seeds {', '.join(map(str, missed))}")
    return 1 if missed else 0


@command.command("overhead")
@click.option("--rounds", type=int, default=5, show_default=True, help="Alternating pairs.")
def overhead_command(rounds: int) -> int:
    """Executions per second of our worker, as a ratio to plain atheris on the same inputs.

    Exit 1 when the median ratio of a check with a goal is below it.
    """
    if rounds < 1:
        raise FarmError(f"--rounds {rounds}: give a number from 1 up")
    rows = []
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        for case in overhead.CASES:
            rows.append(overhead.measure(case, rounds, pathlib.Path(name)))
            click.echo(f"{case.name}: done", err=True)
    for line in overhead.table(rows):
        click.echo(line)
    return 1 if any(row.case.goal and row.ratio < overhead.GOAL for row in rows) else 0


command.add_command(choices_command)
