"""Issues of a repository with their comments, as plain values, and which one belongs to a crash."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from harness.crash import Crash
from triage.github import marks

LABEL = "fuzz-crash"
"""All issues of the farm have it: that is how they are found. Only people who may triage can set
labels, so a stranger's issue with a copied mark is not taken for ours."""
LEAVE_ALONE = ("wontfix", "fuzz-ignore")
"""Labels by which a person says: leave this crash alone."""
DUPLICATE = "duplicate"
NOT_PLANNED = "not_planned"
MAX_DUPLICATES = 5
"""Length of a chain of duplicates that is followed."""

_MAY_TRIAGE = ("OWNER", "MEMBER", "COLLABORATOR")


@dataclasses.dataclass(frozen=True, slots=True)
class Comment:
    """One comment; `association` is how GitHub calls its author's relation to the repository."""

    id: int
    body: str
    author: str
    association: str
    created_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Thread:
    """One issue; `comments` is None while there are some that were not read. Times in Unix
    seconds."""

    number: int
    url: str
    title: str
    body: str
    author: str
    labels: frozenset[str]
    is_open: bool
    reason: str
    """`completed`, `not_planned`, `duplicate`, `reopened` or empty."""
    created_s: float
    closed_s: float | None = None
    comments: tuple[Comment, ...] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it has the farm's label."""
        return self.has(LABEL)

    @property
    def owners(self) -> frozenset[str]:
        """The crashes whose issue it is."""
        return marks.owners(self.body)

    def has(self, label: str) -> bool:
        """Whether it has the label, in any case, as on GitHub."""
        return any(label.casefold() == name.casefold() for name in self.labels)


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """What is known of a repository: issues by number; `gone` were asked for and do not exist."""

    repo: str
    threads: Mapping[int, Thread] = dataclasses.field(default_factory=dict)
    gone: frozenset[int] = frozenset()

    @property
    def authors(self) -> frozenset[str]:
        """Who filed our issues: whoever they are, their comments are ours."""
        return frozenset(
            thread.author for thread in self.threads.values() if thread.is_ours and thread.owners
        )

    def trusted(self, thread: Thread) -> tuple[Comment, ...]:
        """Comments that may steer us, oldest first: our own, and those of who may triage."""
        authors = self.authors
        return tuple(
            comment
            for comment in sorted(thread.comments or (), key=lambda comment: comment.id)
            if comment.association in _MAY_TRIAGE or comment.author in authors
        )

    def having(self, *threads: Thread) -> View:
        """The view with these in place of what was known of them."""
        return dataclasses.replace(
            self, threads={**self.threads, **{thread.number: thread for thread in threads}}
        )

    def without(self, number: int) -> View:
        """The view when that issue turned out not to exist."""
        return dataclasses.replace(self, gone=self.gone | {number})


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a crash belongs. `unread` must be read (with its comments) before anything is sure.

    `thread` is its issue, `target` the one that gets the news: the same, or what a person says it
    is a duplicate of. `others` are issues of the same crash that lost a race. `refusal` says why
    nothing may be done.
    """

    thread: Thread | None = None
    target: Thread | None = None
    others: tuple[Thread, ...] = ()
    refusal: str = ""
    unread: int | None = None


def ids(crash: Crash) -> frozenset[str]:
    """All ids that mean the crash."""
    return frozenset({crash.id, *crash.aliases})


def place(crash: Crash, view: View) -> Place:
    """The issue of a crash: of several the one with the lowest number."""
    noted = _noted(crash, view)
    if noted is not None and noted not in view.threads and noted not in view.gone:
        return Place(unread=noted)
    found = matching(crash, view)
    if not found:
        gone = noted in view.gone
        return Place(refusal=f"its issue #{noted} was deleted or moved" if gone else "")
    thread, *rest = found
    free = tuple(other for other in rest if not is_decided(other))
    refusal = next((_ruled(one) for one in found if _ruled(one)), "")
    if refusal:
        return Place(thread, thread, free, refusal)
    if thread.comments is None:
        return Place(thread, thread, free, unread=thread.number)
    return _followed(Place(thread, thread, free), view)


def matching(crash: Crash, view: View) -> list[Thread]:
    """All issues of the crash, the lowest number first.

    A finer fingerprint makes several crashes of one, which then share an older id: the issue that
    is known by the older id only belongs to the first of them that adopts it.
    """
    names, noted = ids(crash), _noted(crash, view)

    def is_its(thread: Thread) -> bool:
        if not thread.is_ours and thread.number != noted:
            return False
        if crash.id in thread.owners:
            return True
        if thread.owners:
            return thread.owners <= names
        return thread.number == noted and not marks.is_disowned(thread.body)

    found = [thread for _, thread in sorted(view.threads.items()) if is_its(thread)]
    if any(crash.id in thread.owners for thread in found):
        # What a person decided of another that is known by an older id holds for that one only.
        return [thread for thread in found if crash.id in thread.owners or not is_decided(thread)]
    return found


def _noted(crash: Crash, view: View) -> int | None:
    """The number that the home has."""
    return crash.issues[view.repo].number if view.repo in crash.issues else None


def _followed(found: Place, view: View) -> Place:
    """The place whose target is the end of a chain of duplicates that people made."""
    target, passed = found.target, {0}
    while target is not None and _is_duplicate(target):
        passed.add(target.number)
        number = _duplicate_of(target, view)
        first = found.thread.number if found.thread else 0
        if number is None:
            why = f"#{target.number} is marked as a duplicate, without `Duplicate of #NUMBER`"
            return dataclasses.replace(found, refusal=why)
        if number in view.gone or number in passed or len(passed) > MAX_DUPLICATES:
            why = f"#{first} is marked as a duplicate of #{number}, which leads nowhere"
            return dataclasses.replace(found, refusal=why)
        target = view.threads.get(number)
        if target is None or target.comments is None:
            return dataclasses.replace(found, unread=number)
        if _ruled(target):
            return dataclasses.replace(found, refusal=_ruled(target))
    return dataclasses.replace(found, target=target)


def _ruled(thread: Thread) -> str:
    """What a person decided of it, in words; empty when nothing."""
    for label in LEAVE_ALONE:
        if thread.has(label):
            return f"#{thread.number} is labelled {label}"
    not_planned = not thread.is_open and thread.reason == NOT_PLANNED
    return f"a person closed #{thread.number} as not planned" if not_planned else ""


def is_decided(thread: Thread) -> bool:
    """Whether a person said what becomes of it."""
    return bool(_ruled(thread)) or _is_duplicate(thread)


def _is_duplicate(thread: Thread) -> bool:
    return thread.has(DUPLICATE) or (not thread.is_open and thread.reason == DUPLICATE)


def _duplicate_of(thread: Thread, view: View) -> int | None:
    """The number that a person named last, in this repository."""
    said = re.compile(
        rf"duplicate of (?:(?:https?://[^\s/]+/)?{re.escape(view.repo)}(?:#|/issues/)|#)(\d+)\b",
        re.IGNORECASE,
    )
    texts = [thread.body, *(comment.body for comment in view.trusted(thread))]
    numbers = [int(number) for text in texts for number in said.findall(text)]
    return numbers[-1] if numbers else None
