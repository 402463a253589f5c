"""Grammars, readers and checks of the formats: what each promises, on small inputs."""

from __future__ import annotations

import importlib
import json
import pathlib
import random
import tomllib

import pytest
from hypothesis import given, settings

from targets import drawing
from targets.formats import agree, roundtrip
from targets.formats.cbor import reference, wellformed
from targets.formats.cbor.model import CborError, Map, Simple, Tag, parts
from targets.formats.choices import from_bytes
from targets.formats.flat import difference, flat
from targets.formats.grammar import Grammar
from targets.formats.implementation import (
    Encoder,
    Implementation,
    Partner,
    Refused,
    Silent,
    outcome,
    refusal,
)
from targets.formats.json.reader import JsonError, read
from targets.formats.msgpack import reader as msgpack_reader
from targets.oracles import Violation

FORMATS = ("asn1", "cbor", "json", "msgpack", "toml")
CORPUS = pathlib.Path(__file__).parents[3] / "corpus" / "formats"


def _grammar(name: str) -> Grammar:
    found: Grammar = importlib.import_module(f"targets.formats.{name}.grammar").GRAMMAR
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_tokens_join_and_mutations_fit(name: str) -> None:
    """Tokens join to any input; a mutation is within its size, and the same for the same seed."""
    grammar, data = _grammar(name), b""
    for seed in range(300):
        again = grammar.mutate(data, 512, random.Random(seed))
        data = grammar.mutate(data, 512, random.Random(seed))
        assert data == again
        assert len(data) <= 512
        assert b"".join(grammar.tokens(data)) == data


@pytest.mark.parametrize("name", FORMATS)
def test_strategy_makes_the_same_documents(name: str) -> None:
    """Hypothesis can draw documents from the grammar."""
    seen: list[bytes] = []

    @settings(max_examples=20, database=None, deadline=None)
    @given(_grammar(name).strategy())
    def collect(data: bytes) -> None:
        seen.append(data)

    collect()
    assert any(seen)


@pytest.mark.parametrize("name", FORMATS)
def test_seeds_are_named_by_hash_and_have_an_origin(name: str) -> None:
    """A seed's name is the beginning of its hash, and ORIGINS.md has its line."""
    import hashlib

    origins = (CORPUS / "ORIGINS.md").read_text(encoding="utf-8")
    for path in (CORPUS / name).iterdir():
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        assert f"`{name}/{path.name}`" in origins


def test_reference_and_grammar_of_cbor_give_one_verdict() -> None:
    """Two readings of RFC 8949 agree on documents that the grammar makes."""
    data = b""
    for seed in range(1500):
        data = _grammar("cbor").mutate(data if seed % 4 else b"", 256, random.Random(seed))
        verdicts = []
        for reading in (reference.decode, wellformed.require):
            try:
                reading(data)
                verdicts.append(True)
            except CborError:
                verdicts.append(False)
        assert verdicts[0] == verdicts[1], data.hex()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1bffffffffffffffff", 2**64 - 1),
        ("3bffffffffffffffff", -(2**64)),
        ("f90001", 2.0**-24),
        ("f7", Simple(23)),
        ("c11a514b67b0", Tag(1, 1363896240)),
        ("bf61610161629f0203ffff", Map((("a", 1), ("b", [2, 3])))),
        ("5f42010243030405ff", b"\1\2\3\4\5"),
    ],
)
def test_reference_reads_the_examples_of_the_specification(text: str, value: object) -> None:
    """Examples of RFC 8949, appendix A."""
    read_value = reference.decode(bytes.fromhex(text))
    assert flat(read_value, parts) == flat(value, parts)
    assert flat(reference.decode(reference.encode(value)), parts) == flat(value, parts)


def test_strict_reader_of_json_agrees_with_the_standard_library() -> None:
    """On documents without the constants that JSON has not."""

    def refuse(_name: str) -> object:
        raise ValueError

    data = b""
    for seed in range(1500):
        data = _grammar("json").mutate(data if seed % 4 else b"", 200, random.Random(seed))
        try:
            second = flat(json.loads(data.decode(), parse_constant=refuse))
        except (ValueError, RecursionError):
            second = None
        try:
            first = flat(read(data))
        except JsonError:
            first = None
        assert first == second, data


