"""Ranges and conditions are judged as RFC 9110 states them, and only where it is certain."""

from __future__ import annotations

import pytest

from targets.path import conditions, facts, ranges
from targets.path.answer import Answer
from targets.path.conditions import STAMP
from targets.path.request import parse

CONTENT = bytes(range(100))
EARLIER = b"Sun, 31 Dec 2023 23:59:59 GMT"
PLAIN = Answer(200, ((b"etag", b'"a"'), (b"last-modified", STAMP)), b"x")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (b"bytes=0-4", ((0, 4),)),
        (b"BYTES=5-", ((5, 99),)),
        (b"bytes=-5", ((95, 99),)),
        (b"bytes=-500", ((0, 99),)),
        (b"bytes=90-500", ((90, 99),)),
        (b"bytes=0-0, 2-2,", ((0, 0), (2, 2))),
        (b"bytes=100-,5-5", ((5, 5),)),
        (b"bytes=100-", ()),
        (b"bytes=-0", ()),
    ],
)
def test_proper_ranges_are_read(asked: bytes, found: tuple[tuple[int, int], ...]) -> None:
    """Cut at the end of the file; those beyond it are left out."""
    parsed = ranges.parse(asked, len(CONTENT))
    assert parsed is not None
    assert parsed.found == found


@pytest.mark.parametrize(
    "asked", [b"bytes=5-4", b"bytes=-", b"bytes=a-", b"bytes= 0-1", b"items=0-1", b"0-1"]
)
def test_other_ranges_are_not(asked: bytes) -> None:
    """Malformed, or of another unit."""
    assert ranges.parse(asked, len(CONTENT)) is None


def part(first: int, last: int, size: object = 100) -> Answer:
    """A part of the file."""
    told = b"bytes %d-%d/%s" % (first, last, str(size).encode())
    return Answer(206, ((b"content-range", told),), CONTENT[first : last + 1])


def parts(*places: tuple[int, int], separator: bytes = b"\r\n") -> Answer:
    """Several parts in one body."""
    body = b"".join(
        b"--x\r\nContent-Range: bytes %d-%d/100\r\n\r\n%b\r\n" % (*place, part(*place).body)
        for place in places
    )
    body = body.replace(b"\r\n", separator) + b"--x--" + separator
    return Answer(206, ((b"content-type", b"multipart/byteranges; boundary=x"),), body)


@pytest.mark.parametrize(
    ("asked", "answer", "problem"),
    [
        (b"bytes=0-4", part(0, 4), ""),
        (b"bytes=-5", part(95, 99), ""),
        (b"bytes=-500", part(0, 99, "*"), ""),
        (b"bytes=0-1,3-4", part(0, 4), ""),
        (b"bytes=0-4", part(0, 3), "another part than was asked for"),
        (b"bytes=-5", part(0, 4), "another part than was asked for"),
        (b"bytes=0-4", part(0, 4, 99), "a part that cannot be"),
        (b"bytes=5-4", part(4, 4), "a part for a range that ends before it starts"),
        (b"bytes=100-", part(99, 99), "a part for a range outside the file"),
        (b"items=0-4", part(0, 4), "a part for a range of an unknown unit"),
        (b"bytes=0-1,5-6", parts((0, 1), (5, 6)), ""),
        (b"bytes=0-1,5-6", parts((0, 1), (5, 7)), "another part than was asked for, among several"),
        (b"bytes=0-1", parts((0, 1)), "several parts for one range"),
        (
            b"bytes=0-1,5-6",
            parts((0, 1), (5, 6), separator=b"\n"),
            "parts that cannot be told apart",
        ),
        (b"bytes=" + b"0-," * 400, parts(*[(0, 99)] * 400), "parts that take many times the file"),
    ],
)
def test_a_wrong_part_is_told(asked: bytes, answer: Answer, problem: str) -> None:
    """And a right one is not."""
    assert ranges.part_problem(answer, CONTENT, asked, bodiless=False) == problem


@pytest.mark.parametrize(
    ("asked", "told", "problem"),
    [
        (b"bytes=100-", b"bytes */100", ""),
        (b"bytes=5-4", b"bytes */100", ""),
        (b"bytes=0-,1-", b"bytes */100", ""),
        (b"bytes=-5", b"bytes */100", "a range inside the file has status 416"),
        (b"bytes=-101", b"bytes */100", "a suffix longer than the file has status 416"),
        (b"BYTES=0-5", b"bytes */100", "a unit in capitals has status 416"),
        (b"bytes=,0-5", b"bytes */100", "a range beside an empty one has status 416"),
        (b"items=0-4", b"bytes */100", "a range of an unknown unit has status 416"),
        (b"bytes=100-", b"*/100", "416 with a malformed Content-Range"),
        (b"bytes=100-", b"bytes */99", "416 with the size of another file"),
    ],
)
def test_a_wrong_refusal_of_a_range_is_told(asked: bytes, told: bytes, problem: str) -> None:
    """And a right one is not."""
    answer = Answer(416, ((b"content-range", told),))
    assert ranges.refusal_problem(answer, CONTENT, asked) == problem


