"""A journal folded to what a report says, and the page made of it."""

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st

from harness.crash import Crash, Sighting, of
from harness.events import (
    KINDS,
    CrashFound,
    Event,
    InputKept,
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
    to_json,
)
from harness.failure import Failure, Frame
from reports.fold import Run, fold
from reports.markdown import markdown

A, B, C = "resp:parse@redis-py", "resp:parse@reference", "sql:split@sqlparse"
CRASH = of(
    Sighting(
        target="resp",
        check="parse",
        subject="redis-py",
        package="redis",
        subject_version="8.1.0",
        failure=Failure(
            "exception", "ValueError", "x|y", frames=(Frame("redis.p", "<module>", 1),)
        ),
        own=("redis",),
        data=b"abcd",
        run="r",
        time_s=5.0,
        count=7,
    )
)
FOUND = CrashFound(
    CRASH.id, True, "confirmed", "3/3", "exception", CRASH.title, 9, f"fuzz replay {CRASH.id}"
)
EVENTS: list[tuple[str | None, Event]] = [
    (None, RunStarted(("resp", "sql"), (A, B, C), 60.0, 7, 2, "fuzz run resp sql --seconds 60")),
    (A, JobStarted(11, 0, "8.1.0")),
    (B, JobStarted(12, 0, None)),
    (A, Progress(500, 50.0, 10, 20, 3, 0, 0.01, 10.0)),
    (B, Progress(900, 90.0, 11, 21, 4, 0, 0.02, 10.0)),
    (A, InputKept("0" * 64, 5)),
    (A, FOUND),
    (A, WorkerDied(11, "SIGSEGV", None)),
    (A, JobStarted(13, 1, "8.1.0")),
    (A, WorkerDied(13, "SIGSEGV", None)),
    (B, Noticed("said *twice*")),
    (B, Noticed("said *twice*")),
    (C, JobRefused("sqlparse is not installed", 3)),
    (A, SuiteTestFinished("tests/test_x.py::test_one", 500, 2.5, 12, (), "")),
    (A, JobFinished(123456, 12, 34, 5, 1, 20.0, 0.6667, 0.5, 0.0123, 2, 100)),
    (None, RunFinished("budget", 1, (CRASH.id,), (), (), 60.2)),
]


def journal(events: list[tuple[str | None, Event]]) -> list[bytes]:
    """The lines that these events are on disk."""
    return [
        to_json(Said("r", 1_700_000_000.0 + at, job, event)).encode() + b"\n"
        for at, (job, event) in enumerate(events)
    ]


def page(run: Run, stored: dict[str, Crash] | None = None, option: str = "") -> str:
    """The run as Markdown."""
    return markdown(run, stored if stored is not None else {CRASH.id: CRASH}, option)


def test_a_whole_run() -> None:
    """What ran, how time was given, what was reached, found, and how to see it again."""
    run = fold("r", journal(EVENTS))
    assert not run.problems
    assert (run.jobs[A].starts, run.jobs[A].kept) == (2, 1)
    assert run.jobs[A].deaths == {"SIGSEGV": 2}
    text = page(run)
    for part in (
        "# Run r",
        "- Command: `fuzz run resp sql --seconds 60`",
        "`resp`, `sql`, 60 s, 2 at a time, seed 7",
        "- Began: 2023-11-14 22:13:20 UTC",
        "- Ended: budget, after 60.2 s, exit code 1",
        "- Crashes: 1 new, 0 known, 0 flaky",
        f"| `{A}` | 8.1.0 | 67% | 20.0 | 123,456 | 6,173 | 12 | 34 | 5 | 1 | 0.500 | 1.2 % |",
        f"- `{A}`: a worker ended by SIGSEGV, 2×",
        f"- `{B}` did not finish: its numbers are the last that it reported",
        f"- `{C}` could not run: sqlparse is not installed",
        f"`fuzz replay {CRASH.id}`",
        "said \\*twice\\* (2 times)",
        "Today: new, 4 bytes, 7 sightings in 1 runs.",
        "ValueError in redis.p.&lt;module&gt;: x\\|y",
    ):
        assert part in text
    assert "What is wrong" not in text
    assert f"`fuzz replay {CRASH.id} --home '/a b'`" in page(run, {}, " --home '/a b'")
    assert "no longer in this home's store" in page(run, {})


def test_a_run_that_did_not_finish() -> None:
    """It is a report all the same, and says so."""
    run = fold("r", journal(EVENTS[:7]))
    assert run.problems == ["no RunFinished: the run goes on, or it was ended from outside"]
    text = page(run)
    assert "**not finished**; heard of for 6.0 s" in text
    assert "1 crashes so far" in text
    assert f"| `{B}` | – | 50% | 10.0 | 900 |" in text
    assert f"`{C}` was never started" in text


def test_damaged_lines_are_named() -> None:
    """The others still count."""
    lines = journal(EVENTS)
    lines[3] = b"\xff\n"
    lines[4] = b"{}\n"
    lines[5] = b'["a"]\n'
    record = json.loads(to_json(Said("r", 1.0, A, FOUND)))
    lines[6] = json.dumps({**record, "size_bytes": "9"}).encode()
    lines[7] = b"[" * 100_000
    lines[-1] = lines[-1][:40]
    run = fold("r", lines)
    numbers = [problem.split()[1] for problem in run.problems if problem.startswith("line")]
    assert numbers == ["4", "5", "6", "7", "8", "16"]
    assert "line 16 is no event, cut short" in run.problems[5]
    assert "CrashFound: size_bytes is '9'" in run.problems[3]
    assert "## What is wrong with this report" in page(run)
    assert "123,456" in page(run)


def test_an_empty_journal_and_one_without_beginning() -> None:
    """Both are reports of what is missing."""
    assert fold("r", []).problems[0] == "the journal is empty"
    late = fold("r", journal(EVENTS[1:]))
    assert late.problems == ["its beginning is missing: no RunStarted"]
    assert "123,456" in page(late)
    assert fold("r", journal(EVENTS + EVENTS)).problems == [
        "line 17 is a RunStarted, which only begins a run",
        "line 32 is a further RunFinished",
    ]


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@given(
    st.lists(
        st.sampled_from([event for _, event in EVENTS]).flatmap(
            lambda event: st.builds(
                lambda changes: dataclasses.replace(event, **changes),
                st.dictionaries(
                    st.sampled_from([field.name for field in dataclasses.fields(event)]),
                    values,
                    max_size=2,
                ),
            )
        ),
        max_size=5,
    ),
    st.none() | st.text(max_size=5),
)
def test_whatever_a_journal_says_there_is_a_page(events: list[Event], job: str | None) -> None:
    """Any values, also wrong and huge ones: a page of printable lines, never an exception."""
    text = page(fold("r", [line.encode("utf-8", "replace") for line in map_json(events, job)]))
    assert all(line.isprintable() for line in text.split("\n"))


def map_json(events: list[Event], job: str | None) -> list[str]:
    """The events as lines of a journal."""
    return [to_json(Said("r", 1.0, job, event)) + "\n" for event in events]


def test_every_kind_of_event_is_known_here() -> None:
    """A new kind must be folded, or be left out on purpose."""
    assert set(KINDS) == {type(event).__name__ for _, event in EVENTS}
