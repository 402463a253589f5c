"""The reference parser keeps the contract, row by row, and in every chunking."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.resp.frames import (
    NULL,
    Array,
    Attribute,
    BigNumber,
    Boolean,
    Bulk,
    BulkError,
    Double,
    Error,
    Frame,
    Integer,
    Map,
    ProtocolError,
    Push,
    Set,
    Simple,
    Verbatim,
    encode,
)
from targets.resp.generate import generate
from targets.resp.reference import MAX_ARRAY, MAX_BULK, MAX_DEPTH, Decoder, parse, quoted
from targets.resp.scan import scan

QUICK = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def decode(data: bytes, *, resp3: bool = False) -> list[Frame]:
    return Decoder(resp3=resp3).feed(data)


def refusal(data: bytes, *, resp3: bool = False) -> str:
    with pytest.raises(ProtocolError) as caught:
        decode(data, resp3=resp3)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        (b"+OK\r\n", Simple("OK")),
        (b"+\r\n", Simple("")),
        (b"+a\rb\nc\r\n", Simple("a\rb\nc")),
        (b"+a\r\r\n", Simple("a\r")),
        (b"+caf\xe9\r\n", Simple("caf\ufffd")),
        (b"-ERR \xff\r\n", Error("ERR \ufffd")),
        (b":42\r\n", Integer(42)),
        (b":+5\r\n", Integer(5)),
        (b":-0\r\n", Integer(0)),
        (b":" + b"0" * 40 + b"7\r\n", Integer(7)),
        (b":9223372036854775807\r\n", Integer(2**63 - 1)),
        (b":-9223372036854775808\r\n", Integer(-(2**63))),
        (b"$3\r\nabc\r\n", Bulk(b"abc")),
        (b"$3\r\nabcXX", Bulk(b"abc")),
        (b"$+3\r\nabc\r\n", Bulk(b"abc")),
        (b"$0\r\n\r\n", Bulk(b"")),
        (b"$-1\r\n", NULL),
        (b"$-5\r\n", NULL),
        (b"*-7\r\n", NULL),
        (b"*0\r\n", Array(())),
        (b"*2\r\n:1\r\n*1\r\n+a\r\n", Array((Integer(1), Array((Simple("a"),))))),
        (b"+PING\r\n", Simple("PING")),
    ],
)
def test_each_row_of_resp2_gives_its_frame(data: bytes, frame: Frame) -> None:
    """Every accepted row of the contract's table, exactly."""
    assert decode(data) == [frame]


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        (b"_\r\n", NULL),
        (b",1.5\r\n", Double(1.5)),
        (b",-inf\r\n", Double(float("-inf"))),
        (b",1e10\r\n", Double(1e10)),
        (b"#t\r\n", Boolean(True)),
        (b"#f\r\n", Boolean(False)),
        (b"(" + b"9" * 5000 + b"\r\n", BigNumber("9" * 5000)),
        (b"(-00\r\n", BigNumber("0")),
        (b"(+017\r\n", BigNumber("17")),
        (b"!7\r\nERR\r\nno\r\n", BulkError("ERR\r\nno")),
        (b"=5\r\nmkd:a\r\n", Verbatim(b"mkd", b"a")),
        (b"%1\r\n+k\r\n:1\r\n", Map(((Simple("k"), Integer(1)),))),
        (b"%1\r\n*0\r\n:1\r\n", Map(((Array(()), Integer(1)),))),
        (b"~2\r\n:1\r\n:1\r\n", Set((Integer(1), Integer(1)))),
        (b">1\r\n+m\r\n", Push((Simple("m"),))),
        (b"|1\r\n+a\r\n:1\r\n:2\r\n", Attribute(((Simple("a"), Integer(1)),), Integer(2))),
        (b"|0\r\n:2\r\n", Attribute((), Integer(2))),
        (b"%0\r\n", Map(())),
    ],
)
def test_each_type_of_resp3_gives_its_frame(data: bytes, frame: Frame) -> None:
    """The newer types parse behind the flag, and are unknown bytes without it."""
    assert decode(data, resp3=True) == [frame]
    assert refusal(data) == f"unexpected type byte: 0x{data[0]:02x}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"!", "unexpected type byte: 0x21"),
        (b"\r\n", "unexpected type byte: 0x0d"),
        (b"PING\r\n", "unexpected type byte: 0x50"),
        (b":abc\r\n", "invalid integer: abc"),
        (b":\r\n", "invalid integer: "),
        (b": 5\r\n", "invalid integer:  5"),
        (b":5 \r\n", "invalid integer: 5 "),
        (b":0x10\r\n", "invalid integer: 0x10"),
        (b":1_0\r\n", "invalid integer: 1_0"),
        (b":+-1\r\n", "invalid integer: +-1"),
        (":１\r\n".encode(), "invalid integer: １"),
        (b":9223372036854775808\r\n", "invalid integer: 9223372036854775808"),
        (b":-9223372036854775809\r\n", "invalid integer: -9223372036854775809"),
        (b":\xff1\r\n", "non-UTF-8 integer line"),
        (b"*\xc3\r\n", "non-UTF-8 integer line"),
        (b"*5555555555555554359\r\n", "invalid multibulk length"),
        (b"$5555555555555554359\r\n", "invalid bulk length"),
        (b"$?\r\n", "invalid integer: ?"),
    ],
)
def test_each_refusal_has_the_contracts_text(data: bytes, message: str) -> None:
    """Error texts are those of the contract."""
    assert refusal(data) == message


