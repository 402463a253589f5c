"""Grammars of this target: deterministic, within bounds, and mostly valid."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.drawing import from_random
from targets.mysql import clients, grammar, statements
from targets.mysql.dialog import LARGE, MAX_PAYLOAD, Dialog, Packet, enlarged, grown
from targets.mysql.tests.dialogs import growth


@given(st.binary(max_size=200), st.integers(0, 1000))
def test_any_bytes_are_a_dialog_and_can_be_mutated(data: bytes, seed: int) -> None:
    """Reading never fails, pieces join, changes stay below the size and repeat."""
    Dialog.read(data)
    assert b"".join(grammar.tokens(data)) == data
    changed = grammar.mutate(data, 500, random.Random(seed))
    assert len(changed) <= 500
    assert changed == grammar.mutate(data, 500, random.Random(seed))


def test_most_dialogs_that_are_made_are_valid() -> None:
    """Nine of ten dialogs without a start of their own have a plain meaning."""
    expect = clients.reference().expect
    assert expect is not None
    found = [expect(Dialog.read(grammar.build(from_random(random.Random(n))))) for n in range(400)]
    judged = [each for each in found if each is not None]
    assert len(judged) > 300
    assert sum(each.settled for each in judged) > 0.5 * len(judged)
    assert sum(bool(each.answers) for each in judged) > 0.8 * len(judged)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(grammar.strategy())
def test_the_strategy_makes_dialogs(data: bytes) -> None:
    """The same ones, of four bytes of options and packets."""
    assert len(data) >= 4
    assert Dialog.read(data).packets


def test_packets_grow_to_the_edges() -> None:
    """By a value of a length, or to a length in all."""
    for size in (250, 251, 65535, 65536):
        payload = grown(Packet(b"", growth(value=size)))
        assert len(payload) - size in (1, 3, 4)
    assert len(grown(Packet(b"abc", growth(total=MAX_PAYLOAD)))) == MAX_PAYLOAD


def test_only_one_packet_of_a_dialog_is_large() -> None:
    """Others keep their payload."""
    record = b"\0\0\0" + bytes([LARGE])
    dialog = Dialog.read(enlarged(bytes(4) + record * 3))
    assert [packet.fourth for packet in dialog.packets] == [LARGE, 0, 0]
    assert dialog.large


@given(st.binary(max_size=60), st.integers(0, 500))
def test_statements_are_changed_within_bounds(data: bytes, seed: int) -> None:
    """Pieces join, changes stay below the size and repeat."""
    assert b"".join(statements.tokens(data)) == data
    changed = statements.mutate(data, 80, random.Random(seed))
    assert len(changed) <= 80
    assert changed == statements.mutate(data, 80, random.Random(seed))
