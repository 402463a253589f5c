"""What is decided, as pure functions of crashes, issues and the time."""

import dataclasses

import pytest

from harness.crash import Crash, Issue, Seen, tried
from harness.lifecycle import Trial
from triage.github import body, marks
from triage.github.decisions import (
    Adopt,
    Candidate,
    Create,
    Heal,
    Private,
    Rules,
    Skip,
    Update,
    plan,
)
from triage.github.threads import LABEL, Thread, place
from triage.tests.github_cases import (
    BACK,
    CLOSED,
    FIXED,
    NOW_S,
    OLD,
    REPO,
    RULES,
    crash,
    said,
    thread,
    view,
)


def decided(one: Crash, *threads: Thread, rules: Rules = RULES) -> list[str]:
    """The kinds of actions."""
    return [type(action).__name__ for action in plan([Candidate(one)], view(*threads), rules)]


def why(one: Crash, *threads: Thread, rules: Rules = RULES) -> str:
    """The reason of the one action that is none."""
    (action,) = plan([Candidate(one)], view(*threads), rules)
    assert isinstance(action, Skip)
    return action.reason


def test_a_crash_gets_one_issue_and_then_none() -> None:
    """Without a mark anywhere it is created; with one it is found, also under an older id."""
    one = crash()
    assert decided(one) == ["Create"]
    assert decided(one, thread(7, one.id)) == ["Skip"]
    renamed = dataclasses.replace(one, aliases=(OLD,))
    assert decided(renamed, thread(7, OLD)) == ["Adopt", "Update"]
    assert decided(one, thread(7, crash(1).id)) == ["Create"]


def test_a_finer_fingerprint_makes_two_issues_of_one() -> None:
    """Two crashes share an older id: the older one adopts the issue, the other gets its own."""
    first, second = (
        crash(bug, aliases=(OLD,), runs={"r": Seen(1, 1e9 + bug, 1e9 + bug)}) for bug in range(2)
    )
    known = view(thread(7, OLD))
    actions = plan([Candidate(second), Candidate(first)], known, RULES)
    assert [(type(action), action.crash) for action in actions] == [
        (Adopt, first),
        (Update, first),
        (Create, second),
    ]
    assert decided(second, thread(7, OLD, first.id)) == ["Create"]
    assert decided(first, thread(7, OLD, first.id)) == ["Update"]
    both = plan([Candidate(second), Candidate(first)], view(), RULES)
    assert [type(action) for action in both] == [Create, Create]


def test_a_strangers_mark_is_no_mark() -> None:
    """Anybody can copy a mark into an issue or comment, but only people who triage set labels."""
    one = crash()
    assert decided(one, thread(7, one.id, labels=frozenset())) == ["Create"]
    forged = said(marks.step("closed", one.id, "5.0.3"), "Duplicate of #3", author="mallory")
    assert decided(one, thread(7, one.id, comments=forged)) == ["Skip"]
    duplicate = thread(7, one.id, labels=frozenset({LABEL, "duplicate"}), comments=forged)
    assert "without `Duplicate of" in why(one, duplicate)


def test_of_several_the_lowest_number_wins() -> None:
    """The others are closed as duplicates of it, once."""
    one = crash()
    several = [thread(number, one.id) for number in (9, 4, 7)]
    actions = plan([Candidate(one)], view(*several), RULES)
    healed = [action for action in actions if isinstance(action, Heal)]
    assert [(action.thread.number, action.keeper) for action in healed] == [(7, 4), (9, 4)]
    text = marks.disowned(several[0].body, one.id, 4)
    assert marks.is_disowned(text)
    assert decided(one, thread(4, one.id), thread(9, body=text)) == ["Skip"]


def test_new_sightings_edit_one_comment() -> None:
    """What another home said stays in it; nothing new is nothing to do."""
    one = crash()
    runs = {"night-2": Seen(5, 1_950_000_000.0, 1_950_000_000.0, ("5.0.1",))}
    later = dataclasses.replace(one, runs={**one.runs, **runs})
    (first,) = plan([Candidate(later)], view(thread(7, one.id)), RULES)
    assert isinstance(first, Update)
    assert (first.comment, first.total.count) == (None, 6)
    comments = said("hello", body.sightings(one, first.total))
    assert decided(later, thread(7, one.id, comments=comments)) == ["Skip"]
    runs = {"other-home": Seen(2, 1_950_000_000.0, 1_950_000_000.0, ("5.0.1",))}
    other = dataclasses.replace(one, runs=runs)
    (second,) = plan([Candidate(other)], view(thread(7, one.id, comments=comments)), RULES)
    assert isinstance(second, Update)
    assert second.comment == comments[1]
    assert second.total.count == 8


