"""What a module is made of, and the three verdicts on one: valid, invalid, unsupported.

Value types are single letters, so that a sequence of types is a string: `i` i32, `I` i64, `f` f32,
`F` f64, `V` v128, `r` funcref, `x` externref.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

MAGIC: Final = b"\0asm"
HEADER: Final = b"\0asm\1\0\0\0"
PAGE_BYTES: Final = 65536
MAX_PAGES: Final = 65536

TYPE_OF_BYTE: Final = {
    0x7F: "i", 0x7E: "I", 0x7D: "f", 0x7C: "F", 0x7B: "V", 0x70: "r", 0x6F: "x",
}  # fmt: skip
BYTE_OF_TYPE: Final = {letter: byte for byte, letter in TYPE_OF_BYTE.items()}
TYPE_NAMES: Final = {
    "i": "i32", "I": "i64", "f": "f32", "F": "f64", "V": "v128", "r": "funcref", "x": "externref",
}  # fmt: skip
REFERENCES: Final = "rx"

FUNCTION, TABLE, MEMORY, GLOBAL = range(4)
KINDS: Final = ("function", "table", "memory", "global")


class Invalid(Exception):
    """The module is malformed or does not validate; the text names the rule, not the input."""


class Unsupported(Exception):
    """The module uses what the validator makes no statement about; the text names it."""


Instruction = tuple[Any, ...]
"""(opcode, immediates…); opcodes with a prefix byte are `prefix << 16 | number`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Signature:
    """Parameters and results of a function or block."""

    params: str = ""
    results: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Sizes of a table (elements) or memory (pages)."""

    minimum: int
    maximum: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table of references."""

    type: str
    limits: Limits


@dataclasses.dataclass(frozen=True, slots=True)
class GlobalType:
    """Type of a global."""

    type: str
    mutable: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Global:
    """A global with its first value."""

    type: GlobalType
    init: Instruction


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """`description` is a type index, Table, Limits or GlobalType, by `kind`."""

    module: str
    name: str
    kind: int
    description: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """A name for something of the module."""

    name: str
    kind: int
    index: int


@dataclasses.dataclass(frozen=True, slots=True)
class Element:
    """References for a table. `mode` is active, passive or declared; `flag` the encoding, 0–7."""

    mode: str
    type: str
    items: tuple[Instruction, ...]
    table: int = 0
    offset: Instruction | None = None
    flag: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Data:
    """Bytes for a memory; active when it has an offset."""

    content: bytes
    offset: Instruction | None = None
    flag: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Body:
    """Locals in runs of one type, and the instructions up to the last `end`."""

    locals: tuple[tuple[int, str], ...]
    code: tuple[Instruction, ...]


@dataclasses.dataclass(slots=True)
class Module:
    """A module as its bytes say."""

    types: list[Signature] = dataclasses.field(default_factory=list)
    imports: list[Import] = dataclasses.field(default_factory=list)
    functions: list[int] = dataclasses.field(default_factory=list)
    tables: list[Table] = dataclasses.field(default_factory=list)
    memories: list[Limits] = dataclasses.field(default_factory=list)
    globals: list[Global] = dataclasses.field(default_factory=list)
    exports: list[Export] = dataclasses.field(default_factory=list)
    start: int | None = None
    elements: list[Element] = dataclasses.field(default_factory=list)
    data_count: int | None = None
    bodies: list[Body] = dataclasses.field(default_factory=list)
    data: list[Data] = dataclasses.field(default_factory=list)
    customs: list[tuple[str, bytes]] = dataclasses.field(default_factory=list)

    def imported(self, kind: int) -> list[Any]:
        """Descriptions of the imports of one kind."""
        return [item.description for item in self.imports if item.kind == kind]

    def function_types(self) -> list[int]:
        """Type index of every function, imported ones first."""
        return [*self.imported(FUNCTION), *self.functions]

    def all_tables(self) -> list[Table]:
        """Every table, imported ones first."""
        return [*self.imported(TABLE), *self.tables]

    def all_memories(self) -> list[Limits]:
        """Every memory, imported ones first."""
        return [*self.imported(MEMORY), *self.memories]

    def global_types(self) -> list[GlobalType]:
        """Type of every global, imported ones first."""
        return [*self.imported(GLOBAL), *(item.type for item in self.globals)]
