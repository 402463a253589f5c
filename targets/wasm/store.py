"""What a running module holds: functions, memories, tables, globals."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from targets.wasm.module import MAX_PAGES, PAGE_BYTES, Limits, Signature, Table
from targets.wasm.numeric import Trap, Undetermined

PAGES_SURE: Final = 16
"""Memory of up to so many pages is there in every engine."""
ELEMENTS_SURE: Final = 10_000
GROWN_SURE: Final = 1024
"""A table that grows has up to so many elements in every engine.

Specification, execution of `table.grow`: it may fail for want of resources, and then gives -1.
pywasm lets no table grow beyond 1024 elements, nor by 0 where one has more from its start.
"""


class OverLimit(Exception):
    """A module asks for more at its start than the budget has."""


@dataclasses.dataclass(slots=True, eq=False)
class Function:
    """A function of the module, prepared, or of the host (then with its name)."""

    signature: Signature
    locals: str
    code: tuple[tuple[Any, ...], ...]
    host: str


@dataclasses.dataclass(slots=True)
class GlobalCell:
    """A global with its value."""

    type: str
    value: Any


class Memory:
    """Bytes in pages."""

    __slots__ = ("content", "limit", "maximum")

    def __init__(self, limits: Limits, limit_bytes: int | None = None) -> None:
        self.limit = MAX_PAGES if limit_bytes is None else limit_bytes // PAGE_BYTES
        if limits.minimum > self.limit:
            raise OverLimit("memory")
        if limits.minimum > PAGES_SURE:
            raise Undetermined("big memory")
        self.content = bytearray(limits.minimum * PAGE_BYTES)
        self.maximum = MAX_PAGES if limits.maximum is None else limits.maximum

    def grow(self, pages: int) -> int:
        """Pages there were, or -1 when the module itself or the budget forbids it."""
        before = len(self.content) // PAGE_BYTES
        if before + pages > min(self.maximum, self.limit):
            return 0xFFFFFFFF
        if before + pages > PAGES_SURE:
            raise Undetermined("growth of memory")
        self.content.extend(bytes(pages * PAGE_BYTES))
        return before

    def write(self, at: int, content: bytes) -> None:
        """Write all of `content`, or trap."""
        if at + len(content) > len(self.content):
            raise Trap("memory bounds")
        self.content[at : at + len(content)] = content


class References:
    """A table."""

    __slots__ = ("items", "limit", "maximum", "type")

    def __init__(self, table: Table, limit: int | None = None) -> None:
        self.limit = 2**32 - 1 if limit is None else limit
        if table.limits.minimum > self.limit:
            raise OverLimit("table")
        if table.limits.minimum > ELEMENTS_SURE:
            raise Undetermined("big table")
        self.type = table.type
        self.items: list[Any] = [None] * table.limits.minimum
        self.maximum = 2**32 - 1 if table.limits.maximum is None else table.limits.maximum

    def grow(self, value: Any, count: int) -> int:
        """Elements there were, or -1 when the module itself or the budget forbids it."""
        before = len(self.items)
        if before + count > min(self.maximum, self.limit):
            return 0xFFFFFFFF
        if before + count > GROWN_SURE:
            raise Undetermined("growth of a table")
        self.items.extend([value] * count)
        return before

    def get(self, at: int) -> Any:
        """One element, or a trap."""
        if at >= len(self.items):
            raise Trap("table bounds")
        return self.items[at]

    def write(self, at: int, items: Sequence[Any]) -> None:
        """Write all of `items`, or trap."""
        if at + len(items) > len(self.items):
            raise Trap("table bounds")
        self.items[at : at + len(items)] = items
