"""Makes modules that are valid: all kinds of definitions, functions with real bodies."""

from __future__ import annotations

import random
from typing import Any, Final

from targets import drawing
from targets.drawing import Draw
from targets.wasm import constants, groups
from targets.wasm.encoder import encode
from targets.wasm.engine import HOST
from targets.wasm.expressions import CONST, Code, Features, Maker, Plan
from targets.wasm.module import (
    FUNCTION,
    GLOBAL,
    MEMORY,
    PAGE_BYTES,
    TABLE,
    Body,
    Data,
    Element,
    Export,
    Global,
    GlobalType,
    Import,
    Instruction,
    Limits,
    Module,
    Signature,
    Table,
)
from targets.wasm.opcodes import CODES, OPERATIONS, PLAIN

END: Final[Instruction] = (0x0B,)
MAX_LEFT: Final = 60
"""Instructions that one body has for sub-expressions, about."""
MVP: Final = Features()
SHUFFLE: Final = OPERATIONS[CODES["i8x16.shuffle"]]


def build(draw: Draw) -> bytes:
    """A valid module."""
    features = MVP
    if draw.chance(0.7):
        features = Features(
            simd=draw.chance(0.4),
            tail_call=draw.chance(0.25),
            references=draw.chance(0.8),
            mvp=False,
        )
    pick = draw.integer(0, 9)
    if pick < 3:
        module = operations(draw, features)
    elif pick < 5 and features.references:
        module = interplay(draw, features)
    else:
        module = program(draw, features)
    if draw.chance(0.15):
        module.customs.append((draw.choice(("", "name", "producers", "\u00e9")), draw.binary(0, 9)))
    if draw.chance(0.15):
        return encode(module, lambda: draw.integer(1, 9) if draw.chance(0.25) else 0)
    return encode(module)


def embedded(draw: Draw) -> bytes:
    """A valid module that shows a host most of what it has."""
    features = Features(references=True, mvp=False, tail_call=draw.chance(0.3))
    if draw.chance(0.4):
        return encode(interplay(draw, features))
    return encode(program(draw, features, hosted=0.5))


def _simple_types(draw: Draw, features: Features) -> str:
    letters = "iIfF" + ("x" if features.references and draw.chance(0.2) else "")
    return "".join(draw.choice(letters) for _ in range(draw.integer(0, 3)))


def operations(draw: Draw, features: Features) -> Module:
    """Functions of one instruction each, on parameters or on a constant."""
    module = Module()
    for index in range(draw.integer(1, 10)):
        vector = features.simd and draw.chance(0.7)
        operation = draw.choice(features.plain if not vector else PLAIN)
        if vector and draw.chance(0.1):  # one instruction, and as many as it has immediates
            operation = SHUFFLE
        maker = Maker(draw, _empty(features), Signature(), 0)
        letters = operation.params
        params = letters.replace("V", "i") if "V" not in letters else ""
        code: Code = []
        for at, letter in enumerate(letters):
            if code and letters[at - 1] == letter and draw.chance(0.2):
                code.append(code[-1])
            elif params and not draw.chance(0.25):
                code.append((0x20, at))
            else:
                code.append((CONST[letter], constants.value(draw, letter)))
        code.append(maker.operation(operation))
        result = operation.results
        if result == "V":
            # The half of a vector is a number that can be returned.
            code.append((0xFD001D, draw.integer(0, 1)))
            result = "I"
        _add(module, Signature(params, result), Body((), (*code, END)), f"f{index}")
    return module


def _empty(features: Features) -> Plan:
    return Plan(features, [], [], [], False, [], [], 0, [])


def _add(module: Module, signature: Signature, body: Body, name: str) -> None:
    if signature not in module.types:
        module.types.append(signature)
    module.functions.append(module.types.index(signature))
    module.bodies.append(body)
    module.exports.append(Export(name, FUNCTION, len(module.functions) - 1))


