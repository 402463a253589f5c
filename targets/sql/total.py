"""Check: any text gets an answer or the documented error, and no statement an empty answer."""

from __future__ import annotations

from targets import growth
from targets.oracles import Violation
from targets.sql.implementation import Choices, Implementation, divide, read
from targets.sql.scan import is_blank


def check(data: bytes, subject: Implementation) -> None:
    """Run the operation that the input chooses; whatever it raises escapes.

    A short text that takes long is a crash, too: exponential time and loops show at once, without
    waiting for the time that a long text may take.
    """
    text, choices = read(data)
    name = choices.pick(tuple(subject.operations))
    operation, options = subject.operations[name], choices.rest()
    body, _ = divide(data)
    result: object = None

    def run(_: bytes) -> None:
        nonlocal result
        result = operation(text, Choices(options))

    if len(body) <= growth.BRIEF_BYTES:
        growth.require_brief(f"total: {name}", run, body)
    else:
        run(body)
    _require_answer(name, text, result)


def _require_answer(name: str, text: str, result: object) -> None:
    if not isinstance(result, str):
        return
    if not result.strip() and not is_blank(text):
        raise Violation(f"total: {name} leaves nothing of a statement", repr(text[:80]))
    try:
        result.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Violation(f"total: {name} gives no valid UTF-8", str(error)) from None
