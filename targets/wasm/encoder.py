"""Writes a Module as bytes, its numbers in any legal length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from targets.wasm import leb
from targets.wasm.module import (
    BYTE_OF_TYPE,
    FUNCTION,
    GLOBAL,
    HEADER,
    MEMORY,
    TABLE,
    Body,
    Data,
    Element,
    Global,
    Import,
    Instruction,
    Limits,
    Module,
    Signature,
    Table,
)
from targets.wasm.numeric import as_signed
from targets.wasm.opcodes import OPERATIONS

END: Final = b"\x0b"
Pad = Callable[[], int]
"""How many bytes a number is longer than it needs to be, asked for every number."""


def encode(module: Module, pad: Pad | None = None) -> bytes:
    """The bytes of the module; `decode` gives the same module back.

    The module need not be valid; what cannot be written at all raises KeyError or ValueError.
    """
    return HEADER + b"".join(section(id_, content, pad) for id_, content in contents(module, pad))


def section(id_: int, content: bytes, pad: Pad | None = None) -> bytes:
    """One section with its size."""
    return bytes([id_]) + Writer(pad).u32(len(content)) + content


def contents(module: Module, pad: Pad | None = None) -> list[tuple[int, bytes]]:
    """Sections that are not empty, in order; custom ones last."""
    write = Writer(pad)
    found = [
        (1, write.vector(module.types, write.signature)),
        (2, write.vector(module.imports, write.imported)),
        (3, write.vector(module.functions, write.u32)),
        (4, write.vector(module.tables, write.table)),
        (5, write.vector(module.memories, write.limits)),
        (6, write.vector(module.globals, write.global_)),
        (7, write.vector(
            module.exports,
            lambda item: write.name(item.name) + bytes([item.kind]) + write.u32(item.index),
        )),
        (8, b"" if module.start is None else write.u32(module.start)),
        (9, write.vector(module.elements, write.element)),
        (12, b"" if module.data_count is None else write.u32(module.data_count)),
        (10, write.vector(module.bodies, write.body)),
        (11, write.vector(module.data, write.data)),
    ]  # fmt: skip
    customs = [(0, write.name(name) + content) for name, content in module.customs]
    return [(id_, content) for id_, content in found if content] + customs


class Writer:
    """Writes the pieces of a module."""

    __slots__ = ("pad",)

    def __init__(self, pad: Pad | None = None) -> None:
        self.pad = pad

    def u32(self, value: int) -> bytes:
        """An unsigned number; longer than needed where padding says so."""
        if self.pad is None:
            if value < 0x80:
                return bytes((value,))
            return leb.unsigned(value)
        plain = leb.unsigned(value)
        extra = self.pad()
        return leb.unsigned(value, min(5, len(plain) + extra)) if extra else plain

    def signed(self, value: int, bits: int) -> bytes:
        """A signed number."""
        plain = leb.signed(value)
        extra = self.pad() if self.pad is not None else 0
        return leb.signed(value, min(-(-bits // 7), len(plain) + extra)) if extra else plain

    def name(self, text: str) -> bytes:
        """A name; lone surrogates become the bytes that are no UTF-8."""
        data = text.encode("utf-8", "surrogateescape")
        return self.u32(len(data)) + data

    def vector(self, items: Sequence[Any], write: Callable[[Any], bytes]) -> bytes:
        """Nothing when empty: no section."""
        return self.u32(len(items)) + b"".join(map(write, items)) if items else b""

    def letters(self, letters: str) -> bytes:
        """A vector of value types."""
        return self.u32(len(letters)) + bytes(BYTE_OF_TYPE[letter] for letter in letters)

    def signature(self, found: Signature) -> bytes:
        """A function type."""
        return b"\x60" + self.letters(found.params) + self.letters(found.results)

    def limits(self, found: Limits) -> bytes:
        """Sizes."""
        if found.maximum is None:
            return b"\0" + self.u32(found.minimum)
        return b"\1" + self.u32(found.minimum) + self.u32(found.maximum)

    def table(self, found: Table) -> bytes:
        """A table type."""
        return bytes([BYTE_OF_TYPE[found.type]]) + self.limits(found.limits)

    def global_type(self, letter: str, *, mutable: bool) -> bytes:
        """A type of a global."""
        return bytes([BYTE_OF_TYPE[letter], mutable])

    def global_(self, found: Global) -> bytes:
        """A global with its first value."""
        kind = self.global_type(found.type.type, mutable=found.type.mutable)
        return kind + self.instruction(found.init) + END

    def imported(self, found: Import) -> bytes:
        """An import."""
        head = self.name(found.module) + self.name(found.name) + bytes([found.kind])
        if found.kind == FUNCTION:
            return head + self.u32(found.description)
        if found.kind == TABLE:
            return head + self.table(found.description)
        if found.kind == MEMORY:
            return head + self.limits(found.description)
        assert found.kind == GLOBAL
        what = found.description
        return head + self.global_type(what.type, mutable=what.mutable)

    def element(self, found: Element) -> bytes:
        """A segment in the encoding that its flag says."""
        flag = found.flag
        out = self.u32(flag)
        if not flag & 1:
            if flag & 2:
                out += self.u32(found.table)
            assert found.offset is not None
            out += self.instruction(found.offset) + END
        if flag & 3:
            out += bytes([BYTE_OF_TYPE[found.type] if flag & 4 else 0])
        out += self.u32(len(found.items))
        for item in found.items:
            out += self.instruction(item) + END if flag & 4 else self.u32(item[1])
        return out

    def data(self, found: Data) -> bytes:
        """A data segment."""
        out = self.u32(found.flag) + (self.u32(0) if found.flag == 2 else b"")
        if found.offset is not None:
            out += self.instruction(found.offset) + END
        return out + self.u32(len(found.content)) + found.content

    def body(self, found: Body) -> bytes:
        """A function body with its size."""
        runs = b"".join(
            self.u32(count) + bytes([BYTE_OF_TYPE[letter]]) for count, letter in found.locals
        )
        inner = self.u32(len(found.locals)) + runs + self.code(found.code)
        return self.u32(len(inner)) + inner

    def code(self, code: Iterable[Instruction]) -> bytes:
        """Instructions, one after the other."""
        return b"".join([self.instruction(instruction) for instruction in code])

    def instruction(self, instruction: Instruction) -> bytes:
        """One instruction with its immediates."""
        code = instruction[0]
        head = bytes([code]) if code < 0x100 else bytes([code >> 16]) + self.u32(code & 0xFFFF)
        kind = OPERATIONS[code].immediate
        if not kind:
            return head
        fixed = _FIXED.get(kind)
        if fixed is not None:
            return head + fixed
        found = instruction[1]
        if kind in _INDICES:
            return head + b"".join([self.u32(index) for index in instruction[1:]])
        if kind in _SIZES:
            bits = _SIZES[kind]
            if kind[0] == "i":
                return head + self.signed(as_signed(found, bits), bits)
            return head + int(found).to_bytes(bits // 8, "little")
        return head + self._immediate(kind, instruction)

    def _immediate(self, kind: str, instruction: Instruction) -> bytes:
        found = instruction[1]
        if kind == "block":
            if isinstance(found, int):
                return self.signed(found, 33)
            return bytes([BYTE_OF_TYPE[found]]) if found else b"\x40"
        if kind == "labels":
            labels = b"".join([self.u32(depth) for depth in found])
            return self.u32(len(found)) + labels + self.u32(instruction[2])
        if kind == "types":
            return self.letters(found)
        if kind == "memarg_lane":
            return self.u32(found) + self.u32(instruction[2]) + bytes([instruction[3]])
        if kind == "data_memory":
            return self.u32(found) + b"\0"
        if kind == "lane":
            return bytes([found])
        if kind == "heap":
            return bytes([BYTE_OF_TYPE[found]])
        assert kind == "shuffle"
        return bytes(found)


_FIXED: Final = {"memory": b"\0", "memories": b"\0\0"}
_INDICES: Final = frozenset(
    ("label", "func", "local", "global", "table", "data", "elem", "type_table", "elem_table",
     "tables", "memarg")
)  # fmt: skip
_SIZES: Final = {"i32": 32, "i64": 64, "f32": 32, "f64": 64, "v128": 128}
