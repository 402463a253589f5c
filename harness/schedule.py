"""Who runs next: weighted fair slices, a bonus for discovery, and a floor that nobody falls below.

Every job has a virtual runtime: seconds that it ran, divided by its pull. The waiting job with the
least is next (as in a completely fair scheduler). The pull is the check's weight times a bonus of
1 to `BONUS`, by its share of the run's recent discoveries; a job whose share of the time fell below
`FLOOR` of an equal, weighted share goes first whatever its bonus.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

SLICE_S = 2.0
"""Seconds that a job runs before another may take its place."""
BONUS = 3.0
FLOOR = 0.5
MEMORY = 0.7
"""How much of the discovery rate of earlier slices still counts after one more slice."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """What one job used and found so far."""

    weight: float = 1.0
    ran_s: float = 0.0
    virtual_s: float = 0.0
    rate: float = 0.0
    """Discoveries per second, smoothed over slices."""


def charge(account: Account, ran_s: float, discoveries: int, pull: float) -> Account:
    """The account after a slice of `ran_s` seconds with so many discoveries, at this pull."""
    if ran_s <= 0:
        return account
    rate = MEMORY * account.rate + (1 - MEMORY) * discoveries / ran_s
    return dataclasses.replace(
        account,
        ran_s=account.ran_s + ran_s,
        virtual_s=account.virtual_s + ran_s / pull,
        rate=rate,
    )


def pulls(accounts: Sequence[Account]) -> list[float]:
    """Weight times discovery bonus, for each account."""
    best = max((account.rate for account in accounts), default=0.0)
    return [
        account.weight * (1.0 + (BONUS - 1.0) * (account.rate / best if best > 0 else 0.0))
        for account in accounts
    ]


def pick(accounts: Sequence[Account], waiting: Sequence[int]) -> int | None:
    """Index of the waiting job that runs next; None when none waits. Ties go to the first."""
    if not waiting:
        return None
    total_s = sum(account.ran_s for account in accounts)
    weights = sum(account.weight for account in accounts)

    def order(index: int) -> tuple[bool, float, int]:
        account = accounts[index]
        floor_s = FLOOR * total_s * account.weight / weights
        return (account.ran_s >= floor_s, account.virtual_s, index)

    return min(waiting, key=order)
