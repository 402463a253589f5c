"""Twelve planted bugs: our worker against the usual restart-after-crash loop, equal time and seeds.

Both sides fuzz the same parser with the same instrumentation from an empty corpus. The usual way
is plain atheris, started again on the same corpus after every crash.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator

from harness.bench.planted.parser import BUGS
from harness.children.spec import Spec
from harness.environments import Environment
from harness.events import CrashFound, WorkerDied
from harness.home import open_home
from harness.options import Options, Stop
from harness.plan import Job
from harness.supervisor import Supervisor
from targets.registry import open_target
from targets.selection import Selected


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One side of one seed: planted bugs shown, seconds until the last of them, restarts."""

    bugs: int
    last_s: float
    restarts: int
    crashes: int = 0
    """Distinct confirmed crashes in the store (ours only)."""


def ours(seed: int, seconds: float, folder: pathlib.Path) -> Side:
    """Our supervisor with one worker."""
    log = folder / "ours.log"
    found = open_target("harness.bench.planted")
    check, subject = found.target.checks["parse"], found.target.subjects["parser"]
    job = Job(
        Selected(found, "parse", check, "parser", subject),
        Environment(pathlib.Path(sys.executable), None),
    )
    options = Options(
        run=f"seed-{seed}",
        selections=("planted",),
        budget_s=seconds,
        seed=seed,
        parallel=1,
        command="fuzz bench keepgoing",
    )
    home = open_home(folder / "home")
    crashes: set[str] = set()
    restarts = 0
    with _environment("PLANTED_LOG", str(log)), _Times(log) as times:
        for said in Supervisor(home, [job], options, Stop()).events():
            times.look()
            match said.event:
                case CrashFound(crash=crash, state="confirmed"):
                    crashes.add(crash)
                case WorkerDied():
                    restarts += 1
    return Side(len(times.first_s), times.last_s, restarts, len(crashes))


def usual(seed: int, seconds: float, folder: pathlib.Path) -> Side:
    """Plain atheris in a restart loop."""
    log = folder / "usual.log"
    corpus, scratch = folder / "corpus", folder / "plain"
    corpus.mkdir()
    scratch.mkdir()
    end_s = time.monotonic() + seconds
    restarts = -1
    with _environment("PLANTED_LOG", str(log)), _Times(log) as times:
        while time.monotonic() < end_s:
            restarts += 1
            spec = Spec(
                job="plain",
                package="harness.bench.planted",
                check="parse",
                subject="parser",
                folder=str(scratch),
                corpus=str(corpus),
                seed=seed + 1000003 * restarts,
            )
            spec.write(scratch / "spec.json")
            child = subprocess.Popen(
                [sys.executable, "-m", "harness.bench.plain", str(scratch / "spec.json")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while child.poll() is None and time.monotonic() < end_s:
                times.look()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(0.1)
            child.kill()
            child.wait()
            times.look()
    return Side(len(times.first_s), times.last_s, restarts)


class _Times:
    """When each planted bug showed first, seconds since the start, read off its log."""

    def __init__(self, log: pathlib.Path) -> None:
        self._log = log
        self._start_s = time.monotonic()
        self.first_s: dict[str, float] = {}

    def __enter__(self) -> _Times:
        return self

    def __exit__(self, *_: object) -> None:
        self.look()

    @property
    def last_s(self) -> float:
        """When the last bug that showed at all showed first."""
        return max(self.first_s.values(), default=0.0)

    def look(self) -> None:
        """Take in what was logged since."""
        if self._log.exists():
            now_s = time.monotonic() - self._start_s
            for number in self._log.read_text(encoding="ascii").split():
                self.first_s.setdefault(number, now_s)


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def compare(seeds: int, seconds: float, folder: pathlib.Path) -> Iterator[tuple[int, Side, Side]]:
    """For each seed: (seed, ours, usual), one after the other so that neither slows the other."""
    for seed in range(1, seeds + 1):
        place = folder / str(seed)
        place.mkdir()
        yield seed, ours(seed, seconds, place), usual(seed, seconds, place)


def table(rows: list[tuple[int, Side, Side]]) -> Iterator[str]:
    """The comparison as lines of text."""
    yield (
        f"{'seed':>4}  {'ours':>6} {'last at':>8} {'restarts':>8} {'crashes':>7}  "
        f"| {'usual':>6} {'last at':>8} {'restarts':>8}"
    )
    for seed, mine, other in rows:
        yield (
            f"{seed:>4}  {mine.bugs:>3}/{BUGS} {mine.last_s:>6.1f} s {mine.restarts:>8} "
            f"{mine.crashes:>7}  | {other.bugs:>3}/{BUGS} {other.last_s:>6.1f} s "
            f"{other.restarts:>8}"
        )