def test_limits_are_exact() -> None:
    """The stated number is accepted (more bytes are awaited), one more is refused."""
    assert decode(b"*%d\r\n" % MAX_ARRAY) == []
    assert refusal(b"*%d\r\n" % (MAX_ARRAY + 1)) == "invalid multibulk length"
    assert decode(b"$%d\r\n" % MAX_BULK) == []
    assert refusal(b"$%d\r\n" % (MAX_BULK + 1)) == "invalid bulk length"


def test_depth_is_exact_and_checked_before_the_length_line() -> None:
    """32 levels parse; the 33rd is refused at its type byte, whatever its line says."""
    (frame,) = decode(b"*1\r\n" * MAX_DEPTH + b"+OK\r\n")
    assert encode(frame) == b"*1\r\n" * MAX_DEPTH + b"+OK\r\n"
    message = "array nesting deeper than 32 levels"
    assert refusal(b"*1\r\n" * MAX_DEPTH + b"*") == message
    assert refusal(b"*1\r\n" * 10_000) == message
    assert decode(b"*1\r\n" * MAX_DEPTH) == []


def test_an_error_text_repeats_little_and_no_line_end() -> None:
    """What a peer sent comes back bounded and without anything that ends a line."""
    text = refusal(b":1\n+OK\n\r" + b"x" * 100_000 + b"\r\n")
    assert len(text) < 150
    assert text.isprintable()
    assert len(refusal(b":" + b"\x01" * 1000 + b"\r\n")) < 150
    assert quoted("abc") == "abc"


def test_frames_before_an_error_are_not_lost() -> None:
    """The error carries what the same chunk completed, and is repeated for ever."""
    decoder = Decoder()
    with pytest.raises(ProtocolError) as caught:
        decoder.feed(b"+a\r\n:1\r\n:x\r\n+b\r\n")
    assert caught.value.frames == (Simple("a"), Integer(1))
    with pytest.raises(ProtocolError, match="invalid integer: x"):
        decoder.feed(b"+c\r\n")


def test_parse_takes_one_frame_and_leaves_the_rest() -> None:
    """One frame with its length, or None for every prefix, and the buffer is never changed."""
    data = b"*2\r\n$3\r\nabc\r\n*1\r\n:1\r\n"
    buffer = bytes(data + b"!rest")
    assert parse(buffer) == (Array((Bulk(b"abc"), Array((Integer(1),)))), len(data))
    assert all(parse(data[:size]) is None for size in range(len(data)))


def test_a_big_array_byte_by_byte() -> None:
    """Tens of thousands of chunks complete one array without starting it again."""
    data = b"*5000\r\n" + b"$1\r\na\r\n" * 5000
    decoder = Decoder()
    frames = [frame for at in range(len(data)) for frame in decoder.feed(data[at : at + 1])]
    assert frames == [Array((Bulk(b"a"),) * 5000)]


def test_consumed_bytes_are_dropped() -> None:
    """A stream that never pauses between frames does not grow the buffer."""
    decoder = Decoder()
    for _ in range(100):
        decoder.feed(b"$5000\r\n" + b"a" * 5000 + b"\r\n$9\r\nx")
        decoder.feed(b"aaaaaaaa\r\n")
    assert len(decoder._buffer) < 200_000


PARTS = (
    *(b"*1\r\n", b"*2\r\n", b":1\r\n", b"$3\r\nabc\r\n", b"$-1\r\n", b"+OK\r\n", b"%1\r\n"),
    *(b"\r", b"\n", b"\r\n", b"x", b"$9", b":x\r\n", b"*0\r\n", b"_\r\n", b"=4\r\ntxt:\r\n"),
    *(b"*1\r\n" * 31, b"$1048577\r\n", b"*1048577\r\n", b"-\xff\r\n", b",1.\r\n", b",.1\r\n"),
    *(b"(1\r\n", b"~1\r\n", b"|1\r\n"),
)
STREAMS = st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join)


@QUICK
@given(STREAMS, st.booleans())
def test_it_agrees_with_the_second_reading_of_the_contract(data: bytes, resp3: bool) -> None:
    """Decoder and scanner share no code and give the same verdict."""
    units = scan(data, resp3=resp3)
    refused = units[-1].refusal if units else ""
    try:
        count = len(decode(data, resp3=resp3))
        message = ""
    except ProtocolError as error:
        count, message = len(error.frames), str(error)
    assert count == sum(unit.complete for unit in units)
    assert bool(message) == bool(refused)
    assert message.startswith(refused)


@QUICK
@given(STREAMS, st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_any_chunking_gives_the_same(data: bytes, cuts: list[int], resp3: bool) -> None:
    """Frames and error text do not depend on where the stream is cut."""

    def outcome(chunks: list[bytes]) -> tuple[list[Frame], str]:
        decoder, frames = Decoder(resp3=resp3), list[Frame]()
        try:
            for chunk in chunks:
                frames += decoder.feed(chunk)
        except ProtocolError as error:
            return [*frames, *error.frames], str(error)
        return frames, ""

    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[start:end] for start, end in itertools.pairwise(edges)]
    assert outcome(chunks) == outcome([data])


@QUICK
@given(st.binary(max_size=200), st.booleans())
def test_what_is_encoded_is_decoded(data: bytes, resp3: bool) -> None:
    """decode(encode(frame)) is the frame, for all kinds of frames."""
    frames = generate(data, resp3=resp3)
    stream = b"".join(encode(frame) for frame in frames)
    assert [encode(frame) for frame in decode(stream, resp3=resp3)] == [
        encode(frame) for frame in frames
    ]


def test_a_line_text_with_a_line_end_is_not_encoded() -> None:
    """The encoder refuses to write what would be read as two frames."""
    with pytest.raises(ValueError, match="CRLF"):
        encode(Array((Simple("a\r\n+b"),)))
