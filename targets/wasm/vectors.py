"""What vector instructions compute, lane by lane. A vector is an unsigned number of 128 bits.

A lane that holds a NaN made by arithmetic makes the whole vector one whose bits engines may choose;
that is Undetermined at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from targets.wasm.numeric import (
    FLOAT_BINARY,
    FLOAT_TESTS,
    FLOAT_UNARY,
    AnyNan,
    Undetermined,
    as_signed,
    from_bits,
    to_bits,
    to_float,
    truncate,
)
from targets.wasm.opcodes import CODES, LANES, OPERATIONS

Vector = int
_ALL: Final = (1 << 128) - 1


def split(vector: Vector, bits: int) -> list[int]:
    """Lanes of `bits` bits, lowest first."""
    mask = (1 << bits) - 1
    return [vector >> at & mask for at in range(0, 128, bits)]


def join(lanes: list[int], bits: int) -> Vector:
    """The vector of these lanes, each cut to its width; Undetermined for an engine's own NaN."""
    vector = 0
    mask = (1 << bits) - 1
    for at, lane in enumerate(lanes):
        if lane.__class__ is AnyNan:
            raise Undetermined("bits of a NaN in a vector")
        vector |= (lane & mask) << at * bits
    return vector


def _saturate(value: int, bits: int, *, signed: bool) -> int:
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    return min(max(value, low), high)


