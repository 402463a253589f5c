"""Says of a module whether it is valid, and resolves its branches for the interpreter.

`validate` follows the specification's appendix: types of operands, nesting, indices, constants.
Where engines differ by proposals or by limits of their own it raises Unsupported: no statement.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.wasm.bodies import body
from targets.wasm.flat import Context, Flat
from targets.wasm.module import (
    FUNCTION,
    GLOBAL,
    KINDS,
    MAX_PAGES,
    Instruction,
    Invalid,
    Limits,
    Module,
    Signature,
    Unsupported,
)
from targets.wasm.opcodes import CODES

_CONSTANTS: Final = {
    CODES["i32.const"]: "i",
    CODES["i64.const"]: "I",
    CODES["f32.const"]: "f",
    CODES["f64.const"]: "F",
    CODES["v128.const"]: "V",
}
_GLOBAL_GET: Final = CODES["global.get"]
_REF_NULL: Final = CODES["ref.null"]
_REF_FUNC: Final = CODES["ref.func"]
_EXTENDED: Final = frozenset(
    CODES[f"{type_}.{name}"] for type_ in ("i32", "i64") for name in ("add", "sub", "mul")
)
MAX_TABLE_ELEMENTS: Final = 10_000_000
"""Above this engines refuse a table by limits of their own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """A valid module, its functions with branches resolved, and the features that it uses."""

    module: Module
    context: Context
    functions: tuple[Flat, ...]
    features: frozenset[str]


def validate(module: Module) -> Checked:
    """Invalid when a rule is broken, Unsupported where no statement is made."""
    types = module.types
    for index in module.function_types():
        if index >= len(types):
            raise Invalid("unknown type")
    context = Context(
        types=types,
        functions=[types[index] for index in module.function_types()],
        tables=module.all_tables(),
        memories=len(module.all_memories()),
        globals=module.global_types(),
        elements=[segment.type for segment in module.elements],
        data_count=module.data_count,
    )
    _require_sizes(module)
    declared: set[int] = set()
    imported = len(module.imported(GLOBAL))
    for item in module.globals:
        _constant(item.init, item.type.type, context, imported, declared)
    _exports(module, context, declared)
    _start(module, context)
    _elements(module, context, imported, declared)
    _data(module, context, imported, declared)
    context.declared = frozenset(declared)
    if len(module.bodies) != len(module.functions):
        raise Invalid("function and code section have inconsistent lengths")
    functions = tuple(
        body(context, types[index], found)
        for index, found in zip(module.functions, module.bodies, strict=True)
    )
    return Checked(module, context, functions, _features(module, context))


def _require_sizes(module: Module) -> None:
    memories = module.all_memories()
    for limits in memories:
        _limits(limits, MAX_PAGES, "memory size must be at most 65536 pages")
    if len(memories) > 1:
        raise Invalid("multiple memories")
    for table in module.all_tables():
        _limits(table.limits, 2**32 - 1, "table size")
        if table.limits.minimum > MAX_TABLE_ELEMENTS:
            raise Unsupported("big table")
    if len(module.all_tables()) > 100:
        raise Unsupported("many tables")


def _limits(limits: Limits, most: int, text: str) -> None:
    if limits.minimum > most or (limits.maximum is not None and limits.maximum > most):
        raise Invalid(text)
    if limits.maximum is not None and limits.minimum > limits.maximum:
        raise Invalid("size minimum must not be greater than maximum")


def _constant(
    found: Instruction, wanted: str, context: Context, imported: int, declared: set[int]
) -> None:
    code = found[0]
    letter = _CONSTANTS.get(code)
    if letter is None:
        if code == _REF_NULL:
            letter = found[1]
        elif code == _REF_FUNC:
            if found[1] >= len(context.functions):
                raise Invalid("unknown function")
            declared.add(found[1])
            letter = "r"
        elif code == _GLOBAL_GET:
            letter = _global_constant(found[1], context, imported)
        elif code in _EXTENDED:
            raise Invalid("type mismatch in a constant expression")
        else:
            raise Invalid("constant expression required")
    if letter != wanted:
        raise Invalid("type mismatch in a constant expression")


def _global_constant(index: int, context: Context, imported: int) -> str:
    if index >= len(context.globals):
        raise Invalid("unknown global")
    if context.globals[index].mutable:
        raise Invalid("constant expression required")
    if index >= imported:
        raise Unsupported("constant expression reads a global of the module")
    return context.globals[index].type


def _exports(module: Module, context: Context, declared: set[int]) -> None:
    sizes = (
        len(context.functions), len(context.tables), context.memories, len(context.globals)
    )  # fmt: skip
    names = set()
    for export in module.exports:
        if export.index >= sizes[export.kind]:
            raise Invalid(f"unknown {KINDS[export.kind]}")
        if export.name in names:
            raise Invalid("duplicate export name")
        names.add(export.name)
        if export.kind == FUNCTION:
            declared.add(export.index)


def _start(module: Module, context: Context) -> None:
    if module.start is not None:
        if module.start >= len(context.functions):
            raise Invalid("unknown function")
        if context.functions[module.start] != Signature():
            raise Invalid("start function has parameters or results")


def _elements(module: Module, context: Context, imported: int, declared: set[int]) -> None:
    for segment in module.elements:
        if segment.offset is not None:
            if segment.table >= len(context.tables):
                raise Invalid("unknown table")
            if context.tables[segment.table].type != segment.type:
                raise Invalid("type mismatch of an element segment")
            _constant(segment.offset, "i", context, imported, declared)
        for item in segment.items:
            _constant(item, segment.type, context, imported, declared)


def _data(module: Module, context: Context, imported: int, declared: set[int]) -> None:
    for segment in module.data:
        if segment.offset is not None:
            if not context.memories:
                raise Invalid("unknown memory")
            _constant(segment.offset, "i", context, imported, declared)


def _features(module: Module, context: Context) -> frozenset[str]:
    found = {_feature(code) for body in module.bodies for code in {item[0] for item in body.code}}
    blocks = (item[1] for body in module.bodies for item in body.code if 2 <= item[0] <= 4)
    if any(isinstance(block, int) for block in blocks) or any(
        len(signature.results) > 1 for signature in module.types
    ):
        found.add("multi-value")
    letters = "".join(
        [*(signature.params + signature.results for signature in module.types),
         *(item.type for item in context.globals),
         *(letter for body in module.bodies for _, letter in body.locals)]
    )  # fmt: skip
    if "V" in letters:
        found.add("simd")
    tables = context.tables
    if "r" in letters or "x" in letters or len(tables) > 1 or any(t.type == "x" for t in tables):
        found.add("reference-types")
    if any(segment.flag & 5 or segment.flag == 2 for segment in module.elements):
        found.add("reference-types")
    if any(segment.flag for segment in module.data) or module.data_count is not None:
        found.add("bulk-memory")
    return frozenset(found - {""})


def _feature(code: int) -> str:
    if code < 0x100:
        if code in (0x12, 0x13):
            return "tail-call"
        if code >= 0xD0 or code in (0x1C, 0x25, 0x26):
            return "reference-types"
        return "sign-extension" if code >= 0xC0 else ""
    if code >> 16 == 0xFD:
        return "simd"
    number = code & 0xFFFF
    if number < 8:
        return "saturating"
    return "bulk-memory" if number < 0x0F else "reference-types"
