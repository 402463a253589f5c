"""What numeric instructions compute. Integers are unsigned; floats are their bits, so that the
payload of a NaN lives through everything that must keep it.

Which NaN an arithmetic instruction gives is up to the engine: it is an AnyNan here, and who looks
at its bits gets Undetermined.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, Final

from targets.wasm.opcodes import CODES

M32: Final = 0xFFFFFFFF
M64: Final = 0xFFFFFFFFFFFFFFFF


class Trap(Exception):
    """The program ended by a trap; the first argument is its kind, see `TRAPS`."""


class Undetermined(Exception):
    """From here on engines may differ: the text names why."""


TRAPS: Final = (
    "unreachable", "division by zero", "integer overflow", "invalid conversion", "memory bounds",
    "table bounds", "null function", "wrong signature", "host",
)  # fmt: skip


class AnyNan(int):
    """The bits of a NaN that the engine may choose (always a quiet one)."""


NAN: Final = {32: AnyNan(0x7FC00000), 64: AnyNan(0x7FF8000000000000)}

_F32: Final = struct.Struct("<f")
_F64: Final = struct.Struct("<d")
_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")


def as_signed(value: int, bits: int) -> int:
    """Two's complement read as a signed number."""
    return value - (1 << bits) if value >> (bits - 1) else value


def from_bits(value: int, bits: int) -> float:
    """The float with these bits."""
    if bits == 32:
        number: float = _F32.unpack(_U32.pack(value))[0]
    else:
        number = _F64.unpack(_U64.pack(value))[0]
    return number


def to_bits(number: float, bits: int) -> int:
    """The bits of `number`, rounded to the type; AnyNan for every NaN."""
    if math.isnan(number):
        return NAN[bits]
    if bits == 64:
        found: int = _U64.unpack(_F64.pack(number))[0]
        return found
    try:
        found = _U32.unpack(_F32.pack(number))[0]
    except OverflowError:
        found = 0xFF800000 if number < 0 else 0x7F800000
    return found


def is_nan(value: int, bits: int) -> bool:
    """Whether these are the bits of a NaN."""
    if bits == 32:
        return value & 0x7FFFFFFF > 0x7F800000
    return value & 0x7FFFFFFFFFFFFFFF > 0x7FF0000000000000


def looked_at(value: int) -> int:
    """`value` where its bits are used; Undetermined if the engine chose them."""
    if value.__class__ is AnyNan:
        raise Undetermined("bits of a NaN")
    return value


def _divide_signed(a: int, b: int, bits: int) -> int:
    if not b:
        raise Trap("division by zero")
    x, y = as_signed(a, bits), as_signed(b, bits)
    quotient = abs(x) // abs(y)
    if (x < 0) != (y < 0):
        quotient = -quotient
    if quotient >> (bits - 1) > 0:
        raise Trap("integer overflow")
    return quotient & ((1 << bits) - 1)


def _remainder_signed(a: int, b: int, bits: int) -> int:
    if not b:
        raise Trap("division by zero")
    x, y = as_signed(a, bits), as_signed(b, bits)
    remainder = abs(x) % abs(y)
    return (-remainder if x < 0 else remainder) & ((1 << bits) - 1)


def _divide_unsigned(a: int, b: int) -> int:
    if not b:
        raise Trap("division by zero")
    return a // b


def _remainder_unsigned(a: int, b: int) -> int:
    if not b:
        raise Trap("division by zero")
    return a % b


def rotate_left(a: int, b: int, bits: int) -> int:
    """Rotated by `b` modulo the width."""
    b %= bits
    return (a << b | a >> (bits - b)) & ((1 << bits) - 1)


def count_leading(a: int, bits: int) -> int:
    """Zero bits from the top."""
    return bits - a.bit_length()


def count_trailing(a: int, bits: int) -> int:
    """Zero bits from the bottom."""
    return (a & -a).bit_length() - 1 if a else bits


