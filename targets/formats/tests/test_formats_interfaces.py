"""Every interface of an implementation says what its usual one says, or is caught."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from targets.drawing import Draw
from targets.formats import agree, reuse, roundtrip
from targets.formats.cbor.writing import require_one_writing
from targets.formats.choices import from_bytes
from targets.formats.flat import flat
from targets.formats.http1.oddness import oddness
from targets.formats.implementation import Implementation, Outcome
from targets.formats.json.entry_points import entry_points
from targets.formats.json.subjects import decoder
from targets.formats.msgpack import interfaces
from targets.formats.msgpack.exemptions import TWINS_DEPTH
from targets.formats.msgpack.subjects import msgpack_c, msgpack_pure
from targets.formats.multipart.aiohttp_forms import aiohttp_forms
from targets.formats.toml import edits
from targets.oracles import Violation

FORM = (
    b"multipart/form-data; boundary=x\r\n"
    b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\nc\r\n'
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="g"\r\n\r\n\r\n--x--\r\n'
)


def _variant(read: Any) -> Implementation:
    usual = decoder(json.loads, (ValueError,))
    (found,) = entry_points("it", (usual, flat), (ValueError,), {"text": read}, text=("text",))
    return found


def test_an_entry_that_reads_otherwise_is_caught() -> None:
    """One that gives another value, and one that takes what the usual one refuses."""
    agree.check(b"[1]", _variant(json.loads))
    agree.check(b"\xff", _variant(json.loads))
    with pytest.raises(Violation, match="it by text reads another value"):
        agree.check(b"[1]", _variant(lambda _: [2]))
    with pytest.raises(Violation, match="it by text accepts what"):
        agree.check(b"[", _variant(lambda _: [1]))


class _Writer:
    """Writes mappings in the order in which they were filled."""

    def __init__(self, name: str, mark: bytes) -> None:
        self.name = name
        self._mark = mark

    def build(self, draw: Draw) -> object:
        return {draw.integer(0, 9): 1, 20: 2}

    def write(self, value: object, **_options: Any) -> bytes:
        return self._mark + repr(value).encode()


def test_encoders_that_differ_are_caught() -> None:
    """In the bytes of one value, and in the canonical form of one value."""
    with pytest.raises(Violation, match="c writes other bytes than pure"):
        require_one_writing((_Writer("c", b"1"), _Writer("pure", b"2")), b"ab")
    with pytest.raises(Violation, match="c has two canonical forms"):
        require_one_writing((_Writer("c", b"1"), _Writer("pure", b"1")), b"ab")


def test_bytes_that_an_unpacker_loses_are_caught() -> None:
    """`read_bytes` gives what was fed."""
    from msgpack.fallback import Unpacker

    class Losing(Unpacker):  # type: ignore[misc] # msgpack's classes have no types
        def read_bytes(self, n: int) -> bytes:
            return bytes(super().read_bytes(n))[:3]

    interfaces.require_bytes_as_fed(Unpacker, b"some bytes")
    with pytest.raises(Violation, match="other bytes than it was fed"):
        interfaces.require_bytes_as_fed(Losing, b"some bytes")


def test_a_depth_that_only_the_interpreter_limits_is_no_finding() -> None:
    """Neither read nor written; a short input that is called too deep stays one."""
    deep = b"\x81\xa1a" * 1010 + b"\xc0"
    agree.check(deep, msgpack_c())
    roundtrip.check(b"\x81\xa1a" * 600 + b"\xc0", msgpack_pure())
    read, too_deep = Outcome(value={}), Outcome(refused="StackError")
    assert TWINS_DEPTH.applies(deep, read, too_deep)
    assert not TWINS_DEPTH.applies(b"\x91" * 9, read, too_deep)
    assert not TWINS_DEPTH.applies(deep, read, Outcome(refused="FormatError"))


def test_a_timestamp_that_comes_back_as_another_is_caught() -> None:
    """From its bytes and from its nanoseconds."""
    from msgpack import Timestamp

    class Coarse(Timestamp):  # type: ignore[misc] # msgpack's classes have no types
        @staticmethod
        def from_unix_nano(nanoseconds: int) -> Any:
            return Timestamp(nanoseconds // 10**9 + 1)

    interfaces.require_same_moments(Timestamp, b"ab")
    with pytest.raises(Violation, match="comes back as another"):
        interfaces.require_same_moments(Coarse, b"ab")


def test_a_form_is_read_whole_in_steps_and_in_chunks() -> None:
    """By the reader of aiohttp, which is held against the RFC."""
    subject = aiohttp_forms()
    agree.check(FORM, subject)
    reuse.check(FORM, subject)
    assert subject.normal(subject.decode(FORM)) == (
        *(("field name", b"a"), ("value", b"b\r\nc")),
        *(("file's field", b"f"), ("file name", b"g"), ("content", b"")),
    )


class Document(dict[str, int]):
    def as_string(self) -> str:
        return "".join(f"{key} = {value}\n" for key, value in self.items())

    def __copy__(self) -> Document:
        return Document()


def test_a_document_that_is_copied_otherwise_is_caught() -> None:
    """A copy of a document is written as it is."""

    edits.require_same_copy(Document())
    with pytest.raises(Violation, match=re.escape("copy otherwise (copy)")):
        edits.require_same_copy(Document(a=1))


def test_one_byte_is_another_decision_at_another_place() -> None:
    """A text, which has few different bytes, makes decisions of every kind."""
    draw = from_bytes(b"[" * 64)
    assert len({draw.integer(0, 12) for _ in range(64)}) == 13


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *((b"", "empty"), (b"+1", "a sign"), (b"0x1", "a prefix"), (b"1_0", "an underscore")),
        *((b"1 ", "a blank behind"), (b"\t1", "a blank before"), (b"a b", "a blank")),
        *((b"1\n", "a line end"), (b"\x0b1", "a control character"), (b"a\0", "NUL")),
        *((b"\xb2", "a byte above 127"), (b"x@", "")),
    ],
)
def test_each_way_to_write_a_word_wrongly_has_a_name(word: bytes, kind: str) -> None:
    """Two of them are two bugs."""
    assert oddness(word) == kind
