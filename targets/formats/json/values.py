"""Python values that JSON encoders document to take, and what JSON must make of them."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import math
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from targets.drawing import Draw
from targets.formats.flat import Parts, flat
from targets.formats.grammar import some
from targets.formats.implementation import Normal, Refused

INTEGERS: Final = (
    *(0, 1, -1, 9, 10, 99, 100, 2**31 - 1, 2**31, -(2**31), 2**32, 2**53 - 1, 2**53, 2**53 + 1),
    *(
        2**63 - 1,
        2**63,
        -(2**63),
        -(2**63) - 1,
        2**64 - 1,
        2**64,
        10**18,
        10**19,
        -(10**19),
        2**200,
    ),
)
FLOATS: Final = (
    *(0.0, -0.0, 0.1, 1.0, 1.5, -1.5, 1e22, 1e21, 1e16, 1e15, 123456789.125, 1e-5, 1e-7, 1e300),
    *(
        5e-324,
        1.7976931348623157e308,
        31.245270191439438,
        1 / 3,
        100.0,
        2.0**53,
        1e17,
        4.35,
        1e-300,
    ),
    *(math.inf, -math.inf, math.nan),
)
TEXTS: Final = (
    *("", "a", "key", "é", "😀", "\0", "\x1f", "\x7f", "\u2028\u2029", '"', "\\", "/", "</script>"),
    *("&<>'", "\ud800", "a\udc00b", "\udc00\ud800", "\n\r\t\b\f", "a" * 15 + '"', "é" * 40 + "\n"),
    *("a" * 300, "\\" * 70, '"' * 129, "\uffff", "\ufeff", "a" * 31 + "\x01", "x" * 64 + "😀"),
    *("\x01" * 200, "<" * 100, "/" * 64, "\ud83d\ude00", "中" * 22),
)


_DEPTHS: Final = (1, 2, 3, 10, 20, 100, 254, 255, 400)
DEEP: Final = 100_000
"""Levels at which a native encoder that recurses without limit leaves its stack."""


class Colour(enum.Enum):
    """Members of several types."""

    RED = 1
    GREEN = "green"
    BLUE = 2.5


@dataclasses.dataclass
class Point:
    """With a default and with a field that is left out."""

    x: object
    y: object = None
    _hidden: int = 1


class Text(str):
    """A subclass, which encoders write as a string."""

    __slots__ = ()


class Real(float):
    """A subclass that prints itself otherwise."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "a real number"

    __str__ = __repr__


class Whole(int):
    """A subclass that prints itself otherwise."""

    def __repr__(self) -> str:
        return "a whole number"

    __str__ = __repr__


class Hooked:
    """What an encoder asks the object itself for; `answer` may be of a wrong type, or raised."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def _say(self) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class AsText(Hooked):
    """As JSON text."""

    def __json__(self) -> Any:
        return self._say()


class AsMapping(Hooked):
    """As a dictionary."""

    def toDict(self) -> Any:
        """The dictionary."""
        return self._say()


class OddKey(Hooked):
    """A key that is asked for its text."""

    def __str__(self) -> Any:
        return self._say()


HOOKED: Final = (
    *(AsText('{"a": 1}'), AsText(""), AsText("é"), AsText(b"1"), AsText(None), AsText(5)),
    *(AsText(ValueError("no")), AsMapping({"a": [1, {"b": "c"}]}), AsMapping(None), AsMapping([1])),
    *(AsMapping(ValueError("no")), AsMapping({}), {OddKey(ValueError("no")): 1}, {OddKey(""): 1}),
    *({OddKey("k"): [1]}, {b"k": 1}, {b"\xff": 2}, b"a", b"\xff", object(), {object(): 1}, {1, 2}),
)
"""Objects that ujson documents to ask, and such as no encoder takes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What an encoder documents of values that are not JSON's own."""

    nan: object = Refused
    """What NaN and the infinities become; Refused: the encoder refuses, or writes no JSON."""
    decimals: bool = False
    extras: bool = False
    """Dates, UUIDs, enums and dataclasses."""
    keys: bool = True
    """Names that are no strings are turned into strings."""
    surrogates: bool = True
    """Lone surrogates come back."""
    integer_bits: int = 100_000
    names: Callable[[object], str] | None = None
    """How names that are no strings are written, where it is not as the standard library does."""
    hooks: bool = False
    """Objects that are asked for what to write, and that may fail."""
    text_from_bits: int = 100_000
    """Integers of more bits are written as text."""
    floats_for_long: bool = False
    """Integers of more bits come back as floats."""


