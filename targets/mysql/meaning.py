"""What a value on the wire means in Python, by the column it is in and by the client's own rules.

Only what is documented is stated: `ANYTHING` is the answer where a value is not what MySQL sends.
"""

from __future__ import annotations

import array
import dataclasses
import datetime
import decimal
import re
import struct
from collections.abc import Callable
from typing import Final

from targets.mysql.answers import ANYTHING, MALFORMED, Answer
from targets.mysql.dialog import Options
from targets.mysql.scan import BINARY_CHARSET, UNSIGNED, Column, Failed, Ok, Table

ENCODINGS: Final = {
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "utf8": "utf-8",
    "latin1": "cp1252",
    "ascii": "ascii",
    "gbk": "gbk",
    "cp932": "cp932",
    "big5": "big5",
}
"""What MySQL's names of character sets are in Python."""
_INTEGERS: Final = {1: "b", 2: "h", 13: "H", 3: "i", 9: "i", 8: "q"}
_REALS: Final = {4: "<f", 5: "<d"}
_DECIMALS: Final = (0, 246)
_DATE, _TIME, _JSON, _BIT, _VECTOR, _GEOMETRY = 10, 11, 245, 16, 242, 255
_DATETIMES: Final = (7, 12)
_TEXTS: Final = (253, 254)
_BLOBS: Final = (249, 250, 251, 252)
_SET_FLAG: Final = 2048
_INTEGER: Final = re.compile(rb"-?(?:0|[1-9][0-9]{0,19})")
_YEAR: Final = re.compile(rb"[0-9]{4}")
_REAL: Final = re.compile(rb"-?[0-9]{1,300}(?:\.[0-9]{1,100})?(?:e[-+]?[0-9]{1,3})?")
_DECIMAL: Final = re.compile(rb"-?[0-9]{1,65}(?:\.[0-9]{1,30})?")
_DATE_TEXT: Final = re.compile(rb"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME_TEXT: Final = re.compile(rb"(-?)([0-9]{2,3}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?")
_TRAILED: Final = re.compile(
    rb"(?:[0-9]{4}-[0-9]{2}-[0-9]{2} )?-?[0-9]{2}:[0-5][0-9]:[0-5][0-9][ A-Za-z+][ -~]*"
)
_CLOCK_TEXT: Final = re.compile(rb"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?")


@dataclasses.dataclass(frozen=True, slots=True)
class Odd:
    """A date that MySQL has and Python has not, such as 0000-00-00."""

    text: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """How a client shows what Python has no one obvious type for."""

    odd: Callable[[Odd], object] = lambda odd: odd.text.decode()
    bit: Callable[[bytes], object] = bytes
    prepared_bit: Callable[[bytes], object] = bytes
    """BIT in a row of a prepared statement."""
    vector: Callable[[bytes], object] = lambda _raw: ANYTHING
    geometry: Callable[[bytes], object] = bytes
    sets: Callable[[str], object] = str
    undecodable: Callable[[bytes], object] = lambda _raw: MALFORMED
    """Text that is not in the connection's character set."""
    raw: Callable[[bytes], object] = bytes
    """A value that is not converted, with the command `raw`."""
    untimely: Callable[[bytes], object] = lambda _raw: MALFORMED
    """A text in a column of dates or times that is none."""
    timeouts_left: bool = False
    """A result that is left takes the time-out of its own statement with it."""
    other: Callable[[bytes], object] = lambda _raw: MALFORMED
    """Types that no column of a result has: VARCHAR, NEWDATE, ENUM, SET, and future ones."""


def pymysql_rules() -> Rules:
    """PyMySQL documents that illegal dates come back as text and that BIT is bytes."""
    return Rules(untimely=_trailed, timeouts_left=True)


def asyncmy_rules() -> Rules:
    """asyncmy has the same conversions, but does not document them."""
    return Rules()


def _trailed(raw: bytes) -> object:
    """A date or time with letters behind it is surely illegal; of other texts nothing is said."""
    found = _TRAILED.fullmatch(raw)
    return raw.decode("ascii") if found else MALFORMED


def connector_rules(*, vectors: bool = True) -> Rules:
    """mysql-connector-python: no date for an odd one, numbers for BIT (bytes
    in prepared statements, deliberately since 8.3), sets for SET.

    `vectors`: the release knows columns of type VECTOR.
    """
    return Rules(
        odd=lambda _odd: None,
        bit=lambda raw: int.from_bytes(raw, "big") if len(raw) <= 8 else MALFORMED,
        vector=_floats if vectors else lambda _raw: ANYTHING,
        geometry=lambda _raw: ANYTHING,
        sets=lambda text: set(text.split(",")) if text else set(),
    )


def _floats(raw: bytes) -> object:
    return array.array("f", raw) if len(raw) % 4 == 0 else MALFORMED


def expected(result: object, options: Options, rules: Rules) -> Answer | None:
    """What a client must say of one result."""
    match result:
        case Ok():
            return Answer(
                affected=result.affected,
                insert_id=result.insert_id,
                warnings=result.warnings,
            )
        case Failed():
            return _failure(result)
        case Table(failed=Failed() as failed):
            return _failure(failed)
        case Table():
            return table(result, options, rules)
    return None


def _failure(failed: Failed) -> Answer:
    """A client may have a text of its own where the server has none."""
    return Answer(code=failed.code, text=_decoded(failed.text, "utf-8") or ANYTHING)


def table(result: Table, options: Options, rules: Rules) -> Answer:
    """What a client must say of columns and rows, whether or not an error follows them."""
    encoding = ENCODINGS[options.charset]
    value: Callable[[Column, bytes, str, Rules], object] = text_value
    if options.command == "raw":
        value = _raw_value
    elif result.binary:
        value = binary_value
    rows = tuple(
        tuple(
            None if cell is None else value(of, cell, encoding, rules)
            for of, cell in zip(result.columns, row, strict=True)
        )
        for row in result.rows
    )
    names = tuple(_name(of, encoding) for of in result.columns)
    shown: object = rows
    if options.command == "dictionary":
        shown = _dictionaries(names, rows)
    return Answer(
        rows=shown,
        names=names,
        types=tuple(of.type for of in result.columns),
        affected=len(rows),
        insert_id=ANYTHING,
        warnings=result.warnings,
    )


def _dictionaries(names: tuple[object, ...], rows: tuple[tuple[object, ...], ...]) -> object:
    """Rows as tuples in the order of names; nothing is said of names that come twice, or may."""
    if any(cell is MALFORMED for row in rows for cell in row):
        return MALFORMED
    unknown = len(names) > 1 and any(name is MALFORMED for name in names)
    return ANYTHING if unknown or len(set(map(repr, names))) < len(names) else rows


def _name(of: Column, encoding: str) -> object:
    """Malformed also where the names around it are."""
    others = (_decoded(text, encoding) for text in of.context)
    return MALFORMED if MALFORMED in others else _decoded(of.name, encoding)


def _decoded(raw: bytes, encoding: str) -> object:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return MALFORMED


def _raw_value(_of: Column, raw: bytes, _encoding: str, rules: Rules) -> object:
    return rules.raw(raw)


def text_value(of: Column, raw: bytes, encoding: str, rules: Rules) -> object:
    """A value of the text protocol."""
    kind = of.type
    if kind == 13:
        return int(raw) if _YEAR.fullmatch(raw) else MALFORMED
    if kind in _INTEGERS:
        return int(raw) if _INTEGER.fullmatch(raw) else MALFORMED
    if kind in _REALS:
        return float(raw) if _REAL.fullmatch(raw) else MALFORMED
    if kind in _DECIMALS:
        return decimal.Decimal(raw.decode()) if _DECIMAL.fullmatch(raw) else MALFORMED
    if kind == _DATE:
        return _date(raw, rules)
    if kind in _DATETIMES:
        return _datetime(raw, rules)
    if kind == _TIME:
        return _time(raw, rules)
    return _string(of, raw, encoding, rules)


def _string(of: Column, raw: bytes, encoding: str, rules: Rules) -> object:
    kind = of.type
    if kind == _BIT:
        # Servers say of all but strings that their charset is that of bytes.
        return rules.bit(raw) if of.charset == BINARY_CHARSET else MALFORMED
    if kind == _VECTOR:
        return rules.vector(raw)
    if kind == _GEOMETRY:
        return rules.geometry(raw) if of.charset == BINARY_CHARSET else ANYTHING
    if kind not in (*_TEXTS, *_BLOBS, _JSON):
        return rules.other(raw)
    if kind != _JSON and of.charset == BINARY_CHARSET:
        return bytes(raw) if not of.flags & _SET_FLAG else MALFORMED
    text = _decoded(raw, encoding)
    if not isinstance(text, str):
        return rules.undecodable(raw)
    if of.flags & _SET_FLAG:
        return rules.sets(text) if kind in _TEXTS else MALFORMED
    return text


def _date(raw: bytes, rules: Rules) -> object:
    found = _DATE_TEXT.fullmatch(raw)
    if found is None:
        return rules.untimely(raw)
    try:
        return datetime.date(*map(int, found.groups()))
    except ValueError:
        return rules.odd(Odd(raw))


def _micros(fraction: bytes | None) -> int:
    return int((fraction or b"0").ljust(6, b"0"))


def _datetime(raw: bytes, rules: Rules) -> object:
    day, blank, clock = raw.partition(b" ")
    date, time = _DATE_TEXT.fullmatch(day), _CLOCK_TEXT.fullmatch(clock)
    if date is None or time is None or not blank:
        return rules.untimely(raw)
    year, month, days = map(int, date.groups())
    hour, minute, second = map(int, time.groups()[:3])
    try:
        return datetime.datetime(year, month, days, hour, minute, second, _micros(time[4]))
    except ValueError:
        return rules.odd(Odd(raw))


def _time(raw: bytes, rules: Rules) -> object:
    found = _TIME_TEXT.fullmatch(raw)
    if found is None:
        return rules.untimely(raw)
    if int(found[2]) > 838:
        return MALFORMED
    span = datetime.timedelta(
        hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4])
    ) + datetime.timedelta(microseconds=_micros(found[5]))
    return -span if found[1] else span


