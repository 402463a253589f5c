"""wasmtime behind the farm's small interface, from 0.29 on.

Proposals beyond what the validator knows are switched off, so that both speak of the same language.
"""

from __future__ import annotations

import functools
import importlib
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from targets.wasm import proposals
from targets.wasm.engine import (
    FAILED,
    HOST,
    OUT_OF_FUEL,
    OUT_OF_STACK,
    OUT_OF_TIME,
    Budget,
    HostError,
    HostStop,
    Outcome,
    Refused,
    Unlinkable,
    host_call,
)
from targets.wasm.module import HEADER, MAGIC, TYPE_NAMES, Signature
from targets.wasm.wasmtime_exports import (
    HostSide,
    described,
    escaped,
    imported,
    letter_of,
    object_of,
    unboxed,
)

_ON: Final = ("wasm_reference_types", "wasm_bulk_memory", "wasm_multi_value", "wasm_simd",
              "wasm_tail_call")  # fmt: skip
_OFF: Final = (
    "wasm_threads", "wasm_multi_memory", "wasm_memory64", "wasm_relaxed_simd", "wasm_gc",
    "wasm_function_references", "wasm_exceptions", "wasm_stack_switching", "wasm_wide_arithmetic",
    "wasm_custom_page_sizes", "wasm_module_linking", "wasm_component_model",
)  # fmt: skip
_KINDS: Final = {
    "UNREACHABLE": "trap: unreachable",
    "INTEGER_DIVISION_BY_ZERO": "trap: division by zero",
    "INTEGER_OVERFLOW": "trap: integer overflow",
    "BAD_CONVERSION_TO_INTEGER": "trap: invalid conversion",
    "MEMORY_OUT_OF_BOUNDS": "trap: memory bounds",
    "TABLE_OUT_OF_BOUNDS": "trap: table bounds",
    "INDIRECT_CALL_TO_NULL": "trap: null function",
    "BAD_SIGNATURE": "trap: wrong signature",
    "STACK_OVERFLOW": OUT_OF_STACK,
    "INTERRUPT": OUT_OF_TIME,
    "OUT_OF_FUEL": OUT_OF_FUEL,
}
_PROPOSED: Final = (
    "wasm_memory64", "wasm_multi_memory", "wasm_threads", "wasm_relaxed_simd",
    "wasm_wide_arithmetic", "wasm_custom_page_sizes",
)  # fmt: skip
_SIMD_PROBE: Final = (
    HEADER + b"\1\4\1\x60\0\0\3\2\1\0\x0a\x17\1\x15\0\xfd\x0c" + bytes(16) + b"\x1a\x0b"
)
_TAIL_PROBE: Final = HEADER + b"\1\4\1\x60\0\0\3\2\1\0\x0a\6\1\4\0\x12\0\x0b"


