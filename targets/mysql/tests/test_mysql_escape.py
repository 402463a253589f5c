"""The check `escape`: its lexer reads as a server does, and each way to leave a literal is seen."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
from collections.abc import Sequence
from typing import Final

import pytest
import sqlparse
from hypothesis import given, settings
from hypothesis import strategies as st

from targets import faults
from targets.mysql import clients, escape
from targets.mysql.literals import cases, grammar
from targets.mysql.literals.expected import Wrong, is_finite, read_value
from targets.mysql.literals.lexer import Lexer, NotALiteral
from targets.mysql.literals.reference import Writer
from targets.mysql.memory.peer import Peer
from targets.mysql.memory.polite import Polite
from targets.oracles import Violation


def text(letter: str, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return letter.encode() + bytes([len(data)]) + data


FOUND: Final[dict[str, tuple[bytes, str]]] = {
    "escape-dict-in-list": (b"\0\0[{" + text("s", "x") + b"n]]", "dict in a list"),
    "escape-wide-charset": (b"\2\0" + text("s", "¥'"), "in a charset of wide characters"),
    "escape-mode-ignored": (b"\x10\0" + text("s", "\\'"), "with NO_BACKSLASH_ESCAPES"),
    "escape-raw-bytes": (b"\1\0" + text("y", b"\xbf'"), "bytes is not one literal"),
    "escape-negative-time": (b"\0\0E\0\0\0\1\0\0\1", "negative timedelta has another value"),
    "escape-batch-loses-row": (
        b"\x40\1" + b"/".join([text("s", "x" * 60)] * 3),
        "does not come for each row",
    ),
    "escape-procedure": (b"\0\3" + text("s", "p`q") + b"n", "name of a procedure"),
}


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Connections of the reference are not shared between tests: faults are asked for once."""
    escape._sessions.clear()


@pytest.mark.parametrize("name", FOUND)
def test_planted_fault_is_found(name: str) -> None:
    """Each fault is caught on a minimal input, which the sound reference passes."""
    data, words = FOUND[name]
    escape.check(data, clients.reference())
    escape._sessions.clear()
    with faults.planted(name), pytest.raises(Violation) as raised:
        escape.check(data, clients.reference())
    assert words in raised.value.oracle


@pytest.mark.parametrize(
    ("sql", "kind", "value"),
    [
        (b"'it''s\\n'", "text", b"it's\n"),
        (b'"a""b"', "text", b'a"b'),
        (b"_binary 'x'", "text", b"x"),
        (b"X'4142'", "hex", b"AB"),
        (b"0x41f", "hex", b"\x04\x1f"),
        (b"b'101'", "hex", b"\5"),
        (b"-1.5e+3", "number", b"-1.5e+3"),
        (b"null", "null", b""),
        (b"TRUE", "number", b"1"),
        (b"'\\%\\_\\q\\Z'", "text", b"\\%\\_q\x1a"),
    ],
)
def test_literal_is_read(sql: bytes, kind: str, value: bytes) -> None:
    """Each form of a literal that the manual has."""
    literal = Lexer().literal(sql, 0)
    assert (literal.kind, literal.value, literal.end) == (kind, value, len(sql))


def test_backslash_that_is_half_a_character_escapes_nothing() -> None:
    """In GBK 0xBF5C is one character: the quote behind it ends the string; in UTF-8 it does not."""
    assert Lexer("gbk").literal(b"'\xbf\\' OR 1=1", 0).end == 4
    with pytest.raises(NotALiteral):
        Lexer("utf8mb4").literal(b"'\xbf\\' OR 1=1", 0)


def test_name_without_quotes_has_wide_characters() -> None:
    """In GBK 0xBF5C is a letter of it; in UTF-8 the backslash ends it."""
    assert Lexer("gbk").name(b"\xbf\\a(", 0) == (b"\xbf\\a", 3)
    assert Lexer("utf8mb4").name(b"\xbf\\a(", 0) == (b"\xbf", 1)
    assert Lexer("latin1").name("é(".encode("latin1"), 0) == (b"\xe9", 1)
    with pytest.raises(NotALiteral):
        Lexer("gbk").name(b"(", 0)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab'\\\n%_;-é"), max_size=12), st.sampled_from(["'", '"']))
