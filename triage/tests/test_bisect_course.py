"""A search from start to end, and what is said of it."""

from __future__ import annotations

import pytest

from triage.bisect.answer import Answer
from triage.bisect.attempts import Attempt, tries_of
from triage.bisect.course import Course, OutOfTime, follow
from triage.bisect.search import Verdict

NAMES = tuple(f"1.{number}" for number in range(12))


def course(
    verdicts: str, bad: str | None, good: str | None = None, time: int = 100
) -> tuple[Course, list[str]]:
    """Search versions whose verdicts are letters (`g`, `b`, `s`); also what was looked at."""
    letters = {"g": Verdict.GOOD, "b": Verdict.BAD, "s": Verdict.SKIP}
    looked: list[str] = []

    def look(name: str) -> Attempt:
        if len(looked) == time:
            raise OutOfTime
        looked.append(name)
        verdict = letters[verdicts[NAMES.index(name)]]
        return Attempt(verdict, f"{name} does not install" if verdict is Verdict.SKIP else "")

    return follow(NAMES[: len(verdicts)], bad, good, look), looked


@pytest.mark.parametrize(
    ("verdicts", "bad", "line"),
    [
        ("gggbbbbggggg", "1.5", "first bad 1.3 (last good 1.2); fixed in 1.7 (last bad 1.6)"),
        ("bbbbbbbbbbbb", "1.5", "bad since 1.0, the oldest; not fixed in 1.11, the newest"),
        ("ggggggggggbb", "1.11", "first bad 1.10 (last good 1.9); not fixed in 1.11, the newest"),
        (
            "ggssbbbsgggg",
            "1.5",
            "first bad is one of 1.2, 1.3, 1.4 (last good 1.1); "
            "fixed in one of 1.7, 1.8 (last bad 1.6)",
        ),
        (
            "ssssbbbbbbbs",
            "1.8",
            "bad at least since 1.4: older ones cannot be tried; "
            "not fixed in 1.10: newer ones cannot be tried",
        ),
        ("b", "1.0", "bad since 1.0, the oldest; not fixed in 1.0, the newest"),
    ],
)
def test_the_answer_is_told_in_one_line(verdicts: str, bad: str, line: str) -> None:
    """Known on both sides, on neither, and as ranges where versions cannot be tried."""
    found, _ = course(verdicts, bad)
    assert found.finished
    assert Answer(found, "versions of it").line() == line


def test_without_a_bad_version_the_search_goes_back_until_one_is() -> None:
    """A bug that is fixed in the newest revision is found all the same."""
    found, looked = course("ggggbbbbgggg", bad=None)
    assert looked[0] == "1.11"
    line = Answer(found, "revisions of it").line()
    assert line == "first bad 1.4 (last good 1.3); fixed in 1.8 (last bad 1.7)"


def test_a_version_that_is_said_to_be_good_is_tried_early() -> None:
    """It is believed after it was seen, and it bounds what is searched."""
    found, looked = course("ggbbbbbbbbbb", bad="1.11", good="1.1")
    assert looked[:2] == ["1.11", "1.1"]
    assert Answer(found, "versions of it").fact(0.0).first_bad == "1.2"
    assert "1.0" not in looked


def test_when_time_is_up_the_range_so_far_is_told() -> None:
    """It says between which versions the change is, and does not look finished."""
    found, _ = course("ggbbbbbbgggg", bad="1.5", good="1.0", time=3)
    assert not found.finished
    assert Answer(found, "versions of it").line() == (
        "first bad after 1.0, at 1.5 at the latest; fixed after 1.5, in 1.11 at the latest"
    )


def test_what_was_really_tried_is_told() -> None:
    """Whoever doubts that the bug came only once sees what the answer rests on."""
    lines = [*Answer(course("ggggbbbb", "1.6")[0], "versions of it").lines()]
    assert lines == ["6 of 8 versions of it tried", "bad: 1.4, 1.5, 1.6, 1.7", "good: 1.2, 1.3"]


def test_the_fact_says_only_what_is_known() -> None:
    """`first_bad` is kept only with a good version before it, or when nothing is older."""
    fact = Answer(course("ssssbbbbbbbs", "1.8")[0], "versions of it").fact(5.0)
    assert (fact.last_good, fact.first_bad, fact.last_bad, fact.first_fixed) == (
        (None, None, "1.10", None)
    )
    assert fact.skipped == ("1.0", "1.1", "1.2", "1.3", "1.11")


def test_skipped_versions_are_told_with_their_reason() -> None:
    """Reasons that differ only in the version are told once."""
    lines = [*Answer(course("ggssbbb", "1.5")[0], "versions of it").lines()]
    assert lines[0] == "7 of 7 versions of it tried, 2 of them skipped"
    assert lines[-1] == "skipped 1.2, 1.3: 1.3 does not install"


def test_a_flaky_crash_is_tried_more_often() -> None:
    """Enough to miss it once in a hundred versions, ten times at most."""
    assert [tries_of(*counts) for counts in ((0, 0), (3, 3), (1, 2), (1, 10), (0, 3))] == (
        [1, 1, 7, 10, 10]
    )