def interplay(draw: Draw, features: Features) -> Module:
    """Short functions over tables, a memory and their segments, called one after the other."""
    module = Module()
    _imports(draw, module, features, 0.15)
    groups.definitions(draw, module)
    for _ in range(draw.integer(0, 2)):
        letter = draw.choice("rxxi")
        init: Instruction = (CONST["i"], 0) if letter == "i" else (0xD0, letter)
        module.globals.append(Global(GlobalType(letter, True), init))
    signatures = [groups.signature(draw) for _ in range(draw.integer(1, 4))]
    for signature in signatures:
        if signature not in module.types:
            module.types.append(signature)
        module.functions.append(module.types.index(signature))
    for table in module.tables:
        for _ in range(draw.integer(1, 2)):
            flag = draw.integer(0, 7) if table.type == "r" else draw.choice((5, 5, 6, 7))
            _add_element(draw, module, flag, table.type)
    _data(draw, module, features)
    plan = _plan(module, features)
    for index, signature in enumerate(signatures):
        at = len(module.imports) + index
        maker = Maker(draw, plan, signature, groups.MAX_LEFT, at)
        code = groups.body(maker, module)
        own = maker.locals[len(signature.params) :]
        module.bodies.append(Body(_runs(own), (*code, END)))
        module.exports.append(Export(f"f{index}", FUNCTION, at))
    _exports(draw, module)
    return module


def program(draw: Draw, features: Features, hosted: float | None = None) -> Module:
    """A module with a bit of everything; `hosted` is how likely it imports each host function."""
    module = Module()
    _imports(draw, module, features, hosted)
    _definitions(draw, module, features)
    letters = "iIfF" + ("V" if features.simd else "")
    for _ in range(draw.integer(0, 2)):
        results = "".join(draw.choice(letters) for _ in range(draw.integer(2, 3)))
        if features.references:
            module.types.append(Signature(_simple_types(draw, features), results))
    count = draw.integer(1, 4)
    for _ in range(count):
        result = draw.choice(letters) if draw.chance(0.85) else ""
        if module.imports and draw.chance(0.4):  # those of a host function, to leave by a tail call
            result = module.types[draw.choice(module.imports).description].results
        signature = Signature(_simple_types(draw, features), result)
        if module.types and draw.chance(0.15):
            signature = draw.choice(module.types)
        if signature not in module.types or draw.chance(0.05):
            module.types.append(signature)
        module.functions.append(module.types.index(signature))
    _segments(draw, module, features)
    plan = _plan(module, features)
    imported = len(plan.functions) - count
    for index in range(count):
        signature = plan.functions[imported + index]
        maker = Maker(draw, plan, signature, MAX_LEFT, imported + index)
        code = maker.body()
        own = maker.locals[len(signature.params) :]
        module.bodies.append(Body(_runs(own), tuple(code)))
        if "V" not in signature.params + signature.results:
            module.exports.append(Export(f"f{index}", FUNCTION, imported + index))
    starts = [at for at, have in enumerate(plan.functions) if have == Signature()]
    if starts and draw.chance(0.3):
        module.start = draw.choice(starts)
    _exports(draw, module)
    return module


def _runs(letters: str) -> tuple[tuple[int, str], ...]:
    runs: list[tuple[int, str]] = []
    for letter in letters:
        if runs and runs[-1][1] == letter:
            runs[-1] = (runs[-1][0] + 1, letter)
        else:
            runs.append((1, letter))
    return tuple(runs)


def _plan(module: Module, features: Features) -> Plan:
    functions = [module.types[index] for index in module.function_types()]
    declared = sorted(
        {item[1] for segment in module.elements for item in segment.items if item[0] == 0xD2}
    )
    return Plan(
        features, module.types, functions, module.tables, bool(module.memories),
        [(item.type.type, item.type.mutable) for item in module.globals],
        [segment.type for segment in module.elements],
        len(module.data) if module.data_count is not None else 0,
        declared if features.references else [],
        len(module.imports),
    )  # fmt: skip


def _imports(draw: Draw, module: Module, features: Features, hosted: float | None) -> None:
    share = draw.choice((0.0, 0.1, 0.1, 0.6)) if hosted is None else hosted
    for (where, name), signature in HOST.items():
        modern = len(signature.results) > 1 or "x" in signature.params
        if draw.chance(share) and (features.references or not modern):
            if signature not in module.types:
                module.types.append(signature)
            module.imports.append(Import(where, name, FUNCTION, module.types.index(signature)))


