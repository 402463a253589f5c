"""Names the instruction that an engine gets wrong: tries alone what a program executed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from targets.wasm.decoder import decode
from targets.wasm.encoder import encode
from targets.wasm.engine import Budget, Engine, Outcome, Refused, same
from targets.wasm.expressions import CONST
from targets.wasm.interpreter import Instance
from targets.wasm.module import FUNCTION, Body, Export, Module, Signature
from targets.wasm.numeric import Undetermined
from targets.wasm.opcodes import OPERATIONS
from targets.wasm.validator import Checked, validate

History = list[tuple[str, Sequence[Any]]]
"""Names of functions called, and their arguments."""
MAX_OPERANDS: Final = 24
MAX_OPERATIONS: Final = 60
_LANES: Final = (0xFD001D, 0), (0xFD001D, 1)
"""i64x2.extract_lane: a vector is looked at in halves."""


def find(checked: Checked, subject: Engine, history: History) -> str:
    """`i64.rotl differs`, or nothing when each instruction alone is right."""
    recorded: dict[int, list[tuple[Any, ...]]] = {}
    try:
        instance = Instance(checked, recorded=recorded)
        for name, arguments in history:
            instance.call(name, arguments)
    except Exception:  # what was recorded up to here is enough
        pass
    for code in sorted(recorded)[:MAX_OPERATIONS]:
        operation = OPERATIONS[code]
        if operation.immediate:
            continue
        operands = list(dict.fromkeys(recorded[code]))[-MAX_OPERANDS:]
        for module in _probes(code, operands):
            wrong = _wrong(module, subject)
            if wrong:
                return f"{operation.name} {wrong}"
    return ""


def _probes(code: int, operands: Sequence[tuple[int, ...]]) -> list[Module]:
    """One module with a function for each tuple of operands, given as constants."""
    operation = OPERATIONS[code]
    vector = operation.results == "V"
    made = []
    for extract in _LANES if vector else ((),):
        module = Module(types=[Signature("", "I" if vector else operation.results)])
        for at, values in enumerate(operands):
            constants = tuple(
                (CONST[letter], int(value))
                for letter, value in zip(operation.params, values, strict=True)
            )
            rest = (extract,) if extract else ()
            module.functions.append(0)
            module.bodies.append(Body((), (*constants, (code,), *rest, (0x0B,))))
            module.exports.append(Export(f"f{at}", FUNCTION, at))
        made.append(module)
    return made


def _wrong(module: Module, subject: Engine) -> str:
    data = encode(module)
    checked = validate(decode(data))
    instance = Instance(checked)
    try:
        program = subject.start(data, Budget())
    except Refused:
        return "is refused"
    if isinstance(program, Outcome):
        return "alone does not start"
    letter = module.types[0].results
    for export in module.exports:
        try:
            mine = instance.call(export.name, ())
        except Undetermined:
            continue
        theirs = program.call(export.name, ())
        if mine.kind != theirs.kind and not (mine.trapped and theirs.trapped):
            return f"gives {theirs.kind} instead of {mine.kind}"
        if mine.kind == "values" == theirs.kind and not same(
            letter, mine.values[0], theirs.values[0]
        ):
            return "differs"
    return ""
