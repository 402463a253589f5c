"""Homes of many machines become one: in any order, any number of times, of any age."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import outcome
from harness.crash import Bisection, Crash, Issue, Sighting, Trial, tried
from harness.crashes import change, crashes, load, record
from harness.fingerprint import crash_id, former
from harness.home import Home, open_home
from triage.cli import triage
from triage.tests.stores import content, seen

EXAMPLES = 30
"""Sets of homes; each is some dozens of files on disk."""


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """What happened in one home, and whether its farm is an older one."""

    sightings: tuple[Sighting, ...]
    trials: tuple[Trial, ...]
    issues: tuple[Issue, ...]
    bisections: tuple[Bisection, ...]
    older: bool


def _of_statement(sighting: Sighting, statement: str) -> Sighting:
    """The sighting with the source of what failed; the first farm had nothing of that."""
    frames = sighting.failure.frames
    frames = (*frames[:-1], dataclasses.replace(frames[-1], statement=statement))
    return dataclasses.replace(
        sighting, failure=dataclasses.replace(sighting.failure, frames=frames)
    )


times_s = st.sampled_from([1.0, 2.0, 3.0])
versions = st.sampled_from(["8.1.0", "7.0.0", None])
sightings = st.builds(
    lambda data, function, run, statement, **changes: dataclasses.replace(
        _of_statement(seen(data, function, run), statement), **changes
    ),
    data=st.binary(max_size=1),
    function=st.sampled_from(["first", "second"]),
    run=st.sampled_from(["run-1", "run-2"]),
    statement=st.sampled_from(["", "raise ValueError(text)", "return int(text)"]),
    check=st.sampled_from(["parse", "stream"]),
    subject_version=versions,
    time_s=times_s,
    count=st.integers(1, 2),
    failed=st.sampled_from([0, 1]),
    tries=st.just(1),
)
machines = st.builds(
    Machine,
    sightings=st.lists(sightings, min_size=1, max_size=2).map(tuple),
    trials=st.lists(
        st.builds(Trial, versions, times_s, st.integers(0, 2), st.just(2)), max_size=1
    ).map(tuple),
    issues=st.lists(
        st.builds(Issue, st.integers(1, 2), st.just("url"), times_s, st.booleans()), max_size=1
    ).map(tuple),
    bisections=st.lists(st.builds(Bisection, times_s, versions, versions), max_size=1).map(tuple),
    older=st.booleans(),
)


def make(root: Path, machine: Machine) -> Home:
    """The home of a machine."""
    home = open_home(root)
    for sighting in machine.sightings:
        crash, _ = record(home, sighting)
        change(home, crash.id, lambda known: _with_facts(known, machine))
    if machine.older:
        for crash in known_crashes(home):
            make_older(home, crash)
    return home


def _with_facts(crash: Crash, machine: Machine) -> Crash:
    for trial in machine.trials:
        crash = tried(crash, trial)
    return dataclasses.replace(
        crash,
        issues=dict(zip(["owner/name"], machine.issues, strict=False)),
        bisections=dict(zip(["package redis"], machine.bisections, strict=False)),
    )


def known_crashes(home: Home) -> list[Crash]:
    """All crashes of a home; none may be unreadable."""
    found = list(crashes(home))
    readable = [crash for crash in found if isinstance(crash, Crash)]
    assert readable == found
    return readable


def make_older(home: Home, crash: Crash) -> None:
    """Rewrite a crash as the first version of the farm kept it: its fingerprint, id and facts."""
    line = former(crash.example.failure, crash.example.own)[-1]
    then = crash_id(crash.target, crash.package, line)
    folder = home.crash(crash.id)
    facts: dict[str, Any] = json.loads((folder / "crash.json").read_text())
    for name in ("aliases", "trials", "issues", "bisections"):
        del facts[name]
    for name in ("failed", "tries", "original_bytes"):
        del facts["example"][name]
    for frame in facts["example"]["failure"]["frames"]:
        del frame["statement"]
    failed = crash.example.failed
    facts |= {"format": 1, "id": then, "fingerprint": line, "fingerprint_version": 1}
    facts |= {"state": "confirmed" if failed else "new"}
    facts |= {"reproduced": crash.reproduced if failed else ""}
    (folder / "crash.json").write_text(json.dumps(facts))
    (home.crashes / ".fingerprint-version").unlink(missing_ok=True)
    if home.crash(then).exists():  # it did not tell these apart; either may stand for both
        shutil.rmtree(folder)
    else:
        folder.rename(home.crash(then))


def imported(root: Path, sources: Iterable[Home]) -> Home:
    """A home into which these were imported, in this order."""
    home, told = open_home(root), io.StringIO()
    args = ["import", *(str(source.root) for source in sources), "--home", str(home.root)]
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        assert outcome.run(triage, args) == 0, told.getvalue()
    return home


@contextlib.contextmanager
def made(several: Sequence[Machine]) -> Iterator[tuple[Path, list[Home]]]:
    """Homes of these machines, and a folder for more."""
    memory = "/dev/shm"  # else most of the time is waited for the disk
    with tempfile.TemporaryDirectory(dir=memory if Path(memory).is_dir() else None) as name:
        folder = Path(name)
        yield folder, [make(folder / f"{at}", machine) for at, machine in enumerate(several)]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(machines, min_size=3, max_size=3),
    st.permutations(range(3)),
    st.lists(st.integers(0, 2), max_size=2),
)
def test_any_order_any_number_of_times(
    several: list[Machine], order: list[int], again: list[int]
) -> None:
    """Every file of the result is the same to the last byte."""
    with made(several) as (folder, homes):
        straight = imported(folder / "straight", homes)
        for at in (*again, *order):
            other = imported(folder / "other", [homes[at]])
        assert content(straight) == content(other)
        assert content(imported(folder / "straight", homes)) == content(other)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(machines, min_size=3, max_size=3))
def test_by_any_way(several: list[Machine]) -> None:
    """Machine to machine, or all to one: what was merged before merges as its parts would."""
    with made(several) as (folder, homes):
        straight = imported(folder / "straight", homes)
        first = imported(folder / "first", homes[:2])
        second = imported(folder / "second", homes[1:])
        assert content(imported(folder / "joined", [second, first])) == content(straight)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(machines, min_size=2, max_size=2))
def test_nothing_is_forgotten(several: list[Machine]) -> None:
    """Every run, subject, fact and name of each home is in the result, and its sources stay."""
    with made(several) as (folder, homes):
        before = [content(home) for home in homes]
        result = imported(folder / "result", homes)
        assert [content(home) for home in homes] == before
        for home in homes:
            for crash in known_crashes(home):
                now = load(result, crash.id)
                assert {crash.id, *crash.aliases} <= {now.id, *now.aliases}
                assert crash.runs.keys() <= now.runs.keys()
                assert crash.trials.keys() <= now.trials.keys()
                assert crash.issues.keys() <= now.issues.keys()
                assert crash.bisections.keys() <= now.bisections.keys()
                assert {*crash.checks} <= {*now.checks}
                assert now.count >= crash.count


def test_an_older_home_and_one_of_today_are_one(tmp_path: Path) -> None:
    """The same crash under its id of then and of today: one crash, which both ids name."""
    todays = make(tmp_path / "today", Machine((seen(b"b", run="run-2"),), (), (), (), False))
    (crash,) = known_crashes(todays)
    older = make(tmp_path / "older", Machine((seen(b"a"),), (), (), (), True))
    (then,) = (path.name for path in older.crashes.glob("crash-*"))
    assert then != crash.id
    for number, sources in enumerate(([todays, older], [older, todays])):
        result = imported(tmp_path / f"result-{number}", sources)
        (only,) = known_crashes(result)
        assert (only.id, only.count, only.data) == (crash.id, 2, b"a")
        assert load(result, then) == only
