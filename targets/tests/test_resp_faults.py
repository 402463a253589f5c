"""Each planted bug of the RESP reference breaks a promise on one small input, and only it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from targets import faults, resource
from targets.oracles import Violation
from targets.resp import TARGET, chunks, differential, parse, roundtrip, serve, subjects
from targets.resp.implementation import Implementation

Check = Callable[[bytes, Implementation], None]

SHOWN: dict[str, tuple[Check, bytes]] = {
    "claimed-capacity": (parse.check, b"*1000000\r\n"),
    "deeper": (parse.check, b"*1\r\n" * 33 + b"+OK\r\n"),
    "recopy": (parse.check, b"*2\r\n+\r\n+\r\n"),
    "torn-line-end": (chunks.check, b"$3\r\nabc\r\n"),
    "one-null": (parse.check, b"$-5\r\n"),
    "echo": (parse.check, b":\n\r\n"),
    "one-more": (parse.check, b"*1048577\r\n"),
    "strict-trailer": (parse.check, b"$3\r\nabcXX"),
    "wide-integers": (parse.check, b":9223372036854775808\r\n"),
    "strict-text": (parse.check, b"+\xff\r\n"),
    "late-frame": (chunks.check, b"+\r\n"),
    "lost-sign": (differential.check, b":-5\r\n"),
}
AFTER_ERROR = b"\x00a b28"
"""Among the inputs whose conversation goes on behind an error."""


@pytest.fixture(autouse=True)
def _measure_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "every", 1)


def test_every_fault_is_shown_here() -> None:
    """None is planted that no test knows."""
    assert SHOWN.keys() == TARGET.faults.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_a_fault_is_caught_and_the_reference_is_clean(name: str) -> None:
    """With the fault the check fails, without it the same input passes."""
    check, data = SHOWN[name]
    check(data, subjects.reference())
    with faults.planted(name), pytest.raises((Violation, UnicodeDecodeError)):
        check(data, subjects.reference())


@pytest.mark.parametrize("serving", [subjects.reference, subjects.fakeredis])
@pytest.mark.parametrize(
    "data",
    [b"", b"*1\r\n$4\r\nPING\r\n", b"!\r\n", b"\x05k \r\n\t v ", b"*0\r\n", b"*1\r\n" * 10_000],
)
def test_servers_answer_each_command_once(
    data: bytes, serving: Callable[[], Implementation]
) -> None:
    """With white space and line ends, and when the server closes before it has read everything."""
    serve.check(data, serving())


def test_an_error_does_not_end_the_connection() -> None:
    """It does not at the reference; fakeredis closes, and only inputs that ask for it say so."""
    serve.check(AFTER_ERROR, subjects.reference())
    with pytest.raises(Violation, match="fewer replies after an error"):
        serve.check(AFTER_ERROR, subjects.fakeredis())


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (lambda out: out[:-1], "cut short"),
        (lambda out: out.replace(b"+PONG\r\n", b""), "fewer replies to proper commands"),
        (lambda out: out if b"+OK" in out else out.replace(b"+PONG\r\n", b""), "after an error"),
        (lambda out: out + b"+OK\r\n", "more replies"),
        (lambda out: out.replace(b"a b", b"a  b"), "malformed"),
        (lambda out: out.replace(b"a b", b"ab."), "ECHO is wrong"),
        (lambda out: out.replace(b"$-1", b"+"), "GET is wrong"),
    ],
)
def test_a_server_that_errs_is_caught(replies: Callable[[bytes], bytes], said: str) -> None:
    """Replies that are cut, too few, too many, malformed or of another value."""
    good = subjects.reference()
    assert good.serve is not None
    honest = good.serve
    bad = Implementation("bad", good.decoder, serve=lambda data: replies(honest(data)))
    with pytest.raises(Violation, match=said):
        serve.check(AFTER_ERROR, bad)


def test_an_error_that_repeats_a_line_end_is_two_replies() -> None:
    """A name that holds a reply must not become one."""
    good = subjects.reference()

    def serve_raw(data: bytes) -> bytes:
        assert good.serve is not None
        return good.serve(data).replace(rb"\x0d\x0a", b"\r\n")

    data = b"\x00a\r\n+OK\r\n"
    serve.check(data, good)
    with pytest.raises(Violation, match="a reply to an unknown command is malformed"):
        serve.check(data, Implementation("bad", good.decoder, serve=serve_raw))


def test_round_trips_still_hold_without_faults() -> None:
    """The context that plants a fault leaves nothing behind."""
    with faults.planted("lost-sign"):
        pass
    roundtrip.check(b"4", subjects.reference())
