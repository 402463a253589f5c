"""Checks of kind `Property` and `Machine` as Hypothesis tests, run on given choices.

Hypothesis offers no public way to run one test case from choices. Its own `fuzz_one_input` is
built on `StateForActualGivenExecution.execute_once`, which is used here in the same way.
"""

from __future__ import annotations

import collections
import contextlib
import inspect
from collections.abc import Callable
from typing import Any, Final

from hypothesis.database import choices_from_bytes, choices_to_bytes
from hypothesis.errors import StopTest, UnsatisfiedAssumption
from hypothesis.internal.conjecture.data import ConjectureData, Status
from hypothesis.reporting import with_reporter

from targets import hypotheses
from targets.kinds import Machine, Property

_STEP: Final = "execute:rule:"


class Steps(collections.defaultdict[str, float]):
    """Where Hypothesis adds up the time of each rule: it tells which rules ran, in order."""

    def __init__(self) -> None:
        super().__init__(float)
        self.order: list[str] = []

    def __setitem__(self, key: str, value: float) -> None:
        super().__setitem__(key, value)
        if key.startswith(_STEP):
            self.order.append(key.removeprefix(_STEP))


class Case:
    """One Hypothesis test, whose test cases are run one at a time."""

    def __init__(self, test: Any) -> None:
        self._state = _state_of(test)
        known = inspect.signature(self._state.execute_once).parameters
        # Named so since 2026, `print_example` before.
        self._printing = {name: True for name in known if name.startswith("print_")}

    def execute(self, data: ConjectureData) -> Status:
        """Run one test case. What the test raises escapes; an unfit case only has its status."""
        try:
            self._state.execute_once(data)
        except StopTest:
            return data.status
        except UnsatisfiedAssumption:
            return Status.INVALID
        return Status.VALID

    def run(self, stored: bytes, _subject: object) -> None:
        """Run the test case that `stored` describes; bytes that describe none do nothing."""
        choices = choices_from_bytes(stored)
        if choices is not None:
            self.execute(ConjectureData.for_choices(choices))

    def tell(self, stored: bytes, say: Callable[[object], None]) -> None:
        """As `run`, and says line by line what runs: arguments, or the steps of a machine."""
        choices = choices_from_bytes(stored)
        if choices is None:
            return
        data = ConjectureData.for_choices(choices)
        with (
            with_reporter(say),
            contextlib.suppress(StopTest, UnsatisfiedAssumption),
        ):
            self._state.execute_once(data, is_final=True, **self._printing)


def _state_of(test: Any) -> Any:
    """The object behind `test.hypothesis.fuzz_one_input`."""
    function = test.hypothesis.fuzz_one_input
    cells = zip(function.__code__.co_freevars, function.__closure__, strict=True)
    return {name: cell.cell_contents for name, cell in cells}["state"]


def stored(data: ConjectureData) -> bytes:
    """The choices of an executed test case, in the form of Hypothesis's own database."""
    return choices_to_bytes(data.choices)


def case_of(check: Property | Machine, subject: object, where: str) -> Case:
    """The check as a test over `subject`. FarmError when what it names cannot be loaded."""
    return Case(hypotheses.test_of(check, subject, where, max_examples=1))
