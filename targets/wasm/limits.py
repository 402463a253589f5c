"""Check: a hostile module is stopped by its budget, and the engine works on as before.

Every valid module runs with little fuel, memory and table space. Where it ends by itself it ends as
in the interpreter with the same limits: `memory.grow` and `table.grow` above them give -1.
"""

from __future__ import annotations

from typing import Any, Final

from targets.oracles import Violation
from targets.wasm.decoder import decode
from targets.wasm.encoder import encode
from targets.wasm.engine import (
    OUT_OF_FUEL,
    OUT_OF_STACK,
    OUT_OF_TIME,
    Budget,
    Outcome,
    Refused,
    Unlinkable,
    same,
)
from targets.wasm.interpreter import MAX_FUEL, Instance
from targets.wasm.module import (
    FUNCTION,
    MEMORY,
    PAGE_BYTES,
    TABLE,
    Body,
    Export,
    Invalid,
    Module,
    Signature,
    Unsupported,
)
from targets.wasm.numeric import Undetermined
from targets.wasm.opcodes import CODES
from targets.wasm.store import OverLimit
from targets.wasm.validator import Checked, validate

PAGES: Final = 4
BUDGET: Final = Budget(fuel=MAX_FUEL // 4, memory_bytes=PAGES * PAGE_BYTES, table_elements=64)
TIMED: Final = Budget(memory_bytes=PAGES * PAGE_BYTES, table_elements=64, epoch=True)
ROUNDS: Final = 2
_GROWING: Final = {CODES["memory.grow"], CODES["table.grow"]}
_ANSWER: Final = encode(
    Module(
        types=[Signature("", "i")], functions=[0], exports=[Export("f", FUNCTION, 0)],
        bodies=[Body((), ((0x41, 42), (0x0B,)))],
    )
)  # fmt: skip


def check(data: bytes, subject: Any) -> None:
    """Violation when a limit does not hold; other inputs than valid modules say nothing."""
    try:
        checked = validate(decode(data))
    except (Invalid, Unsupported):
        return
    if not checked.features <= subject.features or not _bounded(checked, subject):
        return
    try:
        program = subject.start(data, BUDGET)
    except (Refused, Unlinkable):
        return  # `load` looks into that
    if isinstance(program, Outcome):
        _require_ended("start", program)
    else:
        _run(checked, program, subject)
        if program.unnamed:
            raise Violation("limits: the code of a trap has no name in the package")
    if subject.has_epochs:
        _timed(data, checked, subject)
    _require_usable(subject)


def _bounded(checked: Checked, subject: Any) -> bool:
    """Whether nothing grows that the engine's release cannot limit."""
    if subject.has_limits:
        return True
    codes = {item[0] for body in checked.module.bodies for item in body.code}
    return not codes & _GROWING


def _run(checked: Checked, program: Any, subject: Any) -> None:
    instance = _instance(checked)
    for _ in range(ROUNDS):
        for export in checked.module.exports[:6]:
            if export.kind != FUNCTION:
                continue
            arguments = _arguments(checked, export.index)
            if arguments is None:
                continue
            found = program.call(export.name, arguments)
            _require_ended("call", found)
            _require_sizes(checked, program)
            if instance is None or found.kind.startswith("stopped"):
                instance = None
                continue
            instance = _compared(instance, checked, export, arguments, found)
            if instance is not None and found.kind != "values" and not subject.lives_on:
                return


def _instance(checked: Checked) -> Instance | None:
    """The interpreter on the same budget, but with more fuel; None: it makes no statement."""
    budget = Budget(None, BUDGET.memory_bytes, BUDGET.table_elements)
    made: list[Instance] = []

    def run() -> tuple[()]:
        made.append(Instance(checked, budget))
        return ()

    try:
        Instance.outcome(run)
    except (Undetermined, OverLimit):
        return None
    return made[0] if made else None


def _compared(
    instance: Instance, checked: Checked, export: Export, arguments: list[Any], found: Outcome
) -> Instance | None:
    """The interpreter after the same call, unless it makes no statement on what follows."""
    instance.fuel = MAX_FUEL
    try:
        mine = instance.call(export.name, arguments)
    except Undetermined as open_:
        if str(open_) == "fuel":
            raise Violation(
                f"limits: a program ends that needs more fuel than there is: {found.kind}"
            ) from open_
        return None
    if mine.kind != found.kind:
        raise Violation(f"limits: {mine.kind} expected, not {found.kind}", export.name)
    letters = checked.context.functions[export.index].results
    if mine.kind == "values" and not all(map(same, letters, mine.values, found.values)):
        raise Violation("limits: results differ", f"{mine.values}, {found.values}")
    return instance


def _arguments(checked: Checked, index: int) -> list[Any] | None:
    signature = checked.context.functions[index]
    if "V" in signature.params + signature.results:
        return None
    return [None if letter in "rx" else 1 for letter in signature.params]


def _require_ended(where: str, outcome: Outcome) -> None:
    kind = outcome.kind
    known = (OUT_OF_FUEL, OUT_OF_STACK, "values", "refused: limit", "stopped: other")
    if kind not in known and not outcome.trapped:
        raise Violation(f"limits: {where} ended in an unexpected way: {kind}")


def _require_sizes(checked: Checked, program: Any) -> None:
    for export in checked.module.exports:
        if export.kind == MEMORY:
            size = len(program.memory(export.name))
            if size > PAGES * PAGE_BYTES:
                raise Violation("limits: memory is larger than its limit", f"{size} bytes")
        elif export.kind == TABLE and program.table_size(export.name) > (
            BUDGET.table_elements or 0
        ):
            raise Violation("limits: a table is larger than its limit")


def _timed(data: bytes, checked: Checked, subject: Any) -> None:
    """Stopped from outside at once: every call of code that was reached ends so."""
    if checked.module.start is not None:
        return
    program = subject.start(data, TIMED)
    if isinstance(program, Outcome):
        return
    subject.stop()
    for export in checked.module.exports[:6]:
        arguments = _arguments(checked, export.index) if export.kind == FUNCTION else None
        if arguments is None or export.index < len(checked.module.imported(FUNCTION)):
            continue
        found = program.call(export.name, arguments)
        if found.kind != OUT_OF_TIME:
            raise Violation(f"limits: not stopped when its time is over: {found.kind}")


def _require_usable(subject: Any) -> None:
    program = subject.start(_ANSWER, Budget())
    if isinstance(program, Outcome) or program.call("f", ()) != Outcome("values", (42,)):
        raise Violation("limits: the engine does not work after a program was stopped")
