"""The state of a crash, as it follows from trials."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lifecycle import STATES, Trial, state


def state_of(
    *trials: Trial,
    seen_in: tuple[str, ...] = (),
    minimized: bool = False,
    filed: bool = False,
) -> str:
    """The state after these trials of a crash first seen at 0 s."""
    return state(trials, seen_s=0.0, seen_in=seen_in, minimized=minimized, filed=filed)


def failed(version: str | None, time_s: float, failed: int = 3) -> Trial:
    """A trial of three."""
    return Trial(version, time_s, failed, 3)


def passed(version: str | None, time_s: float) -> Trial:
    """A trial in which nothing failed."""
    return Trial(version, time_s, 0, 3)


@pytest.mark.parametrize(
    ("expected", "trials", "facts"),
    [
        ("new", [], {}),
        ("minimized", [], {"minimized": True}),
        ("filed", [], {"minimized": True, "filed": True}),
        ("confirmed", [failed("1.0", 1)], {}),
        ("minimized", [failed("1.0", 1)], {"minimized": True}),
        ("filed", [failed("1.0", 1)], {"minimized": True, "filed": True}),
        ("flaky", [passed("1.0", 1)], {}),
        ("flaky", [failed("1.0", 1, failed=2)], {"filed": True}),
        ("flaky", [failed("1.0", 1), passed("1.0", 2)], {}),
        ("flaky", [failed("1.0", 1, failed=1), passed("1.1", 2)], {}),
        ("fixed", [failed("1.0", 1), passed("1.1", 2)], {"filed": True}),
        ("fixed", [failed("1.0", 3), passed("1.1", 2)], {}),
        ("fixed", [failed("1.9", 1), passed("1.10", 2)], {}),
        ("confirmed", [passed("1.0", 2), failed("1.1", 1)], {}),
        ("regressed", [failed("1.0", 1), passed("1.1", 2), failed("1.2", 3)], {"filed": True}),
        ("fixed", [failed("1.0", 1), failed("1.2", 3), passed("1.3", 4)], {}),
        ("fixed", [failed(None, 1), passed(None, 2)], {}),
        ("regressed", [passed(None, 2), failed(None, 3)], {}),
        ("flaky", [passed(None, 2), failed(None, 3, failed=1)], {}),
        ("flaky", [failed("no version", 1), passed("no version", 2)], {}),
    ],
)
def test_the_newest_version_decides(
    expected: str, trials: list[Trial], facts: dict[str, bool]
) -> None:
    """Fixed is what fails no more after it failed; regressed is what fails again after that."""
    for order in itertools.permutations(trials):
        minimized, filed = facts.get("minimized", False), facts.get("filed", False)
        assert expected == state_of(*order, minimized=minimized, filed=filed)


def test_a_sighting_alone_says_where_the_bug_was() -> None:
    """A version that was only seen failing counts like one that was tried."""
    assert state_of(failed("1.2", 1), passed("1.1", 2), seen_in=("1.0",)) == "regressed"
    assert state_of(failed("1.0", 1), passed("1.1", 2), seen_in=("1.1",)) == "flaky"


trials = st.builds(
    Trial,
    st.sampled_from([None, "1.0", "1.1", "2.0rc1", "odd"]),
    st.sampled_from([1.0, 2.0, 3.0]),
    st.integers(0, 3),
    st.just(3),
)


@given(st.lists(trials, max_size=6), st.randoms())
def test_the_order_of_the_trials_does_not_matter(several: list[Trial], rng: random.Random) -> None:
    """There is a state for any trials; only what was tried and failed is ever regressed."""
    facts = {trial.key: trial for trial in several}
    known = list(facts.values())
    expected = state_of(*known)
    assert expected in STATES
    rng.shuffle(known)
    assert expected == state_of(*known)
    if not any(trial.failed for trial in known):
        assert expected in ("new", "flaky")
