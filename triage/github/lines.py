"""What was done about a crash, or would be, as one line."""

from __future__ import annotations

import dataclasses

from harness.crash import Crash
from triage.github import body
from triage.github.decisions import (
    Action,
    Adopt,
    Close,
    Create,
    Heal,
    Private,
    Reopen,
    Skip,
    Update,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """One line of the result: `what` was (or would be) done about `crash`; `number` of the issue.

    `what` is create, adopt, update, close, reopen, heal, private, skip, postpone or fail.
    """

    what: str
    crash: Crash
    number: int | None = None
    url: str = ""
    why: str = ""


def describe(action: Action) -> Done:
    """The line of an action, done or not."""
    crash = action.crash
    if isinstance(action, Create):
        return Done("create", crash, why=body.title(crash))
    if isinstance(action, Private):
        return Done("private", crash, why=action.reason)
    if isinstance(action, Skip):
        number, url = (action.thread.number, action.thread.url) if action.thread else (None, "")
        return Done("postpone" if action.tomorrow else "skip", crash, number, url, action.reason)
    number, url = action.thread.number, action.thread.url
    match action:
        case Adopt():
            return Done("adopt", crash, number, url, "it was filed under an older id")
        case Update(total=total, comment=comment):
            how = "edited" if comment else "first comment"
            return Done("update", crash, number, url, f"seen {total.count:,} times, {how}")
        case Close(passed=passed):
            why = f"{passed.tries} clean replays of {passed.version or 'what is there today'}"
            return Done("close", crash, number, url, why)
        case Reopen(failed=failed):
            why = f"failed again in {failed.version or 'what is there today'}"
            return Done("reopen", crash, number, url, why)
        case Heal(keeper=keeper):
            return Done("heal", crash, number, url, f"a duplicate of #{keeper}: two filed at once")
