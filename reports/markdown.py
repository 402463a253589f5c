"""A run as a Markdown page: what ran, how time was given, what was found, what is not known."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from harness.crash import Crash
from harness.events import CrashFound, JobFinished, Progress
from reports.fold import Job, Run

NOTICES_SHOWN = 20


def markdown(run: Run, stored: Mapping[str, Crash], home_option: str = "") -> str:
    """The page. `stored` are crashes of the home by id; `home_option` ends replay commands."""
    return "\n".join(_lines(run, stored, home_option)) + "\n"


def _lines(run: Run, stored: Mapping[str, Crash], home_option: str) -> Iterator[str]:
    yield f"# Run {_text(run.name)}"
    yield ""
    yield from _summary(run)
    if run.problems:
        yield ""
        yield "## What is wrong with this report"
        yield ""
        yield from (f"- {_text(problem)}" for problem in run.problems)
    yield ""
    yield "## Jobs"
    yield ""
    yield from _jobs(run)
    yield ""
    yield "## Crashes"
    yield ""
    yield from _crashes(run, stored, home_option)
    if run.notices:
        yield ""
        yield "## Notices"
        yield ""
        for text, count in list(run.notices.items())[:NOTICES_SHOWN]:
            yield f"- {_text(text)}" + (f" ({count} times)" if count > 1 else "")
        if len(run.notices) > NOTICES_SHOWN:
            yield f"- and {len(run.notices) - NOTICES_SHOWN} others"


def _summary(run: Run) -> Iterator[str]:
    if run.started is not None:
        started = run.started
        yield f"- Command: {_code(started.command)}"
        yield (
            f"- Asked for: {', '.join(map(_code, started.selections))}, "
            f"{started.budget_s:g} s, {started.parallel} at a time, seed {started.seed}"
        )
    if run.first_s is not None:
        yield f"- Began: {_moment(run.first_s)}"
    if run.finished is None:
        yield f"- Ended: **not finished**; heard of for {run.wall_s:.1f} s"
        counts = [f"{len(run.crashes)} crashes so far"]
    else:
        done = run.finished
        yield f"- Ended: {_text(done.reason)}, after {run.wall_s:.1f} s, exit code {done.exit_code}"
        counts = [
            f"{len(done.new_crashes)} new",
            f"{len(done.known_crashes)} known",
            f"{len(done.flaky_crashes)} flaky",
        ]
    yield f"- Crashes: {', '.join(counts)}"


def _jobs(run: Run) -> Iterator[str]:
    if not run.jobs:
        yield "None was named."
        return
    yield (
        "| job | version | share | active s | executions | per s | edges | features | corpus "
        "| crashes | slowest s | new feature in the next hour |"
    )
    yield "|---|---|" + "--:|" * 10
    total_s = sum(job.totals.active_s for job in run.jobs.values() if job.totals is not None)
    for job in run.jobs.values():
        yield "| " + " | ".join(_cells(job, total_s)) + " |"
    remarks = [remark for job in run.jobs.values() for remark in _remarks(job)]
    if remarks:
        yield ""
        yield from remarks


def _cells(job: Job, total_s: float) -> list[str]:
    totals = job.totals
    first = [_code(job.name), _text(", ".join(job.versions)) or "–"]
    if totals is None:
        return [*first, *["–"] * 10]
    share = totals.share if isinstance(totals, JobFinished) else totals.active_s / (total_s or 1.0)
    per_s = totals.executions / totals.active_s if totals.active_s > 0 else 0.0
    return [
        *first,
        f"{share:.0%}",
        f"{totals.active_s:.1f}",
        f"{totals.executions:,}",
        f"{per_s:,.0f}",
        f"{totals.edges:,}",
        f"{totals.features:,}",
        f"{totals.corpus:,}",
        str(totals.crashes),
        f"{totals.slowest_s:.3f}",
        _chance(totals),
    ]


def _chance(totals: JobFinished | Progress) -> str:
    """Of at least one new feature; `–` where nothing could be estimated."""
    if not isinstance(totals, JobFinished) or totals.chance_next_hour is None:
        return "–"
    chance = totals.chance_next_hour
    if 0.0 < chance < 0.001:
        return "< 0.1 %"
    if 0.999 < chance < 1.0:
        return "> 99.9 %"
    return f"{chance:.1%}".replace("%", " %")


def _remarks(job: Job) -> Iterator[str]:
    name = _code(job.name)
    if job.refused is not None:
        yield f"- {name} could not run: {_text(job.refused)}"
    elif job.starts == 0:
        yield f"- {name} was never started"
    elif job.totals is None:
        yield f"- {name} was started {job.starts}× and said nothing of its progress"
    elif job.finished is None:
        yield f"- {name} did not finish: its numbers are the last that it reported"
    for cause, count in job.deaths.items():
        yield f"- {name}: a worker ended by {_text(cause)}" + (f", {count}×" if count > 1 else "")


def _crashes(run: Run, stored: Mapping[str, Crash], home_option: str) -> Iterator[str]:
    if not run.crashes:
        yield "None."
    for found in sorted(run.crashes.values(), key=lambda found: (not found.new, found.crash)):
        yield from _crash(found, stored.get(found.crash), run.crash_jobs, home_option)


def _crash(
    found: CrashFound, now: Crash | None, jobs: Mapping[str, list[str]], home_option: str
) -> Iterator[str]:
    tried = f" ({_text(found.reproduced)})" if found.reproduced else ""
    age = "new" if found.new else "known"
    yield f"- **{_text(found.title)}**  "
    yield (
        f"  {_code(found.crash)}, {age}, {_text(found.state)}{tried}, {_text(found.kind)}, "
        f"{found.size_bytes} bytes, in {', '.join(map(_code, jobs.get(found.crash, []))) or '–'}  "
    )
    if now is None:
        yield "  It is no longer in this home's store, or cannot be read there.  "
    elif now.example.size_bytes != found.size_bytes or now.state != found.state:
        yield (
            f"  Today: {now.state}, {now.example.size_bytes} bytes, "
            f"{now.count} sightings in {len(now.runs)} runs.  "
        )
    yield f"  {_code(f'fuzz replay {found.crash}{home_option}')}"


def _moment(time_s: float) -> str:
    try:
        return f"{datetime.datetime.fromtimestamp(time_s, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):  # a damaged clock is no reason for no report
        return f"at {time_s:g}"


def _plain(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _text(text: str) -> str:
    """Text that Markdown, and HTML inside it, shows as it is."""
    shown = _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#~@" else letter for letter in shown)


def _code(text: str) -> str:
    """A code span of any text, also inside a table."""
    shown = _plain(text).replace("|", "\\x7c")
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"
