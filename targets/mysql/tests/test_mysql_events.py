"""The checks `events` and `commands`: encoders are right by other people's numbers, oracles see."""

from __future__ import annotations

import datetime
import json
import types
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.mysql import commands, events, session
from targets.mysql.binlog import columns, json_values
from targets.mysql.binlog.choices import Choices
from targets.mysql.binlog.columns import _time_bytes, decimal_bytes
from targets.mysql.binlog.events import draw_event, packed
from targets.mysql.binlog.replication import Reader, Setting
from targets.mysql.binlog.tables import bits, draw_table, length
from targets.mysql.mimic.server import Asked, Heard, Server
from targets.mysql.mimic.talks import draw_talk
from targets.mysql.mimic.values import binary_cell, binary_means, draw_value, parameter
from targets.oracles import Violation


def test_decimals_are_stored_as_the_manual_says() -> None:
    """1234567890.1234 of decimal(14,4), and its negative: the example of `decimal.c`."""
    data = bytes.fromhex("810dfb38d204d2")
    assert decimal_bytes("12345678901234", 4, negative=False) == data
    assert decimal_bytes("12345678901234", 4, negative=True) == bytes(b ^ 0xFF for b in data)


@pytest.mark.parametrize(
    ("hundredths", "data"),
    # The table beside my_time_packed_to_binary in MySQL's source.
    [(-1, "7fffffff"), (-99, "7fffff9d"), (-100, "7fffff00"), (-101, "7ffffeff"), (0, "80000000")],
)
def test_negative_times_are_stored_as_the_source_says(hundredths: int, data: str) -> None:
    """The fraction of a negative time is borrowed from its seconds."""
    seconds, rest = divmod(abs(hundredths), 100)
    packed_time = (seconds << 24 | rest * 10_000) * (-1 if hundredths < 0 else 1)
    assert _time_bytes(packed_time, 2).hex() == data


def test_lengths_and_bitmaps() -> None:
    """At each edge of a length, and in both orders of bits."""
    assert [length(n).hex() for n in (250, 251, 65535, 65536)] == [
        *("fa", "fcfb00", "fcffff", "fd000001"),
    ]
    assert bits([True, False, True]) == b"\5"
    assert bits([True, False, True], high_first=True) == b"\xa0"


def test_event_carries_its_size_and_checksum() -> None:
    """Size in the header, CRC32 of all before it at the end."""
    data = packed(draw_event(Choices(b"")), checksum=True)
    assert int.from_bytes(data[9:13], "little") == len(data)
    assert zlib.crc32(data[:-4]).to_bytes(4, "little") == data[-4:]


def test_json_offsets_lead_to_their_values() -> None:
    """A small object: offsets counted from the start of the value, short numbers inline."""
    data = json_values.encode_json({"a": 1, "bc": "x"})
    assert data[0] == json_values.SMALL_OBJECT
    body = data[1:]
    assert int.from_bytes(body[2:4], "little") == len(body)
    start = int.from_bytes(body[4:6], "little")
    assert body[start : start + 1] == b"a"
    assert body[-2:] == b"\1x"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_every_input_is_an_event_and_a_table(data: bytes) -> None:
    """Any bytes are decisions; JSON that was drawn is JSON."""
    assert draw_event(Choices(data)).name
    assert draw_table(Choices(data)).columns
    assert json.dumps(json_values.draw_json(Choices(data)))
    assert draw_talk(Choices(data)).turns


def _reader(read: Any) -> Reader:
    return Reader("test", read, (ValueError,))


def test_truncated_query_is_seen() -> None:
    """A reader that cuts a query at 255 bytes, as mysql-replication 1.0.6 did."""

    def read(data: bytes, _table: object, _tables: object, _setting: Setting) -> object:
        return types.SimpleNamespace(query=data[20:-4][:255].decode(), dump=lambda: None)

    short, long = (bytes([0, 0, 0, 0, 255, 1, 0, size, 0]) for size in (5, 56))
    events.check(short, _reader(read))
    with pytest.raises(Violation, match="rows query: query differs"):
        events.check(long, _reader(read))


def test_event_that_cannot_be_shown_is_seen() -> None:
    """As a heartbeat of mysql-replication 1.0.7."""

    def read(data: bytes, _table: object, _tables: object, _setting: Setting) -> object:
        def dump() -> None:
            raise AttributeError("indent")

        return types.SimpleNamespace(query=data[20:-4].decode(), dump=dump)

    with pytest.raises(Violation, match="AttributeError"):
        events.check(bytes([0, 0, 0, 0, 255, 1, 0, 5, 0]), _reader(read))


def test_error_for_a_sound_event_is_told_by_its_kind() -> None:
    """What a reader raises for a sound event is a crash, and documented for damaged ones only."""

    def read(*_arguments: object) -> object:
        raise ZeroDivisionError

    with pytest.raises(Violation, match="events: table map: ZeroDivisionError"):
        events.check(bytes(8), _reader(read))


def test_values_are_compared_by_type() -> None:
    """True is not 1, and bytes are the text that they are."""
    assert events.same({b"k": [b"x", 1]}, {"k": ["x", 1]})
    assert not events.same(1, True)
    assert not events.same(None, "")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_parameters_are_what_they_encode(data: bytes) -> None:
    """A parameter's bytes, read as a cell of its type, mean the value."""
    value = draw_value(Choices(data))
    kind, body = parameter(value)
    if value is not None:
        cell, end = binary_cell(kind, body, 0)
        assert end == len(body)
        assert binary_means(cell, value)
    assert not binary_means(b"another", datetime.timedelta(1))
    assert columns.MEMBERS


def test_server_that_says_nothing_is_seen() -> None:
    """A login must be answered."""
    nothing = Heard(b"", (), True)
    silent = Server("silent", lambda _chunks, _answers: nothing, lambda _chunks: Asked(b"", ()))
    with pytest.raises(Violation, match="a login is refused"):
        commands.check(b"", silent)
    with pytest.raises(Violation, match="a login is refused"):
        session.check(b"", silent)


def test_current_mysql_mimic_and_replication_read_simple_inputs() -> None:
    """The simplest talk and the simplest event, by the real libraries."""
    pytest.importorskip("mysql_mimic")
    pytest.importorskip("pymysqlreplication")
    import logging

    from targets.mysql.binlog.replication import mysql_replication
    from targets.mysql.mimic.server import mysql_mimic

    try:
        commands.check(b"\3\0\0", mysql_mimic())
        events.check(bytes(8), mysql_replication())
    finally:
        logging.disable(logging.NOTSET)
