"""Why two failures are or are not the same crash: part by part, and what did not count. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from harness.failure import Failure, Frame
from harness.fingerprint import fingerprint, parts
from harness.fingerprint_frames import Sieve, Step, qualified_place
from harness.fingerprint_origin import links, origin, resolved
from triage.text import safe

MAX_STEPS = 12
"""Calls shown of one failure, the innermost; all are in the JSON."""


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a failure, whose modules are the subject's, and what else is in its id."""

    name: str
    failure: Failure
    own: tuple[str, ...] = ()
    target: str = ""
    package: str = ""
    id: str = ""

    @property
    def compared(self) -> dict[str, str]:
        """What makes it the crash that it is; a file has neither target nor package."""
        return {
            "target": self.target,
            "package": self.package,
            **dataclasses.asdict(parts(self.failure, self.own)),
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """Two sides, and the names of the parts in which they differ."""

    a: Side
    b: Side
    differ: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether they are one crash."""
        return not self.differ


def explain(a: Side, b: Side) -> Explanation:
    """Compare what names the two; an id that both have settles it, as a person may have merged."""
    if a.id and a.id == b.id:
        return Explanation(a, b, ())
    mine, other = a.compared, b.compared
    known = [part for part in mine if part not in ("target", "package") or (a.id and b.id)]
    return Explanation(a, b, tuple(part for part in known if mine[part] != other[part]))


def to_json(explanation: Explanation) -> dict[str, Any]:
    """All of it as plain values for JSON."""
    return {
        "same": explanation.same,
        "differ": list(explanation.differ),
        "a": _side_record(explanation.a),
        "b": _side_record(explanation.b),
    }


def _side_record(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "fingerprint": fingerprint(side.failure, side.own),
        **side.compared,
        "errors": [{"type": link.type, "why": why} for link, why in _errors(side)],
        "calls": [
            {**_call(step.frame), "counts": not step.dropped, "why": step.dropped}
            for step in _steps(side)
        ],
    }


def lines(explanation: Explanation) -> Iterator[str]:
    """For people: the answer, the parts side by side, and of each side what did not count."""
    a, b = explanation.a, explanation.b
    if explanation.same:
        yield "the same crash" + (f": {a.id}" if a.id and a.id == b.id else "")
    else:
        yield f"different crashes: {', '.join(explanation.differ)} differ" + (
            "s" if len(explanation.differ) == 1 else ""
        )
    yield ""
    mine, other = a.compared, b.compared
    width = min(max(len(text) for text in mine.values()), 50)
    for part in mine:
        if mine[part] or other[part]:
            sign = "≠" if part in explanation.differ else "="
            left, right = safe(mine[part]) or "-", safe(other[part]) or "-"
            yield f"  {sign} {part:<8} {left:<{width}}  {right}"
    for label, side in (("A", a), ("B", b)):
        yield ""
        yield f"{label}  {safe(side.name)}"
        yield f"  {fingerprint(side.failure, side.own)}"
        told = list(_errors(side))
        for link, why in told if len(told) > 1 else ():
            yield f"  {safe(link.type)}: {why}"
        steps = _steps(side)
        if len(steps) > MAX_STEPS:
            yield f"  … {len(steps) - MAX_STEPS} calls further out"
        for step in steps[-MAX_STEPS:]:
            yield f"  {'-' if step.dropped else '+'} {_shown(step)}"


def _shown(step: Step) -> str:
    frame = step.frame
    where = f"{frame.file.rpartition('/')[2] or frame.module}:{frame.line}"
    told = f" ({step.dropped})" if step.dropped else f": {frame.statement}"
    return safe(f"{where} in {qualified_place(frame)}{told}".removesuffix(": "))


def _call(frame: Frame) -> dict[str, Any]:
    return {
        "module": frame.module,
        "function": frame.function,
        "file": frame.file,
        "line": frame.line,
        "statement": frame.statement,
    }


def _errors(side: Side) -> Iterator[tuple[Failure, str]]:
    """Every error of the failure, and what it has to do with the crash's name."""
    failure = resolved(side.failure)
    chosen = origin(failure, Sieve(failure, side.own))
    passed = False
    for link in links(failure):
        if link is chosen:
            passed = True
            yield link, "names the crash"
        elif not passed:
            yield link, "tells of what is behind it"
        else:
            yield link, "was only being handled, or is another of a group"


def _steps(side: Side) -> list[Step]:
    failure = resolved(side.failure)
    sieve = Sieve(failure, side.own)
    return sieve.steps(origin(failure, sieve).frames)
