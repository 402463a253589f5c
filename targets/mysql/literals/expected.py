"""Compares SQL text with the value that it must stand for."""

from __future__ import annotations

import datetime
import decimal
import math
import re
import time
from collections.abc import Callable, Iterable
from typing import Final

from targets.mysql.literals.cases import Thing
from targets.mysql.literals.lexer import Lexer, Literal, NotALiteral, skip_blanks

CODECS: Final = {
    "utf8mb4": ("utf-8",),
    "utf8": ("utf-8",),
    "latin1": ("cp1252", "latin-1"),
    "sjis": ("shift_jis",),
    "euckr": ("euc_kr",),
    "ujis": ("euc_jp",),
}
"""Charset → codecs by which a str may become bytes, where the names differ."""
_CLOCK: Final = re.compile(rb"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
_DATE: Final = re.compile(rb"(\d{4})-(\d\d)-(\d\d)")
Micros = int


class Wrong(Exception):
    """The text does not stand for the value: `place` says for which, `what` how."""

    def __init__(self, place: str, what: str, detail: str = "") -> None:
        super().__init__(f"{place} {what}")
        self.place = place
        self.what = what
        self.detail = detail


def kind_of(value: object) -> str:
    """A word for the type of a parameter, the same for all values of it."""
    if isinstance(value, time.struct_time):
        return "struct_time"
    if isinstance(value, (float, decimal.Decimal)) and not is_finite(value):
        return f"{type(value).__name__} that is no finite number"
    if isinstance(value, Thing):
        return "object of a type that MySQL has not"
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "str with surrogates"
    if isinstance(value, datetime.timedelta) and value.days < 0:
        return "negative timedelta"
    return type(value).__name__


def is_finite(value: int | float | decimal.Decimal) -> bool:
    """Whether it is a number that MySQL has; also for what `math` cannot look at."""
    if isinstance(value, int):
        return True  # also one that is too large for a float
    return value.is_finite() if isinstance(value, decimal.Decimal) else math.isfinite(value)


def codecs_of(charset: str) -> tuple[str, ...]:
    """Codecs by which a str may become bytes."""
    return CODECS.get(charset, (charset,))


def encoded(text: str, charset: str) -> set[bytes]:
    """The bytes that a str may be in a charset; none: it cannot be written in it."""
    found = set()
    for codec in codecs_of(charset):
        try:
            # Clients let surrogates stand for bytes that are no text.
            found.add(text.encode(codec, "surrogateescape"))
        except UnicodeEncodeError:
            continue
    return found


def read_value(value: object, lexer: Lexer, data: bytes, at: int, inside: str = "") -> int:
    """Where the SQL for `value` ends; Wrong when that is not what is there."""
    place = f"{kind_of(value)}{inside}"
    at = skip_blanks(data, at)
    if isinstance(value, (set, frozenset)):
        return _read_set(value, lexer, data, at, place)
    if isinstance(value, (list, tuple)) and not isinstance(value, time.struct_time):
        return _read_list(value, lexer, data, at, place)
    literal = _literal(lexer, data, at, place)
    if not _is(value, literal, lexer):
        raise Wrong(place, "has another value", f"{value!r:.200} as {literal!r:.200}")
    return literal.end


def _literal(lexer: Lexer, data: bytes, at: int, place: str) -> Literal:
    try:
        return lexer.literal(data, at)
    except NotALiteral as error:
        raise Wrong(place, "is not one literal", f"{error}: {data[at : at + 200]!r}") from None


def _read_list(
    value: list[object] | tuple[object, ...], lexer: Lexer, data: bytes, at: int, place: str
) -> int:
    """`(a, b)`, as documented for IN."""
    at = _expect(b"(", data, at, place)
    for number, item in enumerate(value):
        if number:
            at = _expect(b",", data, at, place)
        at = read_value(item, lexer, data, at, " in a list")
        place = f"{kind_of(item)} in a list"
    return _expect(b")", data, at, place)


def _read_set(value: Iterable[object], lexer: Lexer, data: bytes, at: int, place: str) -> int:
    """`a,b` or `(a,b)` in any order, as different releases document it."""
    left = list(value)
    closing = data[at : at + 1] == b"("
    at += closing
    first = True
    while left:
        if not first:
            at = _expect(b",", data, at, place)
        first = False
        at, left = _read_one_of(left, lexer, data, at)
        place = "value in a set"
    return _expect(b")", data, at, place) if closing else at


def _read_one_of(
    left: list[object], lexer: Lexer, data: bytes, at: int
) -> tuple[int, list[object]]:
    wrong: Wrong | None = None
    for number, item in enumerate(left):
        try:
            end = read_value(item, lexer, data, at, " in a set")
        except Wrong as error:
            wrong = wrong or error
            continue
        return end, left[:number] + left[number + 1 :]
    assert wrong is not None, "there is at least one"
    raise wrong


def _expect(sign: bytes, data: bytes, at: int, place: str) -> int:
    at = skip_blanks(data, at)
    if data[at : at + 1] != sign:
        raise Wrong(place, "is not one literal", repr(data[at : at + 200]))
    return at + 1


def _is(value: object, literal: Literal, lexer: Lexer) -> bool:
    """Whether a literal has this value, in the type that MySQL would make of it."""
    for kinds, compare in _COMPARE:
        if isinstance(value, kinds):
            return compare(value, literal, lexer)
    # Of what has no type in MySQL, no value is promised: only that it stays one literal.
    return isinstance(value, (Thing, dict))


def _is_null(_value: object, literal: Literal, _lexer: Lexer) -> bool:
    return literal.kind == "null"


def _is_text(value: str, literal: Literal, lexer: Lexer) -> bool:
    texts = encoded(str.__str__(value), lexer.charset)
    if type(value) is not str:
        texts |= encoded(str(value), lexer.charset)
    return literal.kind in ("text", "hex") and literal.value in texts


def _is_bytes(value: bytes | bytearray, literal: Literal, _lexer: Lexer) -> bool:
    return literal.kind in ("text", "hex") and literal.value == bytes(value)


def _is_number(value: int | float | decimal.Decimal, literal: Literal, _lexer: Lexer) -> bool:
    """Equal as a number; a number of a user's class may also be the text that it shows as."""
    if literal.kind == "null":
        return not is_finite(value)
    if literal.kind == "text":
        plain = type(value) in (int, float, bool)
        return not plain and literal.value in {str(value).encode(), _plain(value).encode()}
    if literal.kind != "number" or not is_finite(value):
        return False
    if isinstance(value, float):
        return float(literal.value) == float.__float__(value)
    return decimal.Decimal(literal.value.decode("ascii")) == decimal.Decimal(_plain(value))


def _plain(value: int | float | decimal.Decimal) -> str:
    if isinstance(value, decimal.Decimal):
        return str(value)
    return float.__repr__(value) if isinstance(value, float) else int.__repr__(value)


def _is_moment(value: datetime.datetime, literal: Literal, _lexer: Lexer) -> bool:
    first, _, second = literal.value.replace(b"T", b" ").partition(b" ")
    of_day = (value.hour * 60 + value.minute) * 60 + value.second
    return day(first) == (value.year, value.month, value.day) and clock(second) == (
        of_day * 1_000_000 + value.microsecond
    )


def _is_date(value: datetime.date, literal: Literal, _lexer: Lexer) -> bool:
    return day(literal.value) == (value.year, value.month, value.day)


def _is_time(value: datetime.time, literal: Literal, _lexer: Lexer) -> bool:
    of_day = (value.hour * 60 + value.minute) * 60 + value.second
    return clock(literal.value) == of_day * 1_000_000 + value.microsecond


def _is_delta(value: datetime.timedelta, literal: Literal, _lexer: Lexer) -> bool:
    return clock(literal.value) == value // datetime.timedelta(microseconds=1)


def _is_struct_time(value: time.struct_time, literal: Literal, lexer: Lexer) -> bool:
    return _is_moment(datetime.datetime(*value[:6]), literal, lexer)


def day(text: bytes) -> tuple[int, int, int] | None:
    """Year, month and day of a date as MySQL writes it; None: it is none."""
    found = _DATE.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def clock(text: bytes) -> Micros | None:
    """Microseconds of a time as MySQL writes it; None: it is none."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    micros = (int(found[2]) * 60 + int(found[3])) * 60 + int(found[4])
    micros = micros * 1_000_000 + int((found[5] or b"0").ljust(6, b"0"))
    return -micros if found[1] else micros


_COMPARE: Final[tuple[tuple[type | tuple[type, ...], Callable[..., bool]], ...]] = (
    (type(None), _is_null),
    (str, _is_text),
    ((bytes, bytearray), _is_bytes),
    ((int, float, decimal.Decimal), _is_number),
    (datetime.datetime, _is_moment),
    (datetime.date, _is_date),
    (datetime.time, _is_time),
    (datetime.timedelta, _is_delta),
    (time.struct_time, _is_struct_time),
)
