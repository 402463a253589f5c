"""The chance of something new, against populations that are known."""

from __future__ import annotations

import bisect
import collections
import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.estimate import chance_next_hour, chance_of_new

POPULATIONS = {
    "equal": [1.0] * 300,
    "zipf": [1.0 / rank for rank in range(1, 500)],
    "geometric": [0.97**rank for rank in range(400)],
}


@pytest.mark.parametrize("name", POPULATIONS)
def test_one_more_execution_is_estimated_well(name: str) -> None:
    """Good–Turing's estimate is close to the true unseen part, on average over samples."""
    weights = POPULATIONS[name]
    total = sum(weights)
    bounds = list(itertools.accumulate(weights))
    rng = random.Random(1)
    told, true = 0.0, 0.0
    for _ in range(60):
        seen = collections.Counter(bisect.bisect(bounds, rng.random() * total) for _ in range(400))
        singletons = sum(1 for count in seen.values() if count == 1)
        chance = chance_of_new(singletons, 400, 1)
        assert chance is not None
        told += chance
        true += 1.0 - sum(weights[kind] for kind in seen) / total
    assert told / 60 == pytest.approx(true / 60, rel=0.15)


@given(st.integers(0, 10**6), st.integers(1, 10**9), st.floats(0, 1e12))
def test_a_chance_is_a_chance(singletons: int, sampled: int, more: float) -> None:
    """Between 0 and 1 for any numbers; 0 when nothing was rare, or nothing more is done."""
    chance = chance_of_new(singletons, sampled, more)
    assert chance is not None
    assert 0.0 <= chance <= 1.0
    assert chance_of_new(0, sampled, more) == 0.0
    assert chance_of_new(singletons, sampled, 0) == 0.0
    assert chance_of_new(singletons, sampled, -5.0) == 0.0


@given(st.integers(0, 1000), st.integers(1, 10**6), st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_of_anything_rare_is_more_chance(
    singletons: int, sampled: int, more: float, further: float
) -> None:
    """It never falls with more executions or more singletons, nor rises with a larger sample."""
    chance = chance_of_new(singletons, sampled, more)
    assert chance is not None
    for higher in (
        chance_of_new(singletons, sampled, more + further),
        chance_of_new(singletons + 1, sampled, more),
    ):
        assert higher is not None
        assert higher >= chance
    lower = chance_of_new(singletons, sampled + 1, more)
    assert lower is not None
    assert lower <= chance


def test_nothing_known_is_no_number() -> None:
    """Without a sample, or without time, there is no estimate."""
    assert chance_of_new(0, 0, 100) is None
    assert chance_next_hour(0, 0, 10.0) is None
    assert chance_next_hour(3, 100, 0.0) is None
    assert chance_next_hour(0, 100, 10.0) == 0.0


def test_an_hour_goes_at_the_pace_so_far() -> None:
    """After one hour, another one doubles the sample: ln 2 per singleton, at any pace."""
    for sampled in (10, 10_000):
        chance = chance_next_hour(1, sampled, 3600.0)
        assert chance == pytest.approx(1 - math.exp(-math.log(2)))
