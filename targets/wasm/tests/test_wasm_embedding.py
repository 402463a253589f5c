"""What a host does to exports is compared, and what a package gets wrong there is seen."""

from __future__ import annotations

import importlib.util
import random
from typing import Any

import pytest

from targets import drawing
from targets.oracles import Violation
from targets.wasm import embedding, generator, grammar, load, proposals
from targets.wasm.encoder import encode
from targets.wasm.engine import HOST, Budget, Outcome
from targets.wasm.exports import REFUSED, Exports, Named, described
from targets.wasm.interpreter import Instance
from targets.wasm.module import (
    FUNCTION,
    HEADER,
    MEMORY,
    TABLE,
    Body,
    Export,
    Import,
    Limits,
    Module,
    Signature,
    Table,
)
from targets.wasm.reference import Loader
from targets.wasm.validator import validate


def things() -> Module:
    """A memory, a table of functions, and a function."""
    return Module(
        types=[Signature("", "i")],
        functions=[0],
        bodies=[Body((), ((0x41, 7), (0x0B,)))],
        tables=[Table("r", Limits(2, 3))],
        memories=[Limits(1, 2)],
        exports=[Export("f", FUNCTION, 0), Export("t", TABLE, 0), Export("m", MEMORY, 0)],
    )


def test_a_host_changes_what_is_exported() -> None:
    """Slices as Python's, growth up to the maximum, elements up to the end."""
    host = Exports(Instance(validate(things())))
    assert host.write("m", b"abc", -3) == Outcome("values", (3,))
    assert host.read("m", -3, None) == Outcome("values", (b"abc",))
    assert host.write("m", b"abc", 65534) == REFUSED
    assert host.grow("m", 1) == Outcome("values", (1,))
    assert host.grow("m", 1) == REFUSED
    assert host.put("t", 1, Named("f")) == Outcome("values")
    assert host.element("t", 1) == Outcome("values", (True,))
    assert host.element("t", 9) == Outcome("values", (None,))
    assert host.put("t", 2, None) == REFUSED
    assert host.fill("t", 1, None) == Outcome("values", (2,))


def test_the_reference_passes() -> None:
    """On modules made for the check."""
    rng = random.Random(5)
    for _ in range(150):
        embedding.check(grammar.mutate_embedded(b"", 4096, rng), Loader())


def test_output_of_a_package_is_seen() -> None:
    """Standard output is the host's own."""

    class Talking(Loader):
        def start(self, data: bytes, budget: Budget) -> Any:
            print("starting")
            return super().start(data, budget)

    with pytest.raises(Violation, match="standard output"):
        embedding.check(encode(things()), Talking())


def test_wasmtime_differs_by_its_boxes_only() -> None:
    """Null references of tables and globals come in boxes; nothing else is found."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    engine = wasmtime()
    rng = random.Random(6)
    found = set()
    for _ in range(120):
        try:
            embedding.check(generator.embedded(drawing.from_random(rng)), engine)
        except Violation as violation:
            found.add(str(violation).partition(":")[2].partition(" gives a box")[0].strip())
    assert found == {"get of a global", "element of a table"}


def test_references_survive_a_collection() -> None:
    """An externref goes through the host while garbage is collected, and two results come back."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    names = ("keep", "turn")
    types = [HOST["env", name] for name in names]
    imports = [Import("env", name, FUNCTION, at) for at, name in enumerate(names)]
    exports = [Export(name, FUNCTION, at) for at, name in enumerate(names)]
    program = wasmtime().start(
        encode(Module(types=types, imports=imports, exports=exports)), Budget()
    )
    assert not isinstance(program, Outcome)
    assert program.call("keep", [3]) == Outcome("values", (3,))
    assert program.call("turn", [1, 2, 0, 0]) == Outcome("values", (0, 0, 2, 1))


def test_a_module_is_imported_by_name() -> None:
    """As a file that Python's `import` finds, where the release has a loader for that."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    module = Module(types=[Signature("", "i")], functions=[0, 0])
    for at, number in enumerate((7, 8)):
        module.bodies.append(Body((), ((0x41, number), (0x0B,))))
        module.exports.append(Export(f"f{at}", FUNCTION, at))
    program = wasmtime().imported(encode(module))
    if importlib.util.find_spec("wasmtime.loader") is None:
        assert program is None
        return
    assert program is not None
    assert program.call("f0", []) == Outcome("values", (7,))
    assert program.call("f1", []) == Outcome("values", (8,))


def test_types_of_exports_are_told() -> None:
    """By the package as by the decoder."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    expected = [("f", "function", "", "i"), ("t", "table", "r", 2, 3), ("m", "memory", 1, 2)]
    names = ("f", "t", "m")
    assert described(validate(things()), names) == expected
    program = wasmtime().start(encode(things()), Budget())
    assert not isinstance(program, Outcome)
    assert program.described(names) == expected


def test_sizes_of_proposals_are_little_or_huge() -> None:
    """Only such a module is made an instance of."""
    wide = HEADER + b"\4\x0c\1\x70\4" + b"\xff" * 8 + b"\x7f"
    assert proposals.modest(wide)
    assert not proposals.modest(HEADER + b"\5\5\1\0\x80\x80\4")
    assert not proposals.modest(HEADER + b"\x08\1\0")
    rng = random.Random(7)
    made = [proposals.build(drawing.from_random(rng)) for _ in range(200)]
    assert 20 < sum(map(proposals.modest, made)) < 200


def test_wasmtime_refuses_sizes_by_its_error() -> None:
    """Whatever sizes a table or memory has: the ways of loading agree, and nothing dies."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    engine = wasmtime()
    rng = random.Random(8)
    for _ in range(150):
        load.check(proposals.build(drawing.from_random(rng)), engine)
