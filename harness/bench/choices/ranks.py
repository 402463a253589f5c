"""The Mann–Whitney U test, two-sided and exact, for small samples with ties.

The chance is taken over all ways to deal the very same values out to both samples, which is right
with ties too: censored times are such. After Mann and Whitney, 1947.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence


def u_of(one: Sequence[float], other: Sequence[float]) -> float:
    """In how many pairs the value of `one` is the larger; equal ones count half."""
    return sum((a > b) + (a == b) / 2 for a in one for b in other)


def chance(one: Sequence[float], other: Sequence[float]) -> float:
    """p: how likely U is at least as far from its mean if both samples are alike.

    ValueError when a sample is empty.
    """
    if not one or not other:
        raise ValueError("both samples need values")
    ranks = _doubled_ranks([*one, *other])
    mean = len(one) * (len(ranks) + 1)  # of the sum of doubled ranks
    far = abs(sum(ranks[: len(one)]) - mean)
    ways: list[collections.Counter[int]] = [collections.Counter() for _ in range(len(one) + 1)]
    ways[0][0] = 1
    for rank in ranks:
        for count in range(len(one), 0, -1):
            for total, number in ways[count - 1].items():
                ways[count][total + rank] += number
    extreme = sum(number for total, number in ways[-1].items() if abs(total - mean) >= far)
    return extreme / ways[-1].total()


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value, which is whole: equal values share the mean of their ranks."""
    placed = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(placed)))}
    count = collections.Counter(placed)
    return [2 * first[value] + count[value] + 1 for value in values]
