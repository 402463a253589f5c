"""Makes statements of generated bodies: what changes locals, memory, tables, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from targets.wasm import hosting
from targets.wasm.expressions import (
    _STORES,
    CALL,
    CONST,
    DROP,
    GET,
    GLOBAL_SET,
    SET,
    TAIL_CALL,
    TEE,
    Code,
    Maker,
)
from targets.wasm.flat import BLOCK, BR_IF, ELSE, END, IF, LOOP, RETURN, UNREACHABLE
from targets.wasm.opcodes import CODES


def make(maker: Maker, depth: int) -> Code:
    """A statement of any kind that the module allows."""
    kind = maker.draw.choice(_KINDS)
    return kind(maker, depth) or _set(maker, depth)


def _set(maker: Maker, depth: int) -> Code:
    found = [at for at in range(len(maker.locals)) if at != maker.counter]
    at = maker.draw.choice(found)
    return [*maker.value(maker.locals[at], depth), (SET, at)]


def _global(maker: Maker, depth: int) -> Code:
    found = [at for at, (_, mutable) in enumerate(maker.plan.globals) if mutable]
    if not found:
        return []
    at = maker.draw.choice(found)
    return [*maker.value(maker.plan.globals[at][0], depth), (GLOBAL_SET, at)]


def _store(maker: Maker, depth: int) -> Code:
    if not maker.plan.memory:
        return []
    simd = maker.plan.features.simd
    operation = maker.draw.choice([op for op in _STORES if simd or op.params[1] != "V"])
    letter = operation.params[1]
    made = maker.value(letter, depth - 1)
    if letter in "fF":
        made = maker.calm(letter, made)
    return [*maker.address(depth), *made, maker.access(operation)]


def _drop(maker: Maker, depth: int) -> Code:
    letters = "iIfFV" if maker.plan.features.simd else "iIfF"
    return [*maker.value(maker.draw.choice(letters), depth), (DROP,)]


def _if(maker: Maker, depth: int) -> Code:
    code = [*maker.value("i", depth - 1), (IF, "")]
    maker.labels.append("")
    code += maker.statement(depth - 1)
    if maker.draw.chance(0.5):
        code += [(ELSE,), *maker.statement(depth - 1)]
    maker.labels.pop()
    return [*code, (END,)]


def _block(maker: Maker, depth: int) -> Code:
    maker.labels.append("")
    code: Code = [(BLOCK, ""), *maker.statement(depth - 1)]
    if maker.draw.chance(0.6):
        code += [*maker.value("i", depth - 1), (BR_IF, 0)]
    code += maker.statement(depth - 1)
    if maker.draw.chance(0.3):
        fits = [at for at, types in enumerate(reversed(maker.labels)) if not types]
        labels = tuple(maker.draw.choice(fits) for _ in range(maker.draw.integer(0, 4)))
        code += [*maker.value("i", depth - 1), (0x0E, labels, maker.draw.choice(fits))]
    maker.labels.pop()
    return [*code, (END,)]


def _loop(maker: Maker, depth: int) -> Code:
    if maker.counting:
        return []
    maker.counting = True
    maker.labels.append("-")
    at = maker.counter
    code: Code = [(CONST["i"], maker.draw.integer(1, 6)), (SET, at), (LOOP, "")]
    code += [*maker.statement(depth - 1), *maker.statement(depth - 1)]
    code += [(GET, at), (CONST["i"], 1), (CODES["i32.sub"],), (TEE, at), (BR_IF, 0), (END,)]
    maker.labels.pop()
    maker.counting = False
    return code


def _call(maker: Maker, depth: int) -> Code:
    found = maker.callees()
    if not found:
        return []
    at = maker.draw.choice(found)
    signature = maker.plan.functions[at]
    code = [*hosting.passed(maker, at, depth), (CALL, at)]
    return [*code, *([(DROP,)] * len(signature.results))]


def _leave(maker: Maker, depth: int) -> Code:
    """A conditional return, tail call or `unreachable`."""
    draw, plan = maker.draw, maker.plan
    code: Code = [*maker.value("i", depth - 1), (IF, "")]
    maker.labels.append("")
    pick = draw.integer(0, 3)
    same = maker.callees(maker.signature.results)
    if pick == 0:
        code.append((UNREACHABLE,))
    elif pick == 1 and plan.features.tail_call and same:
        at = draw.choice(same)
        code += [*hosting.passed(maker, at, depth - 1), (TAIL_CALL, at)]
    elif pick <= 2:
        for letter in maker.signature.results:
            code += maker.value(letter, depth - 2)
        code.append((RETURN,))
    maker.labels.pop()
    return [*code, (END,)]


def _bulk(maker: Maker, depth: int) -> Code:
    """Memory in bulk: fill, copy, init, and data.drop."""
    draw, plan = maker.draw, maker.plan
    if not plan.memory or not plan.features.references:
        return []
    if plan.data and draw.chance(0.5):
        at = draw.integer(0, plan.data - 1)
        if draw.chance(0.3):
            return [(CODES["data.drop"], at)]
        start = maker.address(depth)
        return [*start, *maker.position(depth), *maker.position(depth), (CODES["memory.init"], at)]
    length = maker.position(depth)
    if draw.chance(0.5):
        return [*maker.address(depth), *maker.value("i", 1), *length, (CODES["memory.fill"],)]
    return [*maker.address(depth), *maker.address(depth), *length, (CODES["memory.copy"],)]


def _tables(maker: Maker, depth: int) -> Code:
    """Tables: set, fill, copy, init, grow, and elem.drop."""
    draw, plan = maker.draw, maker.plan
    if not plan.tables or not plan.features.references:
        return []
    at = draw.integer(0, len(plan.tables) - 1)
    letter = plan.tables[at].type
    place = maker.position(depth)
    pick = draw.integer(0, 6)
    if pick <= 2:
        segments = [index for index, have in enumerate(plan.elements) if have == letter]
        if segments:
            index = draw.choice(segments)
            if pick == 0:
                return [(CODES["elem.drop"], index)]
            rest = [*maker.position(depth), *maker.position(depth)]
            return [*place, *rest, (CODES["table.init"], index, at)]
    value = maker.value(letter, depth - 1)
    if pick == 3:
        return [*place, *value, *maker.position(depth), (CODES["table.fill"], at)]
    if pick == 4:
        same = [index for index, table in enumerate(plan.tables) if table.type == letter]
        rest = [*maker.position(depth), *maker.position(depth)]
        return [*place, *rest, (CODES["table.copy"], at, draw.choice(same))]
    if pick == 5:
        return [*value, *maker.position(depth), (CODES["table.grow"], at), (DROP,)]
    return [*place, *value, (CODES["table.set"], at)]


def _nop(maker: Maker, depth: int) -> Code:  # noqa: ARG001 - same shape as the others
    return [(0x01,)]


_KINDS: Final[tuple[Callable[[Maker, int], Code], ...]] = (
    _set, _set, _global, _global, _store, _store, _store, _drop, _if, _block, _loop, _call, _call,
    _leave, _bulk, _bulk, _tables, _tables, _tables, _nop,
)  # fmt: skip
