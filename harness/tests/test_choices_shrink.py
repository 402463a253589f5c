"""Failing test cases made smaller by Hypothesis's own shrinker, under our limit."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.database import choices_from_bytes, choices_to_bytes

from harness.children.choices.cases import Case, of_test
from harness.children.choices.shrink import shrink

TERMS = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))


class Kept:
    """Names a failure by its type and counts what is kept."""

    def __init__(self) -> None:
        self.count = 0

    def mark_of(self, error: BaseException) -> str:
        """The type's name."""
        return type(error).__name__

    def keep(self, error: BaseException, _data: bytes) -> str | None:
        """Only the count."""
        self.count += 1
        return type(error).__name__


def test_the_smallest_test_case_of_the_same_failure_is_given() -> None:
    """Another failure on the way is not followed."""

    @TERMS
    @given(st.integers(0, 10**6))
    def test(number: int) -> None:
        if number >= 500:
            raise ValueError(number)
        if number > 20:
            raise KeyError(number)

    kept = Kept()
    small = shrink(of_test(test), kept, "ValueError", choices_to_bytes((77_777,)), 5.0)
    assert choices_from_bytes(small) == (500,)
    assert kept.count > 1


def flaky() -> Case:
    """A test whose strategy draws otherwise each time."""
    turn = itertools.count()

    @st.composite
    def odd(draw: Any) -> int:
        draw(st.text() if next(turn) % 2 else st.booleans())
        number: int = draw(st.integers())
        return number

    @TERMS
    @given(st.lists(odd(), min_size=1))
    def test(numbers: list[int]) -> None:
        assert sum(numbers) < 50

    return of_test(test)


@pytest.mark.parametrize("first", [True, False])
def test_a_strategy_that_changes_ends_nothing(first: bool) -> None:
    """Hypothesis gives such a test up by an error of its own: the best so far counts."""
    case, kept = flaky(), Kept()
    data = choices_to_bytes((True, first, 300, True, "a", 200, False))
    assert shrink(case, kept, "AssertionError", data, 3.0)
