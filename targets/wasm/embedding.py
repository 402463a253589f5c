"""Check: a host sees and changes what a module exports as the package's documentation says.

Between calls of exported functions the host reads and writes memory, changes globals and elements
of tables, and lets them grow; a host function ends a program by an interrupt. The interpreter's
instance goes through the same steps: every answer, and all that the program does next, is the same.
"""

from __future__ import annotations

import contextlib
import io
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from targets import drawing
from targets.drawing import Draw
from targets.oracles import Violation
from targets.wasm import differential
from targets.wasm.decoder import decode
from targets.wasm.engine import Budget, Engine, Outcome, Refused, Unlinkable, same
from targets.wasm.exports import BOXED, REFUSED, UNKNOWN, Exports, Named, described
from targets.wasm.interpreter import Instance
from targets.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE, Export, Invalid, Unsupported
from targets.wasm.numeric import Undetermined
from targets.wasm.validator import Checked, validate

STEPS: Final = 24
PLAIN: Final = Budget()
STOPPED: Final = Budget(stops=True)
Step = tuple[str, str, tuple[Any, ...], str]
"""What the host does: a method of `Exports`, an export, arguments, and the type of the answer."""


def check(data: bytes, subject: Engine) -> None:
    """Violation where the host is answered otherwise than by the interpreter's instance."""
    try:
        checked = validate(decode(data))
    except (Invalid, Unsupported):
        return
    if not checked.features <= subject.features:
        return
    rng = random.Random(zlib.crc32(data))
    try:
        instance = Instance(checked)
    except Exception:  # a start that traps, or of which nothing is known: `differential` has it
        return
    with _silent():
        if _importable(checked) and rng.random() < 0.3:
            imported = subject.imported(data)
            if imported is not None:
                _compare_calls(checked, Instance(checked), imported, drawing.from_random(rng))
        try:
            program = subject.start(data, STOPPED if rng.random() < 0.08 else PLAIN)
        except (Refused, Unlinkable):
            return
        if isinstance(program, Outcome):
            return
        if rng.random() < 0.3:
            _require_described(checked, program, vectors=rng.random() < 0.1)
        try:
            _compare(checked, instance, program, drawing.from_random(rng))
        except Undetermined:
            return


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Standard output is the host's own: a package that writes there breaks the host's."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        yield
    if written.getvalue():
        text = written.getvalue().split("\n", 1)[0]
        raise Violation("embedding: the package writes to standard output", text)


def _compare(checked: Checked, instance: Instance, program: Any, draw: Draw) -> None:
    exports = [item for item in checked.module.exports if _usable(checked, item)]
    model = Exports(instance)
    boxes: list[Violation] = []
    strict = draw.chance(0.1)  # a null in a box is equal to None, and would be all that is found
    for _ in range(STEPS if exports else 0):
        export = draw.choice(exports)
        if export.kind == FUNCTION:
            _call(checked, instance, program, export, draw)
            continue
        method, name, arguments, letter = _KINDS[export.kind](
            checked, export, model.size(export.name), draw
        )
        theirs = getattr(program, method)(name, *arguments)
        if theirs == UNKNOWN:
            continue
        mine = getattr(model, method)(name, *arguments)
        what = f"{method} of a {_NAMES[export.kind]}"
        if BOXED in theirs.values and mine.values:
            expected = mine.values[0]
            if expected is None and not strict:
                continue
            of = "null" if expected is None else "a value"
            boxes.append(Violation(f"embedding: {what} gives a box around {of}", f"{arguments}"))
        else:
            _require(mine, theirs, letter, what, arguments)
    differential.require_state(checked, instance, program)
    if boxes:  # last: it says nothing against what follows
        raise boxes[0]


def _importable(checked: Checked) -> bool:
    """Python's `import` keeps a module for ever: one without memory or imports."""
    module = checked.module
    return not (module.memories or module.imports or module.start is not None)


def _compare_calls(checked: Checked, instance: Instance, program: Any, draw: Draw) -> None:
    for export in checked.module.exports:
        if export.kind == FUNCTION and _usable(checked, export):
            try:
                _call(checked, instance, program, export, draw)
            except Undetermined:
                return


def _require_described(checked: Checked, program: Any, *, vectors: bool) -> None:
    names = [
        item.name for item in checked.module.exports if vectors or not _has_vector(checked, item)
    ]
    for expected, found in zip(described(checked, names), program.described(names), strict=True):
        if expected != found:
            raise Violation(
                f"embedding: the type of a {expected[1]} is told wrongly", f"{expected}, {found}"
            )


