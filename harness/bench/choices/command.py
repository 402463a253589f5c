"""`fuzz bench choices`: how soon known deep bugs are found, by our engine and by the usual ways."""

from __future__ import annotations

import fnmatch
import json
import pathlib
import tempfile
import time
from collections.abc import Sequence

import click

from harness.bench.choices import race, verdicts
from harness.bench.choices.cases import CASES, Case
from harness.bench.choices.race import OURS, RIVALS, Result
from harness.bench.choices.referee import Spec
from harness.bench.choices.verdicts import Row
from harness.home import default_root, open_home, write_atomic
from targets.errors import FarmError


@click.command("choices")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="CPU time per run.")
@click.option("--seeds", type=int, default=5, show_default=True, help="Random seeds per side.")
@click.option("--only", default="*", metavar="GLOB", help="Only cases or packages that match.")
@click.option("--against", default=",".join(RIVALS), show_default=True, help="Or 'none'.")
@click.option(
    "--output", type=pathlib.Path, help="JSON file (default <home>/bench/choices-….json)."
)
@click.option("--home", type=pathlib.Path, help="Where environments are kept (default .fuzz).")
def command(
    seconds: float,
    seeds: int,
    only: str,
    against: str,
    output: pathlib.Path | None,
    home: pathlib.Path | None,
) -> int:
    """CPU time until a known deep bug is found: our choices engine against the usual ways.

    Each runs the same tests, one process at a time; to start Python, to import and to collect does
    not count. Exit 1 when ours is behind a rival anywhere (p < 0.05), or ahead of one on less than
    most cases, or less than 5 times as fast as plain Hypothesis in the median.
    """
    if seconds < 1 or seeds < 1:
        raise FarmError("give at least --seconds 1 and --seeds 1")
    rivals = [name for name in against.split(",") if name and name != "none"]
    unknown = sorted(set(rivals) - set(RIVALS))
    if unknown:
        raise FarmError(f"--against {unknown[0]!r}: choose from {', '.join(RIVALS)}")
    chosen = [case for case in CASES if _is_meant(case, only)]
    if not chosen:
        names = ", ".join(case.name for case in CASES)
        raise FarmError(f"--only {only!r} names no case; there are: {names}")
    store = open_home(home or default_root())
    store.envs.mkdir(parents=True, exist_ok=True)
    name = time.strftime("choices-%Y%m%d-%H%M%S.json", time.gmtime())
    path = output or store.root / "bench" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    width = max(len(case.name) for case in chosen)
    click.echo(verdicts.head([OURS, *rivals], width))
    rows: list[Row] = []
    for case in chosen:
        rows.append(_row(case, [OURS, *rivals], (seconds, seeds), store.envs))
        click.echo(verdicts.line(rows[-1], width))
        # After each case, so that a run that is cut short loses nothing.
        write_atomic(path, (json.dumps(verdicts.record(rows), indent=1) + "\n").encode())
    for line in verdicts.summary(rows):
        click.echo(line)
    click.echo(f"results: {path}", err=True)
    return 0 if verdicts.is_reached(rows) else 1


def _is_meant(case: Case, only: str) -> bool:
    globs = only.split(",")
    return any(fnmatch.fnmatch(name, one) for one in globs for name in (case.name, case.package))


def _row(case: Case, sides: Sequence[str], terms: tuple[float, int], envs: pathlib.Path) -> Row:
    """All sides, one after the other, so that none slows another one down."""
    seconds, seeds = terms
    results: dict[str, list[Result]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory(prefix="choices-") as name:
        for seed in range(1, seeds + 1):
            for side in sides:
                folder = pathlib.Path(name) / f"{side}-{seed}"
                folder.mkdir()
                spec = Spec(case.name, seed, seconds, str(folder))
                results[side].append(race.run(case, side, spec, envs))
    return Row(
        case.name, case.package, seconds, {key: tuple(all_) for key, all_ in results.items()}
    )
