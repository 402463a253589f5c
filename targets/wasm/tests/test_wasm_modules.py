"""Decoder, encoder, validator and generator agree with each other, and with wasmtime."""

from __future__ import annotations

import pathlib
import random
import time
from typing import Any

import pytest

from targets import drawing
from targets.wasm import generator, grammar, hostile, leb, operations
from targets.wasm.decoder import decode, sections
from targets.wasm.encoder import encode
from targets.wasm.expressions import Features
from targets.wasm.interpreter import Instance
from targets.wasm.load import check, verdict
from targets.wasm.module import FUNCTION, HEADER, Invalid, Unsupported
from targets.wasm.numeric import Trap, Undetermined
from targets.wasm.opcodes import CODES
from targets.wasm.validator import Checked, validate

SEEDS = pathlib.Path(__file__).parents[3] / "corpus" / "wasm" / "seeds"


def modules(count: int) -> list[bytes]:
    """Generated modules, always the same."""
    rng = random.Random(11)
    return [generator.generate(rng) for _ in range(count)]


def test_generated_modules_are_valid() -> None:
    """Every one, hostile ones too."""
    rng = random.Random(3)
    for data in (*modules(300), *(hostile.generate(rng) for _ in range(100))):
        assert isinstance(verdict(data), Checked)


def test_what_was_encoded_is_decoded_the_same() -> None:
    """A module survives, and its shortest encoding is a fixed point."""
    for data in modules(200):
        module = decode(data)
        assert decode(encode(module)) == module
        assert encode(decode(encode(module))) == encode(module)


def test_numbers_are_read_in_every_legal_length() -> None:
    """One byte more than the type allows is refused."""
    for size in range(1, 6):
        assert decode(HEADER + b"\1" + leb.unsigned(4, size) + b"\1\x60\0\0").types
    with pytest.raises(Invalid):
        decode(HEADER + b"\1\x84\x80\x80\x80\x80\0\1\x60\0\0")


def test_sections_join_to_the_module() -> None:
    """Nothing is lost by tokens, whole module or not."""
    for data in modules(50):
        assert b"".join(grammar.tokens(data)) == data
        assert b"".join(grammar.tokens(data[:-3])) == data[:-3]
        assert sections(data)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\0asm", "magic"),
        (b"\0asm\2\0\0\0", "version"),
        (HEADER + b"\x0b", "end"),
        (HEADER + b"\3\2\1\0", "inconsistent"),
        (HEADER + b"\1\4\1\x60\0\0\3\2\1\0\x0a\5\1\3\0\x41\0", "end"),
        (HEADER + b"\1\4\1\x60\0\0\3\2\1\0\x0a\6\1\4\0\x41\0\x0b", "values remain"),
        (HEADER + b"\1\5\1\x60\0\1\x7f\3\2\1\0\x0a\4\1\2\0\x0b", "mismatch"),
        (HEADER + b"\5\4\1\1\2\1", "minimum"),
        (HEADER + b"\7\5\1\1a\0\0", "unknown function"),
    ],
)
def test_rules_are_kept(data: bytes, rule: str) -> None:
    """What breaks a rule is refused by its name."""
    with pytest.raises(Invalid, match=rule):
        validate(decode(data))


def test_proposals_are_no_statement() -> None:
    """What some engines have and others not is neither valid nor invalid."""
    with pytest.raises(Unsupported):
        decode(HEADER + b"\x0d\3\1\0\0")


@pytest.mark.parametrize(
    "mutate",
    [grammar.mutate, grammar.mutate_loaded, grammar.mutate_hostile, grammar.mutate_embedded],
)
def test_mutation_is_repeatable_fast_and_bounded(mutate: object) -> None:
    """The same random numbers give the same bytes; hundreds a second; never too long."""
    assert callable(mutate)
    started = time.process_time()
    for max_size in (5, 4096):
        runs = []
        for _ in range(2):
            rng = random.Random(8)
            data = b""
            made = []
            for _ in range(150):
                data = mutate(data, max_size, rng)
                made.append(data)
            runs.append(made)
        assert runs[0] == runs[1]
        assert max(map(len, runs[0])) <= max_size
    assert time.process_time() - started < 6


def test_mutations_are_of_all_verdicts() -> None:
    """Valid, invalid by many rules, and no statement."""
    rng = random.Random(1)
    found = set()
    data = b""
    for _ in range(1500):
        data = grammar.mutate_loaded(data, 4096, rng)
        result = verdict(data)
        found.add(result if isinstance(result, str) else type(result).__name__)
    assert {"Checked", "NoneType"} < found
    assert len(found) > 25


def test_wasmtime_has_the_same_verdict() -> None:
    """On seeds and on mutations of generated modules."""
    pytest.importorskip("wasmtime")
    from targets.wasm.subjects import wasmtime

    engine = wasmtime()
    rng = random.Random(4)
    inputs = [path.read_bytes() for path in SEEDS.iterdir()]
    inputs += [grammar.mutate_loaded(data, 4096, rng) for data in modules(250)]
    for data in inputs:
        check(data, engine)


def test_seeds_are_named_by_their_hash() -> None:
    """And each has a line that says what it shows."""
    import hashlib

    origins = (SEEDS.parent / "ORIGINS.md").read_text()
    for path in SEEDS.iterdir():
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        assert f"| `{path.name}` |" in origins


@pytest.mark.parametrize("letter", ["r", "x"])
def test_what_was_emptied_is_used_again(letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps follow from each other: a dropped segment is copied from, without a trap, often."""
    seen = 0
    code = CODES["table.init"]
    plain = operations._OTHERS[code]

    def watched(instance: Instance, stack: list[Any], instruction: tuple[Any, ...]) -> None:
        nonlocal seen
        plain(instance, stack, instruction)
        segment = checked.module.elements[instruction[1]]
        seen += segment.type == letter and not instance.elements[instruction[1]]

    monkeypatch.setitem(operations._OTHERS, code, watched)
    draw = drawing.from_random(random.Random(5))
    features = Features(references=True, mvp=False)
    for _ in range(100):
        checked = validate(generator.interplay(draw, features))
        try:
            instance = Instance(checked)
            for item in checked.module.exports:
                if item.kind == FUNCTION:
                    have = checked.context.functions[item.index].params
                    instance.call(item.name, [None if x == "x" else 1 for x in have])
        except (Trap, Undetermined):
            continue
    assert seen >= 10


def test_most_programs_end() -> None:
    """A function calls those behind it; recursion ends comparing, so it is rare."""
    deep = 0
    for data in modules(150):
        checked = validate(decode(data))
        try:
            instance = Instance(checked)
            for item in checked.module.exports:
                have = checked.context.functions[item.index] if item.kind == FUNCTION else None
                if have is not None and not set("Vrx") & set(have.params + have.results):
                    instance.call(item.name, [1] * len(have.params))
        except Trap:
            continue
        except Undetermined as undetermined:
            deep += "recursion" in str(undetermined)
    assert deep <= 8
