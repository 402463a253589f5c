"""The pure search: right answers, tight ranges, few tries, whatever cannot be tried."""

from __future__ import annotations

import dataclasses
import math

from hypothesis import given
from hypothesis import strategies as st

from triage.bisect.search import NEWER, OLDER, Edge, Search, Side, Try, Verdict, hunt

SIDES: tuple[Side, Side] = (OLDER, NEWER)


@dataclasses.dataclass(frozen=True, slots=True)
class History:
    """Versions `first_bad` to `last_bad` have the bug; `start` is one of them."""

    count: int
    first_bad: int
    last_bad: int
    start: int
    skipped: frozenset[int] = frozenset()

    def verdict(self, at: int) -> Verdict:
        if at in self.skipped:
            return Verdict.SKIP
        return Verdict.BAD if self.first_bad <= at <= self.last_bad else Verdict.GOOD


def searched(history: History, patience: int) -> tuple[Search, list[Try]]:
    search = Search(history.count, history.start, patience)
    tries: list[Try] = []
    while (at := search.following(tries)) is not None:
        assert 0 <= at < history.count
        assert at != history.start
        assert at not in [tried for tried, _ in tries]
        tries.append((at, history.verdict(at)))
    return search, tries


@st.composite
def histories(draw: st.DrawFn, skips: bool = True) -> History:
    count = draw(st.integers(1, 300))
    first, start, last = sorted(draw(st.lists(st.integers(0, count - 1), min_size=3, max_size=3)))
    skipped: set[int] = set()
    if skips:
        skipped = draw(st.sets(st.integers(0, count - 1), max_size=20))
        low = draw(st.integers(0, count - 1))  # old releases that do not install come in a row
        skipped |= set(range(low, min(count, low + draw(st.integers(0, 30)))))
    return History(count, first, last, start, frozenset(skipped - {start}))


def tightest(history: History, side: Side) -> Edge:
    """The edge that anybody could find who tried every version that can be tried."""
    beyond = range(history.start + side, history.count if side > 0 else -1, side)
    bad, good = history.start, None
    for at in beyond:
        verdict = history.verdict(at)
        if verdict is Verdict.GOOD:
            good = at
            break
        if verdict is Verdict.BAD:
            bad = at
    end = good if good is not None else (history.count if side > 0 else -1)
    return Edge(bad, good, tuple(range(bad + side, end, side)))


@given(histories())
def test_finds_the_tightest_range_there_is(history: History) -> None:
    """With enough patience the answer is that of trying everything, for any skips."""
    search, tries = searched(history, patience=history.count)
    for side in SIDES:
        edge = search.edge(tries, side)
        best = tightest(history, side)
        if best.good is None and side == NEWER:  # the newest that can be tried is bad
            assert edge.good is None
        assert (edge.bad, edge.good) == (best.bad, best.good)
        assert sorted(edge.between) == sorted(best.between)


@given(histories())
def test_never_claims_more_than_was_seen(history: History) -> None:
    """Also with little patience the true change lies inside of the range that is named."""
    search, tries = searched(history, patience=3)
    for side in SIDES:
        edge = search.edge(tries, side)
        assert history.first_bad <= edge.bad <= history.last_bad
        if edge.good is not None:
            assert not history.first_bad <= edge.good <= history.last_bad


@given(histories(skips=False))
def test_tries_few_versions(history: History) -> None:
    """Without skips each side takes at most two logarithms of how far the change is."""
    _, tries = searched(history, patience=8)
    assert len(tries) <= 4 * math.ceil(math.log2(history.count + 1)) + 3


@given(histories())
def test_skips_cost_little(history: History) -> None:
    """Skipped versions cost themselves and a few more tries."""
    _, tries = searched(history, patience=history.count)
    skips = sum(verdict is Verdict.SKIP for _, verdict in tries)
    assert len(tries) <= 4 * math.ceil(math.log2(history.count + 1)) + 3 + 3 * skips


def test_a_change_nearby_is_found_at_once() -> None:
    """Of a thousand versions a handful is tried when the bug came just before it was found."""
    _, tries = searched(History(1000, 498, 999, 500), patience=8)
    assert len(tries) <= 6


def test_old_versions_that_cannot_be_tried_are_given_up() -> None:
    """A hundred releases that do not install are not all tried."""
    history = History(200, 0, 199, 150, frozenset(range(140)))
    search, tries = searched(history, patience=8)
    assert search.edge(tries, OLDER) == Edge(140, None, tuple(range(139, -1, -1)))
    assert len(tries) <= 8 + 8 + 8


def test_the_newest_version_that_can_be_tried_says_whether_it_is_fixed() -> None:
    """A newest release that does not install hides nothing."""
    history = History(10, 5, 9, 5, frozenset({9, 8}))
    search, tries = searched(history, patience=8)
    assert [at for at, _ in tries][:3] == [9, 8, 7]
    assert search.edge(tries, NEWER) == Edge(7, None, (8, 9))


@given(st.integers(1, 3000), st.data())
def test_a_bug_of_some_length_is_hunted_down(count: int, data: st.DataObject) -> None:
    """Without a known bad version a bug that lasted an eighth of the history is found."""
    length = count // 8 + 1
    first = data.draw(st.integers(0, count - length))
    tries: list[Try] = [(count - 1, Verdict.GOOD)]
    while (at := hunt(count, count - 1, tries)) is not None:
        assert at not in [tried for tried, _ in tries]
        bad = first <= at < first + length
        tries.append((at, Verdict.BAD if bad else Verdict.GOOD))
        if bad:
            break
    assert len(tries) <= 3 * count.bit_length() + 2
    assert tries[-1][1] is Verdict.BAD or first + length == count
