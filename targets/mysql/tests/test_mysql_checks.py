"""The checks see what they are for: each planted fault, and each way a client can be wrong."""

from __future__ import annotations

import dataclasses
import pathlib
import struct
from collections.abc import Sequence
from typing import Any, Final

import pytest

from targets import faults, registry, resource
from targets.kinds import Fuzz
from targets.mysql import CLIENTS, TARGET, clients, meaning, packets, parameters, roundtrip, split
from targets.mysql.answers import MALFORMED, Answer
from targets.mysql.dialog import Dialog, Options
from targets.mysql.implementation import Implementation, Outcome
from targets.mysql.scan import Column
from targets.mysql.server import greeting
from targets.mysql.tests.dialogs import (
    EOF,
    ERROR,
    MORE,
    OK,
    ROWS,
    column,
    dialog,
    growth,
    prepared,
    table,
)
from targets.oracles import Violation

CORPUS: Final = pathlib.Path(__file__).parents[3] / "corpus" / "mysql"
_CUT_GREETING: Final = b"\x0a8.0.36\0\x07\0\0\0abcdefgh\0\xff\xf7"
FOUND_BY: Final[dict[str, tuple[str, bytes]]] = {
    "claimed-length": ("packets", bytes(4) + b"\xff\xff\xff\0abc"),
    "greeting-cut": ("packets", dialog(_CUT_GREETING, options=b"\x01\0\0\0")),
    "short-statement": ("packets", b"\x17\x01"),
    "three-byte-length": ("packets", b"\xfd\x01\x02\x03"),
    "length-251": ("packets", b"\xfc\xfb\0"),
    "torn-header": ("split", dialog(OK)),
    "continuation": (
        "roundtrip",
        dialog(b"\x01", column(b"a", 252), EOF, (b"", growth(total=0xFFFFFF)), EOF),
    ),
    "first-eof": ("roundtrip", dialog(*table(*ROWS))),
    "one-result": ("roundtrip", dialog(*table(*ROWS, end=MORE), OK)),
    "end-of-rows": (
        "roundtrip",
        dialog(b"\x01", column(b"a", 252), EOF, (b"", growth(value=0x1000000)), EOF),
    ),
    "null-bits": (
        "roundtrip",
        dialog(
            *prepared(1),
            *table(b"\0\x04" + b"\x01a", kinds=(253, 253)),
            options=bytes((0, 0, 2, 0)),
        ),
    ),
    "error-state": ("roundtrip", dialog(b"\xff\x28\x04Too many connections")),
    "sequence-255": ("packets", dialog((greeting(Options()), 255), options=b"\x02\0\0\0")),
    "first-word": ("classify", b"SELECT\t1"),
    "lock-case": ("classify", b"select 1 for update"),
}


def _check(name: str) -> Any:
    check = TARGET.checks[name]
    assert isinstance(check, Fuzz)
    return registry.load(check.check, name)


@pytest.fixture(autouse=True)
def _measure_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "every", 1)


def test_each_fault_is_in_the_table() -> None:
    """No planted fault of these checks is without an input that shows it."""
    checks = {"packets", "split", "roundtrip", "classify"}
    named = {name for name, each in TARGET.faults.items() if checks & set(each.checks or ())}
    assert set(FOUND_BY) == named


@pytest.mark.parametrize("fault", sorted(FOUND_BY))
def test_each_fault_is_found_by_its_check(fault: str) -> None:
    """Its input fails with the fault and passes without it."""
    check, data = FOUND_BY[fault]
    assert TARGET.faults[fault].checks == (check,)
    _check(check)(data, clients.reference())
    with faults.planted(fault), pytest.raises(Exception) as caught:  # any failure is a crash
        _check(check)(data, clients.reference())
    assert not isinstance(caught.value, TypeError)


@pytest.mark.parametrize("path", sorted((CORPUS / "seeds").iterdir()), ids=lambda path: path.name)
def test_every_seed_passes_on_the_reference(path: pathlib.Path) -> None:
    """In all checks of dialogs."""
    for name in ("packets", "split", "roundtrip"):
        _check(name)(path.read_bytes(), clients.reference())