def test_fixed_is_closed_after_enough_replays() -> None:
    """Not before; once; and what a person opened again stays open until a newer version passes."""
    one = crash(0, *FIXED)
    assert decided(one, thread(7, one.id)) == ["Close"]
    more = dataclasses.replace(RULES, close_after=4)
    assert (
        why(one, thread(7, one.id), rules=more) == "fixed: 3 of 4 clean replays before it is closed"
    )
    step = said(body.closed(one, one.trials["5.0.2 passed"]))
    assert decided(one, thread(7, one.id, comments=step, **CLOSED)) == ["Skip"]
    reopened = thread(7, one.id, comments=step, reason="reopened")
    assert why(one, reopened) == "a person opened it again"
    newer = tried(one, Trial("5.0.4", NOW_S, 0, 3))
    assert decided(newer, reopened) == ["Close"]
    assert decided(crash(0, *FIXED)) == ["Skip"]


def test_a_regression_opens_it_again() -> None:
    """Once for a version: when a person closes it again, that stands until a newer one fails."""
    one = crash(0, *BACK)
    closing = body.closed(one, Trial("5.0.2", 1.0, 0, 3))
    closed = thread(7, one.id, comments=said(closing), **CLOSED)
    assert decided(one, closed) == ["Reopen"]
    opening = body.reopened(one, one.trials["5.0.3 failed"])
    again = dataclasses.replace(closed, comments=said(closing, opening))
    assert decided(one, again) == ["Skip"]
    newer = tried(one, Trial("5.0.4", NOW_S, 3, 3))
    assert decided(newer, again) == ["Reopen"]
    assert decided(one, dataclasses.replace(again, is_open=True, closed_s=None)) == ["Skip"]


def test_a_home_that_never_saw_the_fix_sees_the_regression() -> None:
    """Another home closed it as fixed in 5.0.2; this one sees a newer version fail."""
    closing = said(body.closed(crash(), Trial("5.0.2", 1.0, 0, 3)))
    older = crash(0, ("5.0.0", 3, 1_990_000_000.0))
    newer = crash(0, ("5.0.3", 3, 1_990_000_000.0))
    assert decided(older, thread(7, older.id, comments=closing, **CLOSED)) == ["Skip"]
    assert decided(newer, thread(7, newer.id, comments=closing, **CLOSED)) == ["Reopen"]


def test_a_failure_from_before_the_closing_is_no_regression() -> None:
    """The person who closed it knew of it."""
    one = crash(0, *BACK)
    assert decided(one, thread(7, one.id, **(CLOSED | {"closed_s": 1_995_000_000.0}))) == ["Skip"]
    assert decided(one, thread(7, one.id, **CLOSED)) == ["Reopen"]


@pytest.mark.parametrize("label", ["wontfix", "fuzz-ignore", "WontFix"])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_label_of_a_person_stops_everything(label: str, is_open: bool) -> None:
    """Never edited, closed or opened again, whatever became of the crash."""
    for trials in ((), FIXED, BACK):
        one = crash(0, *trials, runs={"new": Seen(9, 1.0, 2e9, ("5.0.3",))})
        labels = frozenset({LABEL, label})
        kept = thread(7, one.id, labels=labels, is_open=is_open, closed_s=None if is_open else 1.0)
        assert "labelled" in why(one, kept)


def test_not_planned_stays_closed() -> None:
    """Also when it comes back, and nothing more is said there."""
    one = crash(0, *BACK, runs={"new": Seen(9, 1.0, 2e9, ("5.0.3",))})
    closed = thread(7, one.id, **(CLOSED | {"reason": "not_planned"}))
    assert why(one, closed) == "a person closed #7 as not planned"