def build(rules: Rules) -> Callable[[Draw], object]:
    """A maker of values within `rules`, for `Implementation.build`."""

    def value(draw: Draw, depth: int = 0) -> object:
        # The first bytes of a document are few different ones: several of them decide at the top.
        kind = sum(draw.integer(0, 255) for _ in range(1 if depth else 4)) % (
            13 if depth < 4 else 6
        )
        if kind == 0:
            return draw.choice(INTEGERS) if draw.chance(0.9) else Whole(draw.choice(INTEGERS))
        if kind == 1:
            if draw.chance(0.05):
                return Real(draw.choice(FLOATS))
            if draw.chance(0.3):
                return float(f"{draw.integer(0, 10**17)}e{draw.integer(-330, 300)}")
            return draw.choice(FLOATS)
        if kind <= 3:
            return _text(draw)
        if kind == 4:
            return draw.choice((True, False, None))
        if kind == 5:
            return _extra(draw, rules)
        if kind <= 7:
            return [value(draw, depth + 1) for _ in range(some(draw, 0, 6))]
        if kind == 8:
            return tuple(value(draw, depth + 1) for _ in range(some(draw, 0, 3)))
        if kind == 9:
            nested: object = value(draw, 4)
            for _ in range(draw.choice(_DEPTHS if depth else (*_DEPTHS, DEEP))):
                nested = [nested] if draw.chance(0.8) else {"a": nested}
            return nested
        if kind == 10 and rules.extras:
            return Point(value(draw, depth + 1), value(draw, depth + 1))
        pairs = [(_key(draw, rules), value(draw, depth + 1)) for _ in range(some(draw, 0, 6))]
        return OrderedDict(pairs) if draw.chance(0.1) else dict(pairs)

    return value


def _text(draw: Draw) -> str:
    way = draw.integer(0, 5)
    if way == 0:
        return draw.choice(TEXTS) * draw.integer(1, 5) + draw.choice(TEXTS)
    if way == 1:
        return "".join(chr(byte) for byte in draw.binary(0, 40))
    if way == 2:
        return Text(draw.choice(TEXTS))
    return draw.choice(TEXTS)


def _key(draw: Draw, rules: Rules) -> object:
    if rules.keys and draw.chance(0.15):
        return draw.choice((1, -5, 2**64, 1.5, True, None))
    return draw.choice(TEXTS) if draw.chance(0.4) else f"k{draw.integer(0, 40)}"


def _extra(draw: Draw, rules: Rules) -> object:
    if rules.hooks and draw.chance(0.5):
        one: object = draw.choice(HOOKED)
        return one if draw.chance(0.8) else [one] * draw.choice((2, 254, 300))
    if not (rules.extras or rules.decimals):
        return draw.choice(TEXTS)
    if rules.decimals:
        return decimal.Decimal(draw.choice(("0", "1.5", "-0.25", "1E+2", "100")))
    kind = draw.integer(0, 4)
    year = draw.choice((1, 1970, 2024, 9999))
    day = (year, draw.integer(1, 12), draw.integer(1, 28))
    if kind == 0:
        return datetime.date(*day)
    if kind == 1:
        return datetime.time(
            draw.integer(0, 23), draw.integer(0, 59), 5, draw.choice((0, 1, 999999))
        )
    if kind == 2:
        return uuid.UUID(bytes=draw.binary(16, 16)[:16])
    if kind == 3:
        return draw.choice(tuple(Colour))
    zone = datetime.timezone(datetime.timedelta(minutes=draw.choice((0, 60, -330, 720, -90))))
    held = datetime.datetime(*day, 1, 2, 3, draw.choice((0, 1, 100000, 999999)))
    return held.replace(tzinfo=zone) if draw.chance(0.6) else held


def expected(rules: Rules, *, is_sorted: bool = False) -> Normal:
    """What must be read back, under `rules`."""

    def special(value: object) -> Parts | None:
        if isinstance(value, float) and not math.isfinite(value):
            if rules.nan is Refused:
                raise Refused("a number that JSON has not")
            return flat(rules.nan)[0], ()
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and not isinstance(value, enum.Enum)
        ):
            return _integer(value, rules)
        if isinstance(value, str) and any("\ud800" <= one <= "\udfff" for one in value):
            if not rules.surrogates:
                raise Refused("a lone surrogate")
            both = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            return ("text", both), ()
        if isinstance(value, Mapping):
            return _members(value, rules.names or _name, is_sorted=is_sorted)
        return _converted(value)

    return lambda value: flat(value, special)


def _integer(value: int, rules: Rules) -> Parts | None:
    if not -(1 << rules.text_from_bits) < value < 1 << rules.text_from_bits:
        return ("text", int.__repr__(value)), ()
    if value.bit_length() <= rules.integer_bits:
        return None
    if rules.floats_for_long:
        return flat(float(value))[0], ()
    raise Refused("an integer that is too long")


def _members(
    value: Mapping[object, object], name_of: Callable[[object], str], *, is_sorted: bool
) -> Parts:
    names: dict[str, object] = {}
    for key, held in value.items():
        name = name_of(key)
        if name in names:
            raise Refused("two names become one")
        names[name] = held
    pairs = sorted(names.items()) if is_sorted else list(names.items())
    return ("map", len(names)), [part for pair in pairs for part in pair]


def _name(key: object) -> str:
    match key:
        case str():
            return str(key)
        case None | bool():
            return {None: "null", True: "true", False: "false"}[key]
        case int():
            return int.__repr__(key)
        case float():
            return repr(key)
    raise Refused("a name of another type")


def _converted(value: object) -> Parts | None:
    match value:
        case Hooked() | bytes() | set():
            raise Refused("an object that says by itself what to write")
        case object() if type(value) is object:
            raise Refused("an object that no encoder knows")
        case enum.Enum():
            return flat(value.value)[0], ()
        case decimal.Decimal():
            return flat(float(value))[0], ()
        case uuid.UUID():
            return ("text", str(value)), ()
        case datetime.datetime() | datetime.date() | datetime.time():
            return ("text", value.isoformat()), ()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        kept = {name: held for name, held in fields.items() if not name.startswith("_")}
        return ("map", len(kept)), [part for pair in kept.items() for part in pair]
    return None