def test_most_fresh_documents_are_valid() -> None:
    """A grammar that makes mostly broken documents never reaches behind the parser."""
    kept = 0
    for seed in range(200):
        data = _grammar("toml").build(drawing.from_random(random.Random(seed)))
        try:
            tomllib.loads(data.decode())
            kept += 1
        except ValueError:
            pass
    assert kept > 60


def test_agree_sees_verdict_and_value() -> None:
    """Accepting more, accepting less, and another value are three violations."""

    def refuses(_data: bytes) -> object:
        raise Refused("never")

    def pair(mine: object, theirs: object) -> Implementation:
        one = refuses if mine is None else lambda _data: mine
        two = refuses if theirs is None else lambda _data: theirs
        return Implementation("one", one, flat, (Partner("two", two, flat),))

    agree.check(b"", pair(1, 1))
    agree.check(b"", pair(None, None))
    for mine, theirs, words in ((1, None, "accepts"), (None, 1, "refuses"), (1, True, "another")):
        with pytest.raises(Violation, match=words):
            agree.check(b"", pair(mine, theirs))


def test_agree_says_nothing_where_the_partner_is_silent() -> None:
    """A partner without an opinion is no partner."""

    def silent(_data: bytes) -> object:
        raise Silent("no opinion")

    agree.check(b"", Implementation("one", lambda _data: 1, flat, (Partner("two", silent, flat),)))


def test_roundtrip_sees_what_does_not_come_back() -> None:
    """Losing the sign of zero is seen, which `==` of Python does not see."""
    losing = Encoder(lambda value: str(value).lstrip("-").encode())
    subject = Implementation(
        "one",
        float,
        flat,
        encoders={"default": losing},
        build=lambda _draw: -0.0,
    )
    with pytest.raises(Violation, match="does not give back"):
        roundtrip.check(b"-0.0", subject)


def test_flat_tells_apart_what_python_takes_for_equal() -> None:
    """1, 1.0 and True; the zeros; the order of names; and NaN equals itself."""
    ones = {flat(1), flat(1.0), flat(True)}
    assert len(ones) == 3
    assert flat(0.0) != flat(-0.0)
    assert flat({"a": 1, "b": 2}) != flat({"b": 2, "a": 1})
    assert flat(float("nan")) == flat(float("nan"))
    inside: list[object] = []
    inside.append(inside)
    assert flat(inside) == (("array", 1), ("cycle", 1))
    found = difference(flat([1]), flat(["a"]))
    assert found is not None
    assert found[0] == "integer for text"


def test_native_errors_are_told_apart_by_their_words() -> None:
    """An undocumented error without frames of its own becomes a violation that names it."""
    with pytest.raises(Violation, match="an undocumented ValueError"):
        outcome(int, b"x")


def test_refusal_has_no_input_in_it() -> None:
    """Quoted text, numbers and what follows a colon are left out."""
    assert str(refusal(ValueError("bad key 'x' at line 3: yes"))) == "ValueError: bad key at line"


def test_choices_are_made_of_bytes() -> None:
    """Bytes decide in order; when they are used up the simplest choice is made."""

    def decisions(data: bytes) -> list[int]:
        draw = from_bytes(data)
        return [draw.integer(0, 255), draw.integer(0, 255), draw.integer(5, 9)]

    first, second, third = decisions(b"\x02\x01")
    assert third == 5
    assert decisions(b"\x02\x09")[::2] == [first, 5]
    assert decisions(b"\x03\x01")[1:] == [second, 5]
    assert len({decisions(bytes((1, byte)))[1] for byte in range(256)}) == 256


@pytest.mark.parametrize("text", ["93010203", "82a161c3a162c0", "c7020501ff", "d6ff00000001"])
def test_reader_of_messagepack_reads(text: str) -> None:
    """Whole values are read to their end, and refused when a byte is missing."""
    data = bytes.fromhex(text)
    assert msgpack_reader.first(data)[1] == len(data)
    with pytest.raises(msgpack_reader.MsgpackError):
        msgpack_reader.read(data[:-1])
