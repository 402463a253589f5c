"""pywasm behind the farm's small interface: releases 0.4, 1.x and 2.x, whose APIs share little.

pywasm validates nothing and documents no errors: a trap is any exception, and what it accepts says
nothing. Features are probed, as every release has others.
"""

from __future__ import annotations

import importlib
import io
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from targets.wasm.encoder import encode
from targets.wasm.engine import (
    FAILED,
    HOST,
    Budget,
    HostError,
    Outcome,
    Refused,
    Unlinkable,
    host_call,
)
from targets.wasm.module import (
    BYTE_OF_TYPE,
    FUNCTION,
    GLOBAL,
    MEMORY,
    TABLE,
    TYPE_NAMES,
    Body,
    Data,
    Export,
    Limits,
    Module,
    Signature,
)
from targets.wasm.numeric import as_signed, from_bits, to_bits
from targets.wasm.opcodes import CODES

_LETTERS: Final = {byte: letter for letter, byte in BYTE_OF_TYPE.items()}
OFFERED: Final = {
    key: found for key, found in HOST.items()
    if len(found.results) < 2 and "x" not in found.params
}  # fmt: skip
"""Host functions that every release can be given."""


def _probe(results: str, *names: tuple[Any, ...], data: bool = False) -> bytes:
    code = tuple((CODES[name], *rest) for name, *rest in (*names, ("end",)))
    module = Module(types=[Signature("", results)], functions=[0], bodies=[Body((), code)])
    module.exports.append(Export("f", FUNCTION, 0))
    if data:
        module.memories.append(Limits(1))
        module.data.append(Data(b"abcd", None, 1))
        module.data_count = 1
    return encode(module)


PROBES: Final[Mapping[str, bytes]] = {
    "sign-extension": _probe("i", ("i32.const", 1), ("i32.extend8_s",)),
    "saturating": _probe("i", ("f32.const", 0), ("i32.trunc_sat_f32_s",)),
    "multi-value": _probe("ii", ("i32.const", 1), ("i32.const", 2)),
    "bulk-memory": _probe(
        "", ("i32.const", 0), ("i32.const", 0), ("i32.const", 4), ("memory.init", 0), data=True
    ),
    "reference-types": _probe("i", ("ref.null", "x"), ("ref.is_null",)),
    "simd": _probe("i", ("v128.const", 1), ("i8x16.bitmask",)),
    "tail-call": _probe("", ("return_call", 1)),
}
"""Feature → a module that uses it, and whose `f` then ends."""


class Pywasm:
    """The engine; what differs between releases is in the kind of program."""

    name = "pywasm"
    validates = False
    lives_on = False

    def __init__(self) -> None:
        self.module: Any = importlib.import_module("pywasm")
        self._log()
        if hasattr(self.module, "ModuleDesc"):
            self._program: Callable[[Any, bytes], Any] = _Second
        else:
            self._program = _First if hasattr(self.module, "binary") else _Zeroth
        self.features = frozenset(feature for feature, data in PROBES.items() if self._works(data))

    def _log(self) -> None:
        log = getattr(self.module, "log", None)
        if log is not None and hasattr(log, "lvl"):
            log.lvl = 0

    def _works(self, data: bytes) -> bool:
        try:
            return bool(self._program(self, data).call("f", ()).kind == "values")
        except Exception:  # whatever a release does with what it does not know
            return False

    def verdicts(self, data: bytes) -> Mapping[str, bool]:
        """Whether it decodes the bytes."""
        try:
            self._decode(data)
        except Exception:  # no error of it is documented
            return {"decode": False}
        return {"decode": True}

    def _decode(self, data: bytes) -> Any:
        stream = io.BytesIO(data)
        if self._program is _Second:
            return self.module.ModuleDesc.from_reader(stream)
        part = self.module.binary if self._program is _First else self.module.structure
        return part.Module.from_reader(stream)

    def proposed(self, data: bytes) -> Mapping[str, bool]:
        """It has none to switch on."""
        return self.verdicts(data)

    def imported(self, data: bytes) -> None:
        """It has no loader for `import`."""

    def start(self, data: bytes, budget: Budget) -> Any:
        """See `engine.Engine`; budgets are not known to it."""
        try:
            module = self._decode(data)
        except Exception as error:  # no error of it is documented
            raise Refused(type(error).__name__) from error
        del budget
        made: list[Any] = []
        outcome = ended(lambda: made.append(self._program(self, module)))
        return made[0] if made else outcome