class Wasmtime:
    """The engine; `compiler` is a strategy's name, empty for the default one."""

    name = "wasmtime"
    validates = True
    lives_on = True

    def __init__(self, compiler: str = "") -> None:
        self.module: Any = importlib.import_module("wasmtime")
        self.error = self.module.WasmtimeError
        self.engine = self.module.Engine(self._config(compiler))
        metered = self._config(compiler)
        metered.consume_fuel = True
        self.metered_engine = self.module.Engine(metered)
        timed = self._config(compiler)
        self.has_epochs = self._set(timed, "epoch_interruption", on=True)
        self.timed_engine = self.module.Engine(timed)
        self.has_limits = hasattr(self.module.Store, "set_limits")
        self._signatures: dict[tuple[int, Signature], Any] = {}

    @functools.cached_property
    def features(self) -> frozenset[str]:
        """See `engine.Engine`. Probed at the first input, not before: compiling starts threads
        where a release cannot do without, and a worker that forks after that has none of them."""
        found = {"multi-value", "reference-types", "bulk-memory", "sign-extension", "saturating"}
        for feature, probe in (("simd", _SIMD_PROBE), ("tail-call", _TAIL_PROBE)):
            if self._accepted(lambda data: self.module.Module(self.engine, data), probe):
                found.add(feature)
        return frozenset(found)

    def signature(self, engine: Any, found: Signature) -> Any:
        """The engine's own type of a function; one used with two engines aborts the process."""
        key = id(engine), found
        if key not in self._signatures:
            self._signatures[key] = self.module.FuncType(
                [self._type(x) for x in found.params], [self._type(x) for x in found.results]
            )
        return self._signatures[key]

    def _type(self, letter: str) -> Any:
        return getattr(self.module.ValType, TYPE_NAMES[letter])()

    def _set(self, config: Any, name: str, *, on: bool) -> bool:
        """Whether the release knows the option, and its build of the engine has it."""
        if not hasattr(type(config), name):
            return False
        try:
            setattr(config, name, on)
        except (self.error, AttributeError):
            return False
        return True

    def _config(self, compiler: str) -> Any:
        config = self.module.Config()
        for name in _ON:
            self._set(config, name, on=True)
        for name in _OFF:
            self._set(config, name, on=False)
        self._set(config, "parallel_compilation", on=False)
        if compiler:
            config.strategy = compiler
        return config

    def _accepted(self, load: Callable[[bytes], object], data: bytes) -> bool:
        try:
            load(data)
        except self.error:
            return False
        return True

    @functools.cached_property
    def wide_engine(self) -> Any:
        """An engine with the proposals that a release knows."""
        config = self._config("")
        for name in _PROPOSED:
            self._set(config, name, on=True)
        return self.module.Engine(config)

    def verdicts(self, data: bytes) -> Mapping[str, bool]:
        """Validation alone, compilation, and loading what compilation wrote."""
        return self._verdicts(self.engine, data)

    def proposed(self, data: bytes) -> Mapping[str, bool]:
        """See `engine.Engine`."""
        found = self._verdicts(self.wide_engine, data)
        if found.get("compile") and proposals.modest(data):
            module = self.module.Module(self.wide_engine, data)
            if not module.imports:
                self._instantiate(module)
        return found

    def _instantiate(self, module: Any) -> None:
        """An instance, or the documented error."""
        try:
            self.module.Instance(self.module.Store(self.wide_engine), module, [])
        except (self.error, self.module.Trap) as error:
            error.__traceback__ = None  # see `_outcome`

    def _verdicts(self, engine: Any, data: bytes) -> dict[str, bool]:
        found = {
            "validate": self._accepted(lambda data: self.module.Module.validate(engine, data), data)
        }
        if data[:4] != MAGIC:
            return found  # compilation takes the text format, too: documented
        try:
            module = self.module.Module(engine, data)
        except self.error:
            found["compile"] = False
            return found
        found["compile"] = True
        serialized = bytes(module.serialize())
        found["deserialize"] = self._accepted(
            lambda content: self.module.Module.deserialize(engine, content), serialized
        )
        return found

    def start(self, data: bytes, budget: Budget) -> _Program | Outcome:
        """See `engine.Engine`."""
        engine = self.engine
        if budget.epoch:
            engine = self.timed_engine
        elif budget.fuel is not None:
            engine = self.metered_engine
        try:
            module = self.module.Module(engine, data)
        except self.error as error:
            raise Refused(str(error)) from error
        program = _Program(self, engine, module, budget)
        return program.failed or program

    def imported(self, data: bytes) -> _Program | None:
        """See `engine.Engine`; from 39 on the package has no loader."""
        try:
            namespace = imported(data)
        except (self.error, self.module.Trap, ImportError):
            return None
        return _Imported(self, self.module.Module(self.engine, data), namespace)

    def stop(self) -> None:
        """Let the moment end that a budget with `epoch` allows."""
        self.timed_engine.increment_epoch()


