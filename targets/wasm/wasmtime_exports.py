"""What a host does to exports by wasmtime's own objects, and what it is answered."""

from __future__ import annotations

import dataclasses
import importlib
import os
import pathlib
import sys
import tempfile
import zlib
from collections.abc import Callable, Collection
from typing import Any

from targets.wasm.engine import HostStop, Outcome
from targets.wasm.exports import BOXED, DONE, REFUSED, UNKNOWN, Named
from targets.wasm.numeric import as_signed, from_bits, to_bits

LETTERS = {
    "i32": "i", "i64": "I", "f32": "f", "f64": "F", "v128": "V", "funcref": "r", "externref": "x",
    "anyref": "x",
}  # fmt: skip
"""wasmtime's Python calls externref anyref."""


def letter_of(kind: Any) -> str:
    """The farm's letter for a type."""
    return LETTERS[str(kind)]


def from_farm(letter: str, value: Any) -> Any:
    """A plain value for the package: integers signed, floats as numbers."""
    if letter in "iI":
        return as_signed(value, 32 if letter == "i" else 64)
    if letter in "fF":
        return from_bits(value, 32 if letter == "f" else 64)
    return value


def to_farm(letter: str, value: Any) -> Any:
    """A plain value for the farm: integers unsigned, floats as bits."""
    if letter == "i":
        return value & 0xFFFFFFFF
    if letter == "I":
        return value & 0xFFFFFFFFFFFFFFFF
    if letter in "fF":
        return to_bits(value, 32 if letter == "f" else 64)
    return value


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What an externref refers to: an object of its own, as old releases take no number."""

    number: int


def object_of(letter: str, value: Any) -> Any:
    """A value for the package."""
    return Held(value) if letter == "x" and value is not None else from_farm(letter, value)


def unboxed(letter: str, value: Any) -> Any:
    """A plain value; several results come in boxes of wasmtime's, in old releases."""
    found = value.value if hasattr(value, "as_f32") else value
    return found.number if isinstance(found, Held) else to_farm(letter, found)


def described(package: Any, items: Any, names: Collection[str]) -> list[tuple[Any, ...]]:
    """As `exports.described`, of what the package says of the exports of a module."""
    found: list[tuple[Any, ...]] = []
    for item in items:
        if item.name not in names:
            continue
        kind = item.type
        if isinstance(kind, package.FuncType):
            letters = ["".join(map(letter_of, types)) for types in (kind.params, kind.results)]
            found.append((item.name, "function", *letters))
        elif isinstance(kind, package.GlobalType):
            found.append((item.name, "global", letter_of(kind.content), kind.mutable))
        elif isinstance(kind, package.TableType):
            limits = kind.limits
            found.append((item.name, "table", letter_of(kind.element), limits.min, limits.max))
        else:
            found.append((item.name, "memory", kind.limits.min, kind.limits.max))
    return found


def escaped(found: sys.UnraisableHookArgs) -> None:
    """An error left a callback for native code, which goes on with a result that nobody made.

    What happens then depends on what is in memory, so the process ends here, where it is seen why.
    """
    if isinstance(found.exc_value, HostStop):
        os.abort()
    sys.__unraisablehook__(found)


def imported(data: bytes) -> dict[str, Any]:
    """Names of a module that Python's `import` finds as a file, by the package's own loader."""
    name = f"farm_{zlib.crc32(data):08x}"
    importlib.import_module("wasmtime.loader")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, f"{name}.wasm").write_bytes(data)
        sys.path.insert(0, folder)
        try:
            return dict(vars(importlib.import_module(name)))
        finally:
            sys.path.remove(folder)
            sys.modules.pop(name, None)


class HostSide:
    """The methods of `exports.Exports`, for an instance of wasmtime.

    Values are passed as plain Python objects and expected so, which is what the package documents.
    """

    _exports: Any
    _store: Any
    _wasmtime: Any

    def _answer(self, run: Callable[[], Any], letter: str = "") -> Outcome:
        """What `run` gave; WasmtimeError and IndexError are the documented refusals."""
        try:
            value = run()
        except (self._wasmtime.WasmtimeError, IndexError) as error:
            error.__traceback__ = None  # its frames hold the store
            return REFUSED
        if value is None and not letter:
            return DONE
        return Outcome("values", (self._plain(letter, value),))

    def _plain(self, letter: str, value: Any) -> Any:
        if isinstance(value, self._wasmtime.Val):
            return BOXED
        if isinstance(value, self._wasmtime.Func):
            return True
        return unboxed(letter, value) if letter else value

    def _passed(self, letter: str, value: Any) -> Any:
        return self._exports[value.name] if isinstance(value, Named) else from_farm(letter, value)

    def read(self, name: str, start: int | None, stop: int | None) -> Outcome:
        """Bytes as of a slice."""
        memory = self._exports[name]
        if not hasattr(memory, "read"):
            return UNKNOWN
        return self._answer(lambda: bytes(memory.read(self._store, start, stop)))

    def write(self, name: str, content: bytes, start: int) -> Outcome:
        """How many bytes were written, or refused."""
        memory = self._exports[name]
        if not hasattr(memory, "write"):
            return UNKNOWN
        return self._answer(lambda: memory.write(self._store, content, start))

    def grow(self, name: str, by: int) -> Outcome:
        """Pages of memory that there were, or refused."""
        return self._answer(lambda: self._exports[name].grow(self._store, by), "i")

    def fill(self, name: str, by: int, value: Any) -> Outcome:
        """Elements of a table that there were, or refused."""
        table = self._exports[name]
        passed = self._passed(self._element(table), value)
        return self._answer(lambda: table.grow(self._store, by, passed), "i")

    def get(self, name: str) -> Outcome:
        """A global."""
        found = self._exports[name]
        letter = letter_of(found.type(self._store).content)
        return self._answer(lambda: found.value(self._store), letter)

    def set(self, name: str, value: Any) -> Outcome:
        """Change a global."""
        found = self._exports[name]
        passed = self._passed(letter_of(found.type(self._store).content), value)
        return self._answer(lambda: found.set_value(self._store, passed))

    def element(self, name: str, at: int) -> Outcome:
        """An element of a table."""
        table = self._exports[name]
        return self._answer(lambda: table.get(self._store, at), self._element(table))

    def put(self, name: str, at: int, value: Any) -> Outcome:
        """Change an element of a table."""
        table = self._exports[name]
        passed = self._passed(self._element(table), value)
        return self._answer(lambda: table.set(self._store, at, passed))

    def _element(self, table: Any) -> str:
        return letter_of(table.type(self._store).element)
