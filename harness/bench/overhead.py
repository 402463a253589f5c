"""What our worker costs: its executions per second as a ratio to plain atheris.

The same check, instrumentation, seed inputs and random seed on both sides, so both execute the
same inputs; runs alternate, because machines are shared. What counts is the CPU time of the process
between libFuzzer's own `INITED` and `DONE` lines: wall time would measure the neighbours too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import random
import select
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import harness
from harness.children.spec import Spec
from targets.kinds import Inputs, inputs_of
from targets.registry import load, open_target

GOAL = 0.95


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One check to measure; `goal`: it must reach `GOAL`."""

    name: str
    package: str
    check: str
    subject: str
    executions: int
    goal: bool


CASES = (
    Case("resp:parse", "targets.resp", "parse", "reference", 100_000, True),
    Case("sqlparse.format", "harness.bench.formats", "format", "sqlparse", 5_000, True),
    Case("sql:total@reference", "targets.sql", "total", "reference", 5_000, True),
    Case("mysql:packets@reference", "targets.mysql", "packets", "reference", 10_000, True),
    Case("path:total@reference", "targets.path", "total", "reference", 20_000, True),
    Case("wasm:load@reference", "targets.wasm", "load", "reference", 5_000, True),
    Case("formats:total@reference", "targets.formats", "total", "reference", 20_000, True),
    Case("nothing (the floor)", "harness.bench.formats", "nothing", "none", 1_000_000, False),
)
MUTATIONS = 2000
"""Calls by which the cost of a mutator is measured."""


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """Executions per CPU second of both sides, one pair per round."""

    case: Case
    ours: tuple[float, ...]
    plain: tuple[float, ...]
    mutator_us: float | None = None
    """CPU time of one call of the target's own mutator, microseconds; None: it has none."""

    @property
    def ratio(self) -> float:
        """Median over the rounds of ours / plain."""
        return statistics.median(a / b for a, b in zip(self.ours, self.plain, strict=True))


def measure(case: Case, rounds: int, folder: pathlib.Path) -> Measured:
    """Alternate both sides, in the order A B, B A, A B, …"""
    ours: list[float] = []
    plain: list[float] = []
    for number in range(rounds):
        sides = [("harness.children.atheris", ours), ("harness.bench.plain", plain)]
        for module, rates in sides if number % 2 == 0 else reversed(sides):
            rates.append(_rate(case, module, number + 1, folder))
    return Measured(case, tuple(ours), tuple(plain), _mutator_us(case))


def _mutator_us(case: Case) -> float | None:
    """Mean over the check's seeds, each result being the next call's start, as in a run."""
    check = open_target(case.package).target.checks[case.check]
    inputs, folder = _inputs(case)
    if inputs.mutate is None:
        return None
    mutate, rng = load(inputs.mutate), random.Random(1)
    seeds = [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]
    began_s = time.process_time()
    for number in range(MUTATIONS):
        at = number % len(seeds)
        seeds[at] = mutate(seeds[at], check.max_size_bytes, rng)
    return (time.process_time() - began_s) / MUTATIONS * 1e6


def _inputs(case: Case) -> tuple[Inputs, pathlib.Path]:
    """What inputs of the case look like, and the folder of its seeds, which need not exist."""
    found = open_target(case.package)
    inputs = inputs_of(found.target.checks[case.check], found.target.subjects[case.subject])
    return inputs, found.corpus / inputs.seeds


def _rate(case: Case, module: str, seed: int, folder: pathlib.Path) -> float:
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "corpus").mkdir(parents=True)
    (scratch / "corpus" / "seed").write_bytes(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
    _, seeds = _inputs(case)
    events_r, events_w = os.pipe()
    stats_r, stats_w = os.pipe()
    spec = Spec(
        job="overhead",
        package=case.package,
        check=case.check,
        subject=case.subject,
        folder=str(scratch),
        corpus=str(scratch / "corpus"),
        seeds=(str(seeds),) if seeds.is_dir() else (),
        seed=seed,
        executions=case.executions,
        event_fd=events_w,
        stats_fd=stats_w,
        plain_mutations=True,
    )
    spec.write(scratch / "spec.json")
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    environment["PYTHONPATH"] = str(pathlib.Path(harness.__file__).parent.parent)
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", module, str(scratch / "spec.json")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stats_w,
        pass_fds=(events_w, stats_w),
        env=environment,
    )
    os.close(events_w)
    os.close(stats_w)
    try:
        return _between(stats_r, events_r, child.pid, case)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()
        os.close(stats_r)
        os.close(events_r)


def _between(stats_fd: int, events_fd: int, pid: int, case: Case) -> float:
    """Executions per CPU second between the INITED and the DONE line."""
    began_s, began = 0.0, 0
    rest = b""
    while True:
        readable, _, _ = select.select([stats_fd, events_fd], [], [], 120)
        if events_fd in readable and not os.read(events_fd, 1 << 16):
            events_fd = stats_fd
        if stats_fd not in readable:
            if not readable:
                raise RuntimeError(f"{case.name}: nothing heard for 120 s")
            continue
        chunk = os.read(stats_fd, 1 << 16)
        now_s = _cpu_s(pid)
        if not chunk:
            raise RuntimeError(f"{case.name}: ended before its executions were done")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if b"\tINITED " in line:
                began_s, began = now_s, _number(line)
            elif b"\tDONE " in line and began:
                return (_number(line) - began) / (now_s - began_s)


def _cpu_s(pid: int) -> float:
    """User and system seconds that a process used, in steps of 10 ms; 0 once it was reaped."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _number(line: bytes) -> int:
    return int(line[1:].split(b"\t", 1)[0])


def table(rows: list[Measured]) -> Iterator[str]:
    """The comparison as lines of text."""
    yield (
        f"{'check':24} {'ours/s':>10} {'plain/s':>10} {'ratio':>6}  goal     mutator  "
        "(per CPU second, without the mutator; and CPU time of one call of it)"
    )
    for row in rows:
        goal = f">= {GOAL}" if row.case.goal else "none"
        cost = "none" if row.mutator_us is None else f"{row.mutator_us:.0f} us"
        yield (
            f"{row.case.name:24} {statistics.median(row.ours):>10,.0f} "
            f"{statistics.median(row.plain):>10,.0f} {row.ratio:>6.3f}  {goal:7}  {cost:>7}"
        )
