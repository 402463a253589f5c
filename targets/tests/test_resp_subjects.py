"""Adapters turn documented errors into ProtocolError, values into frames, and let the rest out."""

from __future__ import annotations

import importlib
import io
import subprocess
import sys
from collections.abc import Callable

import pytest

from targets.resp import TARGET, differential, subjects
from targets.resp.frames import (
    NULL,
    Array,
    BigNumber,
    Boolean,
    Bulk,
    Double,
    Error,
    Integer,
    Map,
    ProtocolError,
    Push,
    Simple,
    encode,
)
from targets.resp.implementation import Implementation, run
from targets.resp.values import to_frame
from targets.resp.views import view

PACKAGES = {
    "reference": None,
    "redis-py": "redis",
    "redis-py-resp3": "redis",
    "redis-py-async": "redis",
    "redis-py-hiredis": "redis",
    "hiredis": "hiredis",
    "fakeredis": "fakeredis",
}
COMMAND = b"*2\r\n$3\r\nGET\r\n$2\r\n k\r\n"


def load(name: str) -> Implementation:
    package = PACKAGES[name]
    if package is not None:
        pytest.importorskip(package)
    module, _, made = TARGET.subjects[name].adapter.partition(":")
    adapter: Callable[[], Implementation] = getattr(importlib.import_module(module), made)
    return adapter()


def test_the_declaration_matches_the_adapters() -> None:
    """The default subject comes first, and every adapter makes the subject of its name."""
    assert next(iter(TARGET.subjects)) == "reference"
    assert list(TARGET.checks["parse"].subjects or ()) == list(PACKAGES)
    for name in PACKAGES:
        assert load(name).name == name


def test_nothing_is_imported_before_an_adapter_is_called() -> None:
    """Listing targets and loading adapters import no subject."""
    code = (
        "import sys, targets.resp, targets.resp.subjects, targets.resp.differential\n"
        "import targets.resp.replies\n"
        "print(sorted({'redis', 'hiredis', 'fakeredis'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", PACKAGES)
def test_a_command_is_read_whole_and_in_pieces(name: str) -> None:
    """Every subject keeps its place when bytes run out."""
    subject = load(name)
    expected = view([Array((Bulk(b"GET"), Bulk(b" k")))], subject.merges)
    for chunks in (
        [COMMAND],
        [COMMAND[:7], COMMAND[7:]],
        [COMMAND[at : at + 1] for at in range(23)],
    ):
        outcome = run(subject, chunks)
        assert outcome.error is None
        assert view(outcome.frames, subject.merges) == expected


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("reference", b"?\r\n"),
        ("redis-py", b"?\r\n"),
        ("redis-py-resp3", b"?\r\n"),
        ("redis-py-async", b"?\r\n"),
        ("redis-py-hiredis", b"?\r\n"),
        ("hiredis", b"?\r\n"),
        ("hiredis", b":abc\r\n"),
        ("fakeredis", b"PING\r\n"),
    ],
)
def test_a_documented_error_is_a_protocol_error(name: str, data: bytes) -> None:
    """It ends the stream as the outcome that checks expect, and keeps earlier frames."""
    subject = load(name)
    assert run(subject, [data]).error is not None
    with pytest.raises(ProtocolError):
        subject.decoder().feed(data)
    assert len(run(subject, [COMMAND + data]).frames) == 1


def test_values_of_resp3_become_frames() -> None:
    """Maps, booleans, doubles, null, errors and pushes of hiredis."""
    data = b"%2\r\n+a\r\n#f\r\n+b\r\n,1.5\r\n_\r\n-ERR no\r\n>1\r\n+m\r\n*1\r\n%0\r\n"
    frames = run(load("hiredis"), [data]).frames
    assert frames[:3] == (
        Map(((Bulk(b"a"), Boolean(False)), (Bulk(b"b"), Double(1.5)))),
        NULL,
        Error("ERR no"),
    )
    assert frames[3] in (Push((Bulk(b"m"),)), Array((Bulk(b"m"),)))
    assert frames[4] == Array((Map(()),))


