"""After everything was done there is nothing left to do: from any beginning."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from triage.github import body, decisions, marks
from triage.github.body import Told
from triage.github.decisions import (
    Action,
    Adopt,
    Candidate,
    Close,
    Create,
    Heal,
    Private,
    Reopen,
    Rules,
    Skip,
    Update,
    plan,
)
from triage.github.threads import LABEL, Comment, Thread, View, is_decided
from triage.tests.github_cases import CLOSED, NOW_S, OLD, crash, said, thread, view

BOT = "farm-bot"


def done(actions: Sequence[Action], known: View, clock: Iterator[int]) -> View:
    """The repository after all that was done, at the edge's hands."""
    for action in actions:
        at = next(clock)
        match action:
            case Create(crash=one):
                made = thread(at, body=body.issue(one, Told()), created_s=NOW_S)
                known = known.having(made)
                continue
            case Skip() | Private():
                continue
        now = known.threads[action.thread.number]
        comments = now.comments or ()
        match action:
            case Adopt(crash=one):
                now = dataclasses.replace(now, body=f"{now.body}\n{marks.owner(one.id)}\n")
            case Heal(crash=one, keeper=keeper):
                text = marks.disowned(now.body, one.id, keeper)
                now = dataclasses.replace(now, body=text, is_open=False, reason="duplicate")
            case Update(crash=one, total=total, comment=comment, extra=extra):
                text = body.sightings(one, total)
                gone = {other.id for other in extra}
                kept = [
                    other for other in comments if other.id not in gone | {comment and comment.id}
                ]
                identity = comment.id if comment else at
                now = dataclasses.replace(
                    now, comments=(*kept, Comment(identity, text, BOT, "NONE", NOW_S))
                )
            case Close(crash=one, passed=passed):
                word = Comment(at, body.closed(one, passed), BOT, "NONE", NOW_S)
                changes: dict[str, Any] = dict(CLOSED, closed_s=NOW_S)
                now = dataclasses.replace(now, comments=(*comments, word), **changes)
            case Reopen(crash=one, failed=failed):
                word = Comment(at, body.reopened(one, failed), BOT, "NONE", NOW_S)
                changes = {"is_open": True, "closed_s": None, "reason": "reopened"}
                now = dataclasses.replace(now, comments=(*comments, word), **changes)
        known = known.having(now)
    return known


trials = st.lists(
    st.tuples(
        st.sampled_from(["5.0.0", "5.0.1", "5.0.2", "5.0.3"]),
        st.sampled_from([0, 1, 3]),
        st.floats(1_900_000_000.0, 2_100_000_000.0),
    ),
    max_size=4,
)
bugs = st.tuples(
    st.integers(0, 3), trials, st.sampled_from([(), (OLD,)]), st.sampled_from(["", "h"])
)
threads = st.builds(
    lambda number, owners, labels, is_open, reason, comments: thread(
        number,
        *owners,
        labels=frozenset(labels) | {LABEL},
        is_open=is_open,
        reason=reason,
        closed_s=None if is_open else 1_950_000_000.0,
        comments=said(*comments, association="OWNER"),
    ),
    st.integers(1, 9),
    st.sampled_from([(crash(bug).id,) for bug in range(4)] + [(OLD,), (OLD, crash(1).id)]),
    st.sets(st.sampled_from(["wontfix", "fuzz-ignore", "duplicate", "bug"]), max_size=1),
    st.booleans(),
    st.sampled_from(["", "completed", "not_planned", "duplicate", "reopened"]),
    st.lists(
        st.sampled_from(["Duplicate of #3", "hello", marks.step("closed", crash(1).id, "5.0.2")]),
        max_size=2,
    ),
)


@given(
    st.lists(bugs, max_size=4, unique_by=lambda bug: bug[0]),
    st.lists(threads, max_size=5, unique_by=lambda one: one.number),
    st.integers(0, 3),
)
def test_doing_it_leaves_nothing_to_do(
    chosen: list[tuple[int, list[tuple[str, int, float]], tuple[str, ...], str]],
    known: list[Thread],
    cap: int,
) -> None:
    """After a plan was done a second plan changes nothing; no crash ever has two issues; what a
    person labelled is as it was; the cap holds."""
    candidates = [
        Candidate(crash(bug, *story, aliases=aliases), hold=hold)
        for bug, story, aliases, hold in chosen
    ]
    rules = Rules(NOW_S, cap=cap)
    before = view(*known).without(3)
    actions = plan(candidates, before, rules)
    assert sum(isinstance(action, Create) for action in actions) <= cap
    after = done(actions, before, itertools.count(100))
    again = plan(candidates, after, rules)
    assert all(isinstance(action, Skip) for action in again), again
    for one in known:
        if one.has("wontfix") or one.has("fuzz-ignore"):
            assert after.threads[one.number] == one
    for candidate in candidates:
        owning = [
            thread.number
            for thread in after.threads.values()
            if candidate.crash.id in thread.owners and not is_decided(thread)
        ]
        assert len(owning) <= 1, owning
    assert decisions.filed_today(after, NOW_S) <= cap
