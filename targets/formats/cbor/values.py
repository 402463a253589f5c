"""Values that CBOR encoders document to take: of every type, and of every size class."""

from __future__ import annotations

import datetime
import decimal
import fractions
import ipaddress
import math
import re
import uuid
from collections import OrderedDict
from collections.abc import Callable
from email.message import Message
from email.mime.text import MIMEText
from typing import Any, Final

from targets.drawing import Draw
from targets.formats.cbor.model import Map, Simple, Tag
from targets.formats.grammar import some

INTEGERS: Final = (
    *(0, 1, -1, 23, 24, -24, -25, 255, 256, -256, -257, 65535, 65536, 2**31, 2**32 - 1, 2**32),
    *(2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, -(2**64), -(2**64) - 1, 2**100),
    *(-(2**200), 10**30, 2**64 + 255, -(2**65), 2**1000),
)
FLOATS: Final = (
    *(0.0, -0.0, 1.5, -4.1, 65504.0, 65505.0, 1e300, 5e-324, 2.0**-24, 2.0**-25, 6.1e-05, 1e-7),
    *(math.inf, -math.inf, math.nan, 3.4028234663852886e38, 3.4028235677973366e38, 2.0**-149, 0.1),
)
TEXTS: Final = (
    *("", "a", "key", "é", "𝄞", "\0", "a" * 23, "a" * 24, "b" * 255, "c" * 256, "é" * 300),
    *("[0-9]+", "x y", "\ufeff", "\u2028", "z" * 400, "é" * 12, "𝄞" * 6),
)
_ZONES: Final = (0, 60, -60, 330, -690, 1439, -1439, 1)


def model(draw: Draw, depth: int = 0) -> object:
    """A value of the generic data model, for the reference's encoder."""
    kind = draw.integer(0, 9 if depth < 4 else 5)
    match kind:
        case 0:
            return max(-(2**64), min(2**64 - 1, draw.choice(INTEGERS)))
        case 1:
            return draw.choice(FLOATS)
        case 2:
            return draw.choice(TEXTS)
        case 3:
            return draw.binary(0, 40)
        case 4:
            return draw.choice((True, False, None))
        case 5:
            number = draw.choice((0, 19, 23, 32, 255, draw.integer(32, 255)))
            return Simple(number)
        case 6 | 7:
            return [model(draw, depth + 1) for _ in range(some(draw, 0, 5))]
        case 8:
            pairs = range(some(draw, 0, 4))
            return Map(tuple((model(draw, depth + 1), model(draw, depth + 1)) for _ in pairs))
    number = draw.choice((0, 1, 4, 23, 24, 255, 256, 65535, 55799, 2**32, 2**64 - 1))
    return Tag(number, model(draw, depth + 1))


class Natives:
    """Python values for cbor2, whose own types are parameters: releases differ in them."""

    def __init__(self, tag: Any, simple: Any, undefined: object) -> None:
        self._tag = tag
        self._simple = simple
        self._undefined = undefined

    def value(self, draw: Draw, depth: int = 0) -> object:
        """Any value; containers hold less the deeper they are."""
        if depth >= 3 or draw.chance(0.5):
            return self._leaf(draw)
        kind = draw.integer(0, 7)
        if kind <= 1:
            return [self.value(draw, depth + 1) for _ in range(some(draw, 0, 5))]
        if kind == 2:
            return tuple(self.value(draw, depth + 1) for _ in range(some(draw, 0, 3)))
        if kind == 3:
            return {self._key(draw) for _ in range(some(draw, 0, 4))}
        if kind == 4:
            return self._tag(draw.choice((6, 23, 24, 255, 65536, 2**64 - 1)), self.value(draw, 3))
        if kind == 5:
            return self._shared(draw, depth)
        pairs = [(self._key(draw), self.value(draw, depth + 1)) for _ in range(some(draw, 0, 5))]
        return OrderedDict(pairs) if draw.chance(0.2) else dict(pairs)

    def _leaf(self, draw: Draw) -> object:
        makers: tuple[Callable[[Draw], object], ...] = (
            lambda draw: draw.choice(INTEGERS),
            lambda draw: draw.choice(FLOATS),
            lambda draw: draw.choice(TEXTS),
            lambda draw: draw.binary(0, 40) if draw.chance(0.8) else bytearray(draw.binary(0, 4)),
            lambda draw: draw.choice((True, False, None, self._undefined)),
            lambda draw: self._simple(draw.choice((0, 19, 32, 255))),
            self._moment,
            self._fraction,
            self._named,
            self._address,
        )
        return draw.choice(makers)(draw)

    def _key(self, draw: Draw) -> Any:
        kind = draw.integer(0, 6)
        if kind == 0:
            return draw.choice(INTEGERS)
        if kind == 1:
            return draw.choice(("a", "b", "c" * 24, "é", ""))
        if kind == 2:
            return draw.binary(0, 3)
        if kind == 3:
            return (draw.choice(INTEGERS[:8]), "x")
        if kind == 4:
            return frozenset((draw.choice(INTEGERS[:8]), "y"))
        if kind == 5:
            return draw.choice((1.5, None, 0.5, uuid.UUID(int=draw.integer(0, 255))))
        return f"key{draw.integer(0, 30)}"

    def _moment(self, draw: Draw) -> object:
        year = draw.choice((1970, 1969, 2013, 2038, 2100, 2200, 1900, 1, 9999))
        month, day = draw.integer(1, 12), draw.integer(1, 28)
        if draw.chance(0.3):
            return datetime.date(year, month, day)
        zone = datetime.timezone(datetime.timedelta(minutes=draw.choice(_ZONES)))
        clock = (draw.integer(0, 23), draw.integer(0, 59), draw.integer(0, 59))
        part = draw.choice((0, 0, 1, 10, 500000, 999999, 380841, 100))
        if year in (1, 9999):
            zone = datetime.UTC
        return datetime.datetime(year, month, day, *clock, part, zone)

    def _fraction(self, draw: Draw) -> object:
        if draw.chance(0.4):
            low = draw.choice((1, 2, 3, 7, 2**70))
            return fractions.Fraction(draw.choice(INTEGERS[:24]), low)
        digits = draw.choice(("0", "1", "14.123", "-14.123", "1E+3", "1E-100", "123456789" * 4))
        return decimal.Decimal(digits)

    def _named(self, draw: Draw) -> object:
        kind = draw.integer(0, 2)
        if kind == 0:
            return uuid.UUID(bytes=draw.binary(16, 16)[:16])
        if kind == 1:
            return re.compile(draw.choice(("a", "[0-9]+", "é*", "(a)(b)", "")))
        message: Message = MIMEText(draw.choice(("hello", "", "a\nb")), "plain", "utf-8")
        return message

    def _address(self, draw: Draw) -> object:
        kind = draw.integer(0, 3)
        if kind == 0:
            return ipaddress.IPv4Address(draw.integer(0, 2**32 - 1))
        if kind == 1:
            return ipaddress.IPv6Address(draw.choice((0, 1, 2**128 - 1, 2**96)))
        if kind == 2:
            bits = draw.integer(0, 32)
            return ipaddress.IPv4Network((draw.integer(0, 255) << 24, bits), strict=False)
        return ipaddress.IPv6Network((2**125, draw.integer(3, 128)), strict=False)

    def _shared(self, draw: Draw, depth: int) -> object:
        """The same object more than once."""
        one = [self.value(draw, depth + 2)]
        return [one, one, {"a": one, "b": draw.choice(TEXTS[:8])}]
