"""Makes typed bodies of functions: expressions that leave one value, statements that leave none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from targets.drawing import Draw
from targets.wasm import constants
from targets.wasm.flat import BLOCK, BR, BR_IF, BR_TABLE, ELSE, END, IF, LOOP
from targets.wasm.module import Instruction, Signature, Table
from targets.wasm.opcodes import CODES, LANES, OPERATIONS, PLAIN, Operation

Code = list[Instruction]
CONST: Final = {
    letter: CODES[f"{name}.const"]
    for letter, name in (("i", "i32"), ("I", "i64"), ("f", "f32"), ("F", "f64"), ("V", "v128"))
}
GET, SET, TEE, GLOBAL_GET, GLOBAL_SET = 0x20, 0x21, 0x22, 0x23, 0x24
CALL, CALL_INDIRECT, DROP, SELECT, SELECT_TYPED = 0x10, 0x11, 0x1A, 0x1B, 0x1C
TAIL_CALL: Final = 0x12
_EQUAL: Final = {"f": CODES["f32.eq"], "F": CODES["f64.eq"]}
_LOOKS_AT: Final = frozenset(
    CODES[name]
    for name in ("i32.reinterpret_f32", "i64.reinterpret_f64", "f32.copysign", "f64.copysign")
)


def _by_result(operations: tuple[Operation, ...]) -> dict[str, tuple[Operation, ...]]:
    return {
        letter: tuple(operation for operation in operations if operation.results == letter)
        for letter in "iIfFV"
    }


_FIRST: Final = tuple(operation for operation in PLAIN if operation.code < 0xC0)
_SCALAR: Final = tuple(operation for operation in PLAIN if operation.code >> 16 != 0xFD)
_FIRST_BY: Final = _by_result(_FIRST)
_SCALAR_BY: Final = _by_result(_SCALAR)
_ALL_BY: Final = _by_result(PLAIN)


@dataclasses.dataclass(frozen=True, slots=True)
class Features:
    """What a generated module may use beside the MVP, and nothing when `mvp`."""

    simd: bool = False
    tail_call: bool = False
    references: bool = False
    mvp: bool = True

    @property
    def plain(self) -> tuple[Operation, ...]:
        """Scalar instructions that only compute."""
        return _FIRST if self.mvp else _SCALAR

    def giving(self, letter: str) -> tuple[Operation, ...]:
        """Instructions that compute a value of this type."""
        return (_ALL_BY if self.simd else _FIRST_BY if self.mvp else _SCALAR_BY)[letter]


_LOADS: Final = tuple(
    operation for operation in OPERATIONS.values()
    if operation.immediate.startswith("memarg") and operation.results
)  # fmt: skip
_STORES: Final = tuple(
    operation for operation in OPERATIONS.values()
    if operation.immediate.startswith("memarg") and not operation.results
)  # fmt: skip


@dataclasses.dataclass(slots=True)
class Plan:
    """What the bodies of a module may refer to."""

    features: Features
    types: list[Signature]
    functions: list[Signature]
    tables: list[Table]
    memory: bool
    globals: list[tuple[str, bool]]
    elements: list[str]
    data: int
    declared: list[int]
    imported: int = 0
    """How many of the functions are the host's."""