@pytest.mark.parametrize("about", [b"message", b"invalidate"])
def test_pushes_of_redis_py_are_seen(about: bytes) -> None:
    """A push is a frame of its own, and the reply behind it another."""
    for name in ("redis-py-resp3", "redis-py-async-resp3", "redis-py-hiredis"):
        subject = differential.ADAPTERS[name]()
        frames = run(subject, [b">2\r\n+%b\r\n:1\r\n:2\r\n" % about]).frames
        assert frames == (Array((Bulk(about), Integer(1))), Integer(2))


def test_deep_values_are_converted_without_recursion() -> None:
    """A nest deeper than Python's stack is no fault of the adapter."""
    value: object = 1
    for _ in range(50_000):
        value = [value]
    frame = to_frame(value)
    assert encode(frame) == b"*1\r\n" * 50_000 + b":1\r\n"
    assert len(view([frame])) == 50_001


def test_an_unknown_value_is_named() -> None:
    """A new kind of value is a mistake of ours, not silence."""
    with pytest.raises(TypeError, match="no frame for a value of type object"):
        to_frame(object())


class OldReader:
    """The blocking reader of an old fakeredis, in its own words."""

    def __init__(self, reader: io.RawIOBase) -> None:
        self.reader = reader

    def load(self) -> object:
        line = self.reader.readline().strip()
        prefix, rest = line[0:1], line[1:]
        if prefix == b"*":
            return [self.load() for _ in range(int(rest))]
        if prefix == b"$":
            data = self.reader.read(int(rest) + 2)
            assert data is not None
            return data.strip()
        return None


def test_a_blocking_reader_is_started_again_where_its_bytes_end() -> None:
    """Chunks do not show to a reader that blocks, and finished commands are not read twice."""
    decoder = subjects._FakeredisReaderDecoder(OldReader)
    data = COMMAND * 3
    frames = [frame for at in range(len(data)) for frame in decoder.feed(data[at : at + 1])]
    assert frames == [Array((Bulk(b"GET"), Bulk(b"k")))] * 3


def test_merged_kinds_compare_equal_and_others_do_not() -> None:
    """A view forgets exactly what the implementation cannot tell."""
    simple, bulk = to_frame(b"a"), Bulk(b"a")
    texts = frozenset({"simple as bulk"})
    assert view([simple], texts) == view([bulk], texts)
    assert view([Integer(1)], texts) != view([Bulk(b"1")], texts)
    both = frozenset({"big number as integer", "big number as bulk"})
    assert view([Integer(1)], both) == view([Bulk(b"1")], both)
    assert view([Array(())], frozenset({"set as array"})) != view([Map(())])


def test_maps_compare_as_the_dictionaries_that_they_become() -> None:
    """Of equal keys the first stays and the last value wins; errors are never equal."""
    as_dictionary = frozenset({"map as dictionary"})
    one, two, true = Integer(1), Integer(2), Boolean(True)
    sent = Map(((one, one), (NULL, one), (true, two), (Double(1.0), true), (NULL, two)))
    assert view([sent], as_dictionary) == view([Map(((one, true), (NULL, two)))])
    assert view([sent]) != view([sent], as_dictionary)
    errors = Map(((Error("E"), one), (Error("E"), two), (Simple("a"), one), (Bulk(b"1"), one)))
    assert view([errors], as_dictionary) == view([errors])
    texts = Map(((Simple("a"), one), (Bulk(b"a"), two)))
    assert len(view([texts], as_dictionary)) == 3
    numbers = Map(((BigNumber("1"), one), (one, two), (BigNumber("1" * 5000), one)))
    assert len(view([numbers], as_dictionary)) == 7
    assert len(view([numbers], as_dictionary | {"big number as integer"})) == 5
