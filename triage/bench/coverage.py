"""`fuzz bench coverage`: branches that a corpus reaches, ours against that of plain atheris.

All sides have the same checks and CPU time; what they kept is run under coverage.py afterwards, and
only branches of the named modules count. Plain atheris comes twice: from nothing, as its own
documentation starts it, and with the seeds and dictionaries of our targets.
"""

from __future__ import annotations

import dataclasses
import pathlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

import click

from harness import tracing
from harness.home import open_home
from harness.plan import Job, make_jobs
from harness.tracing import Part
from targets.errors import FarmError
from targets.registry import discover
from triage.bench.bugs_rivals import Attempt, run_rival

OURS, PLAIN, SEEDED = "ours", "plain", "plain with our seeds"
GOAL = 1.3
"""Ours by plain atheris, as the median of the cases."""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """What is fuzzed, and the files (by how their paths go) whose branches count."""

    selection: str
    files: str


CASES = (
    Case("sql@sqlparse", "sqlparse/"),
    Case("mysql@pymysql", "pymysql/protocol.py"),
    Case("resp@redis-py*", "redis/_parsers/"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """Branches reached by each side with one seed, and all that there are."""

    case: Case
    sides: dict[str, int]
    all_branches: int

    def ratio(self, side: str) -> float:
        """Ours by theirs."""
        return self.sides[OURS] / max(self.sides[side], 1)


@click.command("coverage")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="CPU time per side.")
@click.option("--seeds", type=int, default=1, show_default=True, help="Random seeds.")
@click.option("--only", default="", help="Only cases whose selection holds this text.")
def command(seconds: float, seeds: int, only: str) -> int:
    """Branches of sqlparse, PyMySQL's protocol and redis-py's parsers: ours against plain atheris.

    Exit 1 when the median ratio is below the goal.
    """
    if seconds < 3 or seeds < 1:
        raise FarmError("give at least --seconds 3 and --seeds 1")
    rows = []
    for seed in range(1, seeds + 1):
        for case in CASES:
            if only in case.selection:
                rows.append(_row(case, seconds, seed))
                click.echo(f"{case.selection}, seed {seed}: done", err=True)
    if not rows:
        raise FarmError(f"--only {only!r} names none of {[case.selection for case in CASES]}")
    for line in _table(rows):
        click.echo(line)
    return 1 if _median(rows, PLAIN) < GOAL else 0


def _row(case: Case, seconds: float, seed: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="coverage-") as name:
        folder = pathlib.Path(name)
        home = open_home(folder / "home")
        jobs, _ = make_jobs([case.selection], discover(), home, (), 1)
        arguments = ["run", case.selection, "--seconds", f"{seconds:g}", "--jobs", "1"]
        subprocess.run(
            [
                *(sys.executable, "-c", "import sys; from harness.cli import main; main()"),
                *(*arguments, "--seed", str(seed), "--home", str(home.root)),
            ],
            capture_output=True,
            check=False,
            timeout=seconds + 300,
        )
        ours = [tracing.inputs_of(job, home) for job in jobs]
        seeds = [tracing.inputs_of(job, open_home(folder / "empty")) for job in jobs]
        bare = [_plain(job, folder, (seconds / len(jobs), seed), bare=True) for job in jobs]
        plain = [_plain(job, folder, (seconds / len(jobs), seed), bare=False) for job in jobs]
        seeded = [kept + given for kept, given in zip(plain, seeds, strict=True)]
        found = {
            side: _branches(case, jobs, inputs, folder / side)
            for side, inputs in ((OURS, ours), (PLAIN, bare), (SEEDED, seeded))
        }
    return Row(case, {side: some for side, (some, _) in found.items()}, found[OURS][1])


def _plain(
    job: Job, folder: pathlib.Path, terms: tuple[float, int], *, bare: bool
) -> list[pathlib.Path]:
    """What plain atheris keeps in so many CPU seconds, from one random seed."""
    attempt = Attempt(job, pathlib.Path(tempfile.mkdtemp(dir=folder)), bare)
    run_rival("atheris", attempt, *terms)
    return [path for path in (attempt.folder / "corpus").iterdir() if path.is_file()]


def _branches(
    case: Case, jobs: Sequence[Job], inputs: Sequence[list[pathlib.Path]], folder: pathlib.Path
) -> tuple[int, int]:
    """Branches of the case's files that the inputs of all jobs reach, and all there are."""
    folders = []
    for number, (job, paths) in enumerate(zip(jobs, inputs, strict=True)):
        folders.append(folder / str(number))
        tracing.trace(job, paths, folders[-1])
    files: list[Part] = [
        part for part in tracing.combine(folders, None)[:-1] if f"/{case.files}" in part.name
    ]
    return sum(part.branches for part in files), sum(part.all_branches for part in files)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    rivals = (PLAIN, SEEDED)
    heads = "".join(f"  {side:>{len(side)}}  ratio" for side in rivals)
    yield f"{'branches of':20}  {'all':>5}  {OURS:>5}{heads}"
    for row in rows:
        shown = (f"  {row.sides[side]:>{len(side)},}  {row.ratio(side):5.2f}" for side in rivals)
        yield (
            f"{row.case.files:20}  {row.all_branches:>5,}  {row.sides[OURS]:>5,}{''.join(shown)}"
        )
    told = " and ".join(f"{_median(rows, side):.2f} to {side}" for side in rivals)
    yield f"median ratio {told}; goal >= {GOAL} to {PLAIN}"


def _median(rows: Sequence[Row], side: str) -> float:
    return statistics.median(row.ratio(side) for row in rows)