@pytest.mark.parametrize(
    ("headers", "status", "problem"),
    [
        (b'If-None-Match: "a"', 304, ""),
        (b'If-None-Match: "a"', 200, "sent again, the etag matches"),
        (b'If-None-Match: "b", "a"', 200, "sent again, the etag matches in a list"),
        (b'If-None-Match: W/"a"', 200, "sent again, the etag matches weakly"),
        (b'If-None-Match: ,"b", "a"', 200, "sent again, the etag matches beside an empty one"),
        (b'If-None-Match: "b,,", "a"', 200, "sent again, the etag matches in a list"),
        (b"If-None-Match: *", 200, "sent again, with If-None-Match: *"),
        (b"If-None-Match: *", 206, "206 where nothing needs to be sent"),
        (b'If-None-Match: "a"', 416, "416 where nothing needs to be sent"),
        (b'If-None-Match: "b"', 200, ""),
        (b'If-None-Match: "b"', 304, "304 where no etag matches"),
        (
            b'If-None-Match: "b"\nIf-Modified-Since: ' + STAMP,
            304,
            "304 where no etag matches but If-Modified-Since",
        ),
        (b"If-None-Match: b", 304, ""),
        (b"If-Modified-Since: " + STAMP, 304, ""),
        (b"If-Modified-Since: " + STAMP, 200, "sent again, not modified since"),
        (b"If-Modified-Since: " + EARLIER, 304, "304 where the file is newer"),
        (b"If-Modified-Since: Tue, 02 Jan 0024 00:00:00 GMT", 304, ""),
        (b"If-Modified-Since: now", 304, "304 where there is no date"),
        (b'If-Match: "a"', 412, "412 where If-Match holds"),
        (b'If-Match: "b"', 412, ""),
        (b"If-Unmodified-Since: " + STAMP, 412, "412 where If-Unmodified-Since holds"),
        (b"If-Unmodified-Since: " + EARLIER, 412, ""),
        (b"Range: bytes=0-", 412, "412 where nothing was asked"),
        (b'If-Range: "a"', 206, ""),
        (b'If-Range: "b"', 206, "a range counts where If-Range has another etag"),
        (b'If-Range: W/"a"', 206, "a range counts where If-Range has a weak etag"),
        (b"If-Range: " + EARLIER, 416, "a range counts where If-Range has an earlier date"),
        (b"If-Range: " + STAMP, 206, ""),
    ],
)
def test_an_answer_that_does_not_fit_its_conditions_is_told(
    headers: bytes, status: int, problem: str
) -> None:
    """And one that does is not."""
    request = parse(b"/x\n" + headers)
    assert conditions.problem(request, PLAIN, Answer(status)) == problem


@pytest.mark.parametrize(
    ("request_", "header", "problem"),
    [
        (b'/x.txt\nIf-Match: "a"', (b"etag", b"a"), "an ETag that is none"),
        (b"/x.txt", (b"etag", b"a"), ""),
        (
            b"/x.txt\nIf-Modified-Since: 0",
            (b"last-modified", EARLIER),
            "a Last-Modified that is not the file's",
        ),
        (b"/x.css", (b"content-type", b"text/plain"), "text/css sent as another type"),
        (b"/x.css", (b"content-encoding", b"gzip"), "an encoding that nobody asked for"),
        (
            b"/x\nAccept-Encoding: gzip;q=0",
            (b"content-encoding", b"gzip"),
            "an encoding that the request refuses",
        ),
        (
            b"/x\nAccept-Encoding: gzip",
            (b"content-encoding", b"gzip"),
            "an encoding without Vary",
        ),
        (
            b"/a%22b",
            (b"content-disposition", b'attachment; filename="a"b"'),
            "a Content-Disposition that cannot be read",
        ),
        (b"/a%22b", (b"content-disposition", b'attachment; filename="a\\"b"'), ""),
        (b"/a%22b", (b"content-disposition", b'attachment; filename="ab"'), ""),
        (
            b"/a%22b",
            (b"content-disposition", b"attachment; filename*=UTF-8''ab"),
            "a file under another name",
        ),
        (b"/a", (b"content-disposition", b"attachment; filename=b"), "a file under another name"),
        (b"/%C3%BC", (b"content-disposition", b"attachment; filename*=UTF-8''%C3%BC"), ""),
    ],
)
def test_a_header_that_does_not_fit_the_file_is_told(
    request_: bytes, header: tuple[bytes, bytes], problem: str
) -> None:
    """And one that does is not."""
    assert facts.problem(parse(request_), Answer(200, (header,))) == problem
