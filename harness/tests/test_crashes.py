"""The crash store."""

import dataclasses
import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import crashes
from harness.crash import Bisection, Crash, Issue, Sighting, merge, of
from harness.crashes import Problem, Trial, absorb, change, load, record, tried
from harness.failure import MAX_TEXT, Failure, Frame
from harness.home import Home, open_home
from targets.errors import FarmError


def seen(data: bytes = b"abc", function: str = "parse", **changes: object) -> Sighting:
    """A sighting of a ValueError in a function of the subject."""
    failure = Failure(
        "exception",
        "ValueError",
        f"bad {data!r} \udc80",
        frames=(Frame("subject", function, 3),),
        text=f"Traceback …\nValueError: bad {data!r}\n",
    )
    sighting = Sighting(
        target="resp",
        check="parse",
        subject="redis-py",
        package="redis",
        subject_version="8.1.0",
        failure=failure,
        own=("subject",),
        data=data,
        run="run-1",
        time_s=100.0,
    )
    return dataclasses.replace(sighting, **changes)  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return open_home(tmp_path)


def test_a_sighting_is_stored_and_read_back(home: Home) -> None:
    """What is read is what was recorded, to the last byte, with the way to replay it."""
    crash, is_new = record(home, seen(b"\x00\xff"))
    assert is_new
    assert crash == load(home, crash.id) == of(seen(b"\x00\xff"))
    folder = home.crash(crash.id)
    assert (folder / "input").read_bytes() == b"\x00\xff"
    assert "Traceback" in (folder / "trace.txt").read_text()
    assert crash.example.selection == "resp:parse@redis-py==8.1.0"
    assert crash.replay == f"fuzz replay {crash.id}"
    assert {"crash.json", "input", "trace.txt"} == {path.name for path in folder.iterdir()}


def test_the_farms_own_subjects_have_no_version() -> None:
    """A reference is selected by its name alone."""
    own = of(seen(subject="reference", package="reference", subject_version=None))
    assert own.example.selection == "resp:parse@reference"
    assert own.runs["run-1"].versions == ()


def test_the_smallest_input_is_kept(home: Home) -> None:
    """Shorter first, then by bytes; counts add up within a run and over runs."""
    first, _ = record(home, seen(b"bbbb", count=5))
    record(home, seen(b"aaaaaa", check="stream", time_s=200.0))
    record(home, seen(b"bb", run="run-2", time_s=50.0))
    crash, is_new = record(home, seen(b"ab"))
    assert not is_new
    assert crash == load(home, first.id)
    assert crash.data == b"ab"
    assert "b'ab'" in crash.title
    assert (crash.count, crash.first_s, crash.last_s) == (8, 50.0, 200.0)
    assert {run: one.count for run, one in crash.runs.items()} == {"run-1": 7, "run-2": 1}
    assert crash.checks == ("parse", "stream")


def test_a_trial_is_noted(home: Home) -> None:
    """What failed again stays with its input; a smaller one must be tried first."""
    crash, _ = record(home, seen(b"long"))
    trial = Trial("8.1.0", 101.0, 3, 3)
    confirmed = change(home, crash.id, lambda known: tried(known, trial))
    assert (confirmed.state, confirmed.reproduced) == ("confirmed", "3/3")
    untried, _ = record(home, seen(b"s"))
    assert (untried.data, untried.state, untried.reproduced) == (b"long", "confirmed", "3/3")
    smaller, _ = record(home, seen(b"s", failed=2, tries=2, time_s=102.0))
    assert (smaller.data, smaller.state) == (b"s", "confirmed")
    unsure = change(home, crash.id, lambda known: tried(known, Trial("8.1.0", 103.0, 1, 3)))
    assert (unsure.state, unsure.reproduced) == ("flaky", "1/3")
    assert unsure == load(home, crash.id)
    with pytest.raises(FarmError, match="not stored"):
        change(home, "crash-000000000000", lambda known: known)


def test_a_crash_of_another_home_is_taken_in(home: Home) -> None:
    """New or known, once or twice: the same as if both had been seen here."""
    mine, _ = record(home, seen(b"long", failed=1, tries=1))
    theirs = of(seen(b"s", run="run-2", failed=1, tries=1))
    for new in (False, False):
        assert absorb(home, theirs) == (merge(mine, theirs), new)
    assert absorb(home, of(seen(function="other")))[1]
    assert len(list(crashes.crashes(home))) == 2


def test_a_crash_that_is_named_anew_joins_what_is_known(home: Home) -> None:
    """One folder is left, with the facts of both; the old id still names it."""
    a, _ = record(home, seen(b"a"))
    b, _ = record(home, seen(b"b", function="other", run="run-2"))
    into_a = change(home, b.id, lambda known: dataclasses.replace(known, id=a.id, aliases=(b.id,)))
    assert into_a == load(home, a.id) == load(home, b.id)
    assert (into_a.count, set(into_a.runs)) == (2, {"run-1", "run-2"})
    assert [into_a] == list(crashes.crashes(home))
    moved = change(
        home, a.id, lambda known: dataclasses.replace(known, id=b.id, aliases=(a.id, b.id))
    )
    assert moved == load(home, a.id)
    assert not home.crash(a.id).exists()


