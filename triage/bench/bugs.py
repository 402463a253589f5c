"""`fuzz bench bugs`: real bugs of released packages, found again as a user would, and by rivals."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import pathlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence

import click

from harness.home import Home, default_root, open_home, write_atomic
from targets.errors import FarmError, MissingError
from targets.registry import Registry, discover
from triage.bench import bugs_ours, bugs_rivals
from triage.bench.bugs_ours import Result
from triage.bench.bugs_verdict import judging
from triage.bench.historic_bugs import Bug, bugs

OURS = "fuzzfarm"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One bug: results of each side, one for each seed."""

    bug: Bug
    sides: dict[str, tuple[Result, ...]]

    def seconds(self, side: str) -> float | None:
        """Median over the seeds that found it; None when fewer than half of them did."""
        found = [item.seconds for item in self.sides.get(side, ()) if item.seconds is not None]
        return statistics.median(found) if 2 * len(found) >= len(self.sides[side]) else None


@click.command("bugs")
@click.option("--seconds", type=float, default=120.0, show_default=True, help="Per bug and side.")
@click.option("--only", default="*", metavar="GLOB", help="Only bugs whose id or target match.")
@click.option("--against", default="atheris", show_default=True, help="Rivals, or 'none'.")
@click.option("--seeds", type=int, default=1, show_default=True, help="Random seeds per side.")
@click.option("--output", type=pathlib.Path, help="JSON file (default <home>/bench/bugs-….json).")
@click.option("--home", type=pathlib.Path, help="Where environments are kept (default .fuzz).")
def command(
    seconds: float,
    only: str,
    against: str,
    seeds: int,
    output: pathlib.Path | None,
    home: pathlib.Path | None,
) -> int:
    """Hunt known bugs by `fuzz run TARGET@PACKAGE==VULNERABLE`: one worker, default settings.

    Found means: a crash whose minimized input fails on the vulnerable version and not on the fixed
    one. Rivals have the same checks, seeds and CPU time. Exit 1 when the farm missed one.
    """
    if seconds < 3 or seeds < 1:
        raise FarmError("give at least --seconds 3 and --seeds 1")
    rivals = [name for name in against.split(",") if name and name != "none"]
    unknown = sorted(set(rivals) - bugs_rivals.MODULES.keys())
    if unknown:
        raise FarmError(f"--against {unknown[0]!r}: choose from {', '.join(bugs_rivals.MODULES)}")
    registry, store = discover(), open_home(home or default_root())
    chosen = [bug for bug in bugs() if _is_meant(bug, only)]
    if not chosen:
        raise FarmError(f"--only {only!r} names no bug; there are: {', '.join(map(_id, bugs()))}")
    path = output or store.root / "bench" / time.strftime("bugs-%Y%m%d-%H%M%S.json", time.gmtime())
    path.parent.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    width = max(len(bug.id) for bug in chosen)
    click.echo(_head(width, rivals))
    for bug in chosen:
        if bug.target not in registry.found:
            click.echo(f"{bug.id:{width}}  left out: there is no target {bug.target}", err=True)
            continue
        rows.append(_row(bug, [OURS, *rivals], (seconds, seeds), registry, store))
        click.echo(_line(rows[-1], width, rivals))
        # After each bug, so that a run that is cut short loses nothing.
        write_atomic(path, (json.dumps(_record(rows, seconds), indent=1) + "\n").encode())
    for line in _summary(rows, rivals):
        click.echo(line)
    if rows:
        click.echo(f"results: {path}", err=True)
    return 0 if all(row.seconds(OURS) is not None for row in rows) else 1


def _id(bug: Bug) -> str:
    return bug.id


def _is_meant(bug: Bug, only: str) -> bool:
    globs = only.split(",")
    return any(fnmatch.fnmatch(name, one) for one in globs for name in (bug.id, bug.target))


def _row(
    bug: Bug, sides: Sequence[str], terms: tuple[float, int], registry: Registry, store: Home
) -> Row:
    """All sides, one after the other, so that none slows another one down."""
    seconds, seeds = terms
    results: dict[str, list[Result]] = {side: [] for side in sides}
    with (
        tempfile.TemporaryDirectory(prefix="bugs-") as name,
        judging(bug, registry, store) as judge,
    ):
        for seed in range(1, seeds + 1):
            for side in sides:
                folder = pathlib.Path(name) / f"{side}-{seed}"
                folder.mkdir()
                try:
                    if side == OURS:
                        done = bugs_ours.hunt(bug, seconds, seed, judge, folder)
                    else:
                        done = bugs_rivals.hunt(side, bug, seconds, seed, judge, folder)
                except MissingError as missing:
                    done = Result(None, 0, 0, note=str(missing)[:200])
                results[side].append(done)
    return Row(bug, {side: tuple(items) for side, items in results.items()})


def _head(width: int, rivals: Sequence[str]) -> str:
    return f"{'bug':{width}}  {OURS:>10}" + "".join(f"  {rival:>10}" for rival in rivals)


def _line(row: Row, width: int, rivals: Sequence[str]) -> str:
    columns = "".join(f"  {_seconds(row.seconds(side)):>10}" for side in (OURS, *rivals))
    first = row.sides[OURS][0]
    found = [item for item in row.sides[OURS] if item.seconds is not None]
    told = (
        f":{found[0].check} {len(found[0].data)} bytes {found[0].data[:30]!r} {found[0].title[:80]}"
        if found
        else first.note or f"{first.executions:,} executions, {first.crashes} other crashes"
    )
    return f"{row.bug.id:{width}}{columns}  {told}"


def _seconds(seconds: float | None) -> str:
    return "not found" if seconds is None else f"{seconds:.1f} s"


def _summary(rows: Sequence[Row], rivals: Sequence[str]) -> Iterator[str]:
    for side in (OURS, *rivals):
        found = [row.seconds(side) for row in rows if row.seconds(side) is not None]
        times = [seconds for seconds in found if seconds is not None]
        median = f", median {statistics.median(times):.1f} s" if times else ""
        yield f"{side}: {len(times)} of {len(rows)} found{median}"
    for rival in rivals:
        ratios = [
            theirs / max(ours, 0.01)
            for row in rows
            if (ours := row.seconds(OURS)) is not None
            and (theirs := row.seconds(rival)) is not None
        ]
        if ratios:
            yield (
                f"{rival} needs {statistics.median(ratios):.1f} times as long (median of the "
                f"{len(ratios)} that both found)"
            )


def _record(rows: Sequence[Row], seconds: float) -> dict[str, object]:
    return {
        "bench": "bugs",
        "seconds": seconds,
        "rows": [
            {
                "bug": row.bug.id,
                "selection": row.bug.selection,
                "sides": {
                    side: [{**dataclasses.asdict(item), "data": item.data.hex()} for item in items]
                    for side, items in row.sides.items()
                },
            }
            for row in rows
        ],
    }
