"""The search for one test within a worker: explored, and made smaller where it fails."""

from __future__ import annotations

import dataclasses
import mmap
import os
import random
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis.internal.conjecture.data import ConjectureData

from harness.children.channel import Channel
from harness.children.choices import cases
from harness.children.choices.cases import Case
from harness.children.choices.explore import Explorer
from harness.children.choices.feedback import Feedback
from harness.children.choices.provider import Recorder
from harness.children.choices.shrink import shrink
from harness.children.choices.trees import Value
from harness.children.keeper import Keeper
from harness.children.life import BROKE
from targets import vocabulary

SHRINK_S: Final = 3.0
"""CPU seconds for making the first example of a failure smaller."""
SHRINK_SHARE: Final = 0.15
"""Part of the time of a test that this may take."""


@dataclasses.dataclass(slots=True)
class Surroundings:
    """What all searches of a worker share. `memory` holds the choices of the current test case;
    None where the test itself writes down what it is given."""

    channel: Channel
    keeper: Keeper
    feedback: Feedback
    memory: mmap.mmap | None
    words: Sequence[Value] = ()
    executions: int = 0
    """Of all searches of the worker."""


Form = Callable[[bytes], bytes]
"""From the choices of the latest execution, as Hypothesis stores them, to what is kept of it."""


class Search:
    """Explores one test. `form` says what is kept of a test case, `name` goes before its choices
    while it runs."""

    def __init__(
        self,
        case: Case,
        around: Surroundings,
        rng: random.Random,
        name: bytes = b"",
        form: Form = bytes,
        smaller: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        """`smaller` is told of each failing test case, and when it became smaller."""
        self._around = around
        self._name = name
        self._form = form
        self._smaller = smaller
        self._failing: list[tuple[str, bytes]] = []
        self._shrinking_s = 0.0
        self.marks: set[str] = set()
        """Fingerprints of its failures."""
        self.explorer = Explorer(
            case, around.feedback, rng, self._keep, words=around.words, recorder=self._record
        )

    def step(self) -> bytes | None:
        """One execution; what is to be stored when it showed something new."""
        found = self.explorer.step()
        return None if found is None else self._form(cases.stored(found))

    def replay(self, choices: Sequence[Any]) -> None:
        """Run a stored test case as it is."""
        self.explorer.replay(choices)

    def shrink(self, spent_s: float, clock: Callable[[], float]) -> None:
        """Make the first example of a failure smaller, if that took little of the time so far."""
        if not self._failing or self._shrinking_s > SHRINK_S + SHRINK_SHARE * spent_s:
            return
        mark, data = self._failing.pop(0)
        waiting, before_s = len(self._failing), clock()
        keeper = _Forming(self._around.keeper, self._form)
        self._smaller(shrink(self.explorer, keeper, mark, data, SHRINK_S))
        del self._failing[waiting:]  # what came up on the way was kept, and is small already
        self._shrinking_s += clock() - before_s

    def _record(self) -> Recorder | None:
        around = self._around
        around.executions += 1
        if around.memory is None:
            return None
        return Recorder(around.memory, around.executions, self._name)

    def _keep(self, error: BaseException, data: ConjectureData) -> None:
        try:
            told = cases.stored(data)
            self._around.keeper.keep(error, self._form(told))
            mark = self._around.keeper.mark_of(error)
            if mark not in self.marks:  # new to this test, if not to the worker
                self.marks.add(mark)
                self._failing.append((mark, told))
                self._smaller(told)
        except BaseException:  # our own bug: it must not look like one of the subject
            self._around.channel.say("broke", text=traceback.format_exc())
            os._exit(BROKE)


class _Forming:
    """A keeper of test cases in the form in which they are kept."""

    def __init__(self, keeper: Keeper, form: Form) -> None:
        self._keeper, self._form = keeper, form
        self.mark_of = keeper.mark_of

    def keep(self, error: BaseException, data: bytes) -> str | None:
        """As `Keeper.keep`."""
        return self._keeper.keep(error, self._form(data))


def words() -> list[Value]:
    """The code's words, as bytes and as text."""
    found: list[Value] = list(vocabulary.words())
    found += [word.decode() for word in vocabulary.words() if _is_text(word)]
    return found


def _is_text(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True
