"""The reference codec keeps to the protocol, at the edges of every encoding."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.mysql.dialog import MAX_PAYLOAD, Options
from targets.mysql.parameters import SETS
from targets.mysql.reference import handshake, packets, statements
from targets.mysql.reference.classify import classify_mysql_query
from targets.mysql.reference.packets import PacketReader, ProtocolError
from targets.mysql.roundtrip import _sent
from targets.mysql.server import greeting


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 40))
def test_packets_come_back_however_they_are_cut(payloads: list[bytes], size: int) -> None:
    """What is written as packets is read as the same payloads from pieces of any size."""
    stream, sequence = b"", 0
    for payload in payloads:
        data, sequence = packets.write_packets(payload, sequence)
        stream += data
    reader = PacketReader()
    found = [
        packet
        for at in range(0, len(stream), size)
        for packet in reader.feed(stream[at : at + size])
    ]
    assert [packet.payload for packet in found] == payloads


@pytest.mark.parametrize("size", [MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1])
def test_a_payload_of_16_mib_is_continued(size: int) -> None:
    """From 2^24-1 bytes on, a payload takes a further packet, which may be empty."""
    data, sequence = packets.write_packets(bytes(size), 0)
    assert sequence == 1 + (size >= MAX_PAYLOAD)
    (packet,) = PacketReader().feed(data)
    assert len(packet.payload) == size


def test_a_claimed_length_takes_no_memory() -> None:
    """A header alone makes the reader keep its four bytes."""
    reader = PacketReader()
    assert reader.feed(b"\xff\xff\xff\0") == []
    assert len(reader._buffer) == 4


@pytest.mark.parametrize("number", [0, 250, 251, 252, 65535, 65536, 2**24 - 1, 2**24, 2**64 - 1])
def test_lengths_take_as_few_bytes_as_they_can(number: int) -> None:
    """At each edge, what is written is read again and one byte less is refused."""
    data = packets.write_integer(number)
    assert packets.read_integer(data, 0) == (number, len(data))
    assert packets.read_integer(data[:-1], 0) is None


def test_numbers_without_a_length_encoding_are_refused() -> None:
    """Neither negative ones nor 2^64."""
    for number in (-1, 2**64):
        with pytest.raises(ValueError, match="no length-encoding"):
            packets.write_integer(number)


@pytest.mark.parametrize(
    ("payload", "number"),
    [
        (b"", None),
        (b"\x17\0\0\0", None),
        (b"\x17\x01\0\0\0", 1),
        (b"\x17\xff\xff\xff\xff", 2**32 - 1),
    ],
)
def test_the_number_of_a_statement_needs_five_bytes(payload: bytes, number: int | None) -> None:
    """Nothing is read from less, and nothing beyond matters."""
    assert packets.parse_stmt_id(payload) == number


def test_a_greeting_cut_anywhere_is_refused_or_read() -> None:
    """No cut raises anything but the documented error."""
    hello = greeting(Options())
    read = 0
    for size in range(len(hello) + 1):
        try:
            read += handshake.parse_greeting(hello[:size]).challenge.startswith(b"abcdefgh")
        except ProtocolError:
            continue
    assert read > 30


def test_a_login_comes_back() -> None:
    """Names longer than a byte can count are read as they were written."""
    login = handshake.Response(
        handshake.WANTED | handshake.CONNECT_WITH_DB,
        1 << 24,
        45,
        b"root",
        b"p" * 32,
        b"d" * 64,
        b"caching_sha2_password",
        ((b"program_name", b"x" * 300),),
    )
    assert handshake.parse_response(handshake.write_response(login)) == login


@pytest.mark.parametrize("values", SETS, ids=[str(index) for index in range(len(SETS))])
def test_parameters_come_back(values: tuple[object, ...]) -> None:
    """Every set of parameters is read as it was written."""
    payload = statements.write_execute(7, values)
    got = statements.parse_execute(payload, len(values))
    for wanted, found in zip(values, got, strict=True):
        left, right = _sent(wanted, found)
        assert left == right


@given(st.binary(max_size=60), st.integers(0, 9), st.booleans())
def test_any_execute_command_is_read_or_refused(data: bytes, count: int, named: bool) -> None:
    """No bytes raise anything but the documented error."""
    payload = b"\x17\x01\0\0\0\0\x01\0\0\0" + data
    with contextlib.suppress(ProtocolError):
        assert len(statements.parse_execute(payload, count, attributes=named)) == count


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (b"select 1", "read"),
        (b"\tSHOW TABLES", "read"),
        (b"SELECT 'for share'", "write"),
        (b"SELECT 1 for update", "write"),
        (b"BEGIN", "begin"),
        (b"BEGIN;", "write"),
        (b"START TRANSACTION", "begin"),
        (b"ROLLBACK TO SAVEPOINT x", "end"),
        (b"/*c*/ SELECT 1", "write"),
        (b"(SELECT 1)", "write"),
        (b"", "write"),
    ],
)
def test_statements_are_classified_by_their_first_word(statement: bytes, kind: str) -> None:
    """As the contract has it, oddities included."""
    assert classify_mysql_query(statement) == kind