def binary_value(of: Column, raw: bytes, encoding: str, rules: Rules) -> object:
    """A value of the binary protocol."""
    kind = of.type
    if kind in _INTEGERS:
        return int.from_bytes(raw, "little", signed=not (of.flags & UNSIGNED) and kind != 13)
    if kind in _REALS:
        return struct.unpack(_REALS[kind], raw)[0]
    if kind in _DECIMALS:
        return decimal.Decimal(raw.decode()) if _DECIMAL.fullmatch(raw) else MALFORMED
    if kind == _DATE or kind in _DATETIMES:
        return _binary_datetime(kind, raw, rules)
    if kind == _TIME:
        return _binary_time(raw)
    if kind == _BIT:
        return rules.prepared_bit(raw) if of.charset == BINARY_CHARSET else MALFORMED
    return _string(of, raw, encoding, rules)


def _binary_datetime(kind: int, raw: bytes, rules: Rules) -> object:
    fields = struct.unpack("<HBBBBBI", raw.ljust(11, b"\0"))
    try:
        moment = datetime.datetime(*fields)
    except (ValueError, OverflowError):  # as of microseconds beyond a C int
        if raw:
            # Such as 2023-02-31, which only unusual modes let in; 0000-00-00 comes as nothing.
            return MALFORMED
        return rules.odd(Odd(b"0000-00-00" if kind == _DATE else b"0000-00-00 00:00:00"))
    return moment.date() if kind == _DATE else moment