VALID: Final = dialog(*table(*ROWS), OK, ERROR, *table(*ROWS, end=MORE), *table())


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("command", range(8))
def test_every_client_understands_a_plain_dialog(name: str, command: int) -> None:
    """Two tables, OK, an error, whatever the client does to get them."""
    subject = registry.load(TARGET.subjects[name].adapter, name)()
    payloads = [OK, ERROR, OK] if command == 4 else list(Dialog.read(VALID).packets)
    plain = [each if isinstance(each, bytes) else each.payload for each in payloads]
    if command == 2:
        plain = [*prepared(1), OK, ERROR, OK]
    data = dialog(*plain, options=bytes((0, 0, command, 0)))
    roundtrip.check(data, subject)
    split.check(data, subject)


def _wrong(change: Any) -> Implementation:
    """The reference whose outcome is changed."""
    good = clients.reference()

    def converse(found: Dialog, sizes: Sequence[int]) -> Outcome:
        outcome: Outcome = change(good.converse(found, sizes), sizes)
        return outcome

    return dataclasses.replace(good, converse=converse, name="wrong")


def _first(outcome: Outcome, **parts: object) -> Outcome:
    first = outcome.events[0]
    assert isinstance(first, Answer)
    changed = dataclasses.replace(first, **parts)  # type: ignore[arg-type]
    return dataclasses.replace(outcome, events=(changed, *outcome.events[1:]))


@pytest.mark.parametrize(
    ("change", "oracle"),
    [
        (lambda o, _: _first(o, rows=((12, "abc"), (5, None))), "text: values of integer"),
        (lambda o, _: _first(o, rows=((12, "abc"), (-5, ""))), "text: values of text"),
        (lambda o, _: _first(o, rows=((True, "abc"), (-5, None))), "values of integer .int, bool"),
        (lambda o, _: _first(o, rows=((12, "abc"),)), "query: number of rows"),
        (lambda o, _: _first(o, names=("c0", "c2")), "text: names"),
        (lambda o, _: _first(o, affected=3), "query: affected"),
        (
            lambda o, _: dataclasses.replace(o, events=o.events[:2], error="Lost"),
            "refused with Lost",
        ),
        (lambda o, _: dataclasses.replace(o, events=(*o.events, Answer())), "an answer to nothing"),
        (lambda o, _: dataclasses.replace(o, error="Lost"), "a valid dialog ends with Lost"),
        (lambda o, _: dataclasses.replace(o, sent=o.sent[:-1]), "cut short"),
        (
            lambda o, _: dataclasses.replace(o, sent=o.sent.replace(b"root", b"toor")),
            "another user",
        ),
    ],
)
def test_a_wrong_client_is_caught(change: Any, oracle: str) -> None:
    """Whatever part of its story is wrong, the violation names it."""
    with pytest.raises(Violation, match=oracle):
        roundtrip.check(VALID, _wrong(change))


def test_a_client_that_depends_on_the_cut_is_caught() -> None:
    """Another answer when the bytes come in pieces."""
    subject = _wrong(lambda outcome, sizes: _first(outcome, affected=9) if sizes else outcome)
    with pytest.raises(Violation, match="split: answers differ"):
        split.check(VALID, subject)


def _fails(when: Any) -> Implementation:
    """The reference with an error of its own where `when` says so."""
    good = clients.reference()

    def converse(found: Dialog, sizes: Sequence[int]) -> Outcome:
        when(found, sizes)
        return good.converse(found, sizes)

    return dataclasses.replace(good, converse=converse, name="failing")


MALFORMED_DIALOG: Final = dialog(*table(*ROWS), b"\xff")
"""Its last packet is an error without a number."""


def test_an_error_for_malformed_packets_is_named_by_its_class() -> None:
    """Whatever its text says; one that no packet is the cause of escapes as it is."""

    def always(_dialog: Dialog, _sizes: Sequence[int]) -> None:
        raise IndexError("login")

    def with_packets(found: Dialog, _sizes: Sequence[int]) -> None:
        if found.packets:
            raise IndexError("some place")

    with pytest.raises(Violation) as raised:
        packets.check(MALFORMED_DIALOG, _fails(with_packets))
    assert raised.value.oracle == "packets: IndexError for malformed packets"
    with pytest.raises(IndexError, match="login"):
        packets.check(MALFORMED_DIALOG, _fails(always))


