"""Check: any text gets an answer or the documented error, and no statement an empty answer."""

from __future__ import annotations

import re
import time
from typing import Final

from targets import growth, resource
from targets.oracles import Violation
from targets.sql.implementation import Choices, Implementation, divide, read
from targets.sql.scan import is_blank

DEAR_BYTES: Final = 600
"""Longer texts count as dear, and so do those of much of the same."""
DEAR_SHARE: Final = 0.4
"""Part of the time that dear texts may take while `resource.every` is above 1."""
FREE_S: Final = 2.0
"""Time that they may take in any case."""
_SAME: Final = re.compile(rb"([\s\S]{1,12}?)\1{9}")


class _Purse:
    """The CPU time that dear texts took.

    Nested brackets cost the third power of their number, a hundred plain statements each. Without
    a limit they take nearly all of the time, and show the same few crashes.
    """

    def __init__(self) -> None:
        self.spent_s = 0.0
        self.since = time.process_time()

    def allows(self) -> bool:
        """Whether another one may be run; always where one input is looked at alone."""
        elapsed_s = time.process_time() - self.since
        return resource.every <= 1 or self.spent_s <= FREE_S + DEAR_SHARE * elapsed_s


_purse = _Purse()


def check(data: bytes, subject: Implementation) -> None:
    """Run the operation that the input chooses; whatever it raises escapes.

    A short text that takes long is a crash, too: exponential time and loops show at once, without
    waiting for the time that a long text may take.
    """
    body, _ = divide(data)
    if not is_dear(body):
        _run(data, body, subject)
    elif _purse.allows():
        started = time.process_time()
        try:
            _run(data, body, subject)
        finally:
            _purse.spent_s += time.process_time() - started


def is_dear(body: bytes) -> bool:
    """Whether a text is long, or something in it comes ten times in a row."""
    return len(body) > DEAR_BYTES or _SAME.search(body) is not None


def _run(data: bytes, body: bytes, subject: Implementation) -> None:
    text, choices = read(data)
    name = subject.chosen(text, choices)
    operation, options = subject.operations[name], choices.rest()
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
