"""The test cases worth mutating: for each feature the smallest that shows it."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import random
from collections.abc import Iterable, Mapping

from harness.children.choices.feedback import Feature, Operands, branch_of
from harness.children.choices.trees import Tree

_OLD = 500
"""Picks after which weights are computed again."""
_FAMILIAR = 0.5
"""How much less a feature weighs the more often it was seen: its count to this power."""
_LONG = 30
"""Choices of a test case that weighs half as much as a very short one."""
_NEAR = 0.3
"""What a comparison weighs that was never equal: as much as a feature that was seen ten times."""


@dataclasses.dataclass(frozen=True, slots=True)
class Near:
    """Stands for the test case that came closest to making a comparison equal."""

    place: int


@dataclasses.dataclass(slots=True, eq=False)
class Entry:
    """A kept test case. `size`: choices, and bytes of them."""

    tree: Tree
    size: tuple[int, int]
    operands: tuple[Operands, ...]
    """What its execution compared in vain."""
    reached: frozenset[int] = frozenset()
    """Places of comparisons whose operands were equal."""
    owned: int = 0
    """Features of which it is the smallest example."""


class Pool:
    """Entries, and which feature belongs to which of them."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._owners: dict[Feature, Entry] = {}
        self._apart: dict[int, int] = {}
        self._seen: collections.Counter[Feature] = collections.Counter()
        self._weights: list[float] = []
        self._picks = 0
        self._places: dict[int, list[tuple[Entry, int, int]]] = {}
        self.entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def features(self) -> int:
        """Distinct features that entries show."""
        return len(self._owners)

    @property
    def branches(self) -> int:
        """Those of them that are branches."""
        return len({branch_of(feature) for feature in self._owners if type(feature) is int})

    def see(self, features: Iterable[Feature]) -> None:
        """Count one execution."""
        self._seen.update(features)

    def gains(
        self, features: Iterable[Feature], apart: Mapping[int, int], size: tuple[int, int]
    ) -> tuple[list[Feature], bool]:
        """Which features are new, or shown by something smaller; and whether one is new.

        `apart` counts as one feature for each place where operands came closer than ever.
        """
        won: list[Feature] = []
        fresh = False
        for feature in features:
            owner = self._owners.get(feature)
            if owner is None:
                fresh = True
            if owner is None or size < owner.size:
                won.append(feature)
        for place, distance in apart.items():
            before = self._apart.get(place)
            if before is None or distance < before:
                self._apart[place] = distance
                if distance:
                    won.append(Near(place))
                    fresh = True
                else:
                    self._disown(Near(place))
        return won, fresh

    def _disown(self, feature: Feature) -> None:
        owner = self._owners.pop(feature, None)
        if owner is not None:
            owner.owned -= 1

    def add(self, entry: Entry, won: Iterable[Feature]) -> list[Entry]:
        """Let it own these features; returns entries that own nothing any more, and are gone."""
        for feature in won:
            before = self._owners.get(feature)
            if before is not None:
                before.owned -= 1
            self._owners[feature] = entry
            entry.owned += 1
        gone = [other for other in self.entries if not other.owned]
        if gone:
            self.entries = [other for other in self.entries if other.owned]
        self.entries.append(entry)
        self._picks, self._places = 0, {}
        return gone

    def pick(self) -> Entry:
        """An entry by chance, likelier the rarer its features are."""
        if self._picks <= 0:
            self._weigh()
        self._picks -= 1
        return self._rng.choices(self.entries, cum_weights=self._weights)[0]

    def _weigh(self) -> None:
        weight_of: dict[int, float] = collections.defaultdict(float)
        for feature, entry in self._owners.items():
            weight = (
                _NEAR if type(feature) is Near else float(max(self._seen[feature], 1) ** -_FAMILIAR)
            )
            # What takes longer is worth less: in its time, others run several times.
            weight_of[id(entry)] += weight / (1 + entry.size[0] / _LONG)
        self._weights = list(itertools.accumulate(weight_of[id(entry)] for entry in self.entries))
        self._picks = _OLD

    def spans(self, label: int) -> list[tuple[Entry, int, int]]:
        """Spans of this label in all entries, as (entry, begin, end)."""
        if not self._places:
            places: dict[int, list[tuple[Entry, int, int]]] = collections.defaultdict(list)
            for entry in self.entries:
                for span in entry.tree.spans:
                    places[span.label].append((entry, span.begin, span.end))
            self._places = dict(places)
        return self._places.get(label, [])
