"""The strict reader of fields speaks of plain fields only, and what differs from it is caught."""

from __future__ import annotations

import dataclasses
import random

import pytest

from targets import resource
from targets.formats import agree, linear, roundtrip, total
from targets.formats.cookies import grammar, reference
from targets.formats.cookies.field import Items, pairs
from targets.formats.cookies.subjects import http_cookies, reference_fields
from targets.formats.implementation import Encoder, Silent
from targets.oracles import Violation


@pytest.mark.parametrize(
    ("data", "items"),
    [
        (b"Cookie: a=b; c=", pairs("cookie", [("a", "b"), ("c", "")])),
        (b"Cookie: =x=y; c=d", pairs("cookie", [("c", "d")])),
        (
            b'Content-Type: Text/HTML; charset="a\\"b"; x=y',
            (("media type", "text/html"), *pairs("parameter", [("charset", 'a"b'), ("x", "y")])),
        ),
        (b"Accept-Encoding: br;q=0.5, gzip", pairs("choice", [("br", "0.5"), ("gzip", "1.0")])),
        (b"Range: bytes=1-4", (("start", 1), ("end", 5))),
        (b"Date: Sun, 06 Nov 1994 08:49:37 GMT", (("moment", "1994-11-06T08:49:37+00:00"),)),
        (b'If-None-Match: W/"a", "b"', pairs("tag", [("strong", "b"), ("weak", "a")])),
    ],
)
def test_plain_fields_are_read(data: bytes, items: Items) -> None:
    """Names, values and numbers, as the RFCs say."""
    assert reference.read(data) == items


@pytest.mark.parametrize(
    "data",
    [
        *(b'Cookie: a="b"', b"Cookie: a b", b"Cookie: $a=b", b"Cookie: a=b;c=d", b"X: y", b""),
        *(b"Content-Type: a; b=c; b=d", b"Content-Type: a; b*=c", b'Content-Type: a; b="c'),
        *(b"Accept-Encoding: a;q=2", b"Range: bytes=2-1", b"Date: Mon, 06 Nov 1994 08:49:37 GMT"),
        b"Date: Sun, 31 Feb 1994 08:49:37 GMT",
    ],
)
def test_nothing_is_said_of_others(data: bytes) -> None:
    """What readers may take in their own way is no matter for a comparison."""
    with pytest.raises(Silent):
        reference.read(data)


def test_a_cookie_named_by_another_ones_value_is_caught() -> None:
    """A reader that skips the first equals sign takes the value of a nameless cookie for a name."""

    def skipping(data: bytes) -> object:
        return reference.read(data.replace(b" =", b" "))

    subject = dataclasses.replace(reference_fields(), decode=skipping)
    with pytest.raises(Violation, match="reads another value"):
        agree.check(b"Cookie: =__Host-a=b; c=d", subject)


def test_a_writer_that_forgets_to_quote_is_caught() -> None:
    """What a value holds must not end it."""

    def careless(value: object) -> bytes:
        # What an encoder is given is any object; here it is the items of a cookie.
        name, text = value[0][1], value[1][1]  # type: ignore[index]
        return f"Cookie: {name}={text}".encode("latin-1", "replace")

    subject = dataclasses.replace(http_cookies(), encoders={"careless": Encoder(careless)})
    found = set()
    for seed in range(100):
        try:
            roundtrip.check(random.Random(seed).randbytes(40), subject)
        except Violation as violation:
            found.add(violation.oracle[:30])
    assert "roundtrip: http-cookies does n" in found


def test_a_reader_that_starts_over_at_every_escape_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Quadratic time shows when the escape is repeated."""
    monkeypatch.setattr(resource, "every", 1)

    def slow(data: bytes) -> object:
        return sum(data.count(b'"', at) for at, byte in enumerate(data) if byte == ord("\\"))

    subject = dataclasses.replace(reference_fields(), decode=slow)
    with pytest.raises(Violation, match="time grows faster"):
        linear.check(b'Cookie: a="\\""', subject)


def test_the_standard_library_writes_what_it_reads() -> None:
    """The writer of http.cookies quotes all that its reader would split at."""
    rng = random.Random(3)
    subject = http_cookies()
    for _ in range(300):
        roundtrip.check(rng.randbytes(30), subject)


def test_the_reference_keeps_all_checks() -> None:
    """It is what the others are held against."""
    rng = random.Random(2)
    subject = reference_fields()
    data = b"Cookie: a=b"
    for _ in range(500):
        data = grammar.mutate(data, 2048, rng)
        for check in (total.check, agree.check):
            check(data, subject)
    assert b"".join(grammar.tokens(bytes(range(256)))) == bytes(range(256))
