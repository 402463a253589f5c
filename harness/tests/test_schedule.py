"""Who runs next: fair by weight, with a bonus for discovery and a floor."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.schedule import BONUS, FLOOR, SLICE_S, Account, charge, pick, pulls
from harness.turns import Turns


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """A simulated job: its weight and how many discoveries a second of it makes."""

    weight: float
    finds: float


JOBS = st.lists(
    st.builds(
        Job,
        st.sampled_from([0.5, 1.0, 1.0, 2.0, 5.0]),
        st.sampled_from([0.0, 0.0, 0.1, 1.0, 50.0]),
    ),
    min_size=1,
    max_size=6,
)


def simulate(jobs: Sequence[Job], slices: int, seed: int = 0) -> list[Account]:
    """One job at a time, slices of slightly different lengths; returns the accounts at the end."""
    rng = random.Random(seed)
    accounts = [Account(job.weight) for job in jobs]
    for _ in range(slices):
        index = pick(accounts, range(len(jobs)))
        assert index is not None
        ran_s = SLICE_S * rng.uniform(1.0, 1.2)
        pull = pulls(accounts)[index]
        discoveries = round(jobs[index].finds * ran_s)
        accounts[index] = charge(accounts[index], ran_s, discoveries, pull)
    return accounts


def shares(accounts: Sequence[Account]) -> list[float]:
    total_s = sum(account.ran_s for account in accounts)
    return [account.ran_s / total_s for account in accounts]


def fair(jobs: Sequence[Job]) -> list[float]:
    total = sum(job.weight for job in jobs)
    return [job.weight / total for job in jobs]


@given(JOBS, st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_the_floor_holds(jobs: list[Job], seed: int) -> None:
    """Over a long run every job has at least half of its equal, weighted share: none starves."""
    accounts = simulate(jobs, 400, seed)
    slack = 1.2 / 400 * (len(jobs) + 1)
    for share, just in zip(shares(accounts), fair(jobs), strict=True):
        assert share >= FLOOR * just - slack


@given(st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0]), min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_weights_are_respected(weights: list[float]) -> None:
    """When nobody discovers more than others, time is given by weight."""
    jobs = [Job(weight, 0.0) for weight in weights]
    for share, just in zip(shares(simulate(jobs, 500)), fair(jobs), strict=True):
        assert share == pytest.approx(just, abs=0.02)


@given(JOBS, st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_a_bonus_is_at_most_threefold(jobs: list[Job], seed: int) -> None:
    """For its weight, no job has more than `BONUS` times the time of another one."""
    accounts = simulate(jobs, 600, seed)
    each = [account.ran_s / account.weight for account in accounts]
    one_slice_s = 1.2 * SLICE_S / min(job.weight for job in jobs)
    assert max(each) <= BONUS * (min(each) + one_slice_s) + one_slice_s


def test_who_discovers_gets_more() -> None:
    """Of two equal jobs, the one that finds something gets about `BONUS` times the time."""
    found, other = simulate([Job(1.0, 5.0), Job(1.0, 0.0)], 1000)
    assert found.ran_s / other.ran_s == pytest.approx(BONUS, rel=0.1)


def test_a_discovery_is_forgotten() -> None:
    """What a job found once does not favour it for ever."""
    account = charge(Account(), SLICE_S, 100, 1.0)
    for _ in range(60):
        account = charge(account, SLICE_S, 0, 1.0)
    assert pulls([account, charge(Account(), SLICE_S, 1, 1.0)])[0] < 1.01


def test_pulls_go_from_one_to_bonus() -> None:
    """The best discoverer has the full bonus, who finds nothing has none; weights multiply."""
    accounts = [Account(1.0, rate=4.0), Account(1.0, rate=2.0), Account(2.0, rate=0.0)]
    assert pulls(accounts) == [BONUS, 2.0, 2.0]
    assert pulls([Account(2.0)]) == [2.0]
    assert pulls([]) == []


def test_ties_go_to_the_first() -> None:
    """The same accounts always give the same answer."""
    accounts = [Account(), Account(), Account()]
    assert pick(accounts, [2, 1]) == 1
    assert pick(accounts, [0, 1, 2]) == 0
    assert pick(accounts, []) is None
    assert pick([], []) is None


def test_simulations_repeat() -> None:
    """Scheduling has no randomness of its own."""
    jobs = [Job(1.0, 1.0), Job(2.0, 0.0), Job(0.5, 3.0)]
    assert simulate(jobs, 200, seed=7) == simulate(jobs, 200, seed=7)


def test_who_is_below_the_floor_goes_first() -> None:
    """Whatever the virtual time says: a late job with a bonus cannot push it further down."""
    poor = Account(ran_s=1.0, virtual_s=50.0)
    rich = Account(ran_s=99.0, virtual_s=1.0)
    assert pick([rich, poor], [0, 1]) == 1
    assert pick([rich, poor], [0]) == 0


def test_no_time_is_no_charge() -> None:
    """A turn of no length says nothing about a job's discoveries."""
    account = Account(ran_s=3.0, rate=1.0)
    assert charge(account, 0.0, 5, 1.0) == account


def test_turns_count_what_is_running() -> None:
    """Shares add up while a turn is going on, and a turn that never began is over."""
    turns = Turns([1.0, 1.0])
    assert turns.share(0) == 0.0
    assert turns.is_over(0)
    assert turns.next([0, 1]) == 0
    turns.begin(0, discovered=0)
    assert not turns.is_over(0)
    assert turns.ran_s(0) > 0.0
    assert turns.share(0) == 1.0
    turns.end(0, discovered=3)
    turns.end(0, discovered=9)  # ended already: charged once
    ran_s = turns.ran_s(0)
    assert ran_s == turns.ran_s(0) > 0.0
    assert turns.next([0, 1]) == 1