def extend(a: int, low: int, bits: int) -> int:
    """The lowest `low` bits with their sign repeated up to `bits`."""
    return as_signed(a & ((1 << low) - 1), low) & ((1 << bits) - 1)


def _integer_functions(bits: int) -> dict[str, Callable[..., int]]:
    mask = (1 << bits) - 1
    top = 1 << (bits - 1)
    return {
        "eqz": lambda a: int(a == 0),
        "eq": lambda a, b: int(a == b),
        "ne": lambda a, b: int(a != b),
        "lt_s": lambda a, b: int(a ^ top < b ^ top),
        "lt_u": lambda a, b: int(a < b),
        "gt_s": lambda a, b: int(a ^ top > b ^ top),
        "gt_u": lambda a, b: int(a > b),
        "le_s": lambda a, b: int(a ^ top <= b ^ top),
        "le_u": lambda a, b: int(a <= b),
        "ge_s": lambda a, b: int(a ^ top >= b ^ top),
        "ge_u": lambda a, b: int(a >= b),
        "clz": lambda a: count_leading(a, bits),
        "ctz": lambda a: count_trailing(a, bits),
        "popcnt": lambda a: a.bit_count(),
        "add": lambda a, b: (a + b) & mask,
        "sub": lambda a, b: (a - b) & mask,
        "mul": lambda a, b: a * b & mask,
        "div_s": lambda a, b: _divide_signed(a, b, bits),
        "div_u": _divide_unsigned,
        "rem_s": lambda a, b: _remainder_signed(a, b, bits),
        "rem_u": _remainder_unsigned,
        "and": lambda a, b: a & b,
        "or": lambda a, b: a | b,
        "xor": lambda a, b: a ^ b,
        "shl": lambda a, b: a << b % bits & mask,
        "shr_s": lambda a, b: as_signed(a, bits) >> b % bits & mask,
        "shr_u": lambda a, b: a >> b % bits,
        "rotl": lambda a, b: rotate_left(a, b, bits),
        "rotr": lambda a, b: rotate_left(a, -b, bits),
        "extend8_s": lambda a: extend(a, 8, bits),
        "extend16_s": lambda a: extend(a, 16, bits),
        "extend32_s": lambda a: extend(a, 32, bits),
    }


def divide(x: float, y: float) -> float:
    """As IEEE 754 has it, also by zero."""
    if y:
        return x / y
    if not x or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def minimum(x: float, y: float) -> float:
    """A NaN wins; -0 is below +0."""
    if math.isnan(x) or math.isnan(y):
        return math.nan
    if x == y == 0:
        return x if math.copysign(1, x) < 0 else y
    return min(x, y)


def maximum(x: float, y: float) -> float:
    """A NaN wins; -0 is below +0."""
    if math.isnan(x) or math.isnan(y):
        return math.nan
    if x == y == 0:
        return y if math.copysign(1, x) < 0 else x
    return max(x, y)


def square_root(x: float) -> float:
    """NaN below zero; -0 stays."""
    return math.sqrt(x) if x >= 0 else math.nan


def rounder(how: Callable[[float], int]) -> Callable[[float], float]:
    """A rounding to whole numbers that keeps infinities, NaN and the sign of zero."""

    def rounded(x: float) -> float:
        if math.isnan(x) or abs(x) >= 2.0**52:
            return x
        return math.copysign(float(how(x)), x)

    return rounded


FLOAT_BINARY: Final[dict[str, Callable[[float, float], float]]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": divide,
    "min": minimum,
    "max": maximum,
}
FLOAT_UNARY: Final[dict[str, Callable[[float], float]]] = {
    "ceil": rounder(math.ceil),
    "floor": rounder(math.floor),
    "trunc": rounder(math.trunc),
    "nearest": rounder(round),
    "sqrt": square_root,
}
FLOAT_TESTS: Final[dict[str, Callable[[float, float], bool]]] = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "lt": lambda x, y: x < y,
    "gt": lambda x, y: x > y,
    "le": lambda x, y: x <= y,
    "ge": lambda x, y: x >= y,
}


