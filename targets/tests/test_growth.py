"""Time that grows faster than the input is seen; time that grows with it is not."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable

import pytest

from targets import growth, resource
from targets.oracles import Violation

QUOTED = re.compile(rb'"(?:[^"]|\\.)*"')
TWINS = re.compile(rb"(a|a)*b")
WORDS = re.compile(rb"(?:[a-z]+ ?)+: (?:[a-z]+ ?)+")
TRAILING = re.compile(rb"[ \t]+$")


@pytest.fixture(autouse=True)
def _measure_every(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "every", 1)


def cut_off_the_front(data: bytes) -> None:
    rest = data * 16
    while rest:
        rest = rest[16:]


def look_back(data: bytes) -> None:
    for at in range(len(data)):
        data.rfind(b"\0\1", 0, at)


def compare_all(data: bytes) -> int:
    return sum(left == right for left in data for right in data)


def match_quoted(data: bytes) -> None:
    QUOTED.match(data)


def match_twins(data: bytes) -> None:
    TWINS.match(data)


def search_trailing(data: bytes) -> None:
    TRAILING.search(data)


SLOW: list[tuple[Callable[[bytes], object], bytes]] = [
    (cut_off_the_front, b"ab"),
    (look_back, b"some text"),
    (compare_all, b"xyz"),
    (match_quoted, rb'x"a\\b"'[1:]),
    (match_twins, b"aab"),
    (search_trailing, b"a \tb"),
]


@pytest.mark.parametrize(("run", "data"), SLOW, ids=lambda value: getattr(value, "__name__", ""))
def test_what_grows_faster_is_a_violation(run: Callable[[bytes], object], data: bytes) -> None:
    """Copies, rescans, loops in loops, and regular expressions that backtrack."""
    started = time.thread_time()
    with pytest.raises(Violation, match=r"grows faster than the input|a short input takes long"):
        growth.require_linear("slow", run, data)
    assert time.thread_time() - started < 6


def split_lines(data: bytes) -> list[bytes]:
    return [line.strip() for line in data.split(b"\n")]


def sort_words(data: bytes) -> list[bytes]:
    return sorted(bytes([byte, byte ^ 21]) for byte in data)


def count_slowly(data: bytes) -> int:
    total = 0
    for byte in data:
        total = (total * 31 + byte) % 65521
    return total


def read_json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def join_all(data: bytes) -> bytes:
    kept = bytearray()
    for byte in data:
        kept.append(byte)
    return bytes(kept)


def nothing(data: bytes) -> None:
    pass


LINEAR: list[Callable[[bytes], object]] = [
    split_lines,
    sort_words,
    count_slowly,
    read_json,
    join_all,
    nothing,
]
INPUTS = [b"a\nb\r\nc", b'[1,{"a":[2.5,"x\\n"]}]', bytes(range(256)) * 4, b"\\", b"((()))"]


@pytest.mark.parametrize("run", LINEAR, ids=lambda run: run.__name__)
def test_what_grows_with_the_input_passes(run: Callable[[bytes], object]) -> None:
    """Linear code and sorting, fast or slow, on a machine as busy as it is."""
    for data in INPUTS:
        growth.require_linear("linear", run, data)


def test_a_busy_machine_raises_no_false_alarm() -> None:
    """Other threads take the interpreter away in the middle of a run."""
    stop = threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            sum(range(1000))

    others = [threading.Thread(target=disturb) for _ in range(3)]
    for other in others:
        other.start()
    try:
        for data in INPUTS[:3]:
            growth.require_linear("linear", split_lines, data)
    finally:
        stop.set()
        for other in others:
            other.join()


def test_a_short_input_that_takes_long_needs_no_growing() -> None:
    """Forty bytes that never end are interrupted, and named with the place."""
    with pytest.raises(Violation, match=r"a short input takes long, in .*match_quoted"):
        growth.require_brief("slow", match_quoted, b'"' + b"\\" * 60)


def test_a_run_of_letters_that_nothing_ends_is_tried() -> None:
    """The input matches, and so does each repetition of it: only what follows does not."""

    def match_words(data: bytes) -> None:
        WORDS.fullmatch(data)

    with pytest.raises(Violation, match=r"a short input takes long, in .*match_words"):
        growth.require_linear("slow", match_words, b"some words: and more")


def test_many_inputs_share_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured before comes after what was not."""
    monkeypatch.setattr(resource, "every", 64)
    sampling = growth._Sampling()
    all_ways = growth.ways(b"a=b; c=d, (e) [f] {g}", count=growth.CANDIDATES)
    first = list(sampling.least_measured("x", all_ways))
    again = list(sampling.least_measured("x", all_ways))
    assert len(first) == len(again) == growth.TRIES
    assert len({way.key() for way in first} & {way.key() for way in again}) < growth.TRIES


