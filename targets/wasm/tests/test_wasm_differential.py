"""The interpreter agrees with wasmtime, and what an engine gets wrong is seen and named."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from targets.oracles import Violation
from targets.wasm import differential, generator, hostile, limits
from targets.wasm.encoder import encode
from targets.wasm.engine import Budget, Outcome
from targets.wasm.interpreter import Instance
from targets.wasm.module import (
    FUNCTION,
    GLOBAL,
    MEMORY,
    Body,
    Export,
    Global,
    GlobalType,
    Import,
    Limits,
    Module,
    Signature,
    Table,
)
from targets.wasm.numeric import NAN, SCALAR, AnyNan, Undetermined, from_bits, to_bits
from targets.wasm.opcodes import CODES, OPERATIONS
from targets.wasm.reference import Loader
from targets.wasm.validator import validate
from targets.wasm.vectors import VECTOR


class Wrong:
    """The loader with one instruction computed wrongly, in the way of a real engine."""

    name = "wrong"
    validates = True
    lives_on = True
    has_epochs = False

    def __init__(self, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.features = Loader.features
        self._loader = Loader()
        self._code = code
        self._patch = monkeypatch

    def verdicts(self, data: bytes) -> Mapping[str, bool]:
        """As the loader."""
        return self._loader.verdicts(data)

    def proposed(self, data: bytes) -> Mapping[str, bool]:
        """As the loader."""
        return self._loader.proposed(data)

    def imported(self, data: bytes) -> None:
        """As the loader."""

    def start(self, data: bytes, budget: Budget) -> Any:
        """The loader's program, prepared while the instruction was wrong."""
        from targets.wasm import operations

        right = operations._FUNCTIONS[self._code]
        with self._patch.context() as patch:
            patch.setitem(operations._FUNCTIONS, self._code, lambda *given: right(*given) ^ 1)
            return self._loader.start(data, budget)


def test_wasmtime_computes_the_same() -> None:
    """Generated programs of all features, and hostile ones on a budget."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    engine = wasmtime()
    rng = random.Random(2)
    for _ in range(250):
        differential.check(generator.generate(rng), engine)
    for _ in range(60):
        limits.check(hostile.generate(rng), engine)


@pytest.mark.parametrize("name", ["i64.rotl", "f64.nearest", "i32.trunc_sat_f32_u", "i32.ctz"])
def test_a_wrong_instruction_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its result is only a part of a larger computation."""
    operation = OPERATIONS[CODES[name]]
    code: list[tuple[int, ...]] = [(0x20, at) for at in range(len(operation.params))]
    code += [(operation.code,), (0x0B,)]
    data = encode(
        Module(
            types=[Signature(operation.params, operation.results)],
            functions=[0],
            bodies=[Body((), tuple(code))],
            exports=[Export(f"f{at}", FUNCTION, 0) for at in range(6)],
        )
    )
    differential.check(data, Loader())
    with pytest.raises(Violation, match=f"{name} differs"):
        differential.check(data, Wrong(operation.code, monkeypatch))


SHOWN: Mapping[str, list[tuple[Any, ...]]] = {
    "memory": [(0x41, 0), (0x20, 0), (0x68,), (0x36, 0, 0)],
    "global": [(0x20, 0), (0x68,), (0x24, 0)],
    "host": [(0x20, 0), (0x68,), (0x41, 0), (0x10, 0), (0x1A,)],
}
"""How the result of `i32.ctz` gets into a memory, a global, or a call of a host function."""


@pytest.mark.parametrize("place", SHOWN)
def test_a_wrong_instruction_is_named_wherever_its_result_shows(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So one bug is one crash, though its results end up in many places."""
    data = encode(
        Module(
            types=[Signature("i", ""), Signature("ii", "i")],
            imports=[Import("env", "db_query", FUNCTION, 1)],
            functions=[0],
            memories=[Limits(1, 1)],
            globals=[Global(GlobalType("i", mutable=True), (0x41, 0))],
            bodies=[Body((), (*SHOWN[place], (0x0B,)))],
            exports=[
                Export("f0", FUNCTION, 1),
                Export("memory", MEMORY, 0),
                Export("g0", GLOBAL, 0),
            ],
        )
    )
    differential.check(data, Loader())
    with pytest.raises(Violation, match=r"i32\.ctz differs"):
        differential.check(data, Wrong(CODES["i32.ctz"], monkeypatch))


def test_every_instruction_that_computes_has_a_function() -> None:
    """None is known to the decoder only."""
    for code, operation in OPERATIONS.items():
        if operation.results and not operation.immediate and code > 0x40:
            assert code in SCALAR or code in VECTOR, operation.name


def test_the_bits_of_a_nan_are_open() -> None:
    """A program that looks at them is not compared any further."""
    code = ((0x43, 0), (0x43, 0), (CODES["f32.div"],), (CODES["i32.reinterpret_f32"],), (0x0B,))
    module = Module(
        types=[Signature("", "i")],
        functions=[0],
        bodies=[Body((), code)],
        exports=[Export("f", FUNCTION, 0)],
    )
    instance = Instance(validate(module))
    with pytest.raises(Undetermined, match="NaN"):
        instance.call("f", ())
    assert isinstance(NAN[32], AnyNan)


@pytest.mark.parametrize(
    ("minimum", "by", "before"), [(3, 1021, 3), (3, 1022, None), (2000, 0, None)]
)
def test_an_engine_may_refuse_to_grow_a_table_much(
    minimum: int, by: int, before: int | None
) -> None:
    """A program is not compared any further where `table.grow` may give -1 for want of room."""
    code = ((CODES["ref.null"], "x"), (CODES["i32.const"], by), (CODES["table.grow"], 0), (0x0B,))
    module = Module(
        types=[Signature("", "i")],
        functions=[0],
        tables=[Table("x", Limits(minimum, None))],
        bodies=[Body((), code)],
        exports=[Export("f", FUNCTION, 0)],
    )
    instance = Instance(validate(module))
    if before is None:
        with pytest.raises(Undetermined, match="growth of a table"):
            instance.call("f", ())
    else:
        assert instance.call("f", ()) == Outcome("values", (before,))


def test_integers_become_floats_by_one_rounding() -> None:
    """Rounding to 64 bits first would give the wrong neighbour."""
    convert = SCALAR[CODES["f32.convert_i64_u"]]
    assert convert(0x7FFFFF4000000001) == 0x5EFFFFFF
    assert convert(0x20000020000001) == 0x5A000001


def test_floats_survive_their_bits() -> None:
    """From bits and back, also at the ends."""
    for bits, value in ((32, 0x7F7FFFFF), (32, 0x80000000), (64, 1), (64, 0xFFF0000000000000)):
        assert to_bits(from_bits(value, bits), bits) == value
    assert to_bits(1e39, 32) == 0x7F800000


def test_a_budget_ends_what_does_not_end() -> None:
    """The reference stops a loop, and a recursion."""
    for body in (((0x03, ""), (0x0C, 0), (0x0B,)), ((0x10, 0),)):
        module = Module(
            types=[Signature()],
            functions=[0],
            bodies=[Body((), (*body, (0x0B,)))],
            exports=[Export("f", FUNCTION, 0)],
        )
        program = Loader().start(encode(module), Budget(fuel=1000))
        assert not isinstance(program, Outcome)
        assert program.call("f", ()).kind.startswith("stopped")
