"""How well a grouping of sightings agrees with their bugs: pairwise F1 and V-measure. Pure."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Hashable, Iterable, Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Scores:
    """Each figure is from 0 to 1, but for `groups`, a count.

    `precision`: of the pairs put into one group, those of one bug; `recall`: of the pairs of one
    bug, those put into one group; `f1`: their harmonic mean. `homogeneity`, `completeness` and
    `v_measure` are those of Rosenberg and Hirschberg (2007), with equal weights.
    """

    f1: float
    precision: float
    recall: float
    v_measure: float
    homogeneity: float
    completeness: float
    groups: int


@dataclasses.dataclass(frozen=True, slots=True)
class Confusion:
    """A mistake that costs `pairs` pairs: bugs in one group, or one bug in several groups."""

    pairs: int
    bugs: tuple[str, ...]
    keys: tuple[str, ...]


def score(bugs: Sequence[str], keys: Sequence[Hashable]) -> Scores:
    """Compare the groups that `keys` make with the bugs; ValueError unless both are as long.

    Nothing wrong is 1: of no pairs, all are right.
    """
    cells = collections.Counter(zip(bugs, keys, strict=True))
    of_bug, of_key = collections.Counter(bugs), collections.Counter(keys)
    both = _pairs(cells.values())
    precision = _ratio(both, _pairs(of_key.values()))
    recall = _ratio(both, _pairs(of_bug.values()))
    mutual = _entropy(of_bug.values()) + _entropy(of_key.values()) - _entropy(cells.values())
    homogeneity = _ratio(mutual, _entropy(of_bug.values()))
    completeness = _ratio(mutual, _entropy(of_key.values()))
    return Scores(
        f1=_harmonic(precision, recall),
        precision=precision,
        recall=recall,
        v_measure=_harmonic(homogeneity, completeness),
        homogeneity=homogeneity,
        completeness=completeness,
        groups=len(of_key),
    )


def merged(bugs: Sequence[str], keys: Sequence[Hashable]) -> list[Confusion]:
    """Pairs of bugs that share groups, and those groups' keys; the costliest first."""
    inside: dict[Hashable, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for bug, key in zip(bugs, keys, strict=True):
        inside[key][bug] += 1
    cost: collections.Counter[tuple[str, str]] = collections.Counter()
    shared: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for key, counts in inside.items():
        names = sorted(counts)
        for at, one in enumerate(names):
            for other in names[at + 1 :]:
                cost[one, other] += counts[one] * counts[other]
                shared[one, other].append(str(key))
    found = [Confusion(pairs, two, tuple(shared[two])) for two, pairs in cost.items()]
    return sorted(found, key=lambda item: (-item.pairs, item.bugs))


def split(bugs: Sequence[str], keys: Sequence[Hashable]) -> list[Confusion]:
    """Bugs in several groups, and those groups' keys, largest first; the costliest bug first."""
    groups: dict[str, collections.Counter[Hashable]] = collections.defaultdict(collections.Counter)
    for bug, key in zip(bugs, keys, strict=True):
        groups[bug][key] += 1
    found = []
    for bug, counts in groups.items():
        lost = _pairs([counts.total()]) - _pairs(counts.values())
        if lost:
            found.append(
                Confusion(lost, (bug,), tuple(str(key) for key, _ in counts.most_common()))
            )
    return sorted(found, key=lambda item: (-item.pairs, item.bugs))


def _pairs(counts: Iterable[int]) -> int:
    return sum(math.comb(count, 2) for count in counts)


def _entropy(counts: Iterable[int]) -> float:
    """Shannon entropy of the shares, in nats."""
    known = list(counts)
    total = sum(known)
    return -sum(count / total * math.log(count / total) for count in known)


def _ratio(part: float, whole: float) -> float:
    # Entropies are sums of rounded logarithms: keep their ratio within its range.
    return min(max(part / whole, 0.0), 1.0) if whole > 1e-12 else 1.0


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
