"""Makes modules that want too much: time, memory, tables, stack. All are valid."""

from __future__ import annotations

import random
from typing import Final

from targets import drawing
from targets.drawing import Draw
from targets.wasm.encoder import encode
from targets.wasm.expressions import CONST, GET, SET, Code
from targets.wasm.flat import BR, BR_IF, END, LOOP
from targets.wasm.module import (
    FUNCTION,
    MEMORY,
    TABLE,
    Body,
    Element,
    Export,
    Instruction,
    Limits,
    Module,
    Signature,
    Table,
)
from targets.wasm.opcodes import CODES

INT: Final = CONST["i"]
GROW: Final[Instruction] = (CODES["memory.grow"],)
PAGES: Final = (1, 2, 3, 16, 100, 1000, 40000, 65535, 65536, 0x7FFFFFFF, 0xFFFFFFFF)
ELEMENTS: Final = (1, 2, 10, 1000, 100000, 10_000_001, 0x7FFFFFFF, 0xFFFFFFFF)


def build(draw: Draw) -> bytes:
    """A module whose functions want one thing each, under the limits or far above them."""
    module = Module(types=[Signature(), Signature("", "i"), Signature("i", "i")])
    module.memories.append(Limits(draw.integer(0, 2), draw.choice((None, None, 3, 100, 65536))))
    letter = draw.choice("rx")
    module.tables.append(Table(letter, Limits(draw.integer(0, 4), draw.choice((None, None, 20)))))
    functions = Table("r", Limits(1))
    module.tables.append(functions)
    count = draw.integer(1, 4)
    for index in range(count):
        kind = draw.choice(_KINDS)
        signature, code = kind(draw, index)
        if kind is _grow_table:
            code.insert(0, (0xD0, letter))
        module.functions.append(signature)
        locals_ = ((2, "i"),)
        module.bodies.append(Body(locals_, (*code, (END,))))
        module.exports.append(Export(f"f{index}", FUNCTION, index))
    module.elements.append(Element("active", "r", ((0xD2, 0),), 1, (INT, 0), 2))
    module.exports += [Export("memory", MEMORY, 0), Export("t0", TABLE, 0)]
    plain = [index for index in range(count) if module.functions[index] == 0]
    if plain and draw.chance(0.2):
        module.start = draw.choice(plain)
    return encode(module)


def _spin(draw: Draw, _index: int) -> tuple[int, Code]:
    work: Code = [(GET, 0), (INT, draw.integer(0, 9)), (CODES["i32.add"],), (SET, 0)]
    return 0, [(LOOP, ""), *work[: 4 * draw.integer(0, 1)], (BR, 0), (END,)]


def _count(draw: Draw, _index: int) -> tuple[int, Code]:
    rounds = draw.choice((10, 1000, 100_000, 0x7FFFFFFF))
    code: Code = [(INT, rounds), (SET, 1), (LOOP, ""), (GET, 1), (INT, 1), (CODES["i32.sub"],)]
    return 1, [*code, (0x22, 1), (BR_IF, 0), (END,), (GET, 1)]


def _recurse(draw: Draw, index: int) -> tuple[int, Code]:
    if draw.chance(0.3):
        return 0, [(INT, 0), (0x11, 0, 1)]
    if draw.chance(0.3):
        return 2, [(GET, 0), (INT, 1), (CODES["i32.add"],), (0x10, index)]
    return 0, [(0x10, index)]


def _tail(_draw: Draw, index: int) -> tuple[int, Code]:
    return 0, [(0x12, index)]


def _grow(draw: Draw, _index: int) -> tuple[int, Code]:
    return 1, [(INT, draw.choice(PAGES)), GROW]


def _grow_much(draw: Draw, _index: int) -> tuple[int, Code]:
    return 0, [(LOOP, ""), (INT, draw.choice(PAGES)), GROW, (INT, 0xFFFFFFFF), (CODES["i32.ne"],),
               (BR_IF, 0), (END,)]  # fmt: skip


def _grow_table(draw: Draw, _index: int) -> tuple[int, Code]:
    return 1, [(INT, draw.choice(ELEMENTS)), (CODES["table.grow"], 0)]


def _touch(draw: Draw, _index: int) -> tuple[int, Code]:
    at = draw.choice((0, 65532, 65536, 131072, 0x7FFFFFFF, 0xFFFFFFFF))
    offset = draw.choice((0, 1, 65535, 0xFFFFFFFF))
    if draw.chance(0.5):
        return 0, [(INT, at), (INT, 1), (CODES["i32.store"], 2, offset)]
    size = draw.choice((1, 65536, 0xFFFFFFFF))
    return 0, [(INT, at), (INT, 7), (INT, size), (CODES["memory.fill"],)]


def _sizes(_draw: Draw, _index: int) -> tuple[int, Code]:
    return 1, [(0x3F,), (CODES["table.size"], 0), (CODES["i32.add"],)]


_KINDS: Final = (_spin, _count, _recurse, _tail, _grow, _grow, _grow_much, _grow_table, _touch,
                 _sizes)  # fmt: skip


def generate(rng: random.Random) -> bytes:
    """A hostile module made from random numbers."""
    return build(drawing.from_random(rng))
