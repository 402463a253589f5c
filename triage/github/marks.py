"""Hidden marks by which our issues and comments are known again: HTML comments, one a line.

`<!-- fuzzfarm crash-… -->` in an issue: it is the issue of that crash. The other marks say which of
our comments is which. Text that others write cannot contain one: see `markdown`.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

_CRASH = r"crash-[0-9a-f]{12}"
_OWNER = re.compile(rf"<!-- fuzzfarm ({_CRASH}) -->")
_DUPLICATE = re.compile(rf"<!-- fuzzfarm duplicate of #(\d+): ({_CRASH}) -->")
_SIGHTINGS = re.compile(rf"<!-- fuzzfarm sightings ({_CRASH}) -->")
_FACTS = re.compile(rf"<!-- fuzzfarm facts ({_CRASH}) (\{{.*\}}) -->")
_STEP = re.compile(rf'<!-- fuzzfarm (closed|reopened) ({_CRASH}) ("[^\n]*?") -->')


def owner(crash: str) -> str:
    """Says that an issue is the one of this crash."""
    return f"<!-- fuzzfarm {crash} -->"


def owners(body: str) -> frozenset[str]:
    """The crashes whose issue this is, by its body."""
    return frozenset(_OWNER.findall(body))


def disowned(body: str, crash: str, number: int) -> str:
    """The body of an issue that was found to be a duplicate of #`number`: it owns no crash."""
    marked = _OWNER.sub(lambda found: f"<!-- fuzzfarm duplicate of #{number}: {found[1]} -->", body)
    note = f"Duplicate of #{number}: two machines filed {crash} at the same moment.\n\n"
    return f"{note}{marked}"


def is_disowned(body: str) -> bool:
    """Whether it was closed as a duplicate by us."""
    return bool(_DUPLICATE.search(body))


def sightings(crash: str) -> str:
    """Says that a comment counts the sightings of this crash."""
    return f"<!-- fuzzfarm sightings {crash} -->"


def counts(body: str, crash: str) -> bool:
    """Whether this is the comment that counts the sightings of the crash."""
    return crash in _SIGHTINGS.findall(body)


def facts(crash: str, record: dict[str, Any]) -> str:
    """What the next one who edits has to know; nothing in it can end the HTML comment."""
    return f"<!-- fuzzfarm facts {crash} {_encoded(record)} -->"


def read_facts(body: str, crash: str) -> dict[str, Any]:
    """What `facts` said last of the crash; empty when there is nothing that can be read."""
    for found in reversed(_FACTS.findall(body)):
        if found[0] == crash:
            try:
                record = json.loads(found[1])
            except (ValueError, RecursionError):  # a person edited it
                return {}
            return record if isinstance(record, dict) else {}
    return {}


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """We said in a comment that we closed or reopened the issue, because of `version`."""

    what: str
    crash: str
    version: str


def step(what: str, crash: str, version: str) -> str:
    """Says that a comment is the word before `closed` or `reopened`."""
    return f"<!-- fuzzfarm {what} {crash} {_encoded(version)} -->"


def read_step(body: str) -> Step | None:
    """The inverse of `step`."""
    found = _STEP.search(body)
    if found is None:
        return None
    try:
        return Step(found[1], found[2], str(json.loads(found[3])))
    except ValueError:  # a person edited it
        return None


def _encoded(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