def ended(run: Callable[[], Any]) -> Outcome:
    """How a run ended: any exception is a trap of unknown kind."""
    try:
        run()
    except HostError:
        return Outcome(FAILED)
    except Unlinkable:
        raise
    except Exception as error:  # no error of pywasm is documented
        return Outcome("trap: ?", error=error)
    return Outcome("values")


def given(letter: str, value: Any) -> Any:
    """The farm's value for pywasm."""
    if letter in "iI":
        return as_signed(value, 32 if letter == "i" else 64)
    if letter in "fF":
        return from_bits(value, 32 if letter == "f" else 64)
    return value


def taken(letter: str, value: Any) -> Any:
    """pywasm's value for the farm."""
    if letter in "iI":
        return int(value) & (0xFFFFFFFF if letter == "i" else 0xFFFFFFFFFFFFFFFF)
    if letter == "f":
        return to_bits(float(value), 32)
    if letter == "F":
        return struct.unpack("<Q", struct.pack("<d", float(value)))[0]
    return value


class _Program:
    """What the programs of all releases share."""

    def __init__(self, owner: Pywasm, module: Any) -> None:
        self._pywasm = owner.module
        self.calls: list[tuple[Any, ...]] = []
        if isinstance(module, bytes):
            module = owner._decode(module)
        self._start(module)

    def _start(self, module: Any) -> None:
        raise NotImplementedError

    def _called(self, name: str, values: Sequence[Any]) -> Any:
        signature = HOST["env", name]
        got = [taken(x, value) for x, value in zip(signature.params, values, strict=True)]
        self.calls.append((name, *got))
        made = host_call(name, got)
        return given(signature.results, made[0]) if made else None

    def _imports(self) -> dict[str, Any]:
        """Host functions as old releases take them; some pass their machine or store first."""

        def host(name: str, count: int) -> Callable[..., Any]:
            return lambda *values: self._called(name, values[len(values) - count :])

        return {
            "env": {name: host(name, len(found.params)) for (_, name), found in OFFERED.items()}
        }

    def call(self, name: str, arguments: Sequence[Any]) -> Outcome:
        """See `engine.Program`."""
        made: list[Any] = []
        outcome = ended(lambda: made.append(self._results(name, arguments)))
        return Outcome("values", tuple(made[0])) if made else outcome

    def _results(self, name: str, arguments: Sequence[Any]) -> list[Any]:
        raise NotImplementedError


class _Second(_Program):
    """From 1.1 on: a runtime, modules in it."""

    def _start(self, module: Any) -> None:
        for item in module.imps:
            if (item.module, item.name) not in OFFERED:
                raise Unlinkable(item.name)
        self._runtime = self._pywasm.Runtime()
        if hasattr(self._runtime, "allocate_func_host"):
            allocate = self._runtime.allocate_func_host
            where = {
                name: allocate(*self._host(name, found)) for (_, name), found in OFFERED.items()
            }
            self._runtime.imports = {"env": where}
            self._instance = self._runtime.instance(module)
        else:  # before 1.2.1
            self._instance = self._runtime.instance(module, self._imports())

    def _host(self, name: str, found: Signature) -> tuple[Any, Callable[..., list[Any]]]:
        core = self._pywasm.core
        types = [
            [getattr(core.ValType, TYPE_NAMES[letter])() for letter in letters]
            for letters in (found.params, found.results)
        ]

        def called(_machine: Any, values: list[Any]) -> list[Any]:
            made = self._called(name, values)
            return [] if made is None else [made]

        return core.FuncType(*types), called

    def _export(self, name: str) -> Any:
        return next(item for item in self._instance.exps if item.name == name).data.data

    def _results(self, name: str, arguments: Sequence[Any]) -> list[Any]:
        address = self._export(name)
        machine = self._runtime.machine
        kinds = machine.store.func[address].type.args
        passed = [self._in(kind, value) for kind, value in zip(kinds, arguments, strict=True)]
        return [_out(found) for found in machine.invocate(address, passed)]

    def _in(self, kind: Any, value: Any) -> Any:
        """Values go in and out by their bits; what is made for floats would lose some of a NaN."""
        letter = _LETTERS[kind.data]
        if letter in "rx":
            content = b"" if value is None else value.to_bytes(4, "little") + b"\1"
        else:
            content = value.to_bytes(16 if letter == "V" else 8, "little")
        kind_of_value = self._pywasm.core.ValInst
        size = getattr(kind_of_value, "blen", 8)
        return kind_of_value(kind, bytearray(content[:size].ljust(size, b"\0")))

    def memory(self, name: str) -> bytes:
        """See `engine.Program`."""
        return bytes(self._runtime.machine.store.mems[self._export(name)].data)

    def value(self, name: str) -> Any:
        """See `engine.Program`."""
        return _out(self._runtime.machine.store.glob[self._export(name)].data)

    def table_size(self, name: str) -> int:
        """See `engine.Program`."""
        elements: list[Any] = self._runtime.machine.store.tabl[self._export(name)].elem
        return len(elements)


