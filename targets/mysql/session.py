"""Check: a server's session remembers what was set, and answers what servers answer by themselves.

An input is decisions (`binlog/choices.py`): a talk of statements, each with its answer. What is no
affair of the library reaches its user's session, as it was written. A server may refuse what it
says that it does not support.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.commands import Replies
from targets.mysql.memory.polite import Packets, packet
from targets.mysql.mimic.questions import OPEN, Question, Row, draw_questions
from targets.mysql.mimic.server import Asked, Reached, Server
from targets.mysql.mimic.talks import PLUGIN_AUTH, PROTOCOL_41, SECURE_CONNECTION
from targets.oracles import Violation

USER: Final = "someone"
NOT_KNOWN: Final = (1193, 1235)
"""Errors for a variable that there is not, and for what is not supported yet."""

OTHER_PARSER: Final = b"module 'sqlglot."
"""In the error of an old release that is beside a later parser than its own."""


def check(data: bytes, subject: Server) -> None:
    """Violation when an answer is wrong or missing, or a statement reaches the user changed."""
    questions = draw_questions(Choices(data), USER)
    if not questions:
        return
    _require(questions, subject.ask((b"".join(_packets(questions)),)))


def _packets(questions: tuple[Question, ...]) -> Iterator[bytes]:
    """All that the client sends."""
    flags = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
    head = flags.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x2d" + bytes(23)
    yield packet(1, head + USER.encode() + b"\0\0mysql_native_password\0")
    for question in questions:
        if question.database is not None:
            yield packet(0, b"\2" + question.database.encode())
        else:
            yield packet(0, b"\3" + question.text.encode())


def _require(questions: tuple[Question, ...], asked: Asked) -> None:
    packets = Packets().feed(asked.sent)
    if len(packets) < 2 or packets[1][1][:1] != b"\0":
        raise Violation("session: a login is refused", repr(asked.sent[-200:]))
    replies = Replies(packets[2:], eof=True)
    reached = iter(asked.reached)
    for question in questions:
        code = replies.error_code()
        if code in NOT_KNOWN or (code and OTHER_PARSER in replies.left[0][1]):
            # It says what it does not know; what its session remembers is then open.
            return
        if code:
            raise Violation(
                f"session: {question.name} is answered with an error",
                f"{question.text}: {replies.left[0][1][9:]!r:.300}",
            )
        if question.reaches:
            _require_reached(question, next(reached, None))
        try:
            _require_answer(question, replies)
        except (IndexError, KeyError, struct.error, ValueError) as error:
            raise Violation(
                f"session: {question.name}: an answer that is cut or wrong", f"{error}"
            ) from None
    if next(reached, None) is not None:
        raise Violation("session: a statement reaches the user that is none of the user's")


def _require_reached(question: Question, reached: Reached | None) -> None:
    if reached is None or reached.sql != question.text:
        raise Violation(f"session: {question.name} does not reach the user", question.text)
    if not reached.faithful:
        raise Violation(f"session: {question.name} reaches the user changed", question.text)
    for name, value in question.within.items():
        if name in reached.variables and reached.variables[name] != value:
            raise Violation(
                f"session: {question.name} is not heeded",
                f"{question.text}: {name} is {reached.variables[name]!r}",
            )


def _require_answer(question: Question, replies: Replies) -> None:
    if question.rows is None:
        replies.ok(question.name)
        return
    found = tuple(tuple(map(_text, row)) for row in replies.rows(binary=False))
    if question.test is not None:
        good = question.test(found)
    else:
        good = len(found) == len(question.rows) and all(map(_same, question.rows, found))
    if not good:
        raise Violation(
            f"session: {question.name}: another answer",
            f"{question.text}: {found!r:.200}, expected {question.rows!r:.200}",
        )


def _text(cell: object) -> str | None:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else None


def _same(wanted: Row, found: Row) -> bool:
    return len(wanted) == len(found) and all(
        one in (OPEN, other) for one, other in zip(wanted, found, strict=True)
    )
