"""Every instruction that the farm knows: its number, name, immediates and types."""

from __future__ import annotations

import dataclasses
from typing import Final

PREFIX: Final = 0xFC0000
SIMD: Final = 0xFD0000


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One instruction. `params` and `results` are its types where they are the same everywhere.

    `immediate` names what follows the opcode; `width` is the access's size in bytes.
    """

    code: int
    name: str
    immediate: str = ""
    params: str = ""
    results: str = ""
    width: int = 0


_LETTER: Final = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}

_CONTROL: Final = """
00 unreachable -  01 nop -  02 block block  03 loop block  04 if block  05 else -  0b end -
0c br label  0d br_if label  0e br_table labels  0f return -  10 call func
11 call_indirect type_table  12 return_call func  13 return_call_indirect type_table
1a drop -  1b select -  1c select_typed types
20 local.get local  21 local.set local  22 local.tee local  23 global.get global
24 global.set global  25 table.get table  26 table.set table
3f memory.size memory  40 memory.grow memory
41 i32.const i32  42 i64.const i64  43 f32.const f32  44 f64.const f64
d0 ref.null heap  d1 ref.is_null -  d2 ref.func func
fc0008 memory.init data_memory  fc0009 data.drop data  fc000a memory.copy memories
fc000b memory.fill memory  fc000c table.init elem_table  fc000d elem.drop elem
fc000e table.copy tables  fc000f table.grow table  fc0010 table.size table
fc0011 table.fill table
fd000c v128.const v128
"""
_FIXED: Final = {
    "memory.size": ("", "i"),
    "memory.grow": ("i", "i"),
    "i32.const": ("", "i"),
    "i64.const": ("", "I"),
    "f32.const": ("", "f"),
    "f64.const": ("", "F"),
    "v128.const": ("", "V"),
    "memory.init": ("iii", ""),
    "memory.copy": ("iii", ""),
    "memory.fill": ("iii", ""),
    "table.init": ("iii", ""),
    "table.copy": ("iii", ""),
    "table.size": ("", "i"),
}

_INTEGER_TESTS: Final = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
_FLOAT_TESTS: Final = "eq ne lt gt le ge"
_INTEGER_UNARY: Final = "clz ctz popcnt"
_INTEGER_BINARY: Final = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"
_FLOAT_UNARY: Final = "abs neg ceil floor trunc nearest sqrt"
_FLOAT_BINARY: Final = "add sub mul div min max copysign"
_CONVERSIONS: Final = """
i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
"""
_EXTENDS: Final = "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s"
_SATURATING: Final = """
i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u
"""
_LOADS: Final = """
i32.load/4 i64.load/8 f32.load/4 f64.load/8 i32.load8_s/1 i32.load8_u/1 i32.load16_s/2
i32.load16_u/2 i64.load8_s/1 i64.load8_u/1 i64.load16_s/2 i64.load16_u/2 i64.load32_s/4
i64.load32_u/4
"""
_STORES: Final = """
i32.store/4 i64.store/8 f32.store/4 f64.store/8 i32.store8/1 i32.store16/2 i64.store8/1
i64.store16/2 i64.store32/4
"""


def _conversion(code: int, name: str) -> Operation:
    source = next(part for part in name.split(".")[1].split("_") if part in _LETTER)
    return Operation(code, name, "", _LETTER[source], _LETTER[name[:3]])


def _numeric() -> list[Operation]:
    made: list[Operation] = []

    def add(type_name: str, names: str, params: int, result: str = "") -> None:
        letter = _LETTER[type_name]
        for name in names.split():
            code = 0x45 + len(made)
            types = letter * params, result or letter
            made.append(Operation(code, f"{type_name}.{name}", "", *types))

    for name in ("i32", "i64"):
        add(name, "eqz", 1, "i")
        add(name, _INTEGER_TESTS, 2, "i")
    for name in ("f32", "f64"):
        add(name, _FLOAT_TESTS, 2, "i")
    for name in ("i32", "i64"):
        add(name, _INTEGER_UNARY, 1)
        add(name, _INTEGER_BINARY, 2)
    for name in ("f32", "f64"):
        add(name, _FLOAT_UNARY, 1)
        add(name, _FLOAT_BINARY, 2)
    for name in _CONVERSIONS.split():
        made.append(_conversion(0x45 + len(made), name))
    for name in _EXTENDS.split():
        letter = _LETTER[name[:3]]
        made.append(Operation(0x45 + len(made), name, "", letter, letter))
    made.extend(_conversion(PREFIX | at, name) for at, name in enumerate(_SATURATING.split()))
    return made


def _memory() -> list[Operation]:
    made = []
    for at, entry in enumerate((_LOADS + _STORES).split()):
        name, width = entry.split("/")
        letter = _LETTER[name[:3]]
        store = ".store" in name
        params, results = ("i" + letter, "") if store else ("i", letter)
        made.append(Operation(0x28 + at, name, "memarg", params, results, int(width)))
    return made


def _control() -> list[Operation]:
    words = _CONTROL.split()
    made = []
    for code, name, immediate in zip(words[::3], words[1::3], words[2::3], strict=True):
        types = _FIXED.get(name, ("", ""))
        made.append(Operation(int(code, 16), name, immediate.strip("-"), *types))
    return made


_LANE_TYPE: Final = {
    "i8x16": "i", "i16x8": "i", "i32x4": "i", "i64x2": "I", "f32x4": "f", "f64x2": "F",
}  # fmt: skip
_SIMD_NAMES: Final = """
v128.load/16 v128.load8x8_s/8 v128.load8x8_u/8 v128.load16x4_s/8 v128.load16x4_u/8
v128.load32x2_s/8 v128.load32x2_u/8 v128.load8_splat/1 v128.load16_splat/2 v128.load32_splat/4
v128.load64_splat/8 v128.store/16 . i8x16.shuffle i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat
i64x2.splat f32x4.splat f64x2.splat i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane
i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane i32x4.extract_lane i32x4.replace_lane
i64x2.extract_lane i64x2.replace_lane f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane
f64x2.replace_lane
i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s
i8x16.ge_u i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u
i16x8.ge_s i16x8.ge_u i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s
i32x4.le_u i32x4.ge_s i32x4.ge_u f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq
f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true
v128.load8_lane/1 v128.load16_lane/2 v128.load32_lane/4 v128.load64_lane/8 v128.store8_lane/1
v128.store16_lane/2 v128.store32_lane/4 v128.store64_lane/8 v128.load32_zero/4 v128.load64_zero/8
f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s
i8x16.narrow_i16x8_u f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest i8x16.shl i8x16.shr_s
i8x16.shr_u i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u
f64x2.ceil f64x2.floor i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u f64x2.trunc i8x16.avgr_u
i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s
i32x4.extadd_pairwise_i16x8_u
i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask i16x8.narrow_i32x4_s
i16x8.narrow_i32x4_u i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u
i16x8.extend_high_i8x16_u i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s
i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u f64x2.nearest i16x8.mul i16x8.min_s
i16x8.min_u i16x8.max_s i16x8.max_u . i16x8.avgr_u i16x8.extmul_low_i8x16_s
i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u
i32x4.abs i32x4.neg . i32x4.all_true i32x4.bitmask . . i32x4.extend_low_i16x8_s
i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u i32x4.shl i32x4.shr_s
i32x4.shr_u i32x4.add . . i32x4.sub . . . i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u
i32x4.dot_i16x8_s . i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u
i32x4.extmul_high_i16x8_u
i64x2.abs i64x2.neg . i64x2.all_true i64x2.bitmask . . i64x2.extend_low_i32x4_s
i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u i64x2.shl i64x2.shr_s
i64x2.shr_u i64x2.add . . i64x2.sub . . . i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s
i64x2.le_s i64x2.ge_s i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u
i64x2.extmul_high_i32x4_u
f32x4.abs f32x4.neg . f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max
f32x4.pmin f32x4.pmax f64x2.abs f64x2.neg . f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div
f64x2.min f64x2.max f64x2.pmin f64x2.pmax i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u
f32x4.convert_i32x4_s f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero
i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u
"""
_UNARY_LANES: Final = frozenset(
    ("abs", "neg", "popcnt", "not", "ceil", "floor", "trunc", "nearest", "sqrt",
     "demote_f64x2_zero", "promote_low_f32x4")
)  # fmt: skip
_UNARY_STARTS: Final = ("extadd_", "extend_", "trunc_sat_", "convert_")


def _simd_types(shape: str, what: str) -> tuple[str, str, str]:
    """Immediate, parameters and results of a vector instruction that accesses no memory."""
    if what == "splat":
        return "", _LANE_TYPE[shape], "V"
    if what.startswith("extract_lane"):
        return "lane", "V", _LANE_TYPE[shape]
    if what == "replace_lane":
        return "lane", "V" + _LANE_TYPE[shape], "V"
    if what in ("any_true", "all_true", "bitmask"):
        return "", "V", "i"
    if what in ("shl", "shr_s", "shr_u"):
        return "", "Vi", "V"
    if what == "bitselect":
        return "", "VVV", "V"
    if what == "shuffle":
        return "shuffle", "VV", "V"
    if what in _UNARY_LANES or what.startswith(_UNARY_STARTS):
        return "", "V", "V"
    return "", "VV", "V"


def _simd() -> list[Operation]:
    made = []
    for number, entry in enumerate(_SIMD_NAMES.split()):
        name, _, width = entry.partition("/")
        if name == ".":
            continue
        shape, what = name.split(".")
        if not width:
            made.append(Operation(SIMD | number, name, *_simd_types(shape, what)))
            continue
        lane = what.endswith("_lane")
        store = what.startswith("store")
        params, results = ("iV", "") if store else ("iV" if lane else "i", "V")
        immediate = "memarg_lane" if lane else "memarg"
        made.append(Operation(SIMD | number, name, immediate, params, results, int(width)))
    return made


OPERATIONS: Final = {
    operation.code: operation for operation in (*_control(), *_memory(), *_numeric(), *_simd())
}
CODES: Final = {operation.name: operation.code for operation in OPERATIONS.values()}
PLAIN: Final = tuple(
    operation
    for operation in OPERATIONS.values()
    if operation.immediate in ("", "lane", "shuffle") and operation.results
)
"""Instructions that only take operands and give one result."""

PROPOSED: Final = frozenset({0x06, 0x07, 0x08, 0x09, 0x0A, 0x14, 0x15, 0x18, 0x19, 0x1F, 0xD3, 0xD4,
                             0xD5, 0xD6, 0xFB, 0xFE, *range(0xE0, 0xE7)})  # fmt: skip
"""Opcodes of proposals that the validator makes no statement about."""
LANES: Final = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}
