"""Passes on problems that a function judges: what they leave cannot be made smaller."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.minimize.passes.numbers import (
    ascii_counts,
    ascii_lengths,
    ascii_numbers,
    binary_lengths,
)
from triage.minimize.passes.sequences import (
    blocks,
    cut_head,
    cut_tail,
    lowest,
    pairs,
    windows,
)
from triage.minimize.passes.values import same_everywhere, simpler, zeros
from triage.minimize.problem import Hints, Pass, compose
from triage.minimize.reducer import passes, reduce
from triage.minimize.search import Calling, Search

Shows = Callable[[bytes], bool]


def after(pass_: Pass[bytes], data: bytes, shows: Shows) -> bytes:
    """What one run of the pass leaves."""
    search = Search(Calling(shows), data)
    pass_(search)
    assert shows(search.current)
    return search.current


def reduced(data: bytes, shows: Shows) -> bytes:
    """What all passes leave."""
    return reduce(Search(Calling(shows), data), passes(Hints()))


def in_order(needle: bytes) -> Shows:
    """Shows when the bytes of `needle` occur in this order, with anything between them."""

    def shows(case: bytes) -> bool:
        rest = iter(case)
        return all(byte in rest for byte in needle)

    return shows


def is_balanced(case: bytes) -> bool:
    """As many brackets open as close."""
    return case.count(b"(") == case.count(b")") and case.count(b"{") == case.count(b"}")


@pytest.mark.parametrize(
    ("pass_", "data", "shows", "left"),
    [
        (cut_tail, b"abcXdef" * 50, lambda case: b"X" in case, b"abcX"),
        (cut_tail, b"abc", lambda _: True, b""),
        (cut_head, b"abXcd" * 50, lambda case: b"X" in case, b"Xcd"),
        (blocks, b"." * 500 + b"A" + b"." * 300 + b"B" + b"." * 90, in_order(b"AB"), b"AB"),
        (windows, b"a[1]b[2]c", lambda case: case.count(b"[") == case.count(b"]"), b"c"),
        (pairs, b"(x", lambda case: b"x" in case, b"(x"),
        (pairs, b"({x})", lambda case: is_balanced(case) and b"x" in case, b"x"),
        (zeros, b"zzzAzzz", lambda case: b"A" in case, b"000A000"),
        (same_everywhere, b"\xffx\xffx", lambda case: case[:1] == case[2:3] != b"x", b"0000"),
        (simpler, b"\xc8\xc8", lambda case: case[0] > 99, b"d0"),
        (ascii_numbers, b"n=65536,7", lambda case: int(case[2:].split(b",")[0]) > 40, b"n=41,0"),
    ],
)
def test_a_pass_goes_as_far_as_it_can(
    pass_: Pass[bytes], data: bytes, shows: Shows, left: bytes
) -> None:
    """Each of the simple passes on what it is for."""
    assert left == after(pass_, data, shows)


def is_frame(case: bytes) -> bool:
    """`$N` and a line end, then exactly N bytes and a line end."""
    head, _, rest = case.partition(b"\r\n")
    digits = head[1:]
    return (
        head[:1] == b"$"
        and digits.isdigit()
        and rest[int(digits) :] == b"\r\n"
        and len(rest) >= int(digits) + 2
    )


def is_counted(case: bytes) -> bool:
    """`*N` and N lines, one of which is `:7`."""
    head, *lines = case.split(b"\n")
    return (
        head[:1] == b"*"
        and head[1:].isdigit()
        and lines[-1:] == [b""]
        and len(lines) == int(head[1:]) + 1
        and b":7" in lines
    )


def is_binary(width: int, order: Any) -> Shows:
    """A length field, so many bytes, and `!`."""

    def shows(case: bytes) -> bool:
        size = int.from_bytes(case[:width], order)
        return len(case) == width + size + 1 and case.endswith(b"!")

    return shows


def test_a_length_and_what_it_measures_shrink_together() -> None:
    """In decimal, before a line end."""
    assert after(ascii_lengths, b"$123\r\n%s\r\n" % (b"y" * 123), is_frame) == b"$0\r\n\r\n"


def test_a_count_and_what_it_counts_shrink_together() -> None:
    """The items that are needed stay."""
    data = b"*6\n:1\n:23\n:7\n:4\n:5\n:678\n"
    assert after(ascii_counts, data, is_counted) == b"*1\n:7\n"


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_binary_length_shrinks_with_its_payload(width: int, order: Any) -> None:
    """In one, two and four bytes, of either order."""
    data = (200).to_bytes(width, order) + b"y" * 200 + b"!"
    assert after(binary_lengths, data, is_binary(width, order)) == bytes(width) + b"!"


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_lowest_finds_the_least_number(least: int, more: int) -> None:
    """Whatever it is, in few steps."""
    search = Search(Calling(lambda case: len(case) >= least), b"x" * (least + more))
    judge: Any = search._judge
    assert lowest(search, lambda size: b"x" * size, least + more) == least
    assert len(search.current) == least
    assert judge.executions < 200


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=6), st.integers(0, 2**32))
def test_what_is_left_is_all_that_was_needed(needle: bytes, seed: int) -> None:
    """Bytes that have to be there, in this order, scattered over noise."""
    rng = random.Random(seed)
    data = b"".join(rng.randbytes(rng.randrange(100)) + bytes((byte,)) for byte in needle)
    assert reduced(data, in_order(needle)) == needle


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 2**32))
def test_nothing_single_can_be_left_out(data: bytes, salt: int) -> None:
    """Also where what shows the crash has neither rhyme nor reason; and it is the same twice."""

    def shows(case: bytes) -> bool:
        return case == data or zlib.crc32(case, salt) % 3 == 0

    left = reduced(data, shows)
    assert shows(left)
    assert len(left) <= len(data)
    assert not any(shows(left[:at] + left[at + 1 :]) for at in range(len(left)))
    assert reduced(data, shows) == left


def test_nothing_is_tried_twice() -> None:
    """A case that was found not to show the crash is remembered."""
    tried: list[bytes] = []

    def shows(case: bytes) -> bool:
        tried.append(case)
        return case.count(b"x") >= 10 and b"y" in case

    assert reduced(b"xxxz" * 200 + b"y", shows) == b"x" * 10 + b"y"
    failed = [case for case in list(tried) if not shows(case)]
    assert len(failed) == len(set(failed))


def test_only_smaller_cases_are_adopted() -> None:
    """By length first, then by how simple their bytes are; a judge never sees another."""
    asked: list[bytes] = []

    def shows(case: bytes) -> bool:
        asked.append(case)
        return True

    search = Search(Calling(shows), b"5b")
    assert search.first([b"5b", b"5c", b"\x00b", b"500", b"5a", b"0b"]) == 4
    assert (search.current, asked) == (b"5a", [b"5a"])
    assert search.every([b"50", b"4", b"5b", b"3"]) == 2
    assert search.current == b"4"


class Words:
    """Words joined by blanks; an empty one, and the word `bad`, cannot be written."""

    name = "words"

    def parse(self, case: bytes) -> list[bytes]:
        """The words; ValueError when there is only one."""
        if b" " not in case:
            raise ValueError("one word")
        return case.split(b" ")

    def dumps(self, shape: list[bytes]) -> bytes:
        """The text."""
        if b"bad" in shape:
            raise ValueError("bad")
        return b" ".join(shape)


def test_a_pass_works_through_a_format() -> None:
    """It proposes shapes, hears indices of shapes, and leaves what no bytes stand for alone."""
    heard: list[object] = []

    def pass_(problem: Any) -> None:
        words = problem.current
        heard.append(words)
        heard.append(problem.first([[*words, b"bad"], [b"bad"], words, words[1:], words[2:]]))
        heard.append(problem.current)
        heard.append(problem.every([problem.current[:-1], [b"bad"], [b"x"]]))
        heard.append((problem.current, problem.size(problem.current)))

    assert after(compose(Words(), pass_), b"a b c d", lambda case: b"c" in case) == b"b c"
    assert heard == [
        [b"a", b"b", b"c", b"d"],
        3,
        [b"b", b"c", b"d"],
        1,
        ([b"b", b"c"], 3),
    ]
    heard.clear()
    assert after(compose(Words(), pass_), b"one", lambda _: True) == b"one"
    assert heard == []


def test_a_pass_has_a_name() -> None:
    """Of its format and itself."""
    assert compose(Words(), blocks).__name__ == "words.blocks"
