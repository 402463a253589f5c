"""Hypothesis choices made small: the values of real strategies, by Hypothesis's own shrinker."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, find, settings

from triage.minimize.formats.choices import minimize_choices


def test_a_list_of_numbers_becomes_the_one_that_matters() -> None:
    """From choices that draw a long list, the shrinker leads to the shortest and smallest."""
    strategy = st.lists(st.integers(0, 10_000))
    seed: list[Any] = []
    for number in (3, 977, 12, 5021, 8):
        seed += [True, number]
    result = minimize_choices(strategy, lambda drawn: any(n > 900 for n in drawn), [*seed, False])
    assert result.value == [901]
    assert result.finished
    assert result.choices == (True, 901, False)


@st.composite
def words_with_length(draw: st.DrawFn) -> tuple[int, str]:
    """A length, and a text exactly as long: bytes could not be changed one by one."""
    size = draw(st.integers(0, 50))
    return size, draw(st.text("abcxyz", min_size=size, max_size=size))


def test_parts_that_depend_on_each_other_shrink_together() -> None:
    """Every candidate is drawn by the strategy, so no candidate has a wrong length."""
    seen: list[tuple[int, str]] = []

    def interesting(drawn: tuple[int, str]) -> bool:
        seen.append(drawn)
        return drawn[1].count("x") >= 2

    result = minimize_choices(words_with_length(), interesting, (9, "abxcyxzab"))
    assert result.value[1].count("x") == 2
    assert result.value[0] <= 4
    assert all(size == len(text) for size, text in seen)


def test_choices_go_through_bytes() -> None:
    """What a result was drawn from can be stored, and is a seed of its own that stays the same."""
    strategy = st.dictionaries(st.text(max_size=5), st.binary(max_size=300), max_size=4)
    first = minimize_choices(
        strategy, lambda drawn: b"\xca\xfe" in b"".join(drawn.values()), _of(strategy)
    )
    again = minimize_choices(
        strategy, lambda drawn: b"\xca\xfe" in b"".join(drawn.values()), first.data
    )
    assert first.value == {"": b"\xca\xfe"}
    assert (again.choices, again.value) == (first.choices, first.value)


def _of(strategy: st.SearchStrategy[Any]) -> tuple[Any, ...]:
    """Choices that draw something with the two bytes in it."""
    del strategy
    return (True, "name", b"12" * 20 + b"\xca\xfe" + b"34" * 20, True, "other", b"zz", False)


def test_hypothesis_itself_finds_nothing_smaller() -> None:
    """What `hypothesis.find` ends with from its own examples is no smaller than our result."""
    strategy = st.recursive(st.integers(), lambda inside: st.lists(inside, max_size=3))

    def deep(drawn: Any, level: int = 0) -> bool:
        parts = drawn if isinstance(drawn, list) else []
        return level == 2 or any(deep(part, level + 1) for part in parts)

    options = settings(database=None, phases=(Phase.generate, Phase.shrink))
    usual = find(strategy, deep, settings=options)
    seed = (True, True, 5, True, 6, False, False)
    ours = minimize_choices(st.lists(st.lists(st.integers())), deep, seed)
    assert len(repr(ours.value)) <= len(repr(usual))


@pytest.mark.parametrize("seed", [b"\xff\xff\xff\xff", b"", (), (1, "x")])
def test_a_seed_that_does_not_fail_is_refused(seed: Any) -> None:
    """One line says so, instead of a result that shows nothing."""
    with pytest.raises(ValueError, match="seed"):
        minimize_choices(st.lists(st.integers()), lambda _: False, seed)


def test_time_that_is_over_leaves_the_best_so_far() -> None:
    """A limit of no time at all still answers with what the seed draws."""
    result = minimize_choices(
        st.binary(max_size=4096), lambda drawn: b"k" in drawn, (b"k" * 4000,), seconds=0.0
    )
    assert not result.finished
    assert b"k" in result.value
