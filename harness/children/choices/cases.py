"""Checks of kind `Property` and `Machine` as Hypothesis tests, run on given choices.

Hypothesis offers no public way to run one test case from choices. Its own `fuzz_one_input` is
built on `StateForActualGivenExecution.execute_once`, which is used here in the same way.
"""

from __future__ import annotations

import collections
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import hypothesis.core
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
    """One Hypothesis test, whose test cases are run one at a time.

    `state` is Hypothesis's own `StateForActualGivenExecution`: the test with its arguments.
    """

    def __init__(self, state: Any) -> None:
        self._state = state
        self._unfit: tuple[type[BaseException], ...] = (UnsatisfiedAssumption, *skips())
        known = inspect.signature(self._state.execute_once).parameters
        # Named so since 2026, `print_example` before.
        self._printing = {name: True for name in known if name.startswith("print_")}

    def execute(self, data: ConjectureData) -> Status:
        """Run one test case. What the test raises escapes; an unfit case only has its status."""
        return self._once(data)

    def replay(self, choices: Sequence[Any]) -> None:
        """Run the test case that these choices make."""
        self._once(ConjectureData.for_choices(choices))

    def narrate(self, choices: Sequence[Any], say: Callable[[object], None]) -> None:
        """As `replay`, and says line by line what runs: arguments, or the steps of a machine."""
        with with_reporter(say):
            self._once(ConjectureData.for_choices(choices), is_final=True, **self._printing)

    def run(self, stored: bytes, _subject: object) -> None:
        """Run the test case that `stored` describes; bytes that describe none do nothing."""
        choices = choices_from_bytes(stored)
        if choices is not None:
            self.replay(choices)

    def tell(self, stored: bytes, say: Callable[[object], None]) -> None:
        """As `run`, and says what runs."""
        choices = choices_from_bytes(stored)
        if choices is not None:
            self.narrate(choices, say)

    def _once(self, data: ConjectureData, **terms: bool) -> Status:
        try:
            self._state.execute_once(data, **terms)
        except StopTest:
            return data.status
        except self._unfit:
            return Status.INVALID
        return Status.VALID


class Tells(Protocol):
    """What runs stored test cases, as `Case` does."""

    def run(self, stored: bytes, subject: object, /) -> None:
        """Run one; what the test raises escapes."""

    def tell(self, stored: bytes, say: Callable[[object], None]) -> None:
        """As `run`, and says line by line what runs."""


def skips() -> tuple[type[BaseException], ...]:
    """What a test raises to say that a test case is none: skips, and failures that it expects."""
    core: Any = hypothesis.core
    found: tuple[type[BaseException], ...] = core.skip_exceptions_to_reraise()
    outcomes = sys.modules.get("_pytest.outcomes")
    return found if outcomes is None else (*found, outcomes.XFailed)


def of_test(test: Any) -> Case:
    """A test that `@given` made, and that takes no further arguments."""
    return Case(_state_of(test))


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
    return of_test(hypotheses.test_of(check, subject, where, max_examples=1))
