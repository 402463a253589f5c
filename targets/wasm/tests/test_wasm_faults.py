"""Each planted fault of the reference is seen by its check on a small input."""

from __future__ import annotations

import pytest

from targets import faults, resource
from targets.kinds import Fuzz
from targets.oracles import Violation
from targets.registry import load as load_reference
from targets.wasm import TARGET, differential, embedding, limits, load
from targets.wasm.encoder import encode
from targets.wasm.module import (
    FUNCTION,
    GLOBAL,
    HEADER,
    MEMORY,
    Body,
    Export,
    Global,
    GlobalType,
    Import,
    Limits,
    Module,
    Signature,
)
from targets.wasm.opcodes import CODES
from targets.wasm.reference import Loader


def single(name: str, params: str, results: str, *rest: tuple[int, ...]) -> bytes:
    """A module with one function that applies one instruction."""
    code = tuple((0x20, at) for at in range(len(params)))
    body = Body((), (*code, *rest, (CODES[name],), (0x0B,)))
    exports = [Export(f"f{at}", FUNCTION, 0) for at in range(6)]
    module = Module(
        types=[Signature(params, results)], functions=[0], bodies=[body], exports=exports
    )
    if name == "memory.grow":
        module.memories.append(Limits(1))
    return encode(module)


INPUTS = {
    "text-format": b"(module)",
    "trailing-bytes": HEADER + b"\1\5\1\x60\0\0\0",
    "leb-overlong": HEADER + b"\1\x0a\x81\x80\x80\x80\x80\x80\0\x60\0\0",
    "section-order": HEADER + b"\3\1\0\1\1\0",
    "size-limit": HEADER,
    "import-kinds": encode(Module(imports=[Import("a", "b", GLOBAL, GlobalType("i", False))])),
    "section-allocation": HEADER + b"\1\xff\xff\xff\x7f",
    "hash-of-text": HEADER + b"\0\2\0\xff",
    "missing-export": HEADER,
    "rotate-unmasked": single("i64.rotl", "II", "I"),
    "division-rounds-down": single("i32.div_s", "ii", "i"),
    "minimum-of-zeros": single("f32.min", "", "f", (0x43, 0), (0x43, 0x80000000)),
    "host-write-cut": encode(Module(memories=[Limits(1, 1)], exports=[Export("m", MEMORY, 0)])),
    "host-zero-boxed": encode(
        Module(
            globals=[Global(GlobalType("i", False), (0x41, 0))],
            exports=[Export("g", GLOBAL, 0)],
        )
    ),
    "memory-limit": single("memory.grow", "", "i", (0x41, 5)),
}


def test_every_fault_has_an_input() -> None:
    """None is forgotten here."""
    assert set(INPUTS) == set(TARGET.faults)


@pytest.mark.parametrize("name", sorted(TARGET.faults))
def test_a_fault_is_seen_and_only_when_planted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check raises with the fault and is silent without."""
    monkeypatch.setattr(resource, "every", 1)
    checks = TARGET.faults[name].checks
    assert checks is not None
    named = TARGET.checks[checks[0]]
    assert isinstance(named, Fuzz)
    check = load_reference(named.check, "test")
    check(INPUTS[name], Loader())
    with faults.planted(name), pytest.raises(Violation, match=checks[0]):
        check(INPUTS[name], Loader())


def test_no_fault_is_planted_by_itself() -> None:
    """The reference is right by default."""
    for check in (differential.check, embedding.check, limits.check, load.check):
        for data in INPUTS.values():
            check(data, Loader())
