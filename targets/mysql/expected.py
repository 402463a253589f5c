"""What a dialog must come to, by the second reading of the protocol and a client's own words."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.mysql import meaning, scan
from targets.mysql.answers import Answer
from targets.mysql.dialog import Dialog, Options

TIMEOUTS: Final = (1969, 3024)
"""The statement took too long: MariaDB's and MySQL's number for it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """Answers in order."""

    answers: tuple[Answer, ...]
    settled: bool
    """Nothing but these answers; otherwise, these and then whatever the client makes of it."""


def expect(dialog: Dialog, *, rules: meaning.Rules) -> Expected | None:
    """None where nothing is said: the dialog brings its own start."""
    options = dialog.options
    if options.own_start or options.numbered:
        return None
    answers: list[Answer] = []
    sound = True
    for reply in scan.replies(dialog, 0):
        if not reply.complete:
            return Expected(tuple(answers), settled=False)
        if options.command in ("early", "prepare") and any(map(_fails, reply.results[1:])):
            return Expected(tuple(answers), settled=False)
        for index, result in enumerate(reply.results):
            if isinstance(result, scan.Prepared):
                if not _matches(result.parameters, options):
                    return Expected((), settled=False)
                continue
            answer = _answer(result, options, rules)
            if answer is None:
                return Expected(tuple(answers), settled=False)
            sound = sound and _sound(result, answer, options, rules)
            if index == 0 or options.command != "early":
                answers.append(answer)
            if options.command == "prepare" and len(reply.results) > 1:
                # No client reads further results of prepared statements.
                return Expected(tuple(answers), settled=False)
    if options.command == "prepare" and not answers:
        sound = False
    return Expected(tuple(answers), settled=sound)


def _fails(result: scan.Result) -> bool:
    """Whether what a client did not ask for is an error: it may report it or not.

    That is what follows the first result, where the user is given no other: a client that reads
    on before it answers (asyncmy's prepared statements) has an error to raise and no answer.
    """
    return _reported(result) is not None


def _matches(count: int, options: Options) -> bool:
    from targets.mysql.parameters import SETS

    return count == len(SETS[options.parameters % len(SETS)])


def _answer(result: scan.Result, options: Options, rules: meaning.Rules) -> Answer | None:
    if options.command == "ping" and not isinstance(result, scan.Failed):
        return Answer()
    if options.command == "early" and isinstance(result, scan.Table):
        if result.failed is not None and not _times_out(result, rules):
            return None
        result = dataclasses.replace(result, rows=result.rows[:1], failed=None)
    failed = _reported(result)
    if failed is not None and scan.fatal(failed.code):
        return None
    return meaning.expected(result, options, rules)


def _times_out(result: scan.Table, rules: meaning.Rules) -> bool:
    """Whether the error behind the rows is a time-out, which is no affair of the next statement."""
    failed = result.failed
    return (
        rules.timeouts_left
        and failed is not None
        and failed.code in TIMEOUTS
        and len(failed.state) == 5
        and len(result.rows) > 0
    )


def keeps_protocol(dialog: Dialog) -> bool:
    """Whether all packets keep to the protocol, whatever the values in them."""
    if dialog.options.own_start or dialog.options.numbered:
        return False
    return all(reply.complete for reply in scan.replies(dialog, 0))


def _sound(result: scan.Result, answer: Answer, options: Options, rules: meaning.Rules) -> bool:
    """Whether no client has a reason to refuse any part of the result, even what it skips."""
    if _stateless(result):
        return False
    if isinstance(result, scan.Table):
        return meaning.sound(meaning.table(result, options, rules)) and meaning.sound(answer)
    return meaning.sound(answer)


def _stateless(result: scan.Result) -> bool:
    """An error as proxies send it; clients may refuse it, but not misread it."""
    failed = _reported(result)
    return failed is not None and not failed.state


def _reported(result: scan.Result) -> scan.Failed | None:
    if isinstance(result, scan.Table):
        return result.failed
    return result if isinstance(result, scan.Failed) else None
