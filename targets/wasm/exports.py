"""What a host does to the exports of an instance: the interpreter's answers, and their names."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, Final

from targets.wasm.engine import Outcome
from targets.wasm.interpreter import Instance
from targets.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE
from targets.wasm.validator import Checked

REFUSED: Final = Outcome("refused: host")
DONE: Final = Outcome("values")
UNKNOWN: Final = Outcome("unknown to the release")
"""The release has no such method: nothing is compared, and the interpreter does nothing."""
BOXED: Final = object()
"""What the package gives is a box of its own around a value, not a plain one."""
_FULL: Final = 0xFFFFFFFF


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """An exported function as a value: a host knows no other ones."""

    name: str


def described(checked: Checked, names: Collection[str]) -> list[tuple[Any, ...]]:
    """Name, kind and type of these exports, as a host is told them."""
    of = checked.context
    found: list[tuple[Any, ...]] = []
    for item in checked.module.exports:
        if item.name not in names:
            continue
        if item.kind == FUNCTION:
            signature = of.functions[item.index]
            found.append((item.name, "function", signature.params, signature.results))
        elif item.kind == GLOBAL:
            kind = of.globals[item.index]
            found.append((item.name, "global", kind.type, kind.mutable))
        elif item.kind == TABLE:
            table = of.tables[item.index]
            limits = table.limits
            found.append((item.name, "table", table.type, limits.minimum, limits.maximum))
        else:
            limits = checked.module.all_memories()[item.index]
            found.append((item.name, "memory", limits.minimum, limits.maximum))
    return found


def _one(value: Any) -> Outcome:
    return Outcome("values", (value,))


class Exports:
    """The exports of an interpreter's instance in a host's hands.

    A function read from a table is True: that it is there is all that can be compared.
    """

    def __init__(self, instance: Instance, fault: str = "") -> None:
        self._instance = instance
        self._fault = fault

    def _item(self, name: str, wanted: int) -> Any:
        kind, index = self._instance.exports[name]
        if kind != wanted:
            raise KeyError(name)
        of = self._instance
        if kind == GLOBAL:
            return of.globals[index]
        return of.tables[index] if kind == TABLE else of.memories[index]

    def size(self, name: str) -> int:
        """Bytes of a memory, elements of a table, 0 for all else."""
        kind, _ = self._instance.exports[name]
        if kind == MEMORY:
            return len(self._item(name, MEMORY).content)
        return len(self._item(name, TABLE).items) if kind == TABLE else 0

    def read(self, name: str, start: int | None, stop: int | None) -> Outcome:
        """Bytes as of a slice."""
        return _one(bytes(self._item(name, MEMORY).content[start:stop]))

    def write(self, name: str, content: bytes, start: int) -> Outcome:
        """How many bytes were written: all, or refused. A negative start counts from the end."""
        target = self._item(name, MEMORY).content
        at = slice(start, None).indices(len(target))[0]
        if self._fault == "host-write-cut":
            content = content[: len(target) - at]
        if at >= len(target) or at + len(content) > len(target):
            return REFUSED
        target[at : at + len(content)] = content
        return _one(len(content))

    def grow(self, name: str, by: int) -> Outcome:
        """Pages or elements that there were, or refused."""
        kind, _ = self._instance.exports[name]
        before = self._item(name, kind).grow(by)
        return REFUSED if before == _FULL else _one(before)

    def fill(self, name: str, by: int, value: Any) -> Outcome:
        """Grow a table by elements that are `value`."""
        before = self._item(name, TABLE).grow(self._inside(value), by)
        return REFUSED if before == _FULL else _one(before)

    def get(self, name: str) -> Outcome:
        """A global."""
        found = self._outside(self._item(name, GLOBAL).value)
        return _one(BOXED if self._fault == "host-zero-boxed" and found == 0 else found)

    def set(self, name: str, value: Any) -> Outcome:
        """Change a global."""
        self._item(name, GLOBAL).value = self._inside(value)
        return DONE

    def element(self, name: str, at: int) -> Outcome:
        """An element of a table; what is beyond its end is null."""
        items = self._item(name, TABLE).items
        return _one(self._outside(items[at]) if at < len(items) else None)

    def put(self, name: str, at: int, value: Any) -> Outcome:
        """Change an element of a table."""
        items = self._item(name, TABLE).items
        if at >= len(items):
            return REFUSED
        items[at] = self._inside(value)
        return DONE

    def _inside(self, value: Any) -> Any:
        if not isinstance(value, Named):
            return value
        kind, index = self._instance.exports[value.name]
        if kind != FUNCTION:
            raise KeyError(value.name)
        return self._instance.functions[index]

    def _outside(self, value: Any) -> Any:
        return value if value is None or isinstance(value, int) else True
