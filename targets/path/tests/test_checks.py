"""The oracles see what they are for, and nothing in proper answers."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable

import pytest

from targets import growth
from targets.oracles import Violation
from targets.path import contain, linear, policy, serve, total
from targets.path.answer import NOTHING, Answer
from targets.path.markup import injected
from targets.path.request import Request
from targets.path.server import Mount, Server
from targets.path.site import ORDINARY, WITNESS, make

Reply = Callable[[Request], Answer]


def answering(reply: Reply | Answer) -> Server:
    """A server that answers so."""
    ask = reply if callable(reply) else functools.partial(_always, reply)
    return Server("test", ask, make(), {b"/static": Mount(index=True, listing=True)})


def _always(answer: Answer, _request: Request) -> Answer:
    return answer


def page(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    """An answer."""
    return Answer(status, headers, body)


HTML = (b"content-type", b"text/html")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"/static/x", page(b"~S1~~S1~")),
        (b"/static/x", page(b"some ~L1~")),
        (b"/static/x", page(b"<li>" + WITNESS.encode())),
        (b"/static/x", page(b"", (b"x-file", bytes(make().base)), status=404)),
        (b"/x", page(b"", (b"location", b"//evil.example/"), status=301)),
        (b"/x", page(b"", (b"location", b"/\\evil.example/"), status=301)),
        (b"/%5Cevil.example", page(b"", (b"location", b"/\\evil.example/"), status=301)),
        (b"/x", page(b"", (b"location", b"https:evil.example"), status=301)),
        (b"/x", page(b"", (b"location", b"javascript:x"), status=301)),
        (b"/x", page(b"", (b"x-canary", b"1"))),
        (b"/x", page(b"<p><X-Canary>", HTML, status=404)),
        (b"/names/", page(b"<a href='x'><img src=x>.txt</a>", HTML)),
    ],
)
def test_what_gets_out_or_in_is_seen(data: bytes, answer: Answer) -> None:
    """Content, listing, place on disk, redirect, header, markup."""
    with pytest.raises(Violation, match="contain: "):
        contain.check(data, answering(answer))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"/static/~S1~", page(b"no file ~S1~", status=404)),
        (b"/static/{base%}", page(b"no file " + bytes(make().base), status=404)),
        (b"/x", page(b"", (b"location", b"/x/"), status=301)),
        (b"/x", page(b"", (b"location", b"http://localhost/x/"), status=301)),
        (b"/x\nHost: other", page(b"", (b"location", b"http://other/x/"), status=301)),
        (b"/\\evil.example/..", page(b"", (b"location", b"/\\evil.example/../"), status=301)),
        (b"/x", page(b"<p>&lt;x-canary&gt;", HTML, status=404)),
        (b"/<x-canary>", page(b"<x-canary>", (b"content-type", b"text/plain"), status=404)),
    ],
)
def test_proper_answers_pass(data: bytes, answer: Answer) -> None:
    """What the request said itself is no secret, and a redirect may stay at home.

    No link leads to a path with a backslash: browsers send a slash or an escape.
    """
    contain.check(data, answering(answer))


def test_a_name_outside_that_makes_a_difference_is_seen() -> None:
    """A status that depends on files outside of the root tells of them."""

    def reply(request: Request) -> Answer:
        return page(b"", status=403 if b"secret.txt" in request.target else 404)

    with pytest.raises(Violation, match="tells a file outside the root from a missing one"):
        contain.check(b"/static/../secret.txt", answering(reply))

    def back(request: Request) -> Answer:
        return page(b"", status=200 if b"/www/" in request.target else 404)

    with pytest.raises(Violation, match="leaves the root and comes back"):
        contain.check(b"/static/../www/hello.txt", answering(back))


HELLO = ORDINARY["hello.txt"]


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"/static/hello.txt", page(b"", status=404)),
        (b"/static/hello.txt", page(HELLO[:-1])),
        (b"HEAD /static/hello.txt", page(b"", (b"content-length", b"5"))),
        (b"/static/missing", page(b"")),
        (b"/static/docs/", page(b"another")),
        (b"/static/hello.txt\nRange: bytes=0-1", page(HELLO[:2], status=206)),
        (b"/static/hello.txt\nRange: bytes=0-1", page(b"", status=416)),
        (
            b"/static/hello.txt\nRange: bytes=0-1",
            page(HELLO[1:3], (b"content-range", b"bytes 0-1/32"), status=206),
        ),
        (b"/static/bare/", page(b"<a href='nothing'>x</a>", HTML)),
    ],
)
def test_an_ordinary_request_that_fails_is_seen(data: bytes, answer: Answer) -> None:
    """The positive control."""

    def reply(request: Request) -> Answer:
        return answer if b"nothing" not in request.target else page(b"", status=404)

    with pytest.raises(Violation, match="serve: "):
        serve.check(data, answering(reply))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"/static/hello.txt", page(HELLO)),
        (b"/static/h%65llo.txt?x=1", page(HELLO)),
        (b"/static/../hello.txt", page(b"anything")),
        (b'/static/hello.txt\nIf-None-Match: "x"', page(b"", status=304)),
        (b"/static/hello.txt\nRange: bytes=99-", page(b"", status=416)),
        (b"/static/hello.txt\nRange: bytes=0-1,-99", NOTHING),
        (
            b"/static/hello.txt\nRange: bytes=0-1",
            page(HELLO[:2], (b"content-range", b"bytes 0-1/32"), status=206),
        ),
    ],
)
def test_an_ordinary_request_that_is_served_passes(data: bytes, answer: Answer) -> None:
    """And nothing is said about others, nor about silence: that is another check's."""
    serve.check(data, answering(answer))