def _binary_time(raw: bytes) -> object:
    negative, days, hours, minutes, seconds, micros = struct.unpack("<BIBBBI", raw.ljust(12, b"\0"))
    if negative > 1 or days > 34 or hours > 23 or minutes > 59 or seconds > 59 or micros > 999_999:
        return MALFORMED
    span = datetime.timedelta(days, seconds, micros, 0, minutes, hours)
    return -span if negative else span


def sound(answer: Answer) -> bool:
    """Whether no part of it is malformed."""
    rows = answer.rows if isinstance(answer.rows, tuple) else ((answer.rows,),)
    cells = (cell for row in rows for cell in row)
    return MALFORMED not in (*(answer.names or ()), answer.text, *cells)


def kind(of_type: object) -> str:
    """A word for a type of column.

    >>> kind(253), kind(11)
    ('text', 'time')
    """
    if of_type in _INTEGERS:
        return "integer"
    if of_type in (*_TEXTS, *_BLOBS):
        return "text"
    if of_type in _DATETIMES:
        return "datetime"
    names = {_DATE: "date", _TIME: "time", _JSON: "json", _BIT: "bit", _VECTOR: "vector"}
    names |= {4: "real", 5: "real", 0: "decimal", 246: "decimal", _GEOMETRY: "geometry"}
    return next((word for number, word in names.items() if number == of_type), "other")
