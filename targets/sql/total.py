"""Check: any text gets an answer or the documented error, and no statement an empty answer."""

from __future__ import annotations

from targets.oracles import Violation
from targets.sql.implementation import Implementation, read
from targets.sql.scan import is_blank


def check(data: bytes, subject: Implementation) -> None:
    """Run the operation that the input chooses; whatever it raises escapes."""
    text, choices = read(data)
    name = choices.pick(tuple(subject.operations))
    result = subject.operations[name](text, choices)
    if not isinstance(result, str):
        return
    if not result.strip() and not is_blank(text):
        raise Violation(f"total: {name} leaves nothing of a statement", repr(text[:80]))
    try:
        result.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Violation(f"total: {name} gives no valid UTF-8", str(error)) from None
