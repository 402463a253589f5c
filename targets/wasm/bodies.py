"""Types the body of a function, instruction by instruction, and resolves its branches."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from targets.wasm.flat import (
    BLOCK,
    BR,
    BR_IF,
    BR_TABLE,
    ELSE,
    END,
    IF,
    JUMP,
    LOOP,
    RETURN,
    UNREACHABLE,
    Context,
    Flat,
    Label,
)
from targets.wasm.module import (
    REFERENCES,
    Body,
    Instruction,
    Invalid,
    Signature,
)
from targets.wasm.opcodes import CODES, LANES, OPERATIONS


@dataclasses.dataclass(slots=True)
class _Frame:
    opcode: int
    params: str
    results: str
    height: int
    label: Label
    otherwise: Label
    unreachable: bool = False

    def label_types(self) -> str:
        return self.params if self.opcode == LOOP else self.results


def body(context: Context, signature: Signature, found: Body) -> Flat:
    """The body with its branches resolved; Invalid when its types do not fit."""
    locals_ = "".join(letter * count for count, letter in found.locals)
    typer = _Typer(context, signature, signature.params + locals_)
    for instruction in found.code:
        typer.step(instruction)
    return Flat(signature, locals_, tuple(typer.code))


class _Typer:
    """The operand and control stacks of the algorithm, and the flat code written so far."""

    __slots__ = ("code", "context", "frames", "locals", "results", "stack")

    def __init__(self, context: Context, signature: Signature, locals_: str) -> None:
        self.context = context
        self.locals = locals_
        self.results = signature.results
        self.stack: list[str] = []
        self.code: list[tuple[Any, ...]] = []
        self.frames: list[_Frame] = []
        self.open(BLOCK, "", signature.results)

    def step(self, instruction: Instruction) -> None:
        """Type one instruction."""
        code = instruction[0]
        special = _SPECIAL.get(code)
        if special is not None:
            special(self, instruction)
            return
        operation = OPERATIONS[code]
        if operation.immediate:
            self.require_immediates(operation.immediate, instruction, operation.width)
        stack = self.stack
        params = operation.params
        if params:
            if len(stack) - self.frames[-1].height >= len(params):
                for letter in reversed(params):
                    have = stack.pop()
                    if have not in (letter, "?"):
                        raise Invalid(f"type mismatch: {operation.name}")
            else:
                self.pops(params, operation.name)
        stack.extend(operation.results)
        self.code.append(instruction)

    def require_immediates(self, kind: str, instruction: Instruction, width: int) -> None:
        """Indices and alignments of instructions whose types are fixed."""
        context = self.context
        if kind.startswith("mem") or kind == "data_memory":
            if not context.memories:
                raise Invalid("unknown memory")
            if kind.startswith("memarg") and 1 << instruction[1] > width:
                raise Invalid("alignment must not be larger than natural")
            if kind == "memarg_lane" and instruction[3] >= 16 // width:
                raise Invalid("invalid lane index")
        elif kind in ("lane", "shuffle"):
            shape = OPERATIONS[instruction[0]].name.partition(".")[0]
            if kind == "lane" and instruction[1] >= LANES[shape]:
                raise Invalid("invalid lane index")
            if kind == "shuffle" and max(instruction[1]) >= 32:
                raise Invalid("invalid lane index")
        else:
            self.require_tables(kind, instruction)
        if kind == "data_memory":
            self.data(instruction)

    def require_tables(self, kind: str, instruction: Instruction) -> None:
        """Indices of tables, and of segments for them."""
        if kind == "tables":
            kinds = [self.table(index) for index in instruction[1:]]
            if kinds[0] != kinds[1]:
                raise Invalid("type mismatch: table.copy")
        elif kind == "elem_table":
            if self.element(instruction[1]) != self.table(instruction[2]):
                raise Invalid("type mismatch: table.init")
        elif kind == "table":
            self.table(instruction[1])

    def table(self, index: int) -> str:
        """Type of the references in a table."""
        if index >= len(self.context.tables):
            raise Invalid("unknown table")
        return self.context.tables[index].type

    def element(self, index: int) -> str:
        """Type of the references in an element segment."""
        if index >= len(self.context.elements):
            raise Invalid("unknown element segment")
        return self.context.elements[index]

    def data(self, instruction: Instruction) -> None:
        """An index of a data segment, which needs the count in front of the code."""
        if self.context.data_count is None:
            raise Invalid("data count section required")
        if instruction[1] >= self.context.data_count:
            raise Invalid("unknown data segment")

    def pop(self, wanted: str, what: str) -> str:
        """The topmost type, which must be `wanted` ("" or "?" for any)."""
        frame = self.frames[-1]
        if len(self.stack) == frame.height:
            if not frame.unreachable:
                raise Invalid(f"type mismatch: {what}")
            return wanted or "?"
        have = self.stack.pop()
        if wanted and wanted != "?" and have not in ("?", wanted):
            raise Invalid(f"type mismatch: {what}")
        return have

    def pops(self, wanted: str, what: str) -> None:
        """Topmost types, the last of `wanted` first."""
        for letter in reversed(wanted):
            self.pop(letter, what)

    def open(self, opcode: int, params: str, results: str) -> None:
        """Enter a block whose parameters were popped."""
        height = len(self.stack)
        arity = len(params) if opcode == LOOP else len(results)
        label = [len(self.code), arity, height]
        self.frames.append(_Frame(opcode, params, results, height, label, [0, 0, 0]))
        self.stack.extend(params)

    def close(self) -> _Frame:
        """Leave the innermost block; its results must be all there is."""
        frame = self.frames[-1]
        self.pops(frame.results, "end of a block")
        if len(self.stack) != frame.height:
            raise Invalid("type mismatch: values remain at the end of a block")
        self.frames.pop()
        return frame

    def cut(self) -> None:
        """What follows is not reached."""
        frame = self.frames[-1]
        del self.stack[frame.height :]
        frame.unreachable = True

    def frame(self, depth: int) -> _Frame:
        """The block that a branch of this depth leaves (or repeats)."""
        if depth >= len(self.frames):
            raise Invalid("unknown label")
        return self.frames[-1 - depth]

    def block_type(self, block: str | int) -> tuple[str, str]:
        """Parameters and results of a block."""
        if isinstance(block, str):
            return "", block
        if block >= len(self.context.types):
            raise Invalid("unknown type")
        signature = self.context.types[block]
        return signature.params, signature.results


def _unreachable(typer: _Typer, instruction: Instruction) -> None:
    typer.code.append(instruction)
    typer.cut()


def _nop(_typer: _Typer, _instruction: Instruction) -> None:
    """It changes no types."""


def _block(typer: _Typer, instruction: Instruction) -> None:
    params, results = typer.block_type(instruction[1])
    code = instruction[0]
    if code == IF:
        typer.pop("i", "if")
    typer.pops(params, "parameters of a block")
    typer.open(code, params, results)
    if code == IF:
        typer.code.append((IF, typer.frames[-1].otherwise))


def _else(typer: _Typer, _instruction: Instruction) -> None:
    frame = typer.close()
    if frame.opcode != IF:
        raise Invalid("else without if")
    typer.code.append((JUMP, frame.label))
    frame.otherwise[0] = len(typer.code)
    typer.frames.append(
        _Frame(ELSE, frame.params, frame.results, frame.height, frame.label, [0, 0, 0])
    )
    typer.stack.extend(frame.params)


def _end(typer: _Typer, _instruction: Instruction) -> None:
    frame = typer.close()
    if frame.opcode == IF:
        if frame.params != frame.results:
            raise Invalid("type mismatch: if without else")
        frame.otherwise[0] = len(typer.code)
    if frame.opcode != LOOP:
        frame.label[0] = len(typer.code)
    typer.stack.extend(frame.results)
    if not typer.frames:
        typer.code.append((RETURN,))


def _br(typer: _Typer, instruction: Instruction) -> None:
    frame = typer.frame(instruction[1])
    typer.pops(frame.label_types(), "br")
    typer.code.append((BR, frame.label))
    typer.cut()


def _br_if(typer: _Typer, instruction: Instruction) -> None:
    frame = typer.frame(instruction[1])
    typer.pop("i", "br_if")
    types = frame.label_types()
    typer.pops(types, "br_if")
    typer.stack.extend(types)
    typer.code.append((BR_IF, frame.label))


def _br_table(typer: _Typer, instruction: Instruction) -> None:
    typer.pop("i", "br_table")
    default = typer.frame(instruction[2])
    arity = len(default.label_types())
    for depth in instruction[1]:
        types = typer.frame(depth).label_types()
        if len(types) != arity:
            raise Invalid("type mismatch: br_table")
        have = [typer.pop(letter, "br_table") for letter in reversed(types)]
        typer.stack.extend(reversed(have))
    typer.pops(default.label_types(), "br_table")
    labels = [typer.frame(depth).label for depth in instruction[1]]
    typer.code.append((BR_TABLE, [*labels, default.label]))
    typer.cut()


def _return(typer: _Typer, instruction: Instruction) -> None:
    typer.pops(typer.results, "return")
    typer.code.append(instruction)
    typer.cut()


def _call(typer: _Typer, instruction: Instruction) -> None:
    code, index = instruction[0], instruction[1]
    if code & 1:  # through a table
        if index >= len(typer.context.types):
            raise Invalid("unknown type")
        signature = typer.context.types[index]
        if typer.table(instruction[2]) != "r":
            raise Invalid("type mismatch: call_indirect through a table of externref")
        typer.pop("i", "call_indirect")
    else:
        if index >= len(typer.context.functions):
            raise Invalid("unknown function")
        signature = typer.context.functions[index]
    typer.code.append(instruction)
    typer.pops(signature.params, "arguments of a call")
    if code >= 0x12:
        if signature.results != typer.results:
            raise Invalid("type mismatch: results of a tail call")
        typer.cut()
    else:
        typer.stack.extend(signature.results)


def _drop(typer: _Typer, instruction: Instruction) -> None:
    typer.pop("", "drop")
    typer.code.append(instruction)


def _select(typer: _Typer, instruction: Instruction) -> None:
    typer.pop("i", "select")
    if len(instruction) > 1:
        if len(instruction[1]) != 1:
            raise Invalid("select of several types")
        typer.pops(instruction[1] * 2, "select")
        typer.stack.append(instruction[1])
    else:
        first = typer.pop("", "select")
        second = typer.pop(first, "select")
        letter = second if first == "?" else first
        if letter in REFERENCES:
            raise Invalid("type mismatch: select of references")
        typer.stack.append(letter)
    typer.code.append((CODES["select"],))


def _local(typer: _Typer, instruction: Instruction) -> None:
    code, index = instruction
    if index >= len(typer.locals):
        raise Invalid("unknown local")
    letter = typer.locals[index]
    if code != 0x20:
        typer.pop(letter, "local.set")
    if code != 0x21:
        typer.stack.append(letter)
    typer.code.append(instruction)


def _global(typer: _Typer, instruction: Instruction) -> None:
    code, index = instruction
    if index >= len(typer.context.globals):
        raise Invalid("unknown global")
    found = typer.context.globals[index]
    if code == 0x23:
        typer.stack.append(found.type)
    else:
        if not found.mutable:
            raise Invalid("global is immutable")
        typer.pop(found.type, "global.set")
    typer.code.append(instruction)


def _table(typer: _Typer, instruction: Instruction) -> None:
    """get, set, grow, fill: the types depend on the table."""
    letter = typer.table(instruction[1])
    params, results = {
        0x25: ("i", letter), 0x26: ("i" + letter, ""), 0xFC000F: (letter + "i", "i"),
        0xFC0011: ("i" + letter + "i", ""),
    }[instruction[0]]  # fmt: skip
    typer.pops(params, OPERATIONS[instruction[0]].name)
    typer.stack.extend(results)
    typer.code.append(instruction)


def _segment(typer: _Typer, instruction: Instruction) -> None:
    if instruction[0] == CODES["data.drop"]:
        typer.data(instruction)
    else:
        typer.element(instruction[1])
    typer.code.append(instruction)


def _ref(typer: _Typer, instruction: Instruction) -> None:
    code = instruction[0]
    if code == 0xD0:
        typer.stack.append(instruction[1])
    elif code == 0xD1:
        if typer.pop("", "ref.is_null") not in "rx?":
            raise Invalid("type mismatch: ref.is_null")
        typer.stack.append("i")
    else:
        if instruction[1] >= len(typer.context.functions):
            raise Invalid("unknown function")
        if instruction[1] not in typer.context.declared:
            raise Invalid("undeclared function reference")
        typer.stack.append("r")
    typer.code.append(instruction)


_SPECIAL: Final = {
    UNREACHABLE: _unreachable, 0x01: _nop, BLOCK: _block, LOOP: _block, IF: _block, ELSE: _else,
    END: _end, BR: _br, BR_IF: _br_if, BR_TABLE: _br_table, RETURN: _return, 0x10: _call,
    0x11: _call, 0x12: _call, 0x13: _call, 0x1A: _drop, 0x1B: _select, 0x1C: _select,
    0x20: _local, 0x21: _local, 0x22: _local, 0x23: _global, 0x24: _global, 0x25: _table,
    0x26: _table, 0xFC000F: _table, 0xFC0011: _table, 0xFC0009: _segment, 0xFC000D: _segment,
    0xD0: _ref, 0xD1: _ref, 0xD2: _ref,
}  # fmt: skip
