"""The strict reader of HTTP/1 knows every construct, and implementations are held against it."""

from __future__ import annotations

import dataclasses
import random

import pytest

from targets.formats import agree, reuse, total
from targets.formats.http1 import grammar, reference
from targets.formats.http1.compare import Parser, implementation
from targets.formats.http1.messages import Reading, views
from targets.formats.http1.rules import RULES, Rule
from targets.formats.http1.subjects import reference_http1
from targets.oracles import Violation

NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"

REFUSED: dict[str, bytes] = {
    "bare CR in a line": HEAD + b"X: a\rb\r\n\r\n",
    "start line with too many or too few words": b"GET / x HTTP/1.1\r\nHost: a\r\n\r\n",
    "method that is no token": b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "control character in the target": b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "malformed version": b"GET / HTTP/1.10\r\nHost: a\r\n\r\n",
    "status that is not three digits": b"HTTP/1.1 +20 OK\r\n\r\n",
    "blank before the first field": b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "line without a colon": HEAD + b"X\r\n\r\n",
    "blank before the colon": HEAD + b"X : y\r\n\r\n",
    "empty field name": HEAD + b": y\r\n\r\n",
    "field name that is no token": HEAD + b"X[]: y\r\n\r\n",
    "NUL in a field value": HEAD + b"X: \0\r\n\r\n",
    "Content-Length that is not digits": HEAD + b"Content-Length: +1\r\n\r\na",
    "Content-Length with different values": HEAD + b"Content-Length: 1, 2\r\n\r\nab",
    "Transfer-Encoding that is malformed": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n' + LAST,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + LAST,
    "chunked not last": HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + LAST,
    "request without chunked as the last coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\na",
    "chunk size that is not hexadecimal": CHUNKED + b"1_0\r\n" + b"a" * 16 + b"\r\n" + LAST,
    "chunk line ended by a bare LF": CHUNKED + b"1\na\r\n" + LAST,
    "chunk extension ended by a bare LF": CHUNKED + b"1;b\na\r\n" + LAST,
    "chunk line with a bare CR": CHUNKED + b"1\r\r\na\r\n" + LAST,
    "chunk extension with a bare CR": CHUNKED + b"1;a\rb\r\na\r\n" + LAST,
    "chunk data without CRLF behind": CHUNKED + b"1\r\naXX" + LAST,
    "chunk data ended by a bare LF": CHUNKED + b"1\r\na\n" + LAST,
    "malformed trailer": CHUNKED + b"0\r\nX\r\n\r\n",
}


@pytest.mark.parametrize("construct", sorted(name for name, rule in RULES.items() if rule == "bad"))
def test_what_the_rfc_refuses_is_refused(construct: str) -> None:
    """Each construct has an input that ends reading before the first message, by that name."""
    reading = reference.read(REFUSED[construct] + NEXT)
    assert (reading.messages, reading.end) == ((), "bad")
    assert reading.reason.partition(" (")[0] == construct


def _lax(construct: str) -> Parser:
    rules: dict[str, Rule] = {**RULES, construct: "take"}
    return Parser(
        "lax", lambda chunks, view: reference.read(b"".join(chunks), view, rules), responses=True
    )


def _is_read_by_a_lax_one(construct: str) -> bool:
    stream = REFUSED[construct] + NEXT
    return bool(_lax(construct).read((stream,), views(stream)[0]).messages)


@pytest.mark.parametrize("construct", sorted(filter(_is_read_by_a_lax_one, REFUSED)))
def test_an_implementation_that_lets_one_through_is_caught(construct: str) -> None:
    """No construct is one that the comparison is blind to."""
    with pytest.raises(Violation, match=f"takes what the RFC refuses: {construct}"):
        agree.check(REFUSED[construct] + NEXT, implementation(_lax(construct)))


@pytest.mark.parametrize(
    ("stream", "bodies"),
    [
        (NEXT * 2, [b"", b""]),
        (HEAD + b"Content-Length: 3\r\n\r\nabc" + NEXT, [b"abc", b""]),
        (CHUNKED + b"3;a\r\nabc\r\n1\r\nd\r\n00\r\nX: y\r\n\r\n" + NEXT, [b"abcd", b""]),
        (HEAD + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n" + LAST + NEXT, [b""]),
        (OK + b"\r\nuntil the end", [b"until the end"]),
        (b"HTTP/1.1 100 Go\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nabc", [b"", b"ab"]),
        (b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", [b""]),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + NEXT, [b""]),
    ],
)
def test_bodies_are_as_long_as_the_rfc_says(stream: bytes, bodies: list[bytes]) -> None:
    """Lengths, chunks, connections that end, and statuses without a body."""
    assert [message.body for message in reference.read(stream).messages] == bodies


def test_a_body_is_not_read_by_a_client_that_asked_for_the_head() -> None:
    """The view decides: a response to HEAD ends with its head."""
    (message,) = reference.read(OK + b"Content-Length: 2\r\n\r\n", "HEAD").messages
    assert message.body == b""


def test_an_implementation_that_loses_a_message_is_caught() -> None:
    """Also one that refuses what must be taken, and one that reads another body."""
    whole = reference.read(NEXT * 2)
    other = dataclasses.replace(whole.messages[0], body=b"x")
    for got, words in (
        (Reading(whole.messages[:1], "open"), "waits for more"),
        (Reading((), "bad", "SomeError"), "refuses what the RFC takes: SomeError"),
        (Reading((other,), "done"), "reads another body"),
    ):
        # mypy knows no type for a lambda whose default keeps the loop's value.
        parser = Parser("other", lambda _chunks, _view, got=got: got)  # type: ignore[misc]
        with pytest.raises(Violation, match=words):
            agree.check(NEXT * 2, implementation(parser))


def test_a_message_made_of_half_of_one_is_caught() -> None:
    """What is not complete is no message."""
    (message,) = reference.read(NEXT).messages
    parser = Parser("hasty", lambda _chunks, _view: Reading((message,), "open"))
    with pytest.raises(Violation, match="ends a message too early"):
        agree.check(NEXT[:-2], implementation(parser))


def test_the_grammar_makes_whole_messages_and_all_constructs() -> None:
    """A third of the streams can be read to the end, and most refusals are met in a second."""
    rng = random.Random(1)
    subject = reference_http1()
    readings = []
    for _ in range(4000):
        stream = grammar.mutate(b"", 4096, rng)
        readings.append(reference.read(stream))
        agree.check(stream, subject)
    met = {reading.reason for reading in readings if reading.end == "bad"}
    assert sum(reading.end == "done" for reading in readings) > 1300
    assert len(met) >= len(REFUSED) - 4


def test_the_reference_keeps_all_checks() -> None:
    """It is what the others are held against."""
    rng = random.Random(2)
    subject = reference_http1()
    stream = NEXT
    for _ in range(500):
        stream = grammar.mutate(stream, 2048, rng)
        for check in (total.check, agree.check, reuse.check):
            check(stream, subject)


def test_pieces_join_to_the_input() -> None:
    """A minimizer gets words and line ends."""
    assert grammar.tokens(NEXT)[:3] == [b"GET", b" ", b"/"]
    assert b"".join(grammar.tokens(bytes(range(256)))) == bytes(range(256))