def test_different_bugs_are_different_crashes(home: Home) -> None:
    """Target, package and fingerprint make the id; subject, check and input do not."""
    same = {seen().crash, seen(b"x").crash, seen(check="c").crash, seen(subject="s").crash}
    other = {seen(target="sql").crash, seen(package="p").crash, seen(function="f").crash}
    assert len(same) == 1
    assert len(other | same) == 4


def test_any_unique_prefix_names_a_crash(home: Home) -> None:
    """As in git; what is ambiguous or unknown is answered with candidates."""
    known = [record(home, seen(function=f"f{number}"))[0] for number in range(20)]
    for crash in known:
        assert crash == load(home, crash.id.removeprefix("crash-"))
        assert crash == load(home, crash.id[:-4].upper())
    doubled = next(
        digit
        for digit in "0123456789abcdef"
        if sum(crash.id.startswith(f"crash-{digit}") for crash in known) > 1
    )
    with pytest.raises(FarmError, match=f"could be any of crash-{doubled}"):
        load(home, doubled)
    for nonsense in ("crash-zzz", "", "crash-", "../..", "*"):
        with pytest.raises(FarmError, match=r"nearest are crash-"):
            load(home, nonsense)


def test_an_empty_store_says_so(home: Home) -> None:
    """No crash is an answer, with the next step."""
    assert list(crashes.crashes(home)) == []
    assert list(crashes.crashes(Home(home.root / "none"))) == []
    with pytest.raises(FarmError, match="`fuzz run` finds crashes"):
        load(home, "1")


BREAKS: dict[str, Callable[[Path], object]] = {
    "not JSON": lambda folder: (folder / "crash.json").write_bytes(b"{"),
    "not UTF-8": lambda folder: (folder / "crash.json").write_bytes(b'"\xff"'),
    "empty": lambda folder: (folder / "crash.json").write_bytes(b""),
    "a list": lambda folder: (folder / "crash.json").write_bytes(b"[]"),
    "deep": lambda folder: (folder / "crash.json").write_bytes(b"[" * 100_000),
    "gone": lambda folder: (folder / "crash.json").unlink(),
    "another format": lambda folder: edit(folder, format=99),
    "of a newer farm": lambda folder: edit(folder, fingerprint_version=99),
    "odd trials": lambda folder: edit(folder, trials={"8.1.0 failed": {"tries": "many"}}),
    "odd issues": lambda folder: edit(folder, issues=[1]),
    "another id": lambda folder: edit(folder, id="crash-000000000000"),
    "no runs": lambda folder: edit(folder, runs={}),
    "odd runs": lambda folder: edit(folder, runs={"r": {"count": None}}),
    "input changed": lambda folder: (folder / "input").write_bytes(b"other"),
    "input huge": lambda folder: os.truncate(folder / "input", 1 << 40),
    "JSON huge": lambda folder: os.truncate(folder / "crash.json", 1 << 40),
    "input gone": lambda folder: (folder / "input").unlink(),
}


def edit(folder: Path, **changes: object) -> None:
    """Change fields of a stored crash behind the store's back."""
    path = folder / "crash.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Size and first bytes of each file."""
    found = {}
    for path in folder.iterdir():
        with path.open("rb") as stream:
            found[path.name] = (path.stat().st_size, stream.read(10_000))
    return found


def test_of_a_huge_trace_the_beginning_is_read(home: Home) -> None:
    """Half a gigabyte that somebody's tool left there is no reason to run out of memory."""
    crash, _ = record(home, seen())
    os.truncate(home.crash(crash.id) / "trace.txt", 500 << 20)
    text = load(home, crash.id).example.failure.text
    assert text.startswith(crash.example.failure.text)
    assert len(text) == MAX_TEXT


@pytest.mark.parametrize("how", BREAKS)
def test_what_is_broken_is_named_and_kept(home: Home, how: str) -> None:
    """Others are still listed; a new sighting starts afresh and sets the damaged folder aside."""
    good, _ = record(home, seen(function="other"))
    bad, _ = record(home, seen())
    folder = home.crash(bad.id)
    BREAKS[how](folder)
    left = contents(folder)

    problems = [found for found in crashes.crashes(home) if isinstance(found, Problem)]
    assert [bad.id] == [problem.id for problem in problems]
    assert [good] == [found for found in crashes.crashes(home) if isinstance(found, Crash)]
    assert left == contents(folder)
    with pytest.raises(FarmError, match="cannot be read"):
        load(home, bad.id)

    again, is_new = record(home, seen(b"x"))
    assert not is_new
    assert again == load(home, bad.id)
    (aside,) = home.set_aside.glob(f"*/{bad.id}")
    assert left == contents(aside)