class _Program(HostSide):
    """An instance with its own store."""

    def __init__(self, owner: Wasmtime, engine: Any, module: Any, budget: Budget) -> None:
        self._owner = owner
        self._wasmtime = owner.module
        self.calls: list[tuple[Any, ...]] = []
        self.failed: Outcome | None = None
        self.unnamed = False
        """Whether a trap had a code for which the package has no name."""
        self._engine = engine
        self._stops = budget.stops
        self.described = functools.partial(described, owner.module, module.exports)
        if budget.stops:
            sys.unraisablehook = escaped
        self._store = owner.module.Store(engine)
        if budget.fuel is not None:
            self._fuel(budget.fuel)
        self._limit(budget)
        imports = [self._imported(item) for item in module.imports]
        instance: list[Any] = []
        self.failed = self._outcome(
            lambda: instance.append(self._wasmtime.Instance(self._store, module, imports)), ""
        )
        if self.failed.kind == "values":
            self.failed = None
            self._exports = instance[0].exports(self._store)
            self._types = _function_types(owner, module)

    def _fuel(self, fuel: int) -> None:
        """Old releases add fuel to what there is: none."""
        store = self._store
        if hasattr(store, "set_fuel"):
            store.set_fuel(fuel)
        else:
            store.add_fuel(fuel)

    def _limit(self, budget: Budget) -> None:
        limits = {
            name: value
            for name, value in (
                ("memory_size", budget.memory_bytes), ("table_elements", budget.table_elements)
            )
            if value is not None
        }  # fmt: skip
        if limits and self._owner.has_limits:
            self._store.set_limits(**limits)
        if budget.epoch and self._owner.has_epochs:
            self._store.set_epoch_deadline(1)

    def _imported(self, item: Any) -> Any:
        key = (item.module, item.name)
        wanted = HOST.get(key)
        found = item.type
        if wanted is None or not isinstance(found, self._wasmtime.FuncType):
            raise Unlinkable(str(key))
        letters = "".join(map(letter_of, found.params)), "".join(map(letter_of, found.results))
        if letters != (wanted.params, wanted.results):
            raise Unlinkable(f"{key} with another type")

        calls = self.calls  # not `self`: the store keeps the function, and would never be freed
        store, stops = weakref.ref(self._store), self._stops

        def called(*values: Any) -> Any:
            given = [unboxed(x, value) for x, value in zip(wanted.params, values, strict=True)]
            calls.append((key[1], *given))
            try:
                made = host_call(key[1], given)
            except HostError as error:
                if stops:
                    raise HostStop(str(error)) from error
                raise
            now = store()
            if key[1] == "keep" and now is not None:
                now.gc()
            results = [object_of(x, one) for x, one in zip(wanted.results, made, strict=True)]
            return results if len(results) > 1 else results[0] if results else None

        signature = self._owner.signature(self._engine, wanted)
        return self._wasmtime.Func(self._store, signature, called)

    def call(self, name: str, arguments: Sequence[Any]) -> Outcome:
        """See `engine.Program`."""
        kind = self._types[name]
        params = [letter_of(x) for x in kind.params]
        results = "".join(letter_of(x) for x in kind.results)
        given = [object_of(x, value) for x, value in zip(params, arguments, strict=True)]
        return self._outcome(lambda: self._called(name, given), results)

    def _called(self, name: str, given: Sequence[Any]) -> Any:
        return self._exports[name](self._store, *given)

    def _outcome(self, run: Callable[[], Any], letters: str) -> Outcome:
        try:
            value = run()
        except (HostError, HostStop, self._wasmtime.Trap, self._owner.error) as error:
            # Frames of wasmtime's package hold the error, which holds them: the store, and the
            # 4 GiB of addresses that its memory has, would wait for the garbage collector.
            error.__traceback__ = None
            if isinstance(error, HostError | HostStop):
                return Outcome(FAILED)
            is_trap = isinstance(error, self._wasmtime.Trap)
            kind = _kind(error) if is_trap else _of_error(str(error))
            self.unnamed |= kind.startswith(UNNAMED)
            return Outcome(kind.removeprefix(UNNAMED))
        if not letters:
            return Outcome("values")
        values = value if len(letters) > 1 else [value]
        return Outcome(
            "values", tuple(unboxed(x, one) for x, one in zip(letters, values, strict=True))
        )

    def memory(self, name: str) -> bytes:
        """See `engine.Program`."""
        memory = self._exports[name]
        if hasattr(memory, "read"):
            return bytes(memory.read(self._store))
        size = memory.data_len(self._store)
        pointer = memory.data_ptr(self._store)
        return bytes(pointer[:size])

    def value(self, name: str) -> Any:
        """See `engine.Program`."""
        found = self._exports[name]
        return unboxed(letter_of(found.type(self._store).content), found.value(self._store))

    def table_size(self, name: str) -> int:
        """See `engine.Program`."""
        size: int = self._exports[name].size(self._store)
        return size


class _Imported(_Program):
    """A module that Python's `import` has made: functions that need no store."""

    def __init__(self, owner: Wasmtime, module: Any, namespace: Mapping[str, Any]) -> None:
        self._owner = owner
        self._wasmtime = owner.module
        self.unnamed = False
        self._namespace = namespace
        self._types = _function_types(owner, module)

    def _called(self, name: str, given: Sequence[Any]) -> Any:
        return self._namespace[name](*given)


def _function_types(owner: Wasmtime, module: Any) -> dict[str, Any]:
    return {
        item.name: item.type for item in module.exports
        if isinstance(item.type, owner.module.FuncType)
    }  # fmt: skip


UNNAMED: Final = "unnamed: "
_STACK: Final = ("stack exhausted", "stack overflow")


def _kind(trap: Any) -> str:
    """The trap's kind by its code; by its text where a release gives none, or does not know it."""
    try:
        code = trap.trap_code
    except ValueError:
        return UNNAMED + _of_error(str(trap))
    if code is not None:
        return _KINDS.get(code.name, f"trap: {code.name}")
    return _of_error(str(trap))


def _of_error(text: str) -> str:
    if "no such level" in text or "HostError" in text:
        return FAILED
    if "fuel" in text:
        return OUT_OF_FUEL
    if any(words in text for words in _STACK):
        return OUT_OF_STACK
    if "interrupt" in text or "deadline" in text:
        return OUT_OF_TIME
    return "refused: " + ("limit" if "limit" in text else "other")