def _usable(checked: Checked, item: Export) -> bool:
    function = item.kind == FUNCTION
    return not (
        _has_vector(checked, item)
        or (function and "r" in checked.context.functions[item.index].params)
    )


def _has_vector(checked: Checked, item: Export) -> bool:
    if item.kind == FUNCTION:
        signature = checked.context.functions[item.index]
        return "V" in signature.params + signature.results
    return item.kind == GLOBAL and checked.context.globals[item.index].type == "V"


def _call(checked: Checked, instance: Instance, program: Any, export: Export, draw: Draw) -> None:
    signature = checked.context.functions[export.index]
    arguments = differential.arguments(draw, signature.params)
    mine = instance.call(export.name, arguments)
    theirs = program.call(export.name, arguments)
    if mine.kind != theirs.kind:
        what = f"{mine.kind} expected, not {theirs.kind}"
        raise Violation(f"embedding: {what}", f"{export.name}{tuple(arguments)}")
    if mine.kind == "values":
        for letter, expected, found in zip(
            signature.results, mine.values, theirs.values, strict=True
        ):
            if not same(letter, expected, found):
                raise Violation("embedding: results differ", f"{expected!r}, {found!r}")


def _require(
    mine: Outcome, theirs: Outcome, letter: str, what: str, arguments: tuple[Any, ...]
) -> None:
    if mine.kind != theirs.kind:
        detail = "is refused" if theirs == REFUSED else "is not refused"
        raise Violation(f"embedding: {what} {detail}", f"{arguments}: {theirs.kind}")
    for expected, found in zip(mine.values, theirs.values, strict=True):
        alike = same(letter, expected, found) if letter else expected == found
        if not alike:
            raise Violation(f"embedding: {what} differs", f"{arguments}: {expected!r}, {found!r}")


def _of_global(checked: Checked, export: Export, _size: int, draw: Draw) -> Step:
    kind = checked.context.globals[export.index]
    if not kind.mutable or draw.chance(0.5):
        return "get", export.name, (), kind.type
    return "set", export.name, (_value(checked, kind.type, draw),), kind.type


def _of_memory(_checked: Checked, export: Export, size: int, draw: Draw) -> Step:
    pick = draw.integer(0, 5)
    if pick == 0:
        return "grow", export.name, (draw.choice((0, 1, 1, 2, 70000)),), "i"
    at = draw.choice((0, 1, size - 9, size - 1, size, size + 1, -1, -8, -size, -size - 1))
    if pick <= 2:
        content = bytes(draw.integer(0, 255) for _ in range(draw.choice((0, 1, 3, 6, 9))))
        return "write", export.name, (content, at), ""
    stop = draw.choice((None, 0, at, at + 1, at + 20, -1, size, 1 << 40))
    return "read", export.name, (draw.choice((at, at, None)), stop), ""


def _of_table(checked: Checked, export: Export, size: int, draw: Draw) -> Step:
    letter = checked.context.tables[export.index].type
    at = draw.choice((0, 0, 1, max(size - 1, 0), max(size - 1, 0), size, size + 9, 0xFFFFFFFF))
    pick = draw.integer(0, 5)
    if pick <= 1:
        return "element", export.name, (at,), letter
    value = _value(checked, letter, draw)
    if pick <= 4:
        return "put", export.name, (at, value), letter
    return "fill", export.name, (draw.choice((0, 1, 2, 5)), value), "i"


def _value(checked: Checked, letter: str, draw: Draw) -> Any:
    """A value that a host gives: as Python has it, so never a NaN that is not quiet."""
    if letter == "x":
        return 0 if draw.chance(0.03) else draw.choice((None, 1, 7, 1000))
    if letter != "r":
        return differential.argument(draw, letter)
    names = [item.name for item in checked.module.exports if item.kind == FUNCTION]
    return Named(draw.choice(names)) if names and draw.chance(0.7) else None


_KINDS: Final[dict[int, Callable[[Checked, Export, int, Draw], Step]]] = {
    GLOBAL: _of_global, MEMORY: _of_memory, TABLE: _of_table,
}  # fmt: skip
_NAMES: Final = {GLOBAL: "global", MEMORY: "memory", TABLE: "table"}