@pytest.mark.parametrize("name", ["pymysql", "mysql-connector-python", "aiomysql"])
@pytest.mark.parametrize(("kind", "value"), [(246, b"\1x"), (253, b"\2\xff\xff"), (3, b"\1x")])
def test_a_value_may_be_refused_whatever_the_other_packets_are(
    name: str, kind: int, value: bytes
) -> None:
    """`int` and its kind say that a value is not of its column's type."""
    subject = registry.load(TARGET.subjects[name].adapter, name)()
    packets.check(dialog(*table(value, kinds=(kind,)), b"\xff"), subject)


def test_only_the_reading_of_values_may_refuse_them() -> None:
    """The same error for a packet that is no row is a finding."""

    def read_greeting(found: Dialog, _sizes: Sequence[int]) -> None:
        if found.packets:
            b"\xff".decode("ascii")

    subject = _fails(read_greeting)
    with pytest.raises(Violation, match="UnicodeDecodeError for malformed packets"):
        packets.check(MALFORMED_DIALOG, subject)
    packets.check(
        MALFORMED_DIALOG, dataclasses.replace(subject, converts=frozenset({"read_greeting"}))
    )


@pytest.mark.parametrize(
    ("command", "value", "seen"), [(6, b"\1\xff", False), (0, b"\1\xff", True), (6, b"\1x", True)]
)
def test_a_client_may_look_at_the_next_row_for_values(
    command: int, value: bytes, seen: bool
) -> None:
    """Where its user leaves rows unread, and no server sends the value: only then."""

    def looks_ahead(_dialog: Dialog, sizes: Sequence[int]) -> None:
        if not sizes:
            b"\xff".decode("utf-8")

    data = dialog(*table(b"\1x", value, kinds=(253,)), options=bytes((0, 0, command, 0)))
    if seen:
        with pytest.raises(Violation, match="split: undocumented errors differ"):
            split.check(data, _fails(looks_ahead))
    else:
        split.check(data, _fails(looks_ahead))


def test_memory_that_was_not_paid_for_is_caught() -> None:
    """A client that takes more than the bytes received allow."""
    subject = _wrong(lambda outcome, _: (bytes(1 << 22), outcome)[1])
    with pytest.raises(Violation, match="memory"):
        packets.check(VALID, subject)


LONG: Final = bytes((0, 0, 2, 8))
"""Prepared, and executed with parameters of 128 KiB."""


@pytest.mark.parametrize("executions", [1, 30])
def test_parameters_are_paid_for_by_each_execution(executions: int) -> None:
    """What the server of the check keeps of them is none of the client's memory."""
    data = dialog(*prepared(2), *[OK] * executions, options=LONG)
    packets.check(data, clients.reference())


def test_parameters_of_one_execution_pay_for_few_copies() -> None:
    """A client that holds 32 of them."""
    size = parameters.size_bytes(LONG[3])
    subject = _wrong(lambda outcome, _: (bytes(32 * size), outcome)[1])
    with pytest.raises(Violation, match="memory"):
        packets.check(dialog(*prepared(2), OK, options=LONG), subject)


def test_a_moment_of_impossible_microseconds_is_malformed() -> None:
    """More than a C int holds raises another error than other impossible moments do."""
    for micros in (1_000_000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1):
        raw = struct.pack("<HBBBBBI", 2024, 2, 29, 1, 2, 3, micros)
        assert meaning._binary_datetime(12, raw, meaning.Rules()) is MALFORMED


def test_bits_of_a_charset_of_characters_are_malformed() -> None:
    """In both protocols: no server sends such a column, and a client may read it as text."""
    for value in (meaning.text_value, meaning.binary_value):
        for charset, wanted in ((63, b"\xff"), (45, MALFORMED)):
            of = Column(b"a", 16, 0, charset, 0)
            assert value(of, b"\xff", "utf-8", meaning.Rules()) == wanted
