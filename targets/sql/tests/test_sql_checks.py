"""Checks are silent on the reference, and each of its faults is caught by its check."""

from __future__ import annotations

import pathlib
import random
import re
from collections.abc import Callable

import pytest

from targets import faults, resource
from targets.oracles import Violation
from targets.sql import (
    TARGET,
    bounds,
    grammar,
    idempotent,
    implementation,
    linear,
    literals,
    subjects,
    total,
)
from targets.sql.implementation import Implementation, write

Check = Callable[[bytes, Implementation], None]

FAST: dict[str, Check] = {
    "total": total.check,
    "bounds": bounds.check,
    "literals": literals.check,
    "idempotent": idempotent.check,
}
SEEDS = [
    path.read_bytes()
    for path in sorted((pathlib.Path(__file__).parents[3] / "corpus/sql/seeds").iterdir())
]
LABEL = b"\x01"
WHOLE = b"\0\0"

CAUGHT: dict[str, tuple[Check, bytes, str]] = {
    "lists-reread": (linear.check, b"IN " + b"\0" + WHOLE, "linear: digest"),
    "open-comment-rescans": (linear.check, b"/* " + b"\0" + WHOLE, "linear: digest"),
    "open-comment-leaks": (literals.check, b"SELECT 1 /* abc", "another comment"),
    "list-marker-grows": (bounds.check, b"IN (1) ", "longer than its text"),
    "tight-list-stays": (literals.check, b"a IN (1,2,3)", "another number of constants"),
    "quoted-names-vanish": (total.check, b"`a`", "leaves nothing"),
    "escape-ends-text": (literals.check, b"SELECT 'it\\'s'", "literals: "),
    "exponent-leaks": (literals.check, b"SELECT 1e-5", "another number"),
    "hexadecimal-leaks": (literals.check, b"SELECT 0x1F", "literals: "),
}


@pytest.mark.parametrize("name", sorted(CAUGHT))
def test_a_fault_is_caught_by_its_check_and_is_the_only_cause(name: str) -> None:
    """A small input fails with the fault, with the oracle's words, and passes without."""
    check, data, words = CAUGHT[name]
    with faults.planted(name):
        faulty = subjects.reference()
    attempts = 5 if check is linear.check else 1
    assert any(words in _oracle(check, data, faulty) for _ in range(attempts))
    check(data, subjects.reference())


def _oracle(check: Check, data: bytes, subject: Implementation) -> str:
    """What the check says; on a busy machine one measurement of time may say nothing."""
    try:
        check(data, subject)
    except Violation as violation:
        return violation.oracle
    return ""


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("label-cuts-letters", "é".encode() * 70, UnicodeDecodeError),
        ("nesting-recurses", b"(" * 2000, RecursionError),
    ],
)
def test_a_fault_that_raises_is_caught_by_total(
    name: str, data: bytes, error: type[Exception]
) -> None:
    """What the reference raises escapes from the check, and nothing does without the fault."""
    with faults.planted(name):
        faulty = subjects.reference()
    with pytest.raises(error):
        total.check(write(data.decode(), LABEL), faulty)
    total.check(write(data.decode(), LABEL), subjects.reference())


def test_every_fault_has_a_test() -> None:
    """A fault that no test plants could not be missed."""
    assert set(TARGET.faults) == set(CAUGHT) | {"label-cuts-letters", "nesting-recurses"}


@pytest.mark.parametrize("check", sorted(FAST))
def test_checks_are_silent_on_the_reference(check: str) -> None:
    """Seeds and mutations of them show nothing in the reference."""
    reference = subjects.reference()
    draw = random.Random(1)
    for data in SEEDS:
        FAST[check](data, reference)
    for _ in range(300):
        FAST[check](grammar.mutate(draw.choice(SEEDS), 2048, draw), reference)


@pytest.mark.parametrize("data", [b"IN (1, 2) ", b"/* ", b"'", b"(", b"VALUES (1), ", b"$a$"])
def test_the_reference_is_linear_where_lists_and_quotes_repeat(data: bytes) -> None:
    """What makes normalizers quadratic does not make this one."""
    linear.check(data + b"\0" + WHOLE, subjects.reference())


def test_the_input_says_what_grows() -> None:
    """Places in characters say what is repeated, and what as often behind a gap."""
    grown = linear._marked("a(1)b", implementation.Choices(bytes([1, 0, 1, 1])))
    assert grown is not None
    assert grown.at(9) == b"a(((1)))b"
    grown = linear._between("(1)", implementation.Choices(bytes([0, 0, 1, 0])))
    assert grown is not None
    assert grown.at(7) == b"(((1)))"


def test_choices_run_out_to_the_first() -> None:
    """An input without choices is one with default options."""
    assert implementation.read(b"SELECT 1")[1].pick("abc") == "a"
    text, choices = implementation.read(b"SELECT 1\0\x01\0")
    assert (text, choices.flag(), choices.flag(), choices.integer(5, 9)) == (
        *("SELECT 1", True, False, 5),
    )
    assert implementation.divide(b"a\0b" + b"c" * 20) == (b"a\0b" + b"c" * 20, b"")


def test_a_short_text_that_takes_long_is_a_crash_of_total() -> None:
    """A regular expression that takes exponential time is seen long before the time limit."""
    slow = Implementation(
        name="slow", operations={"match": lambda text, _: re.match(r"'(\\\\|[^'])*'", text)}
    )
    total.check(write("'" + "\\" * 60 + "'"), slow)
    with pytest.raises(Violation, match="total: match: a short input takes long"):
        total.check(write("'" + "\\" * 60), slow)


def test_dear_texts_have_a_share_of_the_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many inputs; an input that is looked at alone is always run."""
    assert not total.is_dear(b"SELECT a, b, count(*) FROM t WHERE a = 'b' AND (c = 1 OR d = 2)")
    assert total.is_dear(b"f(" * 20)
    assert total.is_dear(b"a " * 400)
    calls: list[str] = []
    subject = Implementation(name="any", operations={"call": lambda text, _: calls.append(text)})
    purse = total._Purse()
    purse.spent_s = 1e9
    monkeypatch.setattr(total, "_purse", purse)
    monkeypatch.setattr(resource, "every", 64)
    total.check(b"(" * 20, subject)
    assert not calls
    total.check(b"(", subject)
    assert set(calls) == {"("}
    monkeypatch.setattr(resource, "every", 1)
    total.check(b"(" * 20, subject)
    assert "(" * 20 in calls
