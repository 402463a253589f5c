"""Tells cheaply whether a failure came the same way as one whose fingerprint is known."""

from __future__ import annotations

from harness.failure import quick_key
from harness.fingerprint import template

MAX_PATHS = 10_000
"""Ways to fail that one process knows the fingerprints of."""
MAX_LINKS = 50
"""Causes, contexts and members of one exception that are looked at."""
MAX_SAID = 200
"""Characters of a message that are looked at."""


def path_of(error: BaseException) -> object:
    """Equal only for failures of one fingerprint: where they come from, and what they say."""
    if error.__context__ is None and not isinstance(error, BaseExceptionGroup):
        return quick_key(error), _said(error)
    keys: list[object] = []
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting and len(keys) < MAX_LINKS:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        keys.append((quick_key(link), _said(link)))
        waiting += [link.__cause__, None if link.__suppress_context__ else link.__context__]
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions
    return tuple(keys)


def _said(error: BaseException) -> str:
    """What the message always says, which may tell two bugs of one function apart."""
    try:
        said = str(error)[:MAX_SAID]
        return said if isinstance(error, NameError) else template(said)
    except Exception:  # the subject's own __str__ may fail, as `from_exception` notes too
        return "?"
