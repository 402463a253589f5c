"""The formats that inputs are reduced through: what they keep, refuse, and make possible."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from targets.kinds import Fuzz
from targets.registry import discover, load
from targets.resp.tokens import tokens as resp_tokens
from triage.minimize.formats import structural
from triage.minimize.formats.brackets import BRACKETS
from triage.minimize.formats.calls import reduce_by
from triage.minimize.formats.checksums import CHECKSUMS
from triage.minimize.formats.documents import JSON
from triage.minimize.formats.pieces import lines, paragraphs, tokens
from triage.minimize.problem import Hints

PROGRAM = st.lists(
    st.sampled_from([b"(", b")", b"[", b"]", b"'", b'"', b"\\", b"\n", b" ", b"ab1", b"\xc3\xa9"])
    | st.binary(max_size=4)
).map(b"".join)


def reduced(data: bytes, shows: Callable[[bytes], bool], hints: Hints | None = None) -> bytes:
    """What the structural passes alone make of `data`."""
    result, complete = reduce_by(shows, data, structural(hints or Hints()), 20.0)
    assert complete
    return result


@pytest.mark.parametrize("split", [paragraphs, lines, tokens, resp_tokens])
@given(data=PROGRAM)
@settings(max_examples=200, deadline=None)
def test_pieces_join_to_the_input(split: Callable[[bytes], list[bytes]], data: bytes) -> None:
    """Whatever the bytes, no splitter loses or adds any, and no piece is empty."""
    pieces = split(data)
    assert b"".join(pieces) == data
    assert all(pieces)


def test_every_splitter_of_the_farm_loses_nothing() -> None:
    """`Fuzz.tokens` of each check gives pieces that join to each of its seeds."""
    splitters = 0
    for found in discover().found.values():
        for check in found.target.checks.values():
            if not isinstance(check, Fuzz) or check.tokens is None:
                continue
            split = load(check.tokens)
            splitters += 1
            for path in (found.corpus / check.seeds).iterdir():
                assert b"".join(split(path.read_bytes())) == path.read_bytes()
    assert splitters > 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
        lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
        max_leaves=20,
    )
)
@settings(max_examples=200, deadline=None)
def test_a_document_means_the_same_in_its_shortest_text(value: Any) -> None:
    """JSON read and written again is the same value, also between other bytes, and never longer."""
    text = json.dumps([value], indent=1).encode()
    document = JSON.parse(b"POST\xff " + text + b"\xfe]")
    written = JSON.dumps(document)
    if value not in ({}, []):
        assert written.startswith(b"POST\xff [")
    assert len(written) <= len(text) + 9
    assert json.loads(written[6:-2].decode("utf-8", "surrogatepass")) == [value]


def test_a_document_keeps_what_a_dictionary_would_lose() -> None:
    """Names that are there twice, numbers as written, constants, and a lone surrogate stay."""
    text = b'{"a":1,"a":1.50,"b":[NaN,1e999,"\\ud800"]}'
    assert JSON.dumps(JSON.parse(text)) == text


@pytest.mark.parametrize("data", [b"", b"{", b"[1,", b"a{b}c", b"[" * 500 + b"]" * 500])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    """A ValueError, which compose takes for `not this format`; also for what nests too deep."""
    with pytest.raises(ValueError, match=r"."):
        JSON.parse(data)


@given(PROGRAM)
@settings(max_examples=200, deadline=None)
def test_brackets_that_match_are_kept_as_they_are(data: bytes) -> None:
    """The tree of an input writes the same bytes; without matching brackets there is none."""
    try:
        tree = BRACKETS.parse(data)
    except ValueError:
        return
    assert BRACKETS.dumps(tree) == data


@pytest.mark.parametrize("checksum", CHECKSUMS, ids=str)
@given(payload=st.binary(min_size=4, max_size=40))
@settings(max_examples=20, deadline=None)
def test_a_right_checksum_is_made_anew(checksum: Any, payload: bytes) -> None:
    """What a checksum format writes it also reads; with another checksum it refuses."""
    case = checksum.dumps(payload)
    assert checksum.parse(case) == payload
    broken = (
        bytes([case[0] ^ 1]) + case[1:] if checksum.leads else case[:-1] + bytes([case[-1] ^ 1])
    )
    with pytest.raises(ValueError, match=checksum.name):
        checksum.parse(bytes(broken))


def test_a_wrong_member_is_all_that_is_left_of_a_document() -> None:
    """Members and items go, levels above it go, its own value becomes the simplest that fails."""
    document = {"page": 1, "rows": [{"id": n, "cell": {"width": n * 7}} for n in range(50)]}
    data = b"POST /rows\n\n" + json.dumps(document, indent=2).encode()

    def shows(case: bytes) -> bool:
        try:
            value = json.loads(case[case.index(b"{") :])
        except ValueError:
            return False
        return wide(value)

    def wide(value: Any) -> bool:
        match value:
            case {"width": int(width)} if width > 200:
                return True
            case dict():
                return any(wide(part) for part in value.values())
            case list():
                return any(wide(part) for part in value)
        return False

    assert reduced(data, shows) == b'{"width":201}'


def test_brackets_go_in_pairs() -> None:
    """An input whose brackets must match is unwrapped from outside and inside."""
    data = b"f(a[1], {b: (c, d)}, [[x], [NEEDLE, {y}]], z)" * 3

    def shows(case: bytes) -> bool:
        return b"NEEDLE" in case and all(
            case.count(left) == case.count(right) and (case.count(left) > 0) == (left == b"[")
            for left, right in ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
        )

    assert reduced(data, lambda case: b"NEEDLE" in case) == b"NEEDLE"
    start = b"[u, [v, [NEEDLE], [w]]]"
    assert reduced(start, shows) in (b"[NEEDLE]", b"[]NEEDLE", b"NEEDLE[]")


def test_a_name_is_shortened_with_its_uses() -> None:
    """Where definition and use must agree, both change at once."""
    data = b"let counter_total = 1;\nlet other = 2;\nprint other;\nprint counter_total;\n"

    def shows(case: bytes) -> bool:
        words = case.replace(b";", b" ").split()
        defined = {words[at + 1] for at, word in enumerate(words[:-1]) if word == b"let"}
        return any(
            word == b"print" and words[at + 1] in defined for at, word in enumerate(words[:-1])
        )

    assert len(reduced(data, shows)) <= len(b"let 0\nprint 0")


@pytest.mark.parametrize("width", [1, 4])
def test_a_checksum_does_not_hold_a_payload_together(width: int) -> None:
    """Bytes guarded by a checksum, which no other pass could leave out, go."""

    def sealed(payload: bytes) -> bytes:
        number = zlib.crc32(payload) if width == 4 else sum(payload) % 256
        return payload + number.to_bytes(width, "big")

    def shows(case: bytes) -> bool:
        return len(case) > width and sealed(case[:-width]) == case and b"BAD" in case[:-width]

    data = sealed(bytes(range(256)) * 4 + b"BAD" + bytes(range(255, -1, -1)))
    assert reduced(data, shows)[:-width] == b"BAD"


def test_the_targets_own_pieces_keep_frames_whole() -> None:
    """With a splitter of RESP, counts and their parts go together, and a payload goes as one."""
    words = [b"*4\r\n", b"$3\r\nSET\r\n", b"$1\r\nk\r\n", b"$4\r\n\r\n\r\n\r\n", b"$2\r\nPX\r\n"]
    data = b"".join(words) + b"*1\r\n$4\r\nPING\r\n"

    def shows(case: bytes) -> bool:
        pieces = resp_tokens(case)
        if not pieces or pieces[0] != b"*%d\r\n" % (len(pieces) - 1):
            return False
        return b"$2\r\nPX\r\n" in pieces

    assert reduced(b"".join(words), shows, Hints(split=resp_tokens)) == b"*1\r\n$2\r\nPX\r\n"
    assert b"".join(resp_tokens(data)) == data


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 300, b"(" * 400, b"{" * 400, b"'" * 99])
def test_no_pass_breaks_on_what_has_no_structure(data: bytes) -> None:
    """Any bytes go through all passes; what always fails ends as nothing or nearly nothing."""
    assert len(reduced(data, lambda _: True)) <= 4
