"""`fuzz bench minimize`: planted crashes of 4 KiB made small by us, and by three well-known ways.

Equal starts, one run. Goals: never another bug; at most as large as the result of any of the
others; the median time 100 times less than that of libFuzzer's `-minimize_crash`, whose limit here
is far below its own default of 600 s.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import statistics
import tempfile
from collections.abc import Iterator, Sequence

import click

from targets.errors import FarmError
from triage.bench.minimize_libfuzzer import Running, Usual
from triage.bench.minimize_ours import Ours, minimize
from triage.bench.minimize_references import Reduced, ddmin, hypothesis, run
from triage.bench.minimize_starts import start
from triage.bench.minimize_truth import NAMES, shows

REFERENCE_S = 10.0
"""Wall seconds that each of the two references may take for one crash."""
REPEATS = 3
"""Times that ours is run: the median time counts, and the result must be the same each time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One planted crash in one round, minimized in four ways; sizes in bytes."""

    name: str
    runs: tuple[Ours, ...]
    ddmin: Reduced
    hypothesis: Reduced
    usual: Usual

    @property
    def ours(self) -> Ours:
        """The run of the median time."""
        return sorted(self.runs, key=lambda one: one.seconds)[len(self.runs) // 2]

    @property
    def stable(self) -> bool:
        """Whether each of our runs gave the same bytes."""
        return len({one.data for one in self.runs}) == 1

    @property
    def slipped(self) -> bool:
        """Whether our result shows another bug, or none."""
        return shows(self.name, self.ours.data) != self.name

    @property
    def best_bytes(self) -> int:
        """The smallest result of the others that shows the right bug."""
        sizes = [self.usual.size_bytes]
        for other in (self.ddmin, self.hypothesis):
            if shows(self.name, other.data) == self.name:
                sizes.append(len(other.data))
        return min(sizes)

    @property
    def good(self) -> bool:
        """Whether ours holds what it promises: one result, the same bug, at most as large."""
        fits = len(self.ours.data) <= self.best_bytes
        return self.stable and fits and not self.slipped

    @property
    def reached(self) -> tuple[float, bool]:
        """Seconds until `-minimize_crash` was as small as ours is; all that it had, if it never was
        (then the second part is False)."""
        second = self.usual.reached_s(len(self.ours.data))
        return (self.usual.total_s, False) if second is None else (second, True)


def compare(
    names: Sequence[str], seconds: float, folder: pathlib.Path, seed: int = 1
) -> Iterator[Row]:
    """All four ways for each crash; `seconds` are those of `-minimize_crash`, and our limit.

    Its processes run as many at a time as there are cores, the others one after the other, alone.
    """
    cores = len(os.sched_getaffinity(0))
    for at in range(0, len(names), cores):
        group = names[at : at + cores]
        for name, usual in zip(group, _usual(group, seconds, folder, seed), strict=True):
            data = start(name)
            yield Row(
                name,
                tuple(_ours(name, data, seconds, folder, again) for again in range(REPEATS)),
                run(ddmin, name, data, REFERENCE_S),
                run(hypothesis, name, data, REFERENCE_S),
                usual,
            )


def _ours(name: str, data: bytes, seconds: float, folder: pathlib.Path, again: int) -> Ours:
    place = folder / f"ours-{name}-{again}"
    place.mkdir()
    return minimize(name, data, place, seconds)


def _usual(names: Sequence[str], seconds: float, folder: pathlib.Path, seed: int) -> list[Usual]:
    running = []
    try:
        for name in names:
            place = folder / f"usual-{name}"
            place.mkdir()
            running.append(Running(name, start(name), place, seconds, seed))
    finally:
        ended = [one.end() for one in running]
    return ended


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The comparison as lines of text."""
    yield (
        f"{'':10} | {'ours':>4} {'':>8} {'replays':>7} | {'ddmin':>5} {'':>9} | {'hypothesis':>10} "
        f"{'':>4} | {'-minimize_crash':>15} {'slips':>8} {'last at':>8} {'total':>7} | "
        f"{'as small as ours':>16} {'ratio':>7}"
    )
    for row in rows:
        yield _line(row)
    ours = statistics.median(row.ours.seconds for row in rows)
    yield f"ours: median {ours:.2f} s from the start of its process, replays included"
    for what, times in (
        ("was as small, with the same bug, after at least", [row.reached[0] for row in rows]),
        ("ended after", [row.usual.total_s for row in rows]),
        ("kept its last input, of whatever bug, after", [row.usual.last_s for row in rows]),
    ):
        median = statistics.median(times)
        yield f"-minimize_crash {what} {median:.1f} s: {median / ours:.0f} times"
    slipped = sum(row.usual.slips > 0 for row in rows)
    never = sum(not row.reached[1] for row in rows)
    yield (
        f"-minimize_crash slipped in {slipped} of {len(rows)}, was never as small in {never}; "
        f"ours slipped in {sum(row.slipped for row in rows)}, was larger or not stable in: "
        f"{', '.join(row.name for row in rows if not row.good) or 'none'}"
    )


def _line(row: Row) -> str:
    ours, usual = row.ours, row.usual
    seconds, ever = row.reached
    cells = (
        f"{row.name:10}",
        f"{len(ours.data):>4} {ours.seconds:>6.2f} s {ours.failed:>4}/{ours.tries:<2}",
        _reference(row.ddmin),
        _reference(row.hypothesis),
        f"{usual.size_bytes:>7} {usual.final_bytes:>7} {usual.slips:>4}/{usual.steps:<3} "
        f"{usual.last_s:>6.1f} s {usual.total_s:>5.0f} s",
        f"{f'{seconds:.1f} s' if ever else 'never':>16} "
        f"{'' if ever else '>':>3}{seconds / ours.seconds:.0f}{_mark(row)}",
    )
    return " | ".join(cells)


def _mark(row: Row) -> str:
    """What is wrong with a row, if anything."""
    if row.good:
        return ""
    if row.slipped:
        return "  <- slipped"
    return f"  <- {row.best_bytes} is known" if row.stable else "  <- another result each time"


def _reference(reduced: Reduced) -> str:
    return f"{len(reduced.data):>5} {reduced.seconds:>6.2f} s{' ' if reduced.finished else '+'}"


@click.command("minimize")
@click.option(
    "--seconds", type=float, default=75.0, show_default=True, help="For -minimize_crash, each."
)
@click.option("--only", metavar="NAME", multiple=True, help="Only this planted crash.")
@click.option("--rounds", type=int, default=1, show_default=True, help="Times, other seeds each.")
def command(seconds: float, only: tuple[str, ...], rounds: int) -> int:
    """Sixteen planted crashes: our minimizer against ddmin, Hypothesis and -minimize_crash.

    Each line: bytes and seconds; of -minimize_crash, the bytes while it was the same bug and at
    the end, how many of its steps show another bug, when it had its last input, when it ended, and
    when it was as small as ours with the same bug; the ratio is that time to ours. Exit 1 when ours
    shows another bug, or is larger than what another way found.
    """
    unknown = [name for name in only if name not in NAMES]
    if unknown:
        raise FarmError(f"--only {unknown[0]}: there are {', '.join(NAMES)}")
    if seconds < 1 or rounds < 1:
        raise FarmError("give at least --seconds 1 and --rounds 1")
    rows: list[Row] = []
    for seed in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="minimize-") as folder:
            for row in compare(only or NAMES, seconds, pathlib.Path(folder), seed):
                rows.append(row)
                click.echo(f"{row.name}: done", err=True)
    for line in table(rows):
        click.echo(line)
    return 0 if all(row.good for row in rows) else 1