def _definitions(draw: Draw, module: Module, features: Features) -> None:
    """Tables, memory and globals."""
    if draw.chance(0.7):
        for _ in range(draw.integer(1, 3 if features.references else 1)):
            letter = draw.choice("rx") if features.references else "r"
            module.tables.append(Table(letter, _limits(draw, draw.integer(0, 8))))
    if draw.chance(0.75):
        module.memories.append(_limits(draw, draw.choice((0, 1, 1, 1, 1, 2))))
    letters = "iIfF" + ("V" if features.simd else "") + ("x" if features.references else "")
    for _ in range(draw.integer(0, 4)):
        letter = draw.choice(letters)
        init: Instruction = (
            (0xD0, letter) if letter in "rx" else (CONST[letter], constants.value(draw, letter))
        )
        module.globals.append(Global(GlobalType(letter, draw.chance(0.8)), init))


def _limits(draw: Draw, minimum: int) -> Limits:
    if draw.chance(0.5):
        return Limits(minimum)
    return Limits(minimum, minimum + draw.choice((0, 0, 1, 2, 5, 60000)))


def _segments(draw: Draw, module: Module, features: Features) -> None:
    """Element and data segments; most active ones lie within."""
    for _ in range(draw.integer(0, 4)):
        flag = draw.integer(0, 7) if features.references else 0
        _add_element(draw, module, flag, draw.choice("rx") if flag & 4 and flag & 3 else "r")
    _data(draw, module, features)


def _data(draw: Draw, module: Module, features: Features) -> None:
    if not module.memories:
        return
    for _ in range(draw.integer(0, 2)):
        passive = features.references and draw.chance(0.5)
        content = draw.binary(0, 12)
        flag = 1 if passive else draw.choice((0, 0, 2)) if features.references else 0
        room = max(0, module.memories[0].minimum * PAGE_BYTES - len(content))
        at = draw.choice((0, 0, 1, 8, room, min(room, 100), room + (draw.integer(0, 19) == 7)))
        offset = None if passive else (CONST["i"], at)
        module.data.append(Data(content, offset, flag))
    if features.references and (draw.chance(0.8) or any(s.flag for s in module.data)):
        module.data_count = len(module.data)


def _add_element(draw: Draw, module: Module, flag: int, letter: str) -> None:
    """A segment of one encoding and type; none, where no table takes it."""
    mode = "active" if not flag & 1 else "declared" if flag & 2 else "passive"
    functions = len(module.functions) + len(module.imports)
    table = 0
    if mode == "active":
        fits = [at for at, have in enumerate(module.tables)
                if have.type == letter and (at == 0 or flag & 2)]  # fmt: skip
        if not fits:
            return
        table = draw.choice(fits)
    items: list[Instruction] = []
    for _ in range(draw.integer(0, 5)):
        if letter == "r" and functions and not (flag & 4 and draw.chance(0.3)):
            items.append((0xD2, draw.integer(0, functions - 1)))
        elif flag & 4:
            items.append((0xD0, letter))
    offset: Any = None
    if mode == "active":
        room = max(0, module.tables[table].limits.minimum - len(items))
        if len(items) > module.tables[table].limits.minimum and not draw.chance(0.05):
            return
        offset = (CONST["i"], draw.integer(0, room))
    module.elements.append(Element(mode, letter, tuple(items), table, offset, flag))


def _exports(draw: Draw, module: Module) -> None:
    """Names for memories, globals and tables; sometimes the function that the loader calls."""
    if module.memories and draw.chance(0.8):
        module.exports.append(Export("memory", MEMORY, 0))
    for at in range(len(module.globals)):
        if draw.chance(0.7):
            module.exports.append(Export(f"g{at}", GLOBAL, at))
    for at in range(len(module.tables)):
        if draw.chance(0.5):
            module.exports.append(Export(f"t{at}", TABLE, at))
    functions = [item for item in module.exports if item.kind == FUNCTION]
    if functions and draw.chance(0.2):
        module.exports.append(Export("handler", FUNCTION, draw.choice(functions).index))


def generate(rng: random.Random) -> bytes:
    """A valid module made from random numbers."""
    return build(drawing.from_random(rng))
