"""Crashes and issues made up for tests of what is decided about them."""

from __future__ import annotations

import dataclasses
from typing import Any

from harness.crash import Crash, of, tried
from harness.lifecycle import Trial
from triage.github import body, marks
from triage.github.body import Told
from triage.github.decisions import Rules
from triage.github.threads import LABEL, Comment, Thread, View
from triage.tests.filing import sighting

NOW_S = 2_000_000_000.0
REPO = "octo/hello"
BOT = "farm-bot"
RULES = Rules(NOW_S)
OLD = "crash-0123456789ab"


def crash(bug: int = 0, *trials: tuple[str, int, float], **changes: object) -> Crash:
    """A confirmed crash, then trials as (version, failures of three, time)."""
    made = of(sighting(bug, time_s=1_900_000_000.0))
    for version, failed, time_s in trials:
        made = tried(made, Trial(version, time_s, failed, 3))
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


FIXED = (("5.0.2", 0, 1_950_000_000.0),)
BACK = (*FIXED, ("5.0.3", 3, 1_990_000_000.0))


def thread(number: int, *owners: str, **changes: object) -> Thread:
    """An issue of ours that says what the first sighting of bug 0 was."""
    text = body.issue(crash(), Told())
    if owners != (crash().id,):
        text = "\n".join(map(marks.owner, owners)) + "\n\ntext"
    made = Thread(
        number=number,
        url=f"https://example.invalid/{number}",
        title="t",
        body=text,
        author=BOT,
        labels=frozenset({LABEL}),
        is_open=True,
        reason="",
        created_s=1_900_000_100.0,
        comments=(),
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def said(*texts: str, author: str = BOT, association: str = "NONE") -> tuple[Comment, ...]:
    """Comments, in order."""
    return tuple(
        Comment(at, text, author, association, 1_960_000_000.0) for at, text in enumerate(texts)
    )


def view(*threads: Thread) -> View:
    """A repository with these issues."""
    return View(REPO, {one.number: one for one in threads})


CLOSED: dict[str, Any] = {"is_open": False, "closed_s": 1_960_000_000.0, "reason": "completed"}
