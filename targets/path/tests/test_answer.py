"""Answers are read from the wire without forgiving anything; requests as they are written."""

from __future__ import annotations

import random

import pytest

from targets.path import grammar
from targets.path.answer import NOTHING, read
from targets.path.request import parse
from targets.path.site import make
from targets.path.tokens import tokens

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        (OK + b"Content-Length: 2\r\n\r\nab", ""),
        (OK + b"Content-Length: 3\r\n\r\nab", "a body shorter than its length"),
        (OK + b"Content-Length: 1\r\n\r\nab", "a body longer than its length"),
        (OK + b"Content-Length: x\r\n\r\n", "malformed length"),
        (OK + b"A: b\r\nX y\r\n\r\n", "malformed header"),
        (OK + b"A: b\nX: y\r\n\r\n", "malformed header"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", ""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "unfinished chunk"),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "two framings"),
        (OK + b"A: b\r\n", "unfinished head"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "malformed status line"),
        (b"<html>", "no status line"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.1 304 N\r\n\r\nx", "a body where none may be"),
    ],
)
def test_broken_framing_is_told(wire: bytes, problem: str) -> None:
    """And proper framing is not."""
    assert read(wire, b"GET", closed=True).problem == problem


def test_no_bytes_are_no_answer() -> None:
    """Nor does a body end on a connection that stays open."""
    assert read(b"", b"GET", closed=True) == NOTHING
    assert read(OK + b"\r\nab", b"GET", closed=False).problem == "no end of the body"
    assert read(OK + b"\r\nab", b"HEAD", closed=True).problem == "a body where none may be"


def test_a_request_is_what_its_lines_say() -> None:
    """Method, target byte for byte, headers but those that frame a message."""
    request = parse(b"HEAD /a b?\xff\r\nRange: x\nContent-Length: 5\nnonsense\nA: \tb ")
    headers = b"Host: localhost\r\nRange: x\r\nA: b\r\nConnection: close\r\n\r\n"
    assert request.wire() == b"HEAD /a b?\xff\r HTTP/1.1\r\n" + headers
    assert parse(b"/x").method == b"GET"
    base = bytes(make().base)
    assert parse(b"/s/{base}/x{base%}", make()).target == b"/s/%b/x%b" % (
        base,
        base.replace(b"/", b"%2f"),
    )


def test_tokens_join_to_the_request() -> None:
    """Whatever the mutator makes, which keeps to its size and repeats itself."""
    rng, again = random.Random(3), random.Random(3)
    data = b"/static/hello.txt"
    for _ in range(500):
        made = grammar.mutate(data, 300, rng)
        assert made == grammar.mutate(data, 300, again)
        assert len(made) <= 300
        assert b"".join(tokens(made)) == made
        data = made
