"""Takes the bytes of a module apart into sections, and sections into a Module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from targets.wasm.module import (
    FUNCTION,
    GLOBAL,
    HEADER,
    MEMORY,
    TABLE,
    Body,
    Data,
    Element,
    Export,
    Global,
    Import,
    Instruction,
    Invalid,
    Module,
    Signature,
    Unsupported,
)
from targets.wasm.opcodes import CODES
from targets.wasm.reader import MAX_LOCALS, Reader

ORDER: Final = {id_: place for place, id_ in enumerate((1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11))}
"""Place of each section among the others; custom sections (0) may be anywhere."""
_REF_FUNC: Final = CODES["ref.func"]


def sections(data: bytes) -> list[tuple[int, bytes]]:
    """Identifiers and contents, as far as the framing holds; what follows is left out.

    >>> sections(b"\\0asm\\1\\0\\0\\0\\0\\2\\1a")
    [(0, b'\\x01a')]
    """
    reader = Reader(data, len(HEADER))
    found: list[tuple[int, bytes]] = []
    try:
        while reader.at < reader.end:
            id_ = reader.byte()
            found.append((id_, reader.take(reader.u32())))
    except Invalid:
        pass
    return found


def decode(data: bytes, lenient: str = "") -> Module:
    """The module in `data`; Invalid when malformed, Unsupported when it uses what is not known.

    `lenient` names one rule that is not enforced: `leb`, `trailing`, `order` (for planted faults).
    """
    if data[:8] != HEADER:
        if data[:4] == HEADER[:4] and len(data) >= 8:
            raise Invalid("unknown binary version")
        raise Invalid("magic header not detected")
    module = Module()
    reader = Reader(data, 8, lenient=lenient)
    last = -1
    while reader.at < reader.end:
        id_ = reader.byte()
        size = reader.u32()
        if size > reader.end - reader.at:
            if lenient == "trailing":
                break
            raise Invalid("section is longer than the module")
        body = Reader(data, reader.at, reader.at + size, lenient)
        reader.at += size
        if id_:
            place = ORDER.get(id_, -1)
            if place < 0:
                raise Invalid("malformed section id")
            if place <= last and lenient != "order":
                raise Invalid("section out of order")
            last = place
        _section(module, id_, body)
        if body.at != body.end and lenient != "trailing":
            raise Invalid("section size mismatch")
    _require_counts(module)
    return module


def _require_counts(module: Module) -> None:
    if len(module.functions) != len(module.bodies):
        raise Invalid("function and code section have inconsistent lengths")
    if module.data_count is not None and module.data_count != len(module.data):
        raise Invalid("data count and data section have inconsistent lengths")


def _section(module: Module, id_: int, reader: Reader) -> None:
    if id_ == 0:
        name = reader.name()
        module.customs.append((name, reader.take(reader.end - reader.at)))
    elif id_ == 8:
        module.start = reader.u32()
    elif id_ == 12:
        module.data_count = reader.u32()
    elif id_ == 13:
        raise Unsupported("tag section")
    else:
        attribute, read = _VECTORS[id_]
        count = reader.u32()
        items = getattr(module, attribute)
        for _ in range(count):
            items.append(read(reader))


def _type(reader: Reader) -> Signature:
    form = reader.byte()
    if form != 0x60:
        if 0x4C <= form <= 0x5F:
            raise Unsupported("kind of type of a proposal")
        raise Invalid("malformed kind of type")
    return Signature(reader.value_types(), reader.value_types())


def _import(reader: Reader) -> Import:
    module, name = reader.name(), reader.name()
    kind = reader.byte()
    description: Any
    if kind == FUNCTION:
        description = reader.u32()
    elif kind == TABLE:
        description = reader.table()
    elif kind == MEMORY:
        description = reader.limits()
    elif kind == GLOBAL:
        description = reader.global_type()
    elif kind == 4 or kind >= 0x20:
        raise Unsupported("kind of import of a proposal")
    else:
        raise Invalid("malformed kind of import")
    return Import(module, name, kind, description)


def _global(reader: Reader) -> Global:
    type_ = reader.global_type()
    return Global(type_, reader.constant())


def _export(reader: Reader) -> Export:
    name = reader.name()
    kind = reader.byte()
    if kind > GLOBAL:
        if kind == 4:
            raise Unsupported("kind of export of a proposal")
        raise Invalid("malformed kind of export")
    return Export(name, kind, reader.u32())


def _element(reader: Reader) -> Element:
    """One of the eight encodings: bit 0 passive or declared, bit 1 explicit index or declared,
    bit 2 expressions instead of indices."""
    flag = reader.u32()
    if flag > 7:
        raise Invalid("malformed flag of an element segment")
    mode = "active" if not flag & 1 else "declared" if flag & 2 else "passive"
    table, offset, type_ = 0, None, "r"
    if mode == "active":
        table = reader.u32() if flag & 2 else 0
        offset = reader.constant()
    if flag & 3:
        if flag & 4:
            type_ = reader.reference_type()
        elif reader.byte() != 0:
            raise Invalid("malformed kind of an element segment")
    items: list[Instruction] = []
    for _ in range(reader.u32()):
        items.append(reader.constant() if flag & 4 else (_REF_FUNC, reader.u32()))
    return Element(mode, type_, tuple(items), table, offset, flag)


def _body(reader: Reader) -> Body:
    size = reader.u32()
    if size > reader.end - reader.at:
        raise Invalid("unexpected end")
    end = reader.at + size
    inner = Reader(reader.data, reader.at, end, reader.lenient)
    runs = []
    total = 0
    for _ in range(inner.u32()):
        count = inner.u32()
        total += count
        if total > 0xFFFFFFFF:
            raise Invalid("too many locals")
        if total > MAX_LOCALS:
            raise Unsupported("many locals")
        runs.append((count, inner.value_type()))
    code = inner.code()
    if inner.at != end:
        raise Invalid("body is longer than its code")
    reader.at = end
    return Body(tuple(runs), code)


def _data(reader: Reader) -> Data:
    flag = reader.u32()
    if flag > 2:
        raise Invalid("malformed flag of a data segment")
    if flag == 2 and reader.u32():
        raise Invalid("unknown memory")
    offset = None if flag == 1 else reader.constant()
    return Data(reader.take(reader.u32()), offset, flag)


def _function(reader: Reader) -> int:
    return reader.u32()


_VECTORS: Final[dict[int, tuple[str, Callable[[Reader], Any]]]] = {
    1: ("types", _type),
    2: ("imports", _import),
    3: ("functions", _function),
    4: ("tables", Reader.table),
    5: ("memories", Reader.limits),
    6: ("globals", _global),
    7: ("exports", _export),
    9: ("elements", _element),
    10: ("bodies", _body),
    11: ("data", _data),
}