def _out(found: Any) -> Any:
    letter = _LETTERS[found.type.data]
    if letter in "rx":
        return int.from_bytes(found.data[:4], "little") if found.data[4] else None
    return int.from_bytes(found.data[: {"i": 4, "f": 4, "V": 16}.get(letter, 8)], "little")


class _Old(_Program):
    """0.4 and 1.x: one runtime for each module; results come back one by one."""

    _runtime: Any


class _First(_Old):
    """1.x."""

    def _start(self, module: Any) -> None:
        for item in module.import_list:
            if (item.module, item.name) not in OFFERED:
                raise Unlinkable(item.name)
        self._runtime = self._pywasm.Runtime(module, self._imports())

    def _address(self, name: str, kind: str) -> int:
        wanted = getattr(self._pywasm.execution, kind)
        found = (
            int(item.value) for item in self._runtime.machine.module.export_list
            if item.name == name and isinstance(item.value, wanted)
        )  # fmt: skip
        return next(found)

    def _results(self, name: str, arguments: Sequence[Any]) -> list[Any]:
        execution = self._pywasm.execution
        function = self._runtime.machine.store.function_list[self._address(name, "FunctionAddress")]
        letters = [_LETTERS[int(x)] for x in function.type.args.data]
        passed = [
            execution.Value.new(kind, given(letter, value))
            for kind, letter, value in zip(function.type.args.data, letters, arguments, strict=True)
        ]
        found = self._runtime.exec_accu(name, passed).data
        return [taken(_LETTERS[int(value.type)], value.val()) for value in found]

    def memory(self, name: str) -> bytes:
        """See `engine.Program`."""
        store = self._runtime.machine.store
        return bytes(store.memory_list[self._address(name, "MemoryAddress")].data)

    def value(self, name: str) -> Any:
        """See `engine.Program`."""
        store = self._runtime.machine.store
        found = store.global_list[self._address(name, "GlobalAddress")].value
        letter = _LETTERS[int(found.type)]
        content: bytes = found.data[: 4 if letter in "if" else 8]
        return int.from_bytes(content, "little")

    def table_size(self, name: str) -> int:
        """See `engine.Program`."""
        store = self._runtime.machine.store
        elements: list[Any] = store.table_list[self._address(name, "TableAddress")].element_list
        return len(elements)


class _Zeroth(_Old):
    """0.4."""

    def _start(self, module: Any) -> None:
        for item in module.imports:
            if (item.module, item.name) not in OFFERED:
                raise Unlinkable(item.name)
        runtime = getattr(self._pywasm, "Runtime", None) or self._pywasm.VirtualMachine
        self._runtime = runtime(module, self._imports())

    def _address(self, name: str, kind: int) -> int:
        return next(
            int(item.value.addr) for item in self._runtime.module_instance.exports
            if item.name == name and item.value.extern_type == kind
        )  # fmt: skip

    def _results(self, name: str, arguments: Sequence[Any]) -> list[Any]:
        instance = self._runtime.module_instance
        address = self._address(name, FUNCTION)
        function = self._runtime.store.funcs[instance.funcaddrs[address]]
        letters = [_LETTERS[int(x)] for x in function.functype.args]
        passed = [given(x, value) for x, value in zip(letters, arguments, strict=True)]
        found = self._runtime.exec(name, passed)
        results = [_LETTERS[int(x)] for x in function.functype.rets]
        return [taken(results[0], found)] if results else []

    def memory(self, name: str) -> bytes:
        """See `engine.Program`."""
        address = self._address(name, MEMORY)
        return bytes(self._runtime.store.mems[address].data)

    def value(self, name: str) -> Any:
        """See `engine.Program`."""
        found = self._runtime.store.globals[self._address(name, GLOBAL)].value
        return taken(_LETTERS[int(found.valtype)], found.n)

    def table_size(self, name: str) -> int:
        """See `engine.Program`."""
        elements: list[Any] = self._runtime.store.tables[self._address(name, TABLE)].elem
        return len(elements)


def pywasm() -> Pywasm:
    """The adapter of the subject."""
    return Pywasm()
