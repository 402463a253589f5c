"""One grammar, two uses: what draws through `Draw` is a mutator's generator and a strategy.

A grammar is a function `build(draw) -> bytes`. From a `random.Random` it makes inputs at the speed
of a mutator; from Hypothesis it makes the same inputs as choices that shrink.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


class Draw(Protocol):
    """A source of decisions. Simple ones first: Hypothesis shrinks towards low and early."""

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""

    def chance(self, probability: float) -> bool:
        """True with about this probability; False is simpler."""

    def choice(self, items: Sequence[T]) -> T:
        """One of `items`, which are not empty."""

    def binary(self, low: int, high: int) -> bytes:
        """Between `low` and `high` arbitrary bytes."""


class _FromRandom:
    __slots__ = ("_rng",)

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def integer(self, low: int, high: int) -> int:
        return (
            low + int(self._rng.random() * (high - low + 1))
            if high - low < 1 << 40
            else (self._rng.randint(low, high))
        )

    def chance(self, probability: float) -> bool:
        return self._rng.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        return items[int(self._rng.random() * len(items))]

    def binary(self, low: int, high: int) -> bytes:
        return self._rng.randbytes(self.integer(low, high))


class _FromHypothesis:
    __slots__ = ("_draw", "_st")

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        from hypothesis import strategies

        self._draw = draw
        self._st = strategies

    def integer(self, low: int, high: int) -> int:
        number: int = self._draw(self._st.integers(low, high))
        return number

    def chance(self, probability: float) -> bool:
        if probability <= 0.0 or probability >= 1.0:
            return probability >= 1.0
        steps = min(max(round(1 / min(probability, 1 - probability)), 2), 1000)
        drawn = self._draw(self._st.integers(0, steps - 1))
        return bool(drawn >= steps - round(probability * steps))

    def choice(self, items: Sequence[T]) -> T:
        chosen: T = items[self._draw(self._st.integers(0, len(items) - 1))]
        return chosen

    def binary(self, low: int, high: int) -> bytes:
        data: bytes = self._draw(self._st.binary(min_size=low, max_size=high))
        return data


def from_random(rng: random.Random) -> Draw:
    """Decisions by a pseudo-random generator."""
    return _FromRandom(rng)


def strategy(build: Callable[[Draw], bytes]) -> SearchStrategy[bytes]:
    """A Hypothesis strategy whose examples are what `build` makes."""
    from hypothesis import strategies

    @strategies.composite
    def built(draw: Callable[[Any], Any]) -> bytes:
        return build(_FromHypothesis(draw))

    return built()
