"""Reductions in real processes: every kind of crash, and nothing but the one that was meant."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator

import pytest

from targets.errors import FarmError
from triage.minimize.jobs import Options
from triage.tests.minimizing import job_of, minimized, project_of

NOISE = bytes(range(48, 65)) * 60
"""What no example minds."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """A user's project whose targets are the examples."""
    yield from project_of(tmp_path_factory)


@pytest.fixture
def home(
    tmp_path: pathlib.Path, project: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> pathlib.Path:
    """An empty home; the working directory is the project."""
    monkeypatch.chdir(project)
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("name", "data", "left", "kind"),
    [
        ("two", b"A%bB", b"AB", "exception"),
        ("hoards", b"A%b", b"A", "memory"),
        ("unchecked", b"%bA", b"A", "memory"),
        ("unchecked", b"%bB", b"B", "death"),
        ("dies", b"%bA%bB", b"A", "death"),
        ("dies", b"%bB", b"B", "death"),
        ("endless", b"A%b", b"A", "hang"),
        pytest.param("stuck", b"A%b", b"A", "hang", marks=pytest.mark.nightly),
        ("threaded", b"%bA", b"A", "exception"),
        ("noisy", b"AA%bAA%bAA", b"AAAA", "exception"),
    ],
)
def test_every_kind_is_made_minimal(
    home: pathlib.Path, name: str, data: bytes, left: bytes, kind: str
) -> None:
    """And the result fails in every one of the clean replays."""
    options = Options(seconds=30, replays=2 if kind == "hang" else 10)
    job = job_of(f"{name}:read", home)
    result = minimized(job, data.replace(b"%b", NOISE), options)
    assert result.data == left
    assert result.complete
    assert (result.failed, result.tries) == (options.replays, options.replays)
    assert result.failure is not None
    assert result.failure.kind == kind


@pytest.mark.nightly
def test_a_sleeping_hang_is_made_minimal(home: pathlib.Path) -> None:
    """It uses no CPU time, so that only a signal ends it."""
    result = minimized(job_of("asleep:read", home), b"__A__", Options(seconds=12, replays=1))
    assert result.data == b"A"
    assert result.failure is not None
    assert result.failure.kind == "hang"


def test_other_crashes_are_kept_and_never_accepted(home: pathlib.Path) -> None:
    """A smaller input that fails with another fingerprint is a crash of its own."""
    result = minimized(job_of("two:read", home), b"CCCAAABBB" * 100)
    assert result.data == b"AB"
    assert {other.data for other in result.others} == {b"A", b"C"}
    marks = {other.fingerprint for other in result.others}
    assert len(marks) == 2
    assert result.fingerprint not in marks


def test_bugs_of_one_function_are_told_apart_by_what_they_say(home: pathlib.Path) -> None:
    """One statement raises both: neither is taken for the other, nor hides it."""
    result = minimized(job_of("says:read", home), b"BBBB" + NOISE + b"A" + NOISE + b"B")
    assert result.data == b"A"
    assert [other.data for other in result.others] == [b"B"]
    assert minimized(job_of("says:read", home), NOISE + b"B").data == b"B"


def test_parts_that_persons_split_off_are_other_crashes(home: pathlib.Path) -> None:
    """The text that tells them apart has to stay, or must not appear."""
    job = job_of("two:read", home)
    data = b"AB" + NOISE
    apart = minimized(job, data, Options(seconds=30, splits=("89",)))
    assert apart.data == b"AB"
    with_text = minimized(job, b"AB89" + NOISE, Options(seconds=30, splits=("89",)))
    assert sorted(with_text.data) == sorted(b"89AB")
    assert with_text.fingerprint == f"{apart.fingerprint}|split 89"


@pytest.mark.nightly
def test_a_hang_must_exceed_the_real_limit(home: pathlib.Path) -> None:
    """Inputs that only take longer than the limit of the search are not enough."""
    result = minimized(
        job_of("slow:read", home), b"A" * 64 + b"B" * 200, Options(seconds=60, replays=3)
    )
    assert result.failed == result.tries
    # 10 ms each, and the check's limit is 0.2 s.
    assert 19 <= result.data.count(b"A") < 64
    assert len(result.data) < 64


def test_state_between_candidates_does_not_deceive(home: pathlib.Path) -> None:
    """What only fails because of what ran before is dropped."""
    result = minimized(job_of("leaky:read", home), NOISE + b"A" + NOISE)
    assert (result.data, result.failed, result.tries) == (b"A", 10, 10)


def test_the_result_is_the_same_every_time(home: pathlib.Path) -> None:
    """Twice, and however many processes work on it."""
    job = job_of("exact:read", home)
    results = [
        minimized(job, NOISE, Options(seconds=30, parallel=parallel, replays=1))
        for parallel in (1, 2, 2, 3)
    ]
    (data,) = {result.data for result in results}
    assert len(data) == 41
    assert all(result.complete for result in results)


def test_time_is_kept_and_what_was_reached_is_used(home: pathlib.Path) -> None:
    """A call that ended early says so, and the next one goes on where it was."""
    job = job_of("tardy:read", home)
    began_s = time.monotonic()
    first = minimized(job, NOISE, Options(seconds=1.5, replays=1))
    assert time.monotonic() - began_s < 6.0
    assert not first.complete
    assert first.failed
    assert len(first.data) < len(NOISE)
    second = minimized(job, NOISE, Options(seconds=1.5, replays=1, resume=first.data))
    assert len(second.data) <= len(first.data)
    ignored = minimized(job, NOISE, Options(seconds=1.5, replays=1, resume=b"B"))
    assert ignored.failed


def test_what_does_not_fail_is_left_alone(home: pathlib.Path) -> None:
    """Neither an input that passes, nor one that fails in another way than is meant."""
    job = job_of("never:read", home)
    passes = minimized(job, b"nothing")
    assert (passes.reproducible, passes.failure, passes.tries) == (False, None, 3)
    another = minimized(job, b"never", mark="v0|exception|KeyError|elsewhere")
    assert (another.reproducible, another.data) == (False, b"never")
    assert another.failure is not None
    assert another.failure.type == "ValueError"


def test_an_input_that_is_too_large_is_refused(home: pathlib.Path) -> None:
    """In one line."""
    with pytest.raises(FarmError, match="at most 4194304 can be reduced"):
        minimized(job_of("never:read", home), bytes(5 << 20))
