"""What a document of a format, or a parser by its own words, leaves open is no finding."""

from __future__ import annotations

import pytest

from targets.formats import agree, roundtrip
from targets.formats.asn1 import reader
from targets.formats.cbor.subjects import cbor2_c
from targets.formats.flat import flat
from targets.formats.http1 import choices, reference
from targets.formats.http1.compare import Parser, implementation
from targets.formats.http1.subjects import aiohttp
from targets.formats.implementation import Outcome
from targets.formats.toml import edits
from targets.formats.toml.subjects import LEVELS, RTOML_LEVELS, rtoml, tomlkit
from targets.oracles import Violation

RESPONSE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_line_ends_that_toml_leaves_to_the_parser_are_no_finding() -> None:
    """Also behind an escaped carriage return; another text stays one."""
    for subject in (tomlkit(), rtoml()):
        for text in (
            b'a="""\r\n\\r\r\n"""\n',
            b'a="""x\r\ny\\u000d\\r\r\n"""\n',
            b"a='''\r\n\r\n'''",
        ):
            agree.check(text, subject)
            roundtrip.check(text, subject)
    assert flat("a\r\r\n", edits.line_ends) == flat("a\n", edits.line_ends)
    assert flat("a\r\r\n", edits.line_ends) != flat("a\r\r", edits.line_ends)
    assert flat("a\r\nb", edits.line_ends) != flat("ab", edits.line_ends)


def test_tomlkits_limit_of_nesting_is_no_finding() -> None:
    """Of keys and of values; the same refusal of what is not so deep stays one."""
    for text in (b".".join([b"a"] * 120) + b" = 1\n", b"a = " + b"[" * 120 + b"]" * 120 + b"\n"):
        agree.check(text, tomlkit())
    refused = Outcome(refused="ParseError: TOML key nested more than levels deep")
    assert not LEVELS.applies(b"a.b = 1", refused, Outcome({"a": {"b": 1}}))


def test_rtomls_limit_of_nesting_is_no_finding() -> None:
    """Of keys and of values; the same refusal of what is not so deep stays one."""
    for text in (b".".join([b"a"] * 81) + b" = 1\n", b"a = " + b"[" * 81 + b"]" * 81 + b"\n"):
        agree.check(text, rtoml())
    refused = Outcome(refused="TomlParsingError: cannot recurse further")
    assert not RTOML_LEVELS.applies(b"a.b = 1", refused, Outcome({"a": {"b": 1}}))


def test_a_moment_that_python_cannot_tell_in_utc_is_no_finding_as_seconds() -> None:
    """It begins the year 10000, or ends the year before 1; as text it must still come back."""
    for text in (b"9999-12-31T23:59:59-23:59", b"0001-01-01T00:00:00+01:00"):
        data = b"\xc0\x78\x19" + text
        assert cbor2_c().encoders["default"].encode(cbor2_c().decode(data)) == data
        roundtrip.check(data, cbor2_c())


def test_maps_and_sets_in_each_other_are_compared_in_bounded_memory() -> None:
    """Their text is part of the text of what holds them, and may not double at each level."""
    agree.check(b"\xa1\x00" * 60 + b"\x64^x*$", cbor2_c())
    roundtrip.check(b"\xbf\x00" * 64 + b"\x64^x*$" + b"\xff" * 64, cbor2_c())
    nested: frozenset[object] = frozenset({"it's \""})
    for _ in range(60):
        nested = frozenset({nested})
    assert len(repr(flat(nested))) < 5000


def test_levels_that_sharing_adds_are_no_finding() -> None:
    """cbor2 counts its tags, too, where values must not change: in sets, and as keys of maps."""
    roundtrip.check(b"\xd9\x01\x02\x81" + b"\x81" * 330 + b"\x01", cbor2_c())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1f020105", "long form"),
        ("1f0000", "long form"),
        ("31801f000000", "long form"),
        ("1f801f0105", "leading zero"),
    ],
)
def test_a_tag_has_one_form(text: str, words: str) -> None:
    """X.690 section 8.1.2: the short one for numbers up to 30, else one without leading zeros."""
    with pytest.raises(reader.Asn1Error, match=words):
        reader.first(bytes.fromhex(text))


def test_a_long_tag_is_read() -> None:
    """One of number 31, and one whose number takes two bytes, around another one."""
    assert reader.first(bytes.fromhex("9f1f0161"))[0].number == 31
    outer, _end = reader.first(bytes.fromhex("bf8100049f810000"))
    assert outer == reader.Element(2, 128, (reader.Element(2, 128, b""),))


def test_blanks_that_aiohttp_allows_in_responses_are_no_finding() -> None:
    """Before the size of a chunk; a control character there stays one."""
    agree.check(RESPONSE + b"\t 1\r\na\r\n0\r\n\r\n", aiohttp())
    plain = RESPONSE + b"1\r\na\r\n0\r\n\r\n"
    lax = Parser(
        "lax",
        lambda _chunks, view: reference.read(plain, view),
        responses=True,
        choices=choices.AIOHTTP_RESPONSES,
    )
    agree.check(RESPONSE + b" 1\r\na\r\n0\r\n\r\n", implementation(lax))
    with pytest.raises(Violation, match="a control character"):
        agree.check(RESPONSE + b"\x0b1\r\na\r\n0\r\n\r\n", implementation(lax))
