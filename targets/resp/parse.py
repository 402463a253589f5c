"""Check: only the documented error, limits exact, and costs linear in the bytes received."""

from __future__ import annotations

from targets import resource
from targets.oracles import Violation
from targets.resp.implementation import Implementation, Outcome, modes, run
from targets.resp.meter import require_linear, require_small
from targets.resp.reference import CONTRACT
from targets.resp.scan import Unit, scan

MAX_ERROR_TEXT = 256
"""Characters of the longest error text that is fit to be sent to a peer."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a promise is broken; anything undocumented that the subject raises escapes."""
    for variant in modes(subject, data):
        _check(data, variant)


def _check(data: bytes, subject: Implementation) -> None:
    outcome = run(subject, (data,))
    if subject.serves and outcome.error is not None:
        _require_harmless(outcome.error)
    units: list[Unit] | None = None
    if subject.limits is not None:
        units = scan(data, resp3=subject.resp3, limits=subject.limits)
        _require_verdict(subject, outcome, units)
    if resource.due():
        if units is None:
            units = scan(data, resp3=subject.resp3, limits=CONTRACT)
        require_linear(subject, data, units)
    elif resource.due_peak():
        require_small(subject, data)


def _require_harmless(error: str) -> None:
    if "\r" in error or "\n" in error:
        raise Violation("parse: the error text repeats a line end of the input", repr(error[:200]))
    if len(error) > MAX_ERROR_TEXT:
        raise Violation(
            "parse: the error text repeats the input without bound", f"{len(error)} characters"
        )


def _require_verdict(subject: Implementation, outcome: Outcome, units: list[Unit]) -> None:
    complete = len(units)
    refusal = ""
    if units and not units[-1].complete:
        complete -= 1
        refusal = units[-1].refusal
    if refusal and outcome.error is None:
        raise Violation(f"parse: accepts what must be refused: {_reason(refusal)}", refusal)
    if outcome.error is not None and not refusal:
        raise Violation("parse: refuses what must be accepted", outcome.error)
    if len(outcome.frames) != complete:
        raise Violation(
            "parse: wrong number of frames", f"{len(outcome.frames)}, expected {complete}"
        )
    if refusal and subject.states_reasons and not str(outcome.error).startswith(refusal):
        raise Violation(
            f"parse: wrong error text: {_reason(refusal)}", f"{outcome.error}, expected {refusal}"
        )


def _reason(refusal: str) -> str:
    """The refusal without what comes from the input."""
    return refusal.partition(":")[0]