def test_an_update_that_was_cut_short_loses_nothing(home: Home) -> None:
    """Between `crash.json` and `input` the new input waits beside: both moments are readable."""
    old, _ = record(home, seen(b"long"))
    folder = home.crash(old.id)
    (folder / "input.next").write_bytes(b"s")
    assert old == load(home, old.id)
    new, _ = record(home, seen(b"s"))
    (folder / "input").rename(folder / "input.next")
    (folder / "input").write_bytes(b"long")
    assert new == load(home, old.id)


def test_a_home_that_cannot_be_written_can_be_read(home: Home) -> None:
    """A store without lock file, as copied from elsewhere, is read without one."""
    crash, _ = record(home, seen())
    (home.crashes / ".lock").unlink()
    assert crash == load(home, crash.id)
    assert not (home.crashes / ".lock").exists()


def record_many(root: Path, letter: int) -> None:
    """In another process: many sightings of one crash."""
    for size in range(30, 0, -1):
        record(Home(root), seen(bytes([letter]) * size, subject_version=str(letter)))


def test_two_processes_record_at_once(home: Home) -> None:
    """No sighting is lost and the smallest of all inputs is kept."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=record_many, args=(home.root, 65 + at)) for at in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    crash = load(home, seen().crash)
    assert (crash.count, crash.data) == (60, b"A")
    assert crash.runs["run-1"].versions == ("65", "66")


def test_a_store_that_is_held_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait has a deadline."""
    monkeypatch.setattr(crashes, "LOCK_TIMEOUT_S", 0.02)
    with crashes._locked(home), pytest.raises(FarmError, match="held by another process"):
        record(home, seen())


sightings = st.builds(
    seen,
    data=st.binary(max_size=2),
    check=st.sampled_from(["parse", "stream"]),
    subject=st.sampled_from(["redis-py", "redis-py-resp3"]),
    subject_version=st.sampled_from(["8.1.0", "7.0.0", None]),
    run=st.sampled_from(["run-1", "run-2"]),
    time_s=st.sampled_from([1.0, 2.0, 3.0]),
    count=st.integers(1, 3),
    requirements=st.sampled_from([(), ("x<2",)]),
    failed=st.sampled_from([0, 2]),
    tries=st.sampled_from([0, 2, 3]),
)
facts = st.fixed_dictionaries(
    {
        "aliases": st.sampled_from([(), ("crash-000000000000",), ("crash-000000000001",)]),
        "issues": st.dictionaries(
            st.sampled_from(["a/b", "c/d"]),
            st.builds(Issue, st.integers(1, 2), st.just("u"), st.sampled_from([1.0, 2.0])),
        ),
        "bisections": st.dictionaries(
            st.just("package redis"),
            st.builds(Bisection, st.sampled_from([1.0, 2.0]), st.sampled_from([None, "1", "2"])),
        ),
    }
)
known_once = st.builds(
    lambda sighting, more, original_bytes: dataclasses.replace(
        of(sighting),
        example=dataclasses.replace(of(sighting).example, original_bytes=original_bytes),
        **more,
    ),
    sightings,
    facts,
    st.sampled_from([None, 5]),
)
known = st.lists(known_once, min_size=1, max_size=3).map(
    lambda several: several[0] if len(several) == 1 else merge(several[0], several[-1])
)


@given(known, known, known)
def test_merging_is_a_union(a: Crash, b: Crash, c: Crash) -> None:
    """In any order, any grouping, any number of times: the same crash."""
    assert merge(a, a) == a
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(merge(a, b), b) == merge(a, b)


@given(known, known)
def test_merging_forgets_nothing(a: Crash, b: Crash) -> None:
    """Runs, subjects and checks of both, and a smallest input of what failed again."""
    both = merge(a, b)
    assert set(both.runs) == {*a.runs, *b.runs}
    assert set(both.subjects) == {*a.subjects, *b.subjects}
    assert both.count >= max(a.count, b.count)
    assert (both.first_s, both.last_s) == (min(a.first_s, b.first_s), max(a.last_s, b.last_s))
    assert {*both.trials} == {*a.trials, *b.trials}
    assert {*both.issues} == {*a.issues, *b.issues}
    assert {*both.aliases} == {*a.aliases, *b.aliases}
    reliable = [crash for crash in (a, b) if crash.example.failed and not _is_partial(crash)]
    failing = reliable or [crash for crash in (a, b) if crash.example.failed]
    smallest = min((crash.data for crash in failing or (a, b)), key=lambda x: (len(x), x))
    if failing:
        assert both.data == smallest


def _is_partial(crash: Crash) -> bool:
    return crash.example.failed < crash.example.tries


def test_different_crashes_do_not_merge() -> None:
    """That would be our bug."""
    with pytest.raises(ValueError, match="different crashes"):
        merge(of(seen()), of(seen(function="other")))
