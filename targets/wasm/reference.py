"""The farm's function loader: takes WebAssembly as binary only, checks it, and runs it on a budget.

A module is accepted when it is at most 10 MB, starts with the binary magic, is valid, and imports
nothing but the functions that the host offers.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from targets import faults
from targets.wasm.decoder import decode, sections
from targets.wasm.engine import (
    HOST,
    OUT_OF_FUEL,
    OUT_OF_STACK,
    Budget,
    Outcome,
    Refused,
)
from targets.wasm.exports import Exports, described
from targets.wasm.interpreter import Instance
from targets.wasm.module import FUNCTION, MAGIC, Invalid, Module, Unsupported
from targets.wasm.numeric import Undetermined
from targets.wasm.store import OverLimit
from targets.wasm.validator import Checked, validate

MAX_SIZE_BYTES: Final = 10 * 1024 * 1024
HANDLER: Final = "handler"
"""The export that an invocation calls."""
_FAULTS: Final = (
    "text-format", "trailing-bytes", "leb-overlong", "section-order", "size-limit",
    "import-kinds", "section-allocation", "hash-of-text", "missing-export", "rotate-unmasked",
    "division-rounds-down", "minimum-of-zeros", "memory-limit", "host-write-cut",
    "host-zero-boxed",
)  # fmt: skip
_LENIENT: Final = {"trailing-bytes": "trailing", "leb-overlong": "leb", "section-order": "order"}
_STOPS: Final = {"fuel": OUT_OF_FUEL, "deep recursion": OUT_OF_STACK}
MISSING: Final = Outcome("error: missing export")


class Rejected(Refused):
    """A deployment was rejected with the status of an HTTP answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Deployed:
    """A function that can be invoked."""

    wasm_hash: str
    checked: Checked


class Loader:
    """The loader as an engine; it also rejects what its validator makes no statement about."""

    name = "reference"
    validates = True
    lives_on = True
    has_epochs = False
    has_limits = True
    features = frozenset(
        ("simd", "tail-call", "multi-value", "reference-types", "bulk-memory", "sign-extension",
         "saturating")
    )  # fmt: skip

    def __init__(self, limit_bytes: int = MAX_SIZE_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self._fault = next((name for name in _FAULTS if faults.on(name)), "")

    def limited(self, limit_bytes: int) -> Loader:
        """The same loader with another limit of size."""
        return Loader(limit_bytes)

    def deploy(self, data: bytes) -> Deployed:
        """The function in `data`, or Rejected."""
        if len(data) > self.limit_bytes + (self._fault == "size-limit"):
            raise Rejected(413, "binary too large")
        if data[:4] != MAGIC:
            if self._fault == "text-format" and data.lstrip().startswith(b"(module"):
                return Deployed(_hash(data), validate(Module()))
            raise Rejected(400, "not a binary module")
        if self._fault == "section-allocation":
            _reserve(data)
        try:
            checked = validate(decode(data, _LENIENT.get(self._fault, "")))
        except (Invalid, Unsupported) as error:
            raise Rejected(400, str(error)) from None
        self._require_imports(checked.module)
        if self._fault == "hash-of-text":
            data = data.decode("utf-8", "replace").encode()
        return Deployed(_hash(data), checked)

    def _require_imports(self, module: Module) -> None:
        for item in module.imports:
            if item.kind != FUNCTION:
                if self._fault != "import-kinds":
                    raise Rejected(400, "imports something other than a function")
                continue
            wanted = HOST.get((item.module, item.name))
            if wanted is None:
                raise Rejected(400, "imports an unknown function")
            if module.types[item.description] != wanted:
                raise Rejected(400, "imports a function by another type")

    def invoke(self, deployed: Deployed, budget: Budget = Budget()) -> Outcome:  # noqa: B008
        """What calling the handler gave."""
        program = self._start(deployed.checked, budget)
        if isinstance(program, Outcome):
            return program
        module = deployed.checked.module
        for export in module.exports:
            if export.name == HANDLER and export.kind == FUNCTION:
                signature = deployed.checked.context.functions[export.index]
                zeros = [None if letter in "rx" else 0 for letter in signature.params]
                return program.call(HANDLER, zeros)
        return Outcome("values") if self._fault == "missing-export" else MISSING

    def verdicts(self, data: bytes) -> Mapping[str, bool]:
        """Whether it deploys."""
        try:
            self.deploy(data)
        except Rejected:
            return {"deploy": False}
        return {"deploy": True}

    def proposed(self, data: bytes) -> Mapping[str, bool]:
        """It has no proposals."""
        return self.verdicts(data)

    def imported(self, data: bytes) -> None:
        """It has no loader for `import`."""

    def start(self, data: bytes, budget: Budget) -> _Program | Outcome:
        """See `engine.Engine`."""
        return self._start(self.deploy(data).checked, budget)

    def _start(self, checked: Checked, budget: Budget) -> _Program | Outcome:
        made: list[Instance] = []

        def run() -> tuple[()]:
            made.append(Instance(checked, budget, self._fault))
            return ()

        outcome = _stopped(run)
        return _Program(made[0], self._fault) if made else outcome

    def stop(self) -> None:
        """It has no epochs."""


def _reserve(data: bytes) -> None:
    """The planted fault of a loader that believes sizes."""
    end = 8 + sum(len(content) + 2 for _, content in sections(data))
    if len(data) > end:
        size = shift = 0
        for byte in data[end + 1 : end + 6]:
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        bytearray(min(size, 1 << 28))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stopped(run: Any) -> Outcome:
    """How a run ended; where the interpreter makes no statement, the budget ended it."""
    try:
        return Instance.outcome(run)
    except OverLimit:
        return Outcome("refused: limit")
    except Undetermined as undetermined:
        return Outcome(_STOPS.get(str(undetermined), "stopped: other"))


class _Program:
    """An instance of the interpreter."""

    unnamed = False

    def __init__(self, instance: Instance, fault: str) -> None:
        self._instance = instance
        self.memory = instance.memory
        self.value = instance.value
        self.table_size = instance.table_size
        host = Exports(instance, fault)
        self.described = functools.partial(described, instance.checked)
        self.read, self.write, self.grow, self.fill = host.read, host.write, host.grow, host.fill
        self.get, self.set, self.element, self.put = host.get, host.set, host.element, host.put

    @property
    def calls(self) -> list[tuple[Any, ...]]:
        """Calls of host functions, in order."""
        return self._instance.calls

    def call(self, name: str, arguments: Sequence[Any]) -> Outcome:
        """See `engine.Program`."""
        _, index = self._instance.exports[name]
        function = self._instance.functions[index]
        return _stopped(lambda: self._instance.invoke(function, arguments, 0))