def test_a_range_of_an_encoded_twin_is_none_of_the_plain_file() -> None:
    """Its size is the twin's, and where the twin ends nothing is left of it."""

    def reply(request: Request) -> Answer:
        if request.header(b"range") is not None:
            return page(b"", (b"content-range", b"bytes */9"), status=416)
        twin = (b"content-encoding", b"gzip")
        return page(b"", *([twin] if request.header(b"accept-encoding") else []))

    asked = b"/static/hello.txt\nRange: bytes=20-25"
    serve.check(asked + b"\nAccept-Encoding: gzip", answering(reply))
    with pytest.raises(Violation, match="a range inside the file has status 416"):
        serve.check(asked, answering(reply))


def test_conditions_are_about_the_twin_that_is_sent() -> None:
    """Its entity tag is another one than the plain file's."""

    def reply(request: Request) -> Answer:
        if request.header(b"if-match") is not None:
            return page(b"", status=412)
        if request.header(b"accept-encoding") is None:
            return page(HELLO, (b"etag", b'"plain"'))
        return page(b"", (b"etag", b'"twin"'), (b"content-encoding", b"gzip"))

    asked = b"/static/hello.txt\nIf-Match: {etag}"
    serve.check(asked + b"\nAccept-Encoding: gzip", answering(reply))
    with pytest.raises(Violation, match="412 where If-Match holds"):
        serve.check(asked, answering(reply))


ONLY_TEXT = {b"/match": Mount(only=re.compile(rb"\.txt$"))}


@pytest.mark.parametrize("data", [b"/match/.env", b"/match/%2eenv", b"/match/link-env%252etxt"])
def test_a_file_served_against_the_rule_for_names_is_seen(data: bytes) -> None:
    """The rule is about the path, decoded once."""
    server = dataclasses.replace(answering(page(ORDINARY[".env"])), mounts=ONLY_TEXT)
    with pytest.raises(Violation, match="policy: serves a file whose name is not allowed"):
        policy.check(data, server)


@pytest.mark.parametrize("data", [b"/match/link-env.txt", b"/match/docs/../link-%65nv.txt"])
def test_a_link_with_an_allowed_name_leads_where_it_leads(data: bytes) -> None:
    """The rule is about names in requests, not about what stands behind them."""
    server = dataclasses.replace(answering(page(ORDINARY[".env"])), mounts=ONLY_TEXT)
    policy.check(data, server)


def test_failures_silence_and_broken_answers_are_seen() -> None:
    """The exception behind a failure names the crash, where it is known."""
    with pytest.raises(ZeroDivisionError):
        total.check(b"/x", answering(Answer(500, error=ZeroDivisionError())))
    for answer in (page(b"", status=500), NOTHING, Answer(200, problem="two framings")):
        with pytest.raises(Violation, match="total: "):
            total.check(b"/x", answering(answer))
    total.check(b"/x", answering(page(b"", status=501)))
    total.check(b"x\x00", answering(NOTHING))


def test_only_markup_counts_as_markup() -> None:
    """Text within an attribute is not a tag."""
    assert injected(b'<a title="<x-canary>">') == ""
    assert injected(b'<a href="/"x-canary="">') == "the request"
    assert injected(b"<a href=x><img src=x>.txt") == "a file's name"


def test_ranges_are_made_to_rise_in_linear_time() -> None:
    """It is timed with the server: a long run of digits must not be tried from each of them."""
    grown = growth.Growth(b"/\nRange: bytes=0-1,", b"10239")
    growth.require_slope("rising", linear.rising, grown)
