"""Hypothesis choices made smaller by Hypothesis's own shrinker, for any strategy and any question.

A drawn value is a function of the choices that its strategy made. The shrinker works on these, so
every candidate is a value that the strategy can draw: no format needs to be known.
"""

from __future__ import annotations

import dataclasses
import inspect
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.control import BuildContext
from hypothesis.database import InMemoryExampleDatabase, choices_from_bytes, choices_to_bytes
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture.choice import ChoiceT
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.internal.conjecture.shrinker import sort_key
from hypothesis.internal.escalation import InterestingOrigin
from hypothesis.strategies import SearchStrategy

V = TypeVar("V")

Choices = tuple[ChoiceT, ...]
"""What one strategy drew, in order: bools, whole numbers, floats, texts and bytes."""

MAX_ROUNDS = 20
"""Runs of the shrinker, which ends each by itself after 500 steps."""
_KEY = b"minimize"
_ORIGIN = InterestingOrigin(AssertionError, None, None, (), ())  # one: the caller tells bugs apart


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn(Generic[V]):
    """The smallest known choices and their value; `finished`: the shrinker found no smaller."""

    choices: Choices
    value: V
    tests: int
    finished: bool

    @property
    def data(self) -> bytes:
        """The choices as bytes, which a seed may be given as."""
        return choices_to_bytes(self.choices)


class _Over(BaseException):
    """The time is over. No Exception: nothing on the way may take it for a failure."""


def minimize_choices(
    strategy: SearchStrategy[V],
    interesting: Callable[[V], bool],
    seed: Sequence[ChoiceT] | bytes,
    *,
    seconds: float = 60.0,
    rounds: int = MAX_ROUNDS,
) -> Drawn[V]:
    """The smallest choices of `strategy` whose value is `interesting`, as the shrinker finds them.

    `seed` are the choices to start from, or their bytes; ValueError when they draw no interesting
    value. Ends after `seconds`, or when `interesting` changes its answer, with what is known by
    then. The same result every time, if time suffices.
    """
    choices = choices_from_bytes(seed) if isinstance(seed, bytes) else tuple(seed)
    if choices is None:
        raise ValueError("the bytes of the seed are no choices")
    search = _Search(strategy, interesting, time.monotonic() + seconds)
    search.run(choices)
    for _ in range(rounds - 1):
        if search.best is None or search.over or search.best.choices == choices:
            break
        choices = search.best.choices
        search.run(choices)
    if search.best is None:
        raise ValueError("the choices of the seed draw no interesting value")
    finished = not search.over and (rounds == 1 or search.best.choices == choices)
    return dataclasses.replace(search.best, tests=search.tests, finished=finished)


class _Search(Generic[V]):
    """The runs of the shrinker, and the best that they found."""

    def __init__(
        self, strategy: SearchStrategy[V], interesting: Callable[[V], bool], end_s: float
    ) -> None:
        self._strategy = strategy
        self._interesting = interesting
        self._end_s = end_s
        # Older releases have no such parameter, later ones require it.
        named = "wrapped_test" in inspect.signature(BuildContext).parameters
        self._context: dict[str, Any] = {"wrapped_test": interesting} if named else {}
        self.best: Drawn[V] | None = None
        self._last: Drawn[V] | None = None
        self.tests = 0
        self.over = False

    def run(self, choices: Choices) -> None:
        """Shrink from `choices` until the shrinker ends or time is over."""
        runner = ConjectureRunner(
            self._execute,
            settings=settings(
                database=InMemoryExampleDatabase(),
                deadline=None,
                phases=(Phase.reuse, Phase.shrink),
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=True,
            ),
            random=random.Random(0),
            database_key=_KEY,
        )
        # What is in the primary place of the database is taken for shrunk already.
        runner.save_choices(choices, sub_key=b"secondary")
        try:
            runner.run()
        except (_Over, Flaky):  # the runner may take the end of time for an answer that changed
            self.over = True

    def _execute(self, data: ConjectureData) -> None:
        if time.monotonic() >= self._end_s and self.best is not None:
            raise _Over
        self.tests += 1
        with BuildContext(data, **self._context):
            value = data.draw(self._strategy)
            if self._interesting(value):
                self._keep(data, value)
                data.mark_interesting(_ORIGIN)

    def _keep(self, data: ConjectureData, value: V) -> None:
        key = sort_key(data.nodes)  # fewer choices first, then simpler ones
        if self.best is None or key < self._key:
            self._key: Any = key
            self.best = Drawn(tuple(data.choices), value, 0, finished=False)
