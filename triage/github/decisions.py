"""What to do on GitHub about each crash: a pure function of crashes, issues and the time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from packaging.version import Version

from harness.crash import Crash, Trial
from harness.lifecycle import version_key
from triage.github import marks, tally
from triage.github.tally import Tally
from triage.github.threads import Comment, Thread, View, ids, place

DAY_S = 24 * 3600.0
SEVERITY = ("death", "memory", "hang", "oracle", "exception")
"""Kinds of crashes, worst first: under the cap these are filed first, of one kind the oldest."""


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A crash to file. `leave` says why it must not be touched at all, `hold` why it gets no new
    issue (one that is there is kept up to date), `private` why nothing of it may be said in public.
    """

    crash: Crash
    leave: str = ""
    hold: str = ""
    private: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What the user chose: new issues per 24 hours, clean replays before an issue is closed."""

    now_s: float
    cap: int = 10
    close_after: int = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Create:
    """File a new issue."""

    crash: Crash


@dataclasses.dataclass(frozen=True, slots=True)
class Adopt:
    """Add the crash's mark to an issue that is known by an older id only."""

    crash: Crash
    thread: Thread


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """Say `total` in the comment that counts; `comment` is edited, or a new one is written.

    `extra` are others of the kind, made in a race, that shall count no more.
    """

    crash: Crash
    thread: Thread
    total: Tally
    comment: Comment | None
    extra: tuple[Comment, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Close:
    """Close as fixed, then say so. What is closed already lacks the word only."""

    crash: Crash
    thread: Thread
    passed: Trial


@dataclasses.dataclass(frozen=True, slots=True)
class Reopen:
    """Open again, then say in which version it failed. What is open already lacks the word only."""

    crash: Crash
    thread: Thread
    failed: Trial


@dataclasses.dataclass(frozen=True, slots=True)
class Heal:
    """Close an issue that lost a race, as a duplicate of #`keeper`; it owns no crash any more."""

    crash: Crash
    thread: Thread
    keeper: int


@dataclasses.dataclass(frozen=True, slots=True)
class Private:
    """Write a report into the home in place of an issue."""

    crash: Crash
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Skip:
    """Do nothing. `thread` is the crash's issue, if there is one; `tomorrow`: only for today."""

    crash: Crash
    reason: str
    thread: Thread | None = None
    tomorrow: bool = False


Action = Create | Adopt | Update | Close | Reopen | Heal | Private | Skip


def plan(candidates: Iterable[Candidate], view: View, rules: Rules) -> list[Action]:
    """All that is to be done, new issues last and at most `rules.cap` in 24 hours.

    Whatever `unread` names must be in the view; see `threads.place`.
    """
    changes: list[Action] = []
    new: list[Create] = []
    chosen = sorted(candidates, key=lambda one: (one.crash.first_s, one.crash.id))
    merged = {name for one in chosen for name in one.crash.aliases}
    for candidate in chosen:
        for action in decide(candidate, view, rules):
            if isinstance(action, Create):
                new.append(action)
                continue
            changes.append(action)
            # What it owns, or gives up, is so for all that follow.
            match action:
                case Adopt(crash=crash, thread=thread):
                    view = view.having(adopted(crash, view.threads[thread.number]))
                case Heal(crash=crash, thread=thread, keeper=keeper):
                    text = marks.disowned(thread.body, crash.id, keeper)
                    view = view.having(dataclasses.replace(thread, body=text))
    room = max(0, rules.cap - filed_today(view, rules.now_s))
    for create in sorted(new, key=lambda create: urgency(create.crash)):
        if create.crash.id in merged:
            changes.append(Skip(create.crash, "another crash goes by its id, too"))
        elif room:
            room -= 1
            changes.append(create)
        else:
            why = f"{rules.cap} new issues a day is the cap: it comes another day"
            changes.append(Skip(create.crash, why, tomorrow=True))
    return changes


def urgency(crash: Crash) -> tuple[int, float, str]:
    """Sorts what is filed first to the front."""
    kind = SEVERITY.index(crash.kind) if crash.kind in SEVERITY else len(SEVERITY)
    return (kind, crash.first_s, crash.id)


def filed_today(view: View, now_s: float) -> int:
    """Our issues that were created within the last 24 hours."""
    return sum(
        thread.is_ours and thread.created_s > now_s - DAY_S for thread in view.threads.values()
    )


def decide(candidate: Candidate, view: View, rules: Rules) -> tuple[Action, ...]:
    """What to do about one crash, in order; the cap is not looked at."""
    crash = candidate.crash
    if candidate.leave:
        return (Skip(crash, candidate.leave),)
    if candidate.private:
        return (Private(crash, candidate.private),)
    found = place(crash, view)
    if found.unread is not None:
        raise ValueError(f"#{found.unread} must be read before anything is decided")
    if found.thread is None:
        fixed = "fixed before it was filed" if crash.state == "fixed" else ""
        why = found.refusal or fixed or candidate.hold
        return (Skip(crash, why) if why else Create(crash),)
    healed = tuple(Heal(crash, other, found.thread.number) for other in found.others)
    if found.refusal:
        return (*healed, Skip(crash, found.refusal, found.thread))
    changes: tuple[Action, ...] = ()
    if crash.id not in found.thread.owners:
        changes = (Adopt(crash, found.thread),)
    if found.target is not None and (update := news(crash, found.target, view)):
        changes = (*changes, update)
    if found.target is found.thread:
        changes = (*changes, *_life(crash, found.thread, view, rules))
    why = _quiet(crash, found.thread, rules)
    return (*healed, *(changes or (Skip(crash, why, found.thread),)))


def adopted(crash: Crash, thread: Thread) -> Thread:
    """The issue with the mark of the crash."""
    text = f"{thread.body.rstrip()}\n\n{marks.owner(crash.id)}\n"
    return dataclasses.replace(thread, body=text)


def news(crash: Crash, thread: Thread, view: View) -> Update | None:
    """An update, unless the comment (or the issue) says already all that this home knows."""
    names = sorted(ids(crash))
    counting = [
        comment
        for comment in view.trusted(thread)
        if any(marks.counts(comment.body, name) for name in names)
    ]
    texts = [comment.body for comment in counting] + ([thread.body] if thread.owners else [])
    known = Tally()
    for text in texts:
        for name in names:
            known = tally.joined(known, tally.from_record(marks.read_facts(text, name)))
    total = tally.joined(known, tally.of(crash))
    if total == known and len(counting) < 2:
        return None
    first = counting[0] if counting else None
    return Update(crash, thread, total, first, tuple(counting[1:]))


def _life(crash: Crash, thread: Thread, view: View, rules: Rules) -> tuple[Action, ...]:
    """Close what is fixed, reopen what came back."""
    last = last_step(crash, thread, view)
    passed, failed = _passed(crash, rules), _failed(crash, thread, last)
    if passed and (last is None or last.what != "closed"):
        return (Close(crash, thread, passed),)
    if passed and last and thread.is_open and last.version != (passed.version or ""):
        return (Close(crash, thread, passed),)  # a person reopened it: a newer version may close it
    came_back = last is not None and last.what == "closed"
    if failed and (came_back or not thread.is_open or thread.reason == "reopened"):
        return (Reopen(crash, thread, failed),)
    return ()


def last_step(crash: Crash, thread: Thread, view: View) -> marks.Step | None:
    """What we said last of closing or reopening the issue."""
    names = ids(crash)
    steps = [marks.read_step(comment.body) for comment in view.trusted(thread)]
    ours = [step for step in steps if step is not None and step.crash in names]
    return ours[-1] if ours else None


def _passed(crash: Crash, rules: Rules) -> Trial | None:
    """The trial that shows that it is fixed, once there were enough replays."""
    if crash.state != "fixed":
        return None
    passed = max((one for one in crash.trials.values() if not one.failed), key=_order)
    return passed if passed.tries >= rules.close_after else None


def _failed(crash: Crash, thread: Thread, last: marks.Step | None) -> Trial | None:
    """The trial that shows that it came back after the issue was closed.

    Either this home saw it fixed and failing again, or we closed it (another home knew why) and it
    fails in a newer version than the fixed one.
    """
    failing = [one for one in crash.trials.values() if one.failed]
    if not failing:
        return None
    failed = max(failing, key=_order)
    if thread.closed_s is not None and failed.time_s <= thread.closed_s:
        return None
    if last is not None and last.what == "reopened":
        # Closed again since: by a person, who knows of this version.
        return failed if crash.state == "regressed" and failed.version != last.version else None
    if crash.state == "regressed":
        return failed
    if last is None or crash.state in ("fixed", "flaky"):
        return None
    after = version_key(failed.version) > version_key(last.version)
    return failed if after or (not failed.version and not last.version) else None


def _quiet(crash: Crash, thread: Thread, rules: Rules) -> str:
    """Why nothing is to be done."""
    if crash.state == "fixed" and thread.is_open:
        passed = [one for one in crash.trials.values() if not one.failed]
        tries = max(passed, key=_order).tries
        if tries < rules.close_after:
            return f"fixed: {tries} of {rules.close_after} clean replays before it is closed"
        return "a person opened it again"
    return "nothing new"


def _order(trial: Trial) -> tuple[Version, float]:
    return (version_key(trial.version), trial.time_s)
