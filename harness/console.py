"""What a person sees of a run: a live table on a terminal, plain lines elsewhere, then a summary.

The live view and the plain lines go to stderr, the summary to stdout.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from rich.console import Console as Terminal
from rich.live import Live
from rich.table import Table

from harness.events import (
    CrashFound,
    JobFinished,
    JobRefused,
    JobStarted,
    Noticed,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    SuiteTestFinished,
    WorkerDied,
)
from harness.schedule import BONUS, FLOOR
from harness.tally import together

PLAIN_EVERY_S = 10.0
"""Between two plain progress lines of a job."""
DEATHS_SHOWN = 3
"""Deaths of one job's workers told in lines of their own; the rest is counted."""


class Console:
    """A sink of events for people; it gives the terminal back at `RunFinished`."""

    def __init__(self) -> None:
        self._terminal = Terminal(
            stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False
        )
        self._live: Live | None = None
        self._progress: dict[str, Progress] = {}
        self._state: dict[str, str] = {}
        self._plain_s: dict[str, float] = {}
        self._finished: dict[str, JobFinished] = {}
        self._found: dict[str, tuple[str, CrashFound]] = {}
        self._tests: list[SuiteTestFinished] = []
        self._refused: dict[str, str] = {}
        self._deaths: dict[str, int] = {}
        self._end_s = 0.0

    def hear(self, said: Said) -> None:
        """Show one event."""
        job = said.job or ""
        match said.event:
            case RunStarted() as started:
                self._begin(started)
            case JobStarted(restarts=restarts):
                self._state[job] = "starting" if restarts == 0 else f"restarted {restarts}×"
            case Progress() as progress:
                self._progress[job] = progress
                self._state.pop(job, None)
                self._plain(job, progress)
            case CrashFound() as found:
                self._found[found.crash] = (job, found)
                self._line(f"{job}: {_crash_line(found)}")
            case WorkerDied() as died:
                self._mourn(job, died)
            case Noticed(message=message):
                self._line(f"{job}: {message}" if job else message)
            case JobRefused(message=message):
                self._refused[job] = message
                self._line(f"{job}: cannot run: {message}")
            case SuiteTestFinished() as test:
                self._tests.append(test)
            case JobFinished() as finished:
                self._finished[job] = finished
            case RunFinished() as finished_run:
                self._close()
                self._summary(finished_run)
            case _:
                pass
        if self._live is not None:
            self._live.update(self._table())

    def _begin(self, started: RunStarted) -> None:
        self._end_s = time.monotonic() + started.budget_s
        self._line(
            f"{len(started.jobs)} jobs for {started.budget_s:g} s, {started.parallel} at a time, "
            f"seed {started.seed}"
        )
        for job in started.jobs:
            self._state[job] = "waiting"
        if self._terminal.is_terminal:
            self._live = Live(
                self._table(), console=self._terminal, refresh_per_second=4, transient=True
            )
            self._live.start()

    def _close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _line(self, text: str) -> None:
        self._terminal.print(text)

    def _mourn(self, job: str, died: WorkerDied) -> None:
        count = self._deaths[job] = self._deaths.get(job, 0) + 1
        if count <= DEATHS_SHOWN:
            self._line(f"{job}: worker {died.pid} ended ({died.cause}); restarted")
        elif count == DEATHS_SHOWN + 1:
            self._line(f"{job}: further deaths of its workers are only counted")

    def _plain(self, job: str, progress: Progress) -> None:
        now_s = time.monotonic()
        if self._live is not None or now_s - self._plain_s.get(job, 0.0) < PLAIN_EVERY_S:
            return
        self._plain_s[job] = now_s
        left_s = max(self._end_s - now_s, 0.0)
        self._line(f"{job}: {_progress_text(progress)}, {left_s:.0f} s left")

    def _table(self) -> Table:
        left_s = max(self._end_s - time.monotonic(), 0.0)
        table = Table(title=f"{left_s:.0f} s left", title_justify="left")
        table.add_column("job")
        for name in (
            "executions/s",
            "executions",
            "edges",
            "features",
            "corpus",
            "crashes",
            "slowest",
            "active",
        ):
            table.add_column(name, justify="right")
        for job in {**self._state, **self._progress}:
            shown = self._progress.get(job)
            if shown is None:
                table.add_row(job, self._state.get(job, ""))
                continue
            table.add_row(
                job,
                f"{shown.executions_per_s:,.0f}",
                f"{shown.executions:,}",
                str(shown.edges),
                str(shown.features),
                str(shown.corpus),
                str(shown.crashes),
                _slowest(shown.slowest_s),
                f"{shown.active_s:.0f} s",
            )
        return table

    def _summary(self, run: RunFinished) -> None:
        tests = together(self._tests)
        told = (self._finished, self._found, self._refused, self._deaths)
        for line in (*_tests(tests), *summary(*told, run)):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _tests(tests: list[SuiteTestFinished]) -> Iterable[str]:
    """One line for each test of a suite."""
    for test in tests:
        if test.executions == 0:
            yield f"{test.test}: {test.note or 'had no turn: give more time'}"
            continue
        failing = len(test.failures)
        yield (
            f"{test.test}: {test.executions:,} executions in {test.active_s:.1f} s, "
            f"{test.features} features"
            + (f", fails in {failing} way{'' if failing == 1 else 's'}" if failing else "")
            + (f"; {test.note}" if test.note else "")
        )