def test_a_long_input_may_take_long() -> None:
    """Only a short one is judged by time alone."""
    growth.require_brief("slow", compare_all, b"a" * 5000)


def spend(data: bytes) -> None:
    compare_all(data)


def test_the_place_is_the_deepest_function_that_all_time_is_spent_below() -> None:
    """Two causes in one package are two crashes."""
    with pytest.raises(Violation) as caught:
        growth.require_linear("slow", spend, b"ab")
    assert "spend" in caught.value.oracle or "compare_all" in caught.value.oracle


def test_errors_of_the_code_under_test_come_through() -> None:
    """An undocumented error on a grown input is a crash of its own."""

    def fail(data: bytes) -> None:
        if len(data) > 100:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        growth.require_linear("slow", fail, b"ab")


def test_parts_are_whole_tokens_where_cuts_say_so() -> None:
    """Every repeated part begins and ends at a cut."""
    data = b"select 1, 2 from t"
    cuts = [6, 7, 8, 9, 10, 11, 12, 16, 17]
    tokens = {data[a:b] for a in [0, *cuts] for b in [*cuts, len(data)]}
    for way in growth.ways(data, cuts):
        assert way.left in tokens


def test_the_choice_is_that_of_the_input() -> None:
    """The same input is grown the same way, and at most so many ways."""
    data = bytes(range(200))
    assert growth.ways(data) == growth.ways(data)
    assert len(growth.ways(data)) == growth.TRIES


def test_a_part_that_mattered_still_does_when_others_are_gone() -> None:
    """A minimizer that removes bytes elsewhere finds the same part repeated."""
    data = b"some words; and a=b, then (more) of them"
    chosen = {way.left for way in growth.ways(data) if way.left not in (data, b"(")}
    kept = {way.left for way in growth.ways(data[:-4])}
    assert len(chosen & kept) >= len(chosen) - 2


def test_brackets_are_nested() -> None:
    """Opening and closing brackets grow on both sides."""
    grown = [way.at(100) for way in growth.ways(b"a(b)c")]
    assert any(b"((((((" in data and b"))))))" in data for data in grown)


def test_a_grown_input_has_the_size_asked_for() -> None:
    """Within one repetition of it."""
    for way in growth.ways(b"abc(def)ghi"):
        assert 480 <= len(way.at(500)) <= 520


def test_timing_takes_a_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a worker, executions are not measured once measuring had its share."""
    monkeypatch.setattr(resource, "every", 64)
    sampling = growth._Sampling()
    sampling.spent_s = 1e9
    monkeypatch.setattr(growth, "_sampling", sampling)
    growth.require_linear("slow", compare_all, b"abc")


@pytest.fixture
def in_thread() -> list[BaseException]:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            growth.require_linear("slow", compare_all, b"xyz", limit_bytes=8192)
        except Violation as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return errors


def test_it_works_off_the_main_thread(in_thread: list[BaseException]) -> None:
    """There no run can be interrupted, but growth is seen."""
    assert len(in_thread) == 1