_TESTS: Final[dict[str, Callable[[int, int], bool]]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "ge": lambda a, b: a >= b,
}
_PLAIN: Final[dict[str, Callable[[int, int], int]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "min": min,
    "max": max,
    "avgr": lambda a, b: (a + b + 1) >> 1,
    "q15mulr": lambda a, b: (a * b + 0x4000) >> 15,
}


def _integer(bits: int, what: str) -> Callable[..., int] | None:
    """Instructions of two vectors of whole numbers, from the words of their names."""
    words = what.split("_")
    signed = words[-1] == "s"
    test = _TESTS.get(words[0])
    plain = _PLAIN.get(words[0])
    saturate = "sat" in words

    def lanes(vector: int) -> list[int]:
        found = split(vector, bits)
        return [as_signed(lane, bits) for lane in found] if signed else found

    def apply(a: int, b: int) -> int:
        made = []
        for x, y in zip(lanes(a), lanes(b), strict=True):
            if test is not None:
                made.append(-int(test(x, y)))
            elif plain is not None:
                value = plain(x, y)
                made.append(_saturate(value, bits, signed=signed) if saturate else value)
        return join(made, bits)

    return apply if test is not None or plain is not None else None


def _unary(bits: int, what: str) -> Callable[..., int] | None:
    count = 128 // bits
    mask = (1 << bits) - 1
    ones: dict[str, Callable[[int], int]] = {
        "abs": lambda a: abs(as_signed(a, bits)),
        "neg": lambda a: -a,
        "popcnt": lambda a: a.bit_count(),
    }
    if what in ones:
        one = ones[what]
        return lambda a: join([one(lane) for lane in split(a, bits)], bits)
    if what == "all_true":
        return lambda a: int(all(split(a, bits)))
    if what == "bitmask":
        return lambda a: sum(lane >> bits - 1 << at for at, lane in enumerate(split(a, bits)))
    if what == "splat":
        return lambda a: join([a] * count, bits)
    if what == "shl":
        return lambda a, b: join([lane << b % bits for lane in split(a, bits)], bits)
    if what == "shr_u":
        return lambda a, b: join([lane >> b % bits for lane in split(a, bits)], bits)
    if what == "shr_s":
        return lambda a, b: join([as_signed(x, bits) >> b % bits for x in split(a, bits)], bits)
    if what == "swizzle":
        return _swizzle
    return (lambda a: join([~lane & mask for lane in split(a, bits)], bits)) if not what else None


def _swizzle(a: int, b: int) -> int:
    lanes = split(a, 8)
    return join([lanes[at] if at < 16 else 0 for at in split(b, 8)], 8)


def _widening(bits: int, what: str) -> Callable[..., int] | None:
    """Instructions between lanes of different widths."""
    words = what.split("_")
    half = bits // 2
    signed = words[-1] == "s"

    def read(vector: int, width: int) -> list[int]:
        found = split(vector, width)
        return [as_signed(lane, width) for lane in found] if signed else found

    def part(vector: int) -> list[int]:
        found = read(vector, half)
        middle = len(found) // 2
        return found[:middle] if "low" in words else found[middle:]

    if words[0] == "narrow":
        wide = bits * 2
        return lambda a, b: join(
            [_saturate(as_signed(lane, wide), bits, signed=signed)
             for lane in split(a, wide) + split(b, wide)], bits
        )  # fmt: skip
    if words[0] == "extend":
        return lambda a: join(part(a), bits)
    if words[0] == "extmul":
        return lambda a, b: join([x * y for x, y in zip(part(a), part(b), strict=True)], bits)
    if words[0] == "extadd":
        return lambda a: join(_pairs(read(a, half)), bits)
    if words[0] == "dot":
        return lambda a, b: join(
            _pairs([x * y for x, y in zip(read(a, half), read(b, half), strict=True)]), bits
        )
    return None


def _pairs(lanes: list[int]) -> list[int]:
    return [x + y for x, y in zip(lanes[::2], lanes[1::2], strict=True)]


def _float(bits: int, what: str) -> Callable[..., int] | None:
    top = 1 << (bits - 1)

    def numbers(vector: int) -> list[float]:
        return [from_bits(lane, bits) for lane in split(vector, bits)]

    if what in FLOAT_BINARY:
        both = FLOAT_BINARY[what]
        return lambda a, b: join(
            [to_bits(both(x, y), bits) for x, y in zip(numbers(a), numbers(b), strict=True)], bits
        )
    if what in FLOAT_TESTS:
        test = FLOAT_TESTS[what]
        return lambda a, b: join(
            [-int(test(x, y)) for x, y in zip(numbers(a), numbers(b), strict=True)], bits
        )
    if what in FLOAT_UNARY:
        one = FLOAT_UNARY[what]
        return lambda a: join([to_bits(one(x), bits) for x in numbers(a)], bits)
    if what in ("pmin", "pmax"):
        return lambda a, b: _pseudo(a, b, bits, below=what == "pmin")
    if what == "abs":
        return lambda a: join([lane & (top - 1) for lane in split(a, bits)], bits)
    if what == "neg":
        return lambda a: join([lane ^ top for lane in split(a, bits)], bits)
    if what == "splat":
        return lambda a: join([a] * (128 // bits), bits)
    return None


def _pseudo(a: int, b: int, bits: int, *, below: bool) -> int:
    made = []
    for x, y in zip(split(a, bits), split(b, bits), strict=True):
        first, second = from_bits(x, bits), from_bits(y, bits)
        made.append(y if (second < first if below else first < second) else x)
    return join(made, bits)


def _convert(name: str) -> Callable[..., int] | None:
    signed = "_s" in name.replace("_sat", "")
    if ".trunc_sat_f32x4" in name:
        return lambda a: join(
            [truncate(from_bits(x, 32), 32, signed=signed, saturate=True) for x in split(a, 32)], 32
        )
    if ".trunc_sat_f64x2" in name:
        return lambda a: join(
            [truncate(from_bits(x, 64), 32, signed=signed, saturate=True) for x in split(a, 64)], 32
        )
    if ".convert_" in name:
        bits = 32 if name.startswith("f32") else 64
        return lambda a: join(
            [to_float(as_signed(x, 32) if signed else x, bits)
             for x in split(a, 32)[: 128 // bits]], bits
        )  # fmt: skip
    if ".demote" in name:
        return lambda a: join([to_bits(from_bits(x, 64), 32) for x in split(a, 64)], 32)
    if ".promote" in name:
        return lambda a: join([to_bits(from_bits(x, 32), 64) for x in split(a, 32)[:2]], 64)
    return None


_BITWISE: Final[dict[str, Callable[..., int]]] = {
    "not": lambda a: a ^ _ALL,
    "and": lambda a, b: a & b,
    "andnot": lambda a, b: a & (b ^ _ALL),
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "bitselect": lambda a, b, c: a & c | b & (c ^ _ALL),
    "any_true": lambda a: int(a != 0),
}


def _functions() -> dict[int, Callable[..., int]]:
    made = {}
    for name, code in CODES.items():
        shape, _, what = name.partition(".")
        found: Callable[..., int] | None = None
        if shape in LANES and not OPERATIONS[code].immediate:
            bits = 128 // LANES[shape]
            found = _convert(name)
            if found is None and shape[0] == "f":
                found = _float(bits, what)
            elif found is None:
                found = _unary(bits, what) or _widening(bits, what) or _integer(bits, what)
        elif shape == "v128" and code >> 16 == 0xFD:
            found = _BITWISE.get(what)
        if found is not None:
            made[code] = found
    return made


VECTOR: Final = _functions()
"""Opcode → function of its operands, for vector instructions without immediates."""


def shuffle(a: int, b: int, picks: bytes) -> int:
    """Bytes picked from two vectors."""
    both = split(a, 8) + split(b, 8)
    return join([both[pick] for pick in picks], 8)


def extract(name: str, vector: int, lane: int) -> int:
    """One lane, widened as the instruction says."""
    shape, _, what = name.partition(".")
    bits = 128 // LANES[shape]
    value = split(vector, bits)[lane]
    return as_signed(value, bits) & 0xFFFFFFFF if what.endswith("_s") else value


def replace(name: str, vector: int, value: int, lane: int) -> int:
    """The vector with one lane changed."""
    bits = 128 // LANES[name.partition(".")[0]]
    lanes = split(vector, bits)
    lanes[lane] = value
    return join(lanes, bits)


def load(name: str, content: bytes) -> int:
    """The vector that a load makes of the bytes read."""
    what = name.partition(".")[2]
    if what == "load" or what.endswith("_zero"):
        return int.from_bytes(content, "little")
    if what.endswith("_splat"):
        return int.from_bytes(content * (16 // len(content)), "little")
    bits = int(what[4 : what.index("x")])
    lanes = [int.from_bytes(content[at : at + bits // 8], "little")
             for at in range(0, 8, bits // 8)]  # fmt: skip
    if what.endswith("_s"):
        lanes = [as_signed(lane, bits) for lane in lanes]
    return join(lanes, bits * 2)
