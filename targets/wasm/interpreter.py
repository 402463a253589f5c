"""A small interpreter of checked modules: the second engine that is always there.

It raises Undetermined where the specification leaves the result to the engine (bits of a NaN,
whether memory can grow, how deep calls may nest), so that whoever compares stops there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from targets.wasm import operations as code_operations
from targets.wasm.engine import FAILED, HOST, Budget, HostError, Outcome, host_call
from targets.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE
from targets.wasm.numeric import Trap, Undetermined
from targets.wasm.opcodes import CODES
from targets.wasm.store import Function, GlobalCell, Memory, References
from targets.wasm.validator import Checked

MAX_DEPTH: Final = 60
"""Nested calls; engines overflow somewhere far above."""
MAX_FUEL: Final = 8_000
IMPORTED_PAGES: Final = 1
IMPORTED_ELEMENTS: Final = 4
_REF_NULL: Final = CODES["ref.null"]
_REF_FUNC: Final = CODES["ref.func"]
_GLOBAL_GET: Final = CODES["global.get"]


class Instance:
    """A running module. Instructions executed count against `fuel`, over all calls."""

    def __init__(
        self,
        checked: Checked,
        budget: Budget = Budget(),  # noqa: B008 - frozen, and means: no budget
        fault: str = "",
        recorded: dict[int, list[tuple[Any, ...]]] | None = None,
    ) -> None:
        module = checked.module
        self.checked = checked
        self.fuel = MAX_FUEL if budget.fuel is None else budget.fuel
        self.calls: list[tuple[Any, ...]] = []
        """Calls of host functions, in order."""
        self.operands = recorded
        """Filled, if given: opcode → what it was executed on, of instructions that compute."""
        self.types = module.types
        self.functions: list[Function] = []
        self.tables: list[References] = []
        self.memories: list[Memory] = []
        self.globals: list[GlobalCell] = []
        for item in module.imports:
            self._import(item.module, item.name, item.kind, item.description)
        prepare = code_operations.Preparation(self.types, fault)
        for flat in checked.functions:
            self.functions.append(
                Function(flat.signature, flat.locals, prepare.code(flat.code), "")
            )
        memory_bytes = None if fault == "memory-limit" else budget.memory_bytes
        self.tables += [References(table, budget.table_elements) for table in module.tables]
        self.memories += [Memory(limits, memory_bytes) for limits in module.memories]
        for found in module.globals:
            self.globals.append(GlobalCell(found.type.type, self.constant(found.init)))
        self.elements = [
            [self.constant(item) for item in segment.items] for segment in module.elements
        ]
        self.data = [segment.content for segment in module.data]
        self.exports = {item.name: (item.kind, item.index) for item in module.exports}
        self._initialize(checked)

    def _import(self, module: str, name: str, kind: int, description: Any) -> None:
        if kind == FUNCTION:
            signature = HOST.get((module, name))
            if signature is None or self.types[description] != signature:
                raise Undetermined("unknown import")
            self.functions.append(Function(signature, "", (), name))
        else:
            raise Undetermined("import that is no function")

    def constant(self, found: tuple[Any, ...]) -> Any:
        """Value of a constant expression."""
        code = found[0]
        if code == _REF_NULL:
            return None
        if code == _REF_FUNC:
            return self.functions[found[1]]
        if code == _GLOBAL_GET:
            return self.globals[found[1]].value
        return found[1]

    def _initialize(self, checked: Checked) -> None:
        module = checked.module
        for index, segment in enumerate(module.elements):
            if segment.offset is not None:
                items = self.elements[index]
                offset = self.constant(segment.offset)
                self.tables[segment.table].write(offset, items)
            if segment.mode != "passive":
                self.elements[index] = []
        for index, part in enumerate(module.data):
            if part.offset is not None:
                self.memories[0].write(self.constant(part.offset), part.content)
                self.data[index] = b""
        if module.start is not None:
            self.invoke(self.functions[module.start], (), 0)

    def call(self, name: str, arguments: Sequence[Any]) -> Outcome:
        """Call an exported function; Undetermined as said above."""
        kind, index = self.exports[name]
        if kind != FUNCTION:
            raise KeyError(name)
        return self.outcome(lambda: self.invoke(self.functions[index], arguments, 0))

    @staticmethod
    def outcome(run: Callable[[], Sequence[Any]]) -> Outcome:
        """How `run` ended."""
        try:
            return Outcome("values", tuple(run()))
        except Trap as trap:
            return Outcome(f"trap: {trap}")
        except HostError:
            return Outcome(FAILED)

    def invoke(self, function: Function, arguments: Sequence[Any], depth: int) -> Sequence[Any]:
        """Results of a function."""
        while True:
            if function.host:
                self.calls.append((function.host, *arguments))
                return host_call(function.host, arguments)
            if depth > MAX_DEPTH:
                raise Undetermined("deep recursion")
            result = code_operations.run(self, function, arguments, depth)
            if isinstance(result, code_operations.TailCall):
                function, arguments = result.function, result.arguments
                continue
            return result

    def memory(self, name: str) -> bytes:
        """Content of an exported memory."""
        return bytes(self.memories[self._exported(name, MEMORY)].content)

    def value(self, name: str) -> Any:
        """Value of an exported global."""
        return self.globals[self._exported(name, GLOBAL)].value

    def table_size(self, name: str) -> int:
        """Elements of an exported table."""
        return len(self.tables[self._exported(name, TABLE)].items)

    def _exported(self, name: str, wanted: int) -> int:
        kind, index = self.exports[name]
        if kind != wanted:
            raise KeyError(name)
        return index
