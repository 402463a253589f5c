"""Check: two implementations read the same frames from the same bytes, and refuse the same."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final

from targets.oracles import Violation
from targets.resp import subjects, wrapped
from targets.resp.differences import comparable, fired, repeated_keys
from targets.resp.implementation import Implementation, Outcome, modes, run
from targets.resp.scan import Unit, scan
from targets.resp.views import view

ADAPTERS: Final[dict[str, Callable[[], Implementation]]] = {
    "reference": subjects.reference,
    "reference-resp3": subjects.reference_resp3,
    "redis-py": subjects.redis_py,
    "redis-py-resp3": subjects.redis_py_resp3,
    "redis-py-async": wrapped.redis_py_async,
    "redis-py-async-resp3": wrapped.redis_py_async_resp3,
    "redis-py-hiredis": wrapped.redis_py_hiredis,
    "hiredis": subjects.hiredis,
    "fakeredis": subjects.fakeredis,
}
PAIRS: Final = (
    ("reference", "hiredis"),
    ("reference-resp3", "hiredis"),
    ("redis-py", "reference"),
    ("redis-py", "redis-py-resp3"),
    ("redis-py-resp3", "reference-resp3"),
    ("redis-py-resp3", "hiredis"),
    ("redis-py-async", "redis-py"),
    ("redis-py-async-resp3", "redis-py-resp3"),
    ("redis-py-hiredis", "hiredis"),
    ("redis-py-hiredis-async", "hiredis"),
    ("hiredis", "reference-resp3"),
    ("fakeredis", "reference"),
)
"""Left must agree with right; a run with a subject looks at the pairs that have it at the left."""
KINDS: Final = {
    **{43: "simple", 45: "error", 58: "integer", 36: "bulk", 42: "array", 95: "null", 44: "double"},
    **{35: "boolean", 40: "big number", 33: "bulk error", 61: "verbatim", 37: "map", 126: "set"},
    **{62: "push", 124: "attribute"},
}


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a pair disagrees; anything undocumented that the subject raises escapes."""
    for left in modes(subject, data):
        partners = [right for name, right in PAIRS if name == left.name]
        if not partners:
            continue
        units = {flag: scan(data, resp3=flag) for flag in {left.resp3, *_modes(partners)}}
        for name in partners:
            right = partner(name)
            if right is not None:
                _compare(data, units[left.resp3 or right.resp3], left, right)


@functools.cache
def partner(name: str) -> Implementation | None:
    """The implementation to compare with; None: it is not installed."""
    try:
        return ADAPTERS[name]()
    except ImportError:
        return None


def _modes(partners: list[str]) -> set[bool]:
    return {found.resp3 for name in partners if (found := partner(name)) is not None}


def _compare(data: bytes, units: list[Unit], left: Implementation, right: Implementation) -> None:
    count = comparable(units, left, right)
    if count == 0 or (right.declines is not None and right.declines(data)):
        return
    if count < len(units):
        data = data[: units[count].start]
    ours = run(left, (data,))
    try:
        theirs = run(right, (data,))
    except Exception as error:  # the partner's own faults are found where it is the subject
        fired[f"partner {right.name} fails with {type(error).__name__}"] += 1
        return
    _require_equal(ours, theirs, units[:count], left, right)


def _require_equal(
    ours: Outcome, theirs: Outcome, units: list[Unit], left: Implementation, right: Implementation
) -> None:
    pair = f"differential: {left.name} against {right.name}"
    merges = left.merges | right.merges
    for number, frames in enumerate(zip(ours.frames, theirs.frames, strict=False)):
        seen, expected = (view((frame,), merges) for frame in frames)
        if seen == expected:
            continue
        at = next(at for at in range(len(seen)) if seen[at] != expected[at])
        repeated = number < len(units) and repeated_keys(units[number])
        kinds = "in a map of equal keys" if repeated else f"{seen[at][0]} for {expected[at][0]}"
        raise Violation(
            f"{pair}: another value: {kinds}",
            f"{_short(seen[at])} for {_short(expected[at])}, item {at} of frame {number}",
        )
    verdicts = (_verdict(ours, theirs), _verdict(theirs, ours))
    if verdicts[0] != verdicts[1]:
        unit = units[min(len(ours.frames), len(theirs.frames), len(units) - 1)]
        raise Violation(
            f"{pair}: {verdicts[0]} where the other {verdicts[1]}: {_cause(unit, ours, theirs)}",
            f"{ours.error!r} after {len(ours.frames)} frames, "
            f"{theirs.error!r} after {len(theirs.frames)} frames",
        )


def _verdict(outcome: Outcome, other: Outcome) -> str:
    """What it did where the frames of both ended."""
    if len(outcome.frames) > len(other.frames):
        return "accepts"
    return "refuses" if outcome.error is not None else "waits"


def _cause(unit: Unit, ours: Outcome, theirs: Outcome) -> str:
    """What it is about, in few distinct words: the contract's refusal, else theirs, else a kind."""
    if unit.refusal:
        reason = unit.refusal.partition(":")[0]
        return f"{reason}, {KINDS.get(unit.tokens[-1].kind, 'no type')}"
    for outcome, other in ((ours, theirs), (theirs, ours)):
        if outcome.error is not None and len(outcome.frames) <= len(other.frames):
            return re.split(r"[:'\"\d]", outcome.error, maxsplit=1)[0].strip(" ,")
    return KINDS.get(unit.tokens[0].kind, "no type")


def _short(item: tuple[str, object]) -> str:
    text = repr(item)
    return text if len(text) <= 120 else f"{text[:120]}…"