def _sign(a: int, flipped: int, bits: int) -> int:
    return NAN[bits] if a.__class__ is AnyNan else flipped


def _float_functions(bits: int) -> dict[str, Callable[..., int]]:
    top = 1 << (bits - 1)
    rest = top - 1
    made: dict[str, Callable[..., int]] = {
        "abs": lambda a: _sign(a, a & rest, bits),
        "neg": lambda a: _sign(a, a ^ top, bits),
        "copysign": lambda a, b: _sign(a, a & rest | looked_at(b) & top, bits),
    }

    def binary(apply: Callable[[float, float], float]) -> Callable[..., int]:
        return lambda a, b: to_bits(apply(from_bits(a, bits), from_bits(b, bits)), bits)

    def unary(apply: Callable[[float], float]) -> Callable[..., int]:
        return lambda a: to_bits(apply(from_bits(a, bits)), bits)

    def test(apply: Callable[[float, float], bool]) -> Callable[..., int]:
        return lambda a, b: int(apply(from_bits(a, bits), from_bits(b, bits)))

    made.update({name: binary(apply) for name, apply in FLOAT_BINARY.items()})
    made.update({name: unary(apply) for name, apply in FLOAT_UNARY.items()})
    made.update({name: test(apply) for name, apply in FLOAT_TESTS.items()})
    return made


def truncate(number: float, bits: int, *, signed: bool, saturate: bool) -> int:
    """The whole part as an integer; outside of its range the nearest one, or a trap."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    if math.isnan(number):
        if saturate:
            return 0
        raise Trap("invalid conversion")
    infinite = math.isinf(number)
    whole = math.trunc(math.copysign(2.0**65, number) if infinite else number)
    if not low <= whole <= high:
        if not saturate:
            raise Trap("integer overflow")
        whole = min(max(whole, low), high)
    return whole & ((1 << bits) - 1)


def to_float(whole: int, bits: int) -> int:
    """Bits of the float nearest to an integer, rounded once."""
    size = whole.bit_length()
    if bits == 32 and size > 53:
        cut = size - 40
        magnitude = abs(whole)
        sticky = int(magnitude & ((1 << cut) - 1) != 0)
        number = math.ldexp(float(magnitude >> cut | sticky), cut)
        return to_bits(-number if whole < 0 else number, 32)
    return to_bits(float(whole), bits)


def _conversion(name: str) -> Callable[[int], int]:
    to, what = name.split(".")
    bits = int(to[1:])
    words = what.split("_")
    source = int(next(word for word in words if word in ("i32", "i64", "f32", "f64"))[1:])
    signed = words[-1] == "s"
    if words[0] == "trunc":
        saturate = words[1] == "sat"
        return lambda a: truncate(from_bits(a, source), bits, signed=signed, saturate=saturate)
    if words[0] == "convert":
        return lambda a: to_float(as_signed(a, source) if signed else a, bits)
    if words[0] in ("demote", "promote"):
        return lambda a: to_bits(from_bits(a, source), bits)
    if words[0] == "reinterpret":
        return looked_at
    if words[0] == "wrap":
        return lambda a: a & M32
    return lambda a: as_signed(a, 32) & M64 if signed else a


def _functions() -> dict[int, Callable[..., int]]:
    tables = {
        "i32": _integer_functions(32),
        "i64": _integer_functions(64),
        "f32": _float_functions(32),
        "f64": _float_functions(64),
    }
    made: dict[int, Callable[..., Any]] = {}
    for name, code in CODES.items():
        type_, _, what = name.partition(".")
        known = tables.get(type_, {}).get(what)
        if known is not None:
            made[code] = known
        elif type_ in tables and any(f"_{other}" in what for other in tables):
            made[code] = _conversion(name)
    return made


SCALAR: Final = _functions()
"""Opcode → function of its operands. Vector instructions are in `vectors.py`."""
