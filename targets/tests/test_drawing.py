"""One grammar makes inputs for a mutator and for Hypothesis."""

from __future__ import annotations

import random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from targets import drawing
from targets.drawing import Draw


def build(draw: Draw) -> bytes:
    """A tag, a number and some bytes."""
    tag = draw.choice([b"a", b"bb"])
    number = draw.integer(-3, 300)
    more = draw.binary(1, 4) if draw.chance(0.25) else b""
    return tag + str(number).encode() + more


@given(st.integers(0, 2**32))
@settings(max_examples=50)
def test_the_same_random_numbers_make_the_same_input(seed: int) -> None:
    """A mutator built on a grammar is deterministic for its seed."""
    made = [build(drawing.from_random(random.Random(seed))) for _ in range(2)]
    assert made[0] == made[1]


def test_integers_stay_within_their_bounds_and_reach_them() -> None:
    """Small ranges and those beyond the precision of a float."""
    draw = drawing.from_random(random.Random(1))
    assert {draw.integer(2, 4) for _ in range(200)} == {2, 3, 4}
    big = [draw.integer(2**63 - 1, 2**64) for _ in range(200)]
    assert all(2**63 - 1 <= number <= 2**64 for number in big)
    assert len(set(big)) > 190


@pytest.mark.parametrize("probability", [0.0, 0.05, 0.5, 0.9, 1.0])
def test_chances_are_as_said(probability: float) -> None:
    """From a generator of random numbers, within four standard deviations."""
    draw = drawing.from_random(random.Random(7))
    hits = sum(draw.chance(probability) for _ in range(4000))
    assert abs(hits - 4000 * probability) <= 4 * (4000 * probability * (1 - probability)) ** 0.5


def test_hypothesis_reaches_and_shrinks_every_part() -> None:
    """Each branch can be found, and what is found is the simplest of its kind."""
    strategy = drawing.strategy(build)
    assert find(strategy, lambda _: True) == b"a0"
    assert find(strategy, lambda data: data.startswith(b"bb")) == b"bb0"
    assert find(strategy, lambda data: b"\xff" in data)[-1:] == b"\xff"


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_certain_chances_draw_nothing_random(probability: float) -> None:
    """Zero and one are what they say, for Hypothesis too."""

    def certain(draw: Draw) -> bytes:
        return b"yes" if draw.chance(probability) else b"no"

    assert find(drawing.strategy(certain), lambda _: True) == (b"yes" if probability else b"no")