def test_strings_end_where_sqlparse_ends_them(inner: str, quote: str) -> None:
    """A string of doubled quotes and no backslash is one token for sqlparse, and ends there."""
    body = inner.replace("\\", "").replace(quote, quote * 2)
    sql = f"{quote}{body}{quote}"
    tokens = list(sqlparse.parse(f"SELECT {sql} , 1")[0].flatten())
    assert str(tokens[2]) == sql
    assert Lexer().literal(f"{sql} , 1".encode(), 0).end == len(sql.encode())


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.text(), st.binary()),
        *(st.floats(allow_nan=False, allow_infinity=False), st.datetimes(), st.dates()),
        *(st.times(), st.decimals(allow_nan=False, allow_infinity=False, places=3)),
        st.lists(st.integers() | st.text(st.characters(codec="utf-8")), min_size=1),
    ),
    st.booleans(),
)
def test_what_the_reference_writes_is_read_back(value: object, backslashes: bool) -> None:
    """Writer and lexer, which share no code, agree on every type in both modes."""
    if isinstance(value, datetime.date) and value.year < 1000:
        return
    writer = Writer("utf8mb4", backslash_escapes=backslashes)
    try:
        data = writer.write(value)
    except UnicodeEncodeError:
        return
    assert read_value(value, Lexer("utf8mb4", backslashes), data, 0) == len(data)


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        ("a'b", b"'a'b'"),
        ([1, "x"], b"(1,'x'"),
        ({1, 2}, b"1,3"),
        (b"\xff", b"'\\xff'"),
        (float("inf"), b"inf"),
        (decimal.Decimal("NaN"), b"NaN"),
        (datetime.timedelta(seconds=-1), b"'-23:59:59'"),
        ({"k": 1}, b"{'k': 1}"),
        (1, b"1 OR 1=1"),
    ],
)
def test_wrong_sql_is_refused(value: object, sql: bytes) -> None:
    """Text that is another value, or more than a value, is never taken for it."""
    try:
        end = read_value(value, Lexer(), sql, 0)
    except Wrong:
        return
    assert end < len(sql), "what follows is then seen by what must follow"


@given(st.binary(max_size=200))
def test_every_input_has_a_case(data: bytes) -> None:
    """Any bytes are parameters, and tokens join to them."""
    case = cases.read(data)
    assert case.rows
    assert b"".join(cases.tokens(data)) == data


@settings(max_examples=50, deadline=None)
@given(grammar.strategy())
def test_reference_passes(data: bytes) -> None:
    """What the strategy makes is no crash of the reference."""
    escape.check(data, clients.reference())


class Careless:
    """A client that puts the text of its parameters between quotes."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def execute(self, query: str, parameters: object) -> object:
        assert isinstance(parameters, tuple)
        text = query % tuple(f"'{value}'" for value in parameters)
        if isinstance(self._peer, Polite):
            self._peer.statements.append(text.encode())
        return []

    def executemany(self, query: str, rows: Sequence[object]) -> object:
        return [self.execute(query, row) for row in rows]

    def callproc(self, name: str, parameters: Sequence[object]) -> object:
        raise NotImplementedError

    def ping(self) -> None:
        pass

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_injection_is_seen() -> None:
    """A quote in a parameter that ends the literal is a violation named by type, not by text."""
    subject = dataclasses.replace(
        clients.reference(), name="careless", connect=lambda peer, _settings: Careless(peer)
    )
    with pytest.raises(Violation) as raised:
        escape.check(b"\0\0" + text("s", "x' OR 1=1 -- "), subject)
    assert raised.value.oracle.startswith("escape: str ")
    assert "OR" not in raised.value.oracle


def test_current_pymysql_refuses_dicts() -> None:
    """CVE-2024-36039 (fixed in 1.1.1): a dict in the place of a value is refused."""
    pytest.importorskip("pymysql", minversion="1.1.1")
    escape.check(b"\0\0{" + text("s", "x' OR 1=1 -- ") + b"i\1\1]", clients.pymysql())


def test_more_values_than_counted_are_left_out() -> None:
    """An input of nothing but values has an end, and its rows have one."""
    case = cases.read(b"\0\0" + b"n" * 5000 + b"/n")
    assert 0 < sum(map(len, case.rows)) <= cases.MAX_VALUES * cases.MAX_ROWS


def test_an_int_beyond_all_floats_is_a_number() -> None:
    """It is finite, and is read back as it was written."""
    assert is_finite(1 << 5000)
    escape.check(b"\0\0i\xff" + b"\x7f" * 255, clients.reference())


class Tupled(Careless):
    """A client that heeds the mode, but not within tuples; its `%%` stay doubled."""

    def execute(self, query: str, parameters: object) -> object:
        assert isinstance(parameters, tuple)
        if any(isinstance(value, (list, set)) for value in parameters):
            raise TypeError("tuples only")
        marks = query.replace("%%", "%%%%")
        text = marks % tuple(map(self._literal, parameters))
        if isinstance(self._peer, Polite):
            self._peer.statements.append(text.encode())
        return []

    def _literal(self, value: object) -> str:
        if isinstance(value, tuple):
            inside = ",".join("'" + str(each).replace("'", "\\'") + "'" for each in value)
            return f"({inside})"
        return "'" + str(value).replace("'", "''") + "'"


@pytest.mark.parametrize("wording", [0, 5])
def test_a_wrong_value_is_named_by_what_it_takes_and_no_other_bug(wording: int) -> None:
    """The value alone, within what the client takes; nothing of the statement's own text."""
    subject = dataclasses.replace(
        clients.reference(), name="tupled", connect=lambda peer, _settings: Tupled(peer)
    )
    case = dataclasses.replace(
        cases.read(b"\x10\1"), wording=wording, rows=(("x", ("'",)),), call=cases.Call.ROWS
    )
    wrong = escape._wrong(subject, case)
    assert wrong is not None
    alone = escape._alone(subject, case)
    assert alone is not None
    assert alone[0].rows == ((("'",),),)
    where = escape._where(subject, *alone)
    assert f"{alone[1].place}{where}" == "str in a list with NO_BACKSLASH_ESCAPES"
