"""Check: an engine computes what the farm's interpreter computes.

Every exported function is called a few times in one instance, so that globals, memory and tables
carry on from call to call. Compared are results, kinds of traps, calls of host functions, globals,
memory and sizes of tables. Where the specification leaves a result open, comparing ends. A finding
is named by the instruction that the engine gets wrong, wherever its result showed.
"""

from __future__ import annotations

import functools
import random
import zlib
from collections.abc import Callable
from typing import Any, Final

from targets import drawing
from targets.oracles import Violation
from targets.wasm import blame, constants
from targets.wasm.decoder import decode
from targets.wasm.engine import (
    HOST,
    OUT_OF_FUEL,
    OUT_OF_STACK,
    Budget,
    Engine,
    Outcome,
    Refused,
    Unlinkable,
    same,
)
from targets.wasm.interpreter import Instance
from targets.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE, TYPE_NAMES, Invalid, Unsupported
from targets.wasm.numeric import Undetermined, is_nan
from targets.wasm.validator import Checked, validate

MAX_FUNCTIONS: Final = 12
ROUNDS: Final = 5
BUDGET: Final = Budget()
Guilty = Callable[[], str]
"""Finds what an engine does wrong, as `blame.find` tells it; empty: no instruction by itself."""


def nobody() -> str:
    """Where no history of calls is known: no instruction is found."""
    return ""


def check(data: bytes, subject: Engine) -> None:
    """Violation where the engine and the interpreter differ; other inputs say nothing."""
    try:
        checked = validate(decode(data))
    except (Invalid, Unsupported):
        return
    if not checked.features <= subject.features:
        return
    reference: list[Instance] = []
    try:
        mine = Instance.outcome(lambda: _started(checked, reference))
    except Undetermined:
        return
    try:
        program = subject.start(data, BUDGET)
    except Unlinkable:
        return
    except Refused as refused:
        raise Violation("differential: a valid module is refused", str(refused)) from refused
    theirs = program if isinstance(program, Outcome) else Outcome("values")
    _require_same(mine, theirs, "", checked, subject, [])
    if isinstance(program, Outcome) or mine.kind != "values":
        return
    _compare(checked, reference[0], program, subject, random.Random(zlib.crc32(data)))


def _started(checked: Checked, into: list[Instance]) -> tuple[()]:
    into.append(Instance(checked))
    return ()


def _compare(
    checked: Checked, instance: Instance, program: Any, subject: Engine, rng: random.Random
) -> None:
    functions = [item for item in checked.module.exports if item.kind == FUNCTION]
    draw = drawing.from_random(rng)
    history: blame.History = []
    guilty = functools.partial(blame.find, checked, subject, history)
    for _ in range(ROUNDS):
        for export in functions[:MAX_FUNCTIONS]:
            signature = checked.context.functions[export.index]
            if "V" in signature.params + signature.results or "r" in signature.params:
                continue
            given = arguments(draw, signature.params)
            try:
                mine = instance.call(export.name, given)
            except Undetermined:
                return
            theirs = program.call(export.name, given)
            if theirs.kind in (OUT_OF_FUEL, OUT_OF_STACK) and mine.kind == "values":
                raise Violation(f"differential: {theirs.kind} where the interpreter ends")
            history.append((export.name, given))
            _require_same(mine, theirs, signature.results, checked, subject, history)
            _require_calls(instance.calls, program.calls, guilty)
            if mine.kind != "values" and not subject.lives_on:
                return
        require_state(checked, instance, program, guilty)
    _require_memory(checked, instance, program, guilty)


def arguments(draw: drawing.Draw, letters: str) -> list[Any]:
    """Values to pass; sometimes one again, or its negative."""
    made: list[Any] = []
    for at, letter in enumerate(letters):
        if at and letters[at - 1] == letter and letter in constants.BITS and draw.chance(0.2):
            flip = letter in "fF" and draw.chance(0.5)
            made.append(made[-1] ^ (1 << constants.BITS[letter] - 1 if flip else 0))
        else:
            made.append(argument(draw, letter))
    return made


def argument(draw: drawing.Draw, letter: str) -> Any:
    """A value to pass; a float is quiet, as Python's would make it on the way in."""
    value = constants.value(draw, letter)
    if letter == "f" and is_nan(value, 32):
        return value | 0x00400000
    if letter == "F" and is_nan(value, 64):
        return value | 0x0008000000000000
    return value


def _require_calls(
    mine: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]], guilty: Guilty
) -> None:
    alike = len(mine) == len(theirs) and all(
        x[0] == y[0] and all(map(same, HOST["env", x[0]].params, x[1:], y[1:]))
        for x, y in zip(mine, theirs, strict=True)
    )
    if not alike:
        what = guilty() or "calls of host functions differ"
        raise Violation(f"differential: {what}", f"calls of host functions: {mine}, {theirs}")


def _require_same(
    mine: Outcome,
    theirs: Outcome,
    letters: str,
    checked: Checked,
    subject: Engine,
    history: blame.History,
) -> None:
    if mine.kind != theirs.kind:
        if theirs.error is not None:
            if mine.trapped:
                return
            raise theirs.error
        guilty = blame.find(checked, subject, history)
        what = f"{mine.kind} expected, not {theirs.kind}"
        raise Violation(f"differential: {guilty or what}", f"{_last(history)}: {what}")
    if mine.kind != "values":
        return
    for letter, expected, found in zip(letters, mine.values, theirs.values, strict=True):
        if not same(letter, expected, found):
            guilty = blame.find(checked, subject, history)
            raise Violation(
                f"differential: {guilty or f'a result of type {TYPE_NAMES[letter]} differs'}",
                f"{_last(history)}: {expected!r} expected, not {found!r}",
            )


def _last(history: blame.History) -> str:
    return f"{history[-1][0]}{tuple(history[-1][1])}" if history else "start"


def require_state(
    checked: Checked, instance: Instance, program: Any, guilty: Guilty = nobody
) -> None:
    """Violation where a global, or the size of a table, is not that of the interpreter."""
    for export in checked.module.exports:
        if export.kind == GLOBAL:
            letter = checked.context.globals[export.index].type
            if letter in "Vr":
                continue
            expected, found = instance.value(export.name), program.value(export.name)
            if not same(letter, expected, found):
                raise Violation(
                    f"differential: {guilty() or f'a global of type {TYPE_NAMES[letter]} differs'}",
                    f"global {export.name}: {expected!r} expected, not {found!r}",
                )
        elif export.kind == TABLE:
            size, real = instance.table_size(export.name), program.table_size(export.name)
            if size != real:
                what = guilty() or "the size of a table differs"
                raise Violation(f"differential: {what}", f"size of {export.name}: {size}, {real}")


def _require_memory(checked: Checked, instance: Instance, program: Any, guilty: Guilty) -> None:
    for export in checked.module.exports:
        if export.kind != MEMORY:
            continue
        expected, found = instance.memory(export.name), program.memory(export.name)
        if expected != found:
            at = next(
                (at for at, (x, y) in enumerate(zip(expected, found, strict=False)) if x != y), -1
            )
            what = "the size" if len(expected) != len(found) else "the content"
            told = guilty() or f"{what} of a memory differs"
            raise Violation(f"differential: {told}", f"{what} of a memory, at {at}")
