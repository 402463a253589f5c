"""The checks see what they are for: each planted fault, and each way a client can be wrong."""

from __future__ import annotations

import dataclasses
import pathlib
import struct
from collections.abc import Sequence
from typing import Any, Final

import pytest

from targets import faults, registry, resource
from targets.mysql import CLIENTS, TARGET, clients, meaning, packets, roundtrip, split
from targets.mysql.answers import MALFORMED, Answer
from targets.mysql.dialog import Dialog, Options
from targets.mysql.implementation import Implementation, Outcome
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
    return registry.load(TARGET.checks[name].check, name)


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


def test_memory_that_was_not_paid_for_is_caught() -> None:
    """A client that takes more than the bytes received allow."""
    subject = _wrong(lambda outcome, _: (bytes(1 << 22), outcome)[1])
    with pytest.raises(Violation, match="memory"):
        packets.check(VALID, subject)


def test_a_moment_of_impossible_microseconds_is_malformed() -> None:
    """More than a C int holds raises another error than other impossible moments do."""
    for micros in (1_000_000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1):
        raw = struct.pack("<HBBBBBI", 2024, 2, 29, 1, 2, 3, micros)
        assert meaning._binary_datetime(12, raw, meaning.Rules()) is MALFORMED
