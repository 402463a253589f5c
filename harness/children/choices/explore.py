"""The loop: pick a test case, mutate it, run it, keep it when it shows something new."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis.internal.conjecture.data import ConjectureData, Status

from harness.children.choices.cases import Case, Steps
from harness.children.choices.feedback import Feature, Feedback
from harness.children.choices.mutate import Mutator
from harness.children.choices.pool import Entry, Pool
from harness.children.choices.provider import Guided, Recorder
from harness.children.choices.trees import Token, Value, tree_of

FRESH: Final = 0.1
"""Share of test cases that are drawn wholly by chance."""
REPAIR: Final = 0.2
"""How often a test case that lost an equality, such as a checksum's, is put right and run again."""
_LATEST: Final = 20
"""Comparisons in vain that this looks at: the last ones ended the test case."""
STOP: Final = 0.15
"""How likely a machine stops after each step that no kept test case had."""
_KEPT_OPERANDS: Final = 200


class Rarity:
    """Which features were seen in exactly one, and which in several, of sampled executions."""

    def __init__(self) -> None:
        self.sampled = 0
        self._once: set[Feature] = set()
        self._again: set[Feature] = set()

    def add(self, features: set[Feature]) -> None:
        """Count one execution."""
        self.sampled += 1
        self._again |= self._once & features
        self._once |= features

    @property
    def seen(self) -> int:
        """Distinct features in the sample."""
        return len(self._once)

    @property
    def singletons(self) -> int:
        """Features seen in exactly one of the executions."""
        return len(self._once) - len(self._again)


class Explorer:
    """State of the search for one test. `keep` is told of each failure and its choices.

    `recorder` gives, before each execution, what writes its choices down.
    """

    def __init__(
        self,
        case: Case,
        feedback: Feedback,
        rng: random.Random,
        keep: Callable[[BaseException, ConjectureData], None],
        *,
        words: Sequence[Value] = (),
        recorder: Callable[[], Recorder | None] = lambda: None,
    ) -> None:
        self.pool = Pool(rng)
        self.executions = 0
        self.rarity = Rarity()
        self.sample = False
        """The next execution belongs to the sample."""
        self.case = case
        """May be replaced by the same test with other arguments."""
        self._feedback = feedback
        self._rng = rng
        self._keep = keep
        self._recorder = recorder
        self._data = ConjectureData.for_choices(())
        self._tree = tree_of(self._data)
        self._mutator = Mutator(self.pool, rng, words)

    def step(self) -> ConjectureData | None:
        """One execution; its data when it showed a feature that nothing showed before."""
        if not len(self.pool) or self._rng.random() < FRESH:
            return self.attempt(())
        entry = self.pool.pick()
        found = self.attempt(self._mutator.mutate(entry))
        if found is None and self._rng.random() < REPAIR and self._lost(entry):
            broken = Entry(self._tree, (0, 0), tuple(self._feedback.operands[-_LATEST:]))
            tokens = self._mutator.repair(broken)
            found = None if tokens is None else self.attempt(tokens)
        return found

    def _lost(self, entry: Entry) -> bool:
        """Whether the latest execution failed a comparison that this entry's was equal in."""
        apart = self._feedback.apart
        if not any(apart.get(place) for place in entry.reached):
            return False
        self._data.freeze()
        self._tree = tree_of(self._data)
        return True

    def attempt(self, tokens: Sequence[Token]) -> ConjectureData | None:
        """Run these tokens, and what chance adds; as `step`."""
        data = self._data = ConjectureData(
            random=self._rng,
            provider=Guided,
            provider_kw={"tokens": tokens, "stop": STOP if tokens else 0.0},
            observer=self._recorder(),
        )
        return self._judge(data, *self._run(data))

    def replay(self, choices: Sequence[Any]) -> ConjectureData | None:
        """Run stored choices as they are; as `step`."""
        data = ConjectureData.for_choices(choices, observer=self._recorder())
        return self._judge(data, *self._run(data))

    def execute(self, data: ConjectureData) -> Status:
        """One execution outside of the search; what the test raises escapes."""
        recorder = self._recorder()
        self.executions += 1
        if recorder is not None and data.prefix:
            for choice in data.prefix:
                if isinstance(choice, int | float | str | bytes):
                    recorder.note(choice)
        return self.case.execute(data)

    def _run(self, data: ConjectureData) -> tuple[bool, set[Feature]]:
        """Whether it was a test case that holds, and what it showed."""
        steps = data._stateful_run_times = Steps()
        self._feedback.begin()
        self.executions += 1
        try:
            status = self.case.execute(data)
        except BaseException as error:  # every escape is a finding; that is the farm's job
            self._keep(error, data)
            status = Status.INTERESTING
        features: set[Feature] = {*self._feedback.branches()}
        features.update((key, str(value)) for key, value in data.events.items())
        features.update(
            (label, _bucket(value)) for label, value in data.target_observations.items()
        )
        features.update(("step", name) for name in steps.order)
        return status is Status.VALID, features

    def _judge(
        self,
        data: ConjectureData,
        valid: bool,
        features: set[Feature],
    ) -> ConjectureData | None:
        pool = self.pool
        pool.see(features)
        if self.sample:
            self.sample = False
            self.rarity.add(features)
        if not valid:
            return None
        size = (len(data.nodes), data.length)
        won, fresh = pool.gains(features, self._feedback.apart, size)
        if not won:
            return None
        operands = dict.fromkeys(itertools.islice(self._feedback.operands, 10 * _KEPT_OPERANDS))
        data.freeze()
        tree = tree_of(data)
        if not tree.values:
            return None
        apart = self._feedback.apart
        reached = frozenset(place for place, distance in apart.items() if distance == 0)
        pool.add(Entry(tree, size, tuple(operands)[:_KEPT_OPERANDS], reached), won)
        return data if fresh else None


def _bucket(value: float) -> int:
    """A target's value, so that each doubling counts as new."""
    whole = int(value) if abs(value) < 1e300 else 0
    return whole.bit_length() if whole >= 0 else -whole.bit_length()