class Maker:
    """Makes the body of one function; its cost is bounded by `left` instructions.

    `own` is the index of the function: it calls those behind it, mostly, so that programs end.
    """

    def __init__(
        self, draw: Draw, plan: Plan, signature: Signature, left: int, own: int = -1
    ) -> None:
        self.draw = draw
        self.plan = plan
        self.signature = signature
        self.left = left
        self.own = own
        letters = "iIfF" + ("V" if plan.features.simd else "")
        letters += "rx" if plan.features.references else ""
        extra = "".join(draw.choice(letters) for _ in range(draw.integer(0, 4)))
        self.locals = signature.params + "fFi" + extra
        self.calm_at = {"f": len(signature.params), "F": len(signature.params) + 1}
        self.counter = len(signature.params) + 2
        self.labels: list[str] = []
        self.counting = False

    def body(self) -> Code:
        """Statements, then the results, then `end`."""
        code: Code = []
        self.labels.append(self.signature.results)
        for _ in range(self.draw.integer(0, 4)):
            code += self.statement(3)
        code += hosting.called(self)
        for letter in self.signature.results:
            code += self.value(letter, 4)
        return [*code, *hosting.left(self), (END,)]

    def value(self, letter: str, depth: int) -> Code:
        """Code that leaves one value of a type."""
        self.left -= 1
        draw = self.draw
        if depth <= 0 or self.left <= 0 or draw.chance(0.15):
            return self.leaf(letter)
        if letter in "rx":
            return self.reference(letter, depth)
        pick = draw.integer(0, 19)
        if pick < 10:
            return self.plain(draw.choice(self.plan.features.giving(letter)), depth)
        makers = self._MAKERS
        made = makers[draw.integer(0, len(makers) - 1)](self, letter, depth)
        return made or self.plain(draw.choice(self.plan.features.giving(letter)), depth)

    def leaf(self, letter: str) -> Code:
        """A constant, local or global."""
        draw = self.draw
        if draw.chance(0.5):
            found = [at for at, have in enumerate(self.locals) if have == letter]
            if found:
                return [(GET, draw.choice(found))]
        if letter in "rx":
            if letter == "r" and self.plan.declared and draw.chance(0.6):
                return [(0xD2, draw.choice(self.plan.declared))]
            return [(0xD0, letter)]
        return [(CONST[letter], constants.value(draw, letter))]

    def plain(self, operation: Operation, depth: int) -> Code:
        """An instruction on operands made for it."""
        code: Code = []
        looks = operation.code in _LOOKS_AT
        made: Code = []
        for at, letter in enumerate(operation.params):
            # One operand twice is what engines have special code for.
            again = at and letter == operation.params[at - 1] and len(made) == 1
            if not (again and self.draw.chance(0.15)):
                made = self.value(letter, depth - 1)
            if looks and letter in "fF" and at == len(operation.params) - 1:
                made = self.calm(letter, made)
            code += made
        return [*code, self.operation(operation)]

    def operation(self, operation: Operation) -> Instruction:
        """The instruction with its immediate."""
        if operation.immediate == "lane":
            return operation.code, self.draw.integer(0, LANES[operation.name.partition(".")[0]] - 1)
        if operation.immediate == "shuffle":
            low = 16 if self.draw.chance(0.3) else 31
            return operation.code, bytes(self.draw.integer(0, low) for _ in range(16))
        return (operation.code,)

    def calm(self, letter: str, code: Code) -> Code:
        """Replaces a NaN by a number, so that its bits (the engine's choice) are not seen."""
        if self.draw.chance(0.1):
            return code
        at = self.calm_at[letter]
        zero = (CONST[letter], constants.value(self.draw, letter))
        return [*code, (TEE, at), zero, (GET, at), (GET, at), (_EQUAL[letter],), (SELECT,)]

    def address(self, depth: int) -> Code:
        """An address, mostly within the first page."""
        draw = self.draw
        pick = draw.integer(0, 9)
        if pick < 4:
            return [(CONST["i"], draw.choice((0, 1, 8, 16, 255, 0xFFF0, 0xFFFC, 0xFFFF, 0x10000)))]
        code = self.value("i", depth - 1)
        if pick < 6:
            return [*code, (CONST["i"], draw.choice((0xFF, 0xFFF8, 0xFFFF))), (CODES["i32.and"],)]
        if pick < 8:
            code += [(CONST["i"], draw.integer(0, 4)), (CODES["i32.shl"],)]
            if draw.chance(0.3):
                code += [*self.leaf("i"), (CODES["i32.add"],)]
        return code

    def access(self, operation: Operation) -> Instruction:
        """A load or store with alignment and offset."""
        draw = self.draw
        align = draw.integer(0, operation.width.bit_length() - 1)
        offset = draw.choice((0, 0, 0, 1, 4, 16, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF))
        if operation.immediate == "memarg_lane":
            return operation.code, align, offset, draw.integer(0, 16 // operation.width - 1)
        return operation.code, align, offset

    def _load(self, letter: str, depth: int) -> Code:
        found = [op for op in _LOADS if op.results == letter]
        if not self.plan.memory or not found:
            return []
        operation = self.draw.choice(found)
        extra = self.value("V", depth - 1) if "V" in operation.params else []
        return [*self.address(depth), *extra, self.access(operation)]

    def _select(self, letter: str, depth: int) -> Code:
        typed = self.draw.chance(0.2) and self.plan.features.references
        last: Instruction = (SELECT_TYPED, letter) if typed else (SELECT,)
        first, second = self.value(letter, depth - 1), self.value(letter, depth - 1)
        return [*first, *second, *self.value("i", depth - 1), last]

    def _if(self, letter: str, depth: int) -> Code:
        code = [*self.value("i", depth - 1), (IF, letter)]
        self.labels.append(letter)
        code += [*self.statement(depth - 2), *self.value(letter, depth - 1), (ELSE,)]
        code += [*self.value(letter, depth - 1), (END,)]
        self.labels.pop()
        return code

    def _block(self, letter: str, depth: int) -> Code:
        draw = self.draw
        self.labels.append(letter)
        code: Code = [(BLOCK, letter)]
        if draw.chance(0.5):
            code += self.statement(depth - 1)
        code += self.value(letter, depth - 1)
        if draw.chance(0.6):
            code += [*self.value("i", depth - 2), (BR_IF, 0)]
        if draw.chance(0.3):
            code += [(DROP,), *self.value(letter, depth - 2), *self.jump(letter, depth)]
        code.append((END,))
        self.labels.pop()
        return code

    def jump(self, letter: str, depth: int) -> Code:
        """A branch with the value on the stack, and a value that is never reached."""
        draw = self.draw
        fits = [at for at, types in enumerate(reversed(self.labels)) if types == letter]
        if not fits:
            return []
        if draw.chance(0.4):
            labels = tuple(draw.choice(fits) for _ in range(draw.integer(0, 4)))
            index = self.value("i", depth - 2)
            return [*index, (BR_TABLE, labels, draw.choice(fits)), *self.leaf(letter)]
        code: Code = [(BR, draw.choice(fits))]
        return [*code, *self.leaf(letter)] if draw.chance(0.7) else code

    def _loop(self, letter: str, depth: int) -> Code:
        """A loop that a counter ends after a few rounds."""
        if self.counting:
            return []
        self.counting = True
        self.labels.append("-")
        at = self.counter
        code: Code = [(CONST["i"], self.draw.integer(1, 5)), (SET, at), (LOOP, letter)]
        code += self.statement(depth - 1)
        code += [(GET, at), (CONST["i"], 1), (CODES["i32.sub"],), (TEE, at), (BR_IF, 0)]
        code += [*self.value(letter, depth - 1), (END,)]
        self.labels.pop()
        self.counting = False
        return code

    def _call(self, letter: str, depth: int) -> Code:
        found = self.callees(letter)
        if not found:
            return []
        at = self.draw.choice(found)
        return [*hosting.passed(self, at, depth), (CALL, at)]

    def callees(self, letters: str | None = None) -> list[int]:
        """Functions to call, with these results or any."""
        plan, recursive = self.plan, self.draw.chance(0.05)
        return [
            at for at, have in enumerate(plan.functions)
            if (recursive or at > self.own or at < plan.imported)
            and (letters is None or have.results == letters)
        ]  # fmt: skip

    def _call_indirect(self, letter: str, depth: int) -> Code:
        plan = self.plan
        tables = [at for at, table in enumerate(plan.tables) if table.type == "r"]
        found = [at for at, have in enumerate(plan.types) if have.results == letter]
        if not tables or not found:
            return []
        at = self.draw.choice(found)
        code = self.arguments(plan.types[at], depth) + self.position(depth)
        return [*code, (CALL_INDIRECT, at, self.draw.choice(tables))]

    def arguments(self, signature: Signature, depth: int) -> Code:
        """Values for all parameters."""
        return [item for letter in signature.params for item in self.value(letter, depth - 1)]

    def position(self, depth: int) -> Code:
        """An index of a table or segment, or a length: small, mostly."""
        if self.draw.chance(0.8):
            return [(CONST["i"], self.draw.choice((0, 0, 1, 1, 2, 3, 4, 5, 8)))]
        return self.value("i", depth - 1)

    def _global(self, letter: str, depth: int) -> Code:  # noqa: ARG002 - same shape as the others
        found = [at for at, (have, _) in enumerate(self.plan.globals) if have == letter]
        return [(GLOBAL_GET, self.draw.choice(found))] if found else []

    def _tee(self, letter: str, depth: int) -> Code:
        found = [at for at, have in enumerate(self.locals) if have == letter and at != self.counter]
        if not found:
            return []
        return [*self.value(letter, depth - 1), (TEE, self.draw.choice(found))]

    def _sizes(self, letter: str, depth: int) -> Code:
        """Instructions that ask for, or change, the size of a memory or table."""
        draw, plan = self.draw, self.plan
        if letter != "i":
            return []
        if plan.memory and draw.chance(0.5):
            if draw.chance(0.5):
                return [(0x3F,)]
            return [(CONST["i"], draw.choice((0, 1, 1, 2, 0x10000, 0xFFFFFFFF))), (0x40,)]
        if not plan.tables or not plan.features.references:
            return []
        at = draw.integer(0, len(plan.tables) - 1)
        if draw.chance(0.5):
            return [(CODES["table.size"], at)]
        letter = plan.tables[at].type
        return [*self.value(letter, depth - 1), *self.position(depth), (CODES["table.grow"], at)]

    def _is_null(self, letter: str, depth: int) -> Code:
        if letter != "i" or not self.plan.features.references:
            return []
        return [*self.reference(self.draw.choice("rx"), depth - 1), (0xD1,)]

    def reference(self, letter: str, depth: int) -> Code:
        """A reference."""
        found = [at for at, table in enumerate(self.plan.tables) if table.type == letter]
        kept = hosting.kept(self, depth) if letter == "x" else []
        if kept:
            return kept
        if depth <= 0 or not found or self.draw.chance(0.4):
            made = self._global(letter, depth) if self.draw.chance(0.3) else []
            return made or self.leaf(letter)
        return [*self.position(depth), (0x25, self.draw.choice(found))]

    def _multiple(self, letter: str, depth: int) -> Code:
        """A block of a type with several results, all but one dropped."""
        plan = self.plan
        found = [at for at, have in enumerate(plan.types)
                 if len(have.results) > 1 and letter in have.results
                 and not set("rx") & set(have.results)]  # fmt: skip
        if not found or not plan.features.references:
            return []
        at = self.draw.choice(found)
        signature = plan.types[at]
        code = [*self.arguments(signature, depth - 1), (BLOCK, at)]
        code += [(DROP,)] * len(signature.params)
        self.labels.append(signature.results)
        for one in signature.results:
            code += self.value(one, depth - 2)
        if self.draw.chance(0.5):
            code += [*self.value("i", depth - 2), (BR_IF, 0)]
        code.append((END,))
        self.labels.pop()
        keep = signature.results.rindex(letter)
        code += [(DROP,)] * (len(signature.results) - 1 - keep)
        if keep:
            code += self.keep(letter, keep)
        return code

    def keep(self, letter: str, below: int) -> Code:
        """Drops `below` values under the topmost."""
        at = next((at for at, have in enumerate(self.locals) if have == letter), None)
        if at is None:  # a local is made for it
            self.locals += letter
            at = len(self.locals) - 1
        return [(SET, at), *([(DROP,)] * below), (GET, at)]

    def statement(self, depth: int) -> Code:
        """Code that leaves nothing."""
        self.left -= 1
        if depth <= 0 or self.left <= 0:
            return []
        return statements.make(self, depth)

    _MAKERS: Final[tuple[Callable[[Maker, str, int], Code], ...]] = (
        _load, _load, _select, _select, _if, _block, _block, _loop, _call, _call, _call_indirect,
        _global, _tee, _tee, _sizes, _is_null, _multiple,
    )  # fmt: skip


from targets.wasm import hosting, statements  # noqa: E402 - they make code by a Maker
