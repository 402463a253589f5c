"""Promises of the checks `session` and `gtids`, and of what clients do when nobody waits longer."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from targets.mysql import escape, gtids, rogue, roundtrip, session
from targets.mysql.binlog.choices import Choices
from targets.mysql.clients import pymysql, reference
from targets.mysql.dialog import Dialog
from targets.mysql.mimic.questions import draw_questions
from targets.mysql.mimic.server import Asked, Heard, Server, mysql_mimic
from targets.mysql.tests.dialogs import MORE, ROWS, dialog, prepared, table
from targets.oracles import Violation

SOMEONE = "57b70f4e-20d3-11e5-a393-4a63946f7eac"


def _inputs() -> list[bytes]:
    return [bytes([first, second, 40, 3]) for first in range(0, 256, 16) for second in range(24)]


def test_every_input_is_a_talk_and_the_same_each_time() -> None:
    """Questions follow from the bytes alone."""
    for data in _inputs():
        questions = draw_questions(Choices(data), "u")
        again = draw_questions(Choices(data), "u")
        assert [each.text for each in questions] == [each.text for each in again]


def test_current_mysql_mimic_answers_what_it_documents() -> None:
    """But for names that only begin like the pattern, which it lists too."""
    pytest.importorskip("mysql_mimic")
    subject = mysql_mimic()
    wrong = set()
    for data in _inputs()[::12]:
        try:
            session.check(data, subject)
        except Violation as violation:
            wrong.add(violation.oracle)
    assert wrong <= {"session: SHOW VARIABLES by the start of a name: another answer"}


def test_session_that_forgets_a_variable_is_seen() -> None:
    """A server whose answers are those to another value."""
    pytest.importorskip("mysql_mimic")
    honest = mysql_mimic()

    def forgetful(chunks: Any) -> Asked:
        return honest.ask([re.sub(rb"(?i)(SET [^@]*?= )(\d)", rb"\g<1>7", chunks[0])])

    subject = Server("forgetful", lambda _chunks, _answers: Heard(b"", (), False), forgetful)
    seen = set()
    for data in _inputs()[::3]:
        try:
            session.check(data, subject)
        except Violation as violation:
            seen.add(violation.oracle)
    assert "session: SELECT of a variable: another answer" in seen


@dataclasses.dataclass
class _Numbers:
    """A set of numbers of one server that says of no other that it is part of it."""

    text: str
    encoded_length: int = 3

    def __str__(self) -> str:
        return self.text

    def __contains__(self, _other: object) -> bool:
        return False

    def encode(self) -> bytes:
        return b"abc"


@dataclasses.dataclass(frozen=True)
class _Library:
    gtids: gtids.Gtids | None


def test_wrong_membership_is_seen() -> None:
    """A set is part of itself."""
    kind = gtids.Gtids(_Numbers, list, lambda _data: _Numbers(f"{SOMEONE}:1"), lambda _data: [])
    with pytest.raises(Violation, match="part of a set"):
        gtids.check(b"", _Library(kind))


def test_subject_without_such_sets_is_passed_over() -> None:
    """A release may have none."""
    gtids.check(b"", _Library(None))


@pytest.mark.parametrize("make", [reference, pymysql])
def test_late_answer_is_no_answer_to_the_next_question(make: Any) -> None:
    """The client gives the connection up, or reads what is left."""
    subject = make()
    rogue.check(b"\0" + b"\0\0" * 2 + b"\x11\0", subject)
    rogue.check(b"\0" + b"\0\0" * 3 + b"\x11\0" + b"\0\0", subject)


def test_confusion_after_a_late_answer_is_seen() -> None:
    """A client that goes on reads the answer of the question before."""
    subject = reference()
    assert subject.connect is not None
    connect = subject.connect

    def careless(peer: Any, settings: Any) -> Any:
        inner = connect(peer, settings)
        patient = peer.wanted

        def wanted() -> bytes:
            try:
                return bytes(patient())
            except TimeoutError:
                # It takes the silence for an empty answer.
                return b"\7\0\0\1\0\0\0\2\0\0\0"

        peer.wanted = wanted
        return inner

    with pytest.raises(Violation, match="later question"):
        rogue.check(b"\0" + b"\0\0" * 2 + b"\x11\0", dataclasses.replace(subject, connect=careless))


@pytest.mark.filterwarnings("ignore:Previous unbuffered result:UserWarning")
def test_timeout_of_a_result_that_was_left_is_not_told_of_the_next() -> None:
    """As PyMySQL promises since 1.1."""
    late = [*table(*ROWS)[:-1], b"\xff\xd0\x0b#HY000too long"]
    for options in (b"\0\0\x06\x01", b"\0\0\x06\0"):
        roundtrip.check(dialog(*late, *table(*ROWS), options=options), pymysql())


def test_letters_behind_a_time_make_it_a_text() -> None:
    """As PyMySQL documents for illegal values."""
    data = dialog(*table(b"\x0901:02:03x", kinds=(11,)))
    expected = pymysql().expect
    assert expected is not None
    found = expected(pymysql().read(data))
    assert found is not None
    assert found.settled
    assert found.answers[0].rows == (("01:02:03x",),)


def test_doubled_percent_signs_are_folded_in_every_part() -> None:
    """Also behind the rows of `executemany`."""
    data = bytes((0, 1 | 5 << 2)) + b"n"
    escape.check(data, reference())
    with pytest.raises(Violation, match="differs from what was written"):
        escape.check(data, dataclasses.replace(reference(), percent="%%"))


def test_an_error_behind_the_first_result_of_a_prepared_statement_may_be_raised() -> None:
    """Its user has no way to ask for a second result, so a client may read on before it answers."""
    fails = b"\xff\xbf\x0f#42000You have an error"
    data = dialog(*prepared(1), *table(end=MORE), fails, options=b"\0\0\x02\0")
    expected = pymysql().expect
    assert expected is not None
    found = expected(Dialog.read(data))
    assert found is not None
    assert (found.answers, found.settled) == ((), False)
    sound = expected(Dialog.read(dialog(*prepared(1), *table(), options=b"\0\0\x02\0")))
    assert sound is not None
    assert len(sound.answers) == 1