def summary(
    finished: dict[str, JobFinished],
    found: dict[str, tuple[str, CrashFound]],
    refused: dict[str, str],
    deaths: dict[str, int],
    run: RunFinished,
) -> Iterable[str]:
    """The lines that a run ends with."""
    for job, end in finished.items():
        rate = end.executions / end.active_s if end.active_s else 0.0
        yield (
            f"{job}: {end.executions:,} executions in {end.active_s:.1f} s "
            f"({end.share:.0%} of the time, {rate:,.0f}/s), {end.edges} edges, "
            f"{end.features} features, {end.corpus} inputs, {end.crashes} crashes, "
            f"slowest {_slowest(end.slowest_s)}"
            + (f", {deaths[job]} restarts" if deaths.get(job) else "")
        )
        yield f"  {_chance(end)}"
    if len(finished) > 1:
        yield (
            f"time was given by weight, up to {BONUS:g}× for a job that discovers more, "
            f"and at least {FLOOR:.0%} of an equal share to each"
        )
    for job, message in refused.items():
        yield f"{job}: did not run: {message}"
    for crash in (*run.new_crashes, *run.known_crashes, *run.flaky_crashes):
        if crash in found:
            yield _crash_line(found[crash][1])
    flaky = f", {len(run.flaky_crashes)} flaky" if run.flaky_crashes else ""
    yield (
        f"{len(run.new_crashes)} new crashes, {len(run.known_crashes)} known{flaky}; "
        f"{run.wall_s:.1f} s, ended by {_reason(run.reason)}"
    )


def _reason(reason: str) -> str:
    match reason:
        case "budget":
            return "its budget"
        case "interrupted":
            return "interruption"
        case "nothing-left":
            return "having nothing left to run"
        case _:
            return f"a bug of the farm ({reason})"


def _chance(end: JobFinished) -> str:
    if end.chance_next_hour is None:
        return "chance that the next hour finds a new feature: unknown, too few executions"
    return (
        f"chance that the next hour finds a new feature: {end.chance_next_hour:.0%} "
        f"({end.features_seen_once} features seen once in "
        f"{end.sampled_executions:,} sampled executions)"
    )


def _crash_line(found: CrashFound) -> str:
    age = "new" if found.new else "accepted" if found.accepted else "known"
    state = f"{found.state} {found.reproduced}".strip()
    size = f"{found.size_bytes} byte" + ("" if found.size_bytes == 1 else "s")
    return f"{found.crash} {age}, {state}, {found.kind}, {size}: {found.title}  {found.replay}"


def _progress_text(progress: Progress) -> str:
    return (
        f"{progress.executions:,} executions, {progress.executions_per_s:,.0f}/s, "
        f"{progress.edges} edges, {progress.features} features, {progress.corpus} inputs, "
        f"{progress.crashes} crashes, slowest {_slowest(progress.slowest_s)}, "
        f"{progress.active_s:.0f} s active"
    )


def _slowest(slowest_s: float) -> str:
    return f"{slowest_s * 1000:.0f} ms" if slowest_s else "< 40 ms"
