"""Does on GitHub what was decided, one crash at a time, looking again before and after it creates.

Whatever stops it (a limit, a time-out, a kill), nothing is half-filed: what is missing is found
missing by the next run, and what is there is found there.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator

from harness.crash import Crash, Issue
from harness.crashes import change
from harness.home import Home
from targets.errors import FarmError
from triage.github import body, marks, sensitive
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
    Update,
    adopted,
    decide,
    last_step,
    news,
    plan,
)
from triage.github.lines import Done, describe
from triage.github.patience import Refused
from triage.github.threads import LABEL, Thread, View, matching, place
from triage.github.tracker import Tracker

MAX_ROUNDS = 3
"""How often a comment is written again that another machine wrote over."""


@dataclasses.dataclass(slots=True)
class Filing:
    """The crashes of one home going to one repository. `told` says more of a crash, `hide` takes
    the token out of a text."""

    tracker: Tracker
    home: Home
    rules: Rules
    told: Callable[[Crash], Told]
    hide: Callable[[str], str]
    view: View
    listed: int = 0
    """All issues up to this number are in the view."""

    def planned(self, candidates: Iterable[Candidate]) -> list[Action]:
        """What is to be done, once all issues that matter were read."""
        self._look(self.tracker.labelled())
        candidates = list(candidates)
        for candidate in candidates:
            self._read(candidate)
        return plan(candidates, self.view, self.rules)

    def done(self, actions: Iterable[Action]) -> Iterator[Done]:
        """Does it; what one crash's content makes fail does not stop the others."""
        for action in actions:
            try:
                yield from self._do(action)
            except Refused as refused:
                if not _is_about_one(refused, action):
                    raise
                yield Done("fail", action.crash, why=str(refused))

    def _read(self, candidate: Candidate) -> None:
        """Reads what the place of a crash depends on."""
        if candidate.leave or candidate.private:
            return
        while (number := place(candidate.crash, self.view).unread) is not None:
            known = self.view.threads.get(number)
            if known is None:
                thread = self.tracker.read(number)
            else:
                comments = tuple(self.tracker.comments(number))
                thread = dataclasses.replace(known, comments=comments)
            self.view = self.view.without(number) if thread is None else self.view.having(thread)

    def _do(self, action: Action) -> Iterator[Done]:
        match action:
            case Create():
                yield from self._create(action.crash)
            case Private():
                yield self._private(action)
            case _:
                yield self._change(action)
                self._note(action.crash)

    def _change(self, action: Action) -> Done:
        """Everything that happens to an issue that is there."""
        thread = getattr(action, "thread", None)
        thread = self.view.threads.get(thread.number, thread) if thread else None
        if thread is not None:
            match action:
                case Adopt(crash=crash):
                    thread = self.tracker.edit(thread, text=adopted(crash, thread).body)
                case Heal(crash=crash, keeper=keeper):
                    text = marks.disowned(thread.body, crash.id, keeper)
                    thread = self.tracker.edit(
                        thread, text=text, state="closed", reason="duplicate"
                    )
                case Update():
                    thread = self._update(action, thread)
                case Close(crash=crash, passed=passed):
                    if thread.is_open:
                        thread = self.tracker.edit(thread, state="closed", reason="completed")
                    thread = self._say_step(crash, thread, body.closed(crash, passed))
                case Reopen(crash=crash, failed=failed):
                    if not thread.is_open:
                        thread = self.tracker.edit(thread, state="open", reason="reopened")
                    thread = self._say_step(crash, thread, body.reopened(crash, failed))
            self.view = self.view.having(thread)
        return describe(action)

    def _update(self, action: Update, thread: Thread) -> Thread:
        """Says what is new, and looks whether another machine wrote over it meanwhile."""
        crash = action.crash
        thread = self._reread(thread)  # what was read may be minutes old
        update = news(crash, thread, self.view)
        for _ in range(MAX_ROUNDS):
            if update is None:
                break
            text = self.hide(body.sightings(crash, update.total))
            if update.comment is None:
                thread = self.tracker.say(thread, text, lambda said: marks.counts(said, crash.id))
            else:
                thread = self.tracker.reword(thread, update.comment, text)
            for extra in update.extra:
                thread = self.tracker.reword(thread, extra, body.uncounted())
            thread = self._reread(thread)
            update = news(crash, thread, self.view)
        return thread

    def _say_step(self, crash: Crash, thread: Thread, text: str) -> Thread:
        """Says that it was closed or reopened, unless another machine was faster."""
        step = marks.read_step(text)
        thread = self._reread(thread)
        if last_step(crash, thread, self.view) == step:
            return thread
        before = {comment.id for comment in thread.comments or ()}
        thread = self.tracker.say(
            thread, self.hide(text), lambda said: marks.read_step(said) == step
        )
        own = (thread.comments or ())[-1]
        thread = self._reread(thread)
        first = min(
            comment.id
            for comment in (own, *(thread.comments or ()))
            if comment.id not in before and marks.read_step(comment.body) == step
        )
        return thread if own.id == first else self.tracker.reword(thread, own, body.said_above())

    def _reread(self, thread: Thread) -> Thread:
        """With the comments of this moment."""
        thread = dataclasses.replace(thread, comments=tuple(self.tracker.comments(thread.number)))
        self.view = self.view.having(thread)
        return thread

    def _create(self, crash: Crash) -> Iterator[Done]:
        """A new issue, unless another machine was faster: before, or at the same moment."""
        candidate = Candidate(crash)
        found = self._found(crash)
        if found is not None:
            yield from self._follow(candidate)
            return
        text = self.hide(body.issue(crash, self.told(crash)))
        title = self.hide(body.title(crash))
        thread = self.tracker.create(title, text, body.labels(crash), lambda: self._found(crash))
        self.view = self.view.having(thread)
        self._note(crash, thread)
        if not thread.is_ours:
            raise FarmError(
                f"{self.view.repo} dropped the labels of #{thread.number}: without {LABEL!r} no "
                "other machine finds it again; give the token write access to issues, put the "
                "label on it, and run again"
            )
        yield Done("create", crash, thread.number, thread.url, body.title(crash))
        self._found(crash)
        if len(matching(crash, self.view)) > 1:
            # Everybody who sees the race heals it: one edit, the same whoever makes it. Which of
            # them is ours is not even known after a time-out.
            yield from self._follow(candidate)

    def _found(self, crash: Crash) -> Thread | None:
        """The crash's issue, if it was filed since we looked; updates the view."""
        self._look(self.tracker.newer(self.listed))
        return next(iter(matching(crash, self.view)), None)

    def _look(self, threads: list[Thread]) -> None:
        """Adds what was listed; what we filed ourselves must not hide what others filed before."""
        self.view = self.view.having(*threads)
        self.listed = max((self.listed, *(thread.number for thread in threads)))

    def _follow(self, candidate: Candidate) -> Iterator[Done]:
        """Decide again, now that the issue is there."""
        self._read(candidate)
        for action in decide(candidate, self.view, self.rules):
            if not isinstance(action, Create):
                yield from self._do(action)

    def _private(self, action: Private) -> Done:
        crash = action.crash
        text = self.hide(body.private(crash, self.told(crash), action.reason))
        is_new = sensitive.write(self.home, crash, text)
        said = f"{action.reason}: {'written to' if is_new else 'nothing new in'}"
        return Done("private", crash, why=f"{said} {sensitive.path(self.home, crash)}")

    def _note(self, crash: Crash, thread: Thread | None = None) -> None:
        """Notes the issue in the home, when that is news."""
        thread = thread or place(crash, self.view).thread
        known = crash.issues.get(self.view.repo)
        if thread is None or (
            known and (known.number, known.closed) == (thread.number, not thread.is_open)
        ):
            return
        issue = Issue(thread.number, thread.url, time.time(), not thread.is_open)
        repo = self.view.repo
        change(
            self.home,
            crash.id,
            lambda now: dataclasses.replace(now, issues={**now.issues, repo: issue}),
        )


def _is_about_one(refused: Refused, action: Action) -> bool:
    """Whether the refusal is about one crash, and others may do better: its content, or its issue
    was deleted or locked meanwhile."""
    if refused.status == 422:
        return True
    locked = refused.status == 403 and "lock" in str(refused).lower()
    return not isinstance(action, Create) and (locked or refused.status in (404, 410))
