"""Runs the flat code of one function: a loop over prepared instructions and a stack of values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from targets.wasm import vectors
from targets.wasm.flat import BR, BR_IF, BR_TABLE, IF, JUMP, RETURN, UNREACHABLE
from targets.wasm.module import PAGE_BYTES, Signature
from targets.wasm.numeric import SCALAR, Trap, Undetermined, as_signed, looked_at
from targets.wasm.opcodes import CODES, OPERATIONS
from targets.wasm.store import Function, Memory
from targets.wasm.vectors import VECTOR

if TYPE_CHECKING:
    from targets.wasm.interpreter import Instance

Stack = list[Any]
Prepared = tuple[Any, ...]
_FUNCTIONS: Final = {**SCALAR, **VECTOR}
(
    _CONST, _GET, _SET, _TEE, _BINARY, _UNARY, _LOAD, _STORE, _BR, _BR_IF, _IF, _JUMP, _BR_TABLE,
    _RETURN, _CALL, _OTHER,
) = range(16)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class TailCall:
    """A function leaves itself for another one."""

    function: Function
    arguments: Sequence[Any]


_DIRECT: Final = {
    0x20: _GET, 0x21: _SET, 0x22: _TEE, BR: _BR, BR_IF: _BR_IF, IF: _IF, JUMP: _JUMP,
    BR_TABLE: _BR_TABLE, RETURN: _RETURN, 0x10: _CALL, 0x11: _CALL, 0x12: _CALL, 0x13: _CALL,
    0x41: _CONST, 0x42: _CONST, 0x43: _CONST, 0x44: _CONST, 0xFD000C: _CONST,
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Preparation:
    """Makes flat code ready to run; `fault` is a planted one."""

    types: list[Signature]
    fault: str = ""

    def code(self, flat: Sequence[tuple[Any, ...]]) -> tuple[Prepared, ...]:
        """Instructions as (what to do, its parameters…)."""
        return tuple([self._one(instruction) for instruction in flat])

    def _one(self, instruction: tuple[Any, ...]) -> Prepared:
        code = instruction[0]
        direct = _DIRECT.get(code)
        if direct is not None:
            return (direct, *instruction[1:], code) if direct == _CALL else (
                direct, instruction[1] if len(instruction) > 1 else None, code
            )  # fmt: skip
        operation = OPERATIONS[code]
        function = _FUNCTIONS.get(code)
        if function is not None:
            if self.fault:
                function = _faulty(self.fault, operation.name, function)
            if len(operation.params) <= 2:
                return _UNARY if len(operation.params) == 1 else _BINARY, function, code
            return _OTHER, _bitselect, instruction
        if operation.immediate == "memarg":
            return _access(instruction)
        return _OTHER, _OTHERS[code], instruction


def _faulty(fault: str, name: str, function: Callable[..., int]) -> Callable[..., int]:
    """A planted fault of one instruction."""
    if fault == "rotate-unmasked" and name == "i64.rotl":
        return lambda a, b: ((a << b % 128) | (a >> (64 - b % 64))) & 0xFFFFFFFFFFFFFFFF
    if fault == "division-rounds-down" and name == "i32.div_s":

        def divide(a: int, b: int) -> int:
            function(a, b)
            return as_signed(a, 32) // as_signed(b, 32) & 0xFFFFFFFF

        return divide
    if fault == "minimum-of-zeros" and name == "f32.min":
        return lambda a, b: a if {a, b} == {0, 0x80000000} else function(a, b)
    return function


def _access(instruction: tuple[Any, ...]) -> Prepared:
    """A load or store: where, how many bytes, and what to make of them."""
    code, _, offset = instruction
    operation = OPERATIONS[code]
    name = operation.name
    if name.startswith("v128.load"):
        return _LOAD, offset, operation.width, lambda content: vectors.load(name, content)
    if operation.results:
        bits = operation.width * 8
        mask = (1 << (64 if name.startswith("i64") else 32)) - 1
        if name.endswith("_s"):
            return (
                _LOAD,
                offset,
                operation.width,
                lambda content: as_signed(int.from_bytes(content, "little"), bits) & mask,
            )
        return _LOAD, offset, operation.width, _from_bytes
    return _STORE, offset, operation.width


def _from_bytes(content: bytes) -> int:
    return int.from_bytes(content, "little")


def run(  # noqa: PLR0912, PLR0915 - one loop, one branch for each kind: calls would halve its speed
    instance: Instance, function: Function, arguments: Sequence[Any], depth: int
) -> Sequence[Any] | TailCall:
    """Results of a function of the module."""
    code = function.code
    values: Stack = [*arguments, *(None if letter in "rx" else 0 for letter in function.locals)]
    stack: Stack = []
    push, pop = stack.append, stack.pop
    fuel = instance.fuel
    operands = instance.operands
    at = 0
    while True:
        fuel -= 1
        if fuel < 0:
            raise Undetermined("fuel")
        found = code[at]
        at += 1
        kind = found[0]
        if kind == _GET:
            push(values[found[1]])
        elif kind == _CONST:
            push(found[1])
        elif kind == _BINARY:
            second = pop()
            if operands is not None:
                operands.setdefault(found[2], []).append((stack[-1], second))
            stack[-1] = found[1](stack[-1], second)
        elif kind == _UNARY:
            if operands is not None:
                operands.setdefault(found[2], []).append((stack[-1],))
            stack[-1] = found[1](stack[-1])
        elif kind == _SET:
            values[found[1]] = pop()
        elif kind == _TEE:
            values[found[1]] = stack[-1]
        elif kind == _LOAD:
            address = pop() + found[1]
            content = instance.memories[0].content
            if address + found[2] > len(content):
                raise Trap("memory bounds")
            push(found[3](content[address : address + found[2]]))
        elif kind == _STORE:
            value = pop()
            _store(instance.memories[0], pop() + found[1], value, found[2])
        elif kind <= _BR_TABLE:
            at = _next(found, stack, at)
        elif kind == _RETURN:
            instance.fuel = fuel
            arity = len(function.signature.results)
            return stack[len(stack) - arity :]
        elif kind == _CALL:
            instance.fuel = fuel
            callee, passed = _callee(instance, found, stack)
            if found[-1] >= 0x12:
                return TailCall(callee, passed)
            stack.extend(instance.invoke(callee, passed, depth + 1))
            fuel = instance.fuel
        else:
            found[1](instance, stack, found[2])


def _next(found: Prepared, stack: Stack, at: int) -> int:
    """Where it goes on after a branch; values under those carried are dropped."""
    kind, label, _ = found
    if kind == _JUMP:
        return int(label[0])
    if kind == _IF:
        return at if stack.pop() else int(label[0])
    if kind == _BR_IF and not stack.pop():
        return at
    if kind == _BR_TABLE:
        index = stack.pop()
        label = label[min(index, len(label) - 1)]
    to, arity, height = label
    if len(stack) - arity != height:
        del stack[height : len(stack) - arity]
    return int(to)


def _callee(instance: Instance, found: Prepared, stack: Stack) -> tuple[Function, Sequence[Any]]:
    if found[-1] & 1:
        callee = instance.tables[found[2]].get(stack.pop())
        if callee is None:
            raise Trap("null function")
        if callee.signature != instance.types[found[1]]:
            raise Trap("wrong signature")
    else:
        callee = instance.functions[found[1]]
    cut = len(stack) - len(callee.signature.params)
    passed = stack[cut:]
    del stack[cut:]
    return callee, passed


def _store(memory: Memory, address: int, value: int, width: int) -> None:
    memory.write(address, (looked_at(value) & ((1 << width * 8) - 1)).to_bytes(width, "little"))


def _bitselect(_instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    c, b, a = stack.pop(), stack.pop(), stack.pop()
    stack.append(VECTOR[instruction[0]](a, b, c))


def _unreachable(_instance: Instance, _stack: Stack, _instruction: tuple[Any, ...]) -> None:
    raise Trap("unreachable")


def _drop(_instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    stack.pop()


def _select(_instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    condition, second = stack.pop(), stack.pop()
    if not condition:
        stack[-1] = second


def _global_get(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    stack.append(instance.globals[instruction[1]].value)


def _global_set(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    instance.globals[instruction[1]].value = stack.pop()


def _table_get(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    stack.append(instance.tables[instruction[1]].get(stack.pop()))


def _table_set(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    value = stack.pop()
    instance.tables[instruction[1]].write(stack.pop(), [value])


def _table_size(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    stack.append(len(instance.tables[instruction[1]].items))


def _table_grow(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    count, value = stack.pop(), stack.pop()
    stack.append(instance.tables[instruction[1]].grow(value, count))


def _table_fill(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    count, value, at = stack.pop(), stack.pop(), stack.pop()
    table = instance.tables[instruction[1]]
    if at + count > len(table.items):
        raise Trap("table bounds")
    table.write(at, [value] * count)


def _table_copy(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    count, source, at = stack.pop(), stack.pop(), stack.pop()
    to, origin = instance.tables[instruction[1]], instance.tables[instruction[2]].items
    if source + count > len(origin):
        raise Trap("table bounds")
    to.write(at, origin[source : source + count] if count else [])


def _table_init(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    count, source, at = stack.pop(), stack.pop(), stack.pop()
    items = instance.elements[instruction[1]]
    if source + count > len(items):
        raise Trap("table bounds")
    instance.tables[instruction[2]].write(at, items[source : source + count])


def _elem_drop(instance: Instance, _stack: Stack, instruction: tuple[Any, ...]) -> None:
    instance.elements[instruction[1]] = []


def _memory_size(instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    stack.append(len(instance.memories[0].content) // PAGE_BYTES)


def _memory_grow(instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    stack.append(instance.memories[0].grow(stack.pop()))


def _memory_init(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    count, source, at = stack.pop(), stack.pop(), stack.pop()
    data = instance.data[instruction[1]]
    if source + count > len(data):
        raise Trap("memory bounds")
    instance.memories[0].write(at, data[source : source + count])


def _data_drop(instance: Instance, _stack: Stack, instruction: tuple[Any, ...]) -> None:
    instance.data[instruction[1]] = b""


def _memory_copy(instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    count, source, at = stack.pop(), stack.pop(), stack.pop()
    memory = instance.memories[0]
    if source + count > len(memory.content):
        raise Trap("memory bounds")
    memory.write(at, bytes(memory.content[source : source + count]))


def _memory_fill(instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    count, value, at = stack.pop(), stack.pop(), stack.pop()
    memory = instance.memories[0]
    if at + count > len(memory.content):
        raise Trap("memory bounds")
    memory.write(at, bytes([value & 0xFF]) * count)


def _ref_null(_instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    stack.append(None)


def _ref_is_null(_instance: Instance, stack: Stack, _instruction: tuple[Any, ...]) -> None:
    stack.append(int(stack.pop() is None))


def _ref_func(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    stack.append(instance.functions[instruction[1]])


def _shuffle(_instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    b, a = stack.pop(), stack.pop()
    stack.append(vectors.shuffle(a, b, instruction[1]))


def _lane(_instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    name = OPERATIONS[instruction[0]].name
    if "extract" in name:
        stack.append(vectors.extract(name, stack.pop(), instruction[1]))
    else:
        value, vector = stack.pop(), stack.pop()
        stack.append(vectors.replace(name, vector, value, instruction[1]))


def _access_lane(instance: Instance, stack: Stack, instruction: tuple[Any, ...]) -> None:
    code, _, offset, lane = instruction
    operation = OPERATIONS[code]
    width = operation.width
    vector, address = stack.pop(), stack.pop() + offset
    memory = instance.memories[0]
    at = lane * width * 8
    mask = (1 << width * 8) - 1
    if not operation.results:
        memory.write(address, (vector >> at & mask).to_bytes(width, "little"))
        return
    if address + width > len(memory.content):
        raise Trap("memory bounds")
    value = int.from_bytes(memory.content[address : address + width], "little")
    stack.append(vector & ~(mask << at) | value << at)


_OTHERS: Final = {
    UNREACHABLE: _unreachable, 0x1A: _drop, 0x1B: _select, 0x23: _global_get, 0x24: _global_set,
    0x25: _table_get, 0x26: _table_set, 0x3F: _memory_size, 0x40: _memory_grow, 0xD0: _ref_null,
    0xD1: _ref_is_null, 0xD2: _ref_func, 0xFC0008: _memory_init, 0xFC0009: _data_drop,
    0xFC000A: _memory_copy, 0xFC000B: _memory_fill, 0xFC000C: _table_init, 0xFC000D: _elem_drop,
    0xFC000E: _table_copy, 0xFC000F: _table_grow, 0xFC0010: _table_size, 0xFC0011: _table_fill,
    CODES["i8x16.shuffle"]: _shuffle,
    **{code: _lane for code, found in OPERATIONS.items() if found.immediate == "lane"},
    **{code: _access_lane for code, found in OPERATIONS.items()
       if found.immediate == "memarg_lane"},
}  # fmt: skip