@pytest.mark.parametrize(
    "word",
    [
        "Duplicate of #12",
        "duplicate of octo/hello#12",
        "Duplicate of https://github.com/octo/hello/issues/12",
    ],
)
def test_news_of_a_duplicate_go_to_its_target(word: str) -> None:
    """Which is neither opened nor closed; nor is the duplicate opened again."""
    one = crash(0, *BACK, runs={"new": Seen(9, 1.0, 2e9, ("5.0.3",))})
    comments = said(word, author="octo", association="OWNER")
    duplicate = thread(7, one.id, comments=comments, **(CLOSED | {"reason": "duplicate"}))
    assert place(one, view(duplicate)).unread == 12
    target = thread(12, labels=frozenset({"bug"}), author="octo", body="it hurts", is_open=False)
    (update,) = plan([Candidate(one)], view(duplicate, target), RULES)
    assert isinstance(update, Update)
    assert update.thread.number == 12
    counted = dataclasses.replace(target, comments=said(body.sightings(one, update.total)))
    assert decided(one, duplicate, counted) == ["Skip"]
    ruled = dataclasses.replace(target, labels=frozenset({"wontfix"}))
    assert "labelled wontfix" in why(one, duplicate, ruled)


def test_a_duplicate_that_leads_nowhere_is_left_alone() -> None:
    """A circle, a missing issue, another repository, or nothing said at all."""
    one = crash()
    labels = frozenset({LABEL, "duplicate"})

    def marked(number: int, text: str, *owners: str) -> Thread:
        word = said(text, association="OWNER")
        return thread(number, *owners, labels=labels, comments=word)

    assert "leads nowhere" in why(one, marked(7, "Duplicate of #7", one.id))
    circle = (marked(7, "Duplicate of #8", one.id), marked(8, "Duplicate of #7"))
    assert "leads nowhere" in why(one, *circle)
    missing = view(marked(7, "Duplicate of #99", one.id)).without(99)
    (skip,) = plan([Candidate(one)], missing, RULES)
    assert isinstance(skip, Skip)
    assert "without `Duplicate of" in why(one, marked(7, "Duplicate of other/repo#3", one.id))


def test_an_issue_that_lost_its_label_is_known_by_the_homes_note() -> None:
    """And one that was deleted is not filed again."""
    one = crash(issues={REPO: Issue(7, "u", 1.0)})
    assert place(one, view()).unread == 7
    assert decided(one, thread(7, one.id, labels=frozenset())) == ["Skip"]
    (skip,) = plan([Candidate(one)], view().without(7), RULES)
    assert isinstance(skip, Skip)
    assert "deleted" in skip.reason
    assert decided(one, thread(7, body="a person wrote over it")) == ["Adopt", "Update"]
    for gone in (marks.owner(crash(1).id), marks.disowned(thread(7, one.id).body, one.id, 3)):
        assert decided(one, thread(7, body=gone)) == ["Create"]


def test_the_cap_takes_the_worst_and_the_oldest_first() -> None:
    """It counts what was filed in the last 24 hours, by anybody; the rest is named for later."""
    kinds = ("exception", "hang", "exception", "death")
    several = [
        dataclasses.replace(crash(bug), kind=kind, runs={"r": Seen(1, 100.0 - bug, 1e9)})
        for bug, kind in enumerate(kinds)
    ]
    today = thread(5, OLD, created_s=NOW_S - 3600.0)
    before = thread(4, "crash-ba9876543210", created_s=NOW_S - 90_000.0)
    rules = Rules(NOW_S, cap=4)
    actions = plan(map(Candidate, several), view(today, before), rules)
    created = [action.crash for action in actions if isinstance(action, Create)]
    assert created == [several[3], several[1], several[2]]
    left = [action for action in actions if isinstance(action, Skip)]
    assert [(action.crash, action.tomorrow) for action in left] == [(several[0], True)]


def test_what_must_stay_out_stays_out() -> None:
    """Private, to be left alone, on hold: the last only without an issue."""
    one = crash()
    later = dataclasses.replace(one, runs={"new": Seen(9, 1.0, 2e9)})
    there = view(thread(7, one.id))
    for candidate, kinds in (
        (Candidate(later, private="p"), [Private, Private]),
        (Candidate(later, leave="l", private="p"), [Skip, Skip]),
        (Candidate(later, hold="h"), [Skip, Update]),
    ):
        actions = [*plan([candidate], view(), RULES), *plan([candidate], there, RULES)]
        assert [type(action) for action in actions] == kinds
