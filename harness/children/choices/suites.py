"""Test cases of a suite that pytest collected, each run by a turn of its test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.children.choices import told
from harness.children.choices.cases import Case
from targets.pytest.stored import choices_of, test_of
from targets.pytest.suite import TestSuite


class OfSuite:
    """As `cases.Case`, for the tests of a suite; bytes that name no test of it do nothing."""

    def __init__(self, suite: TestSuite) -> None:
        self._suite = suite

    def run(self, stored: bytes, _subject: object) -> None:
        """Run the test case that `stored` describes; what the test raises escapes."""
        self._once(stored, lambda case, _state, choices: case.replay(choices))

    def tell(self, stored: bytes, say: Callable[[object], None]) -> None:
        """As `run`; says how to run it by Hypothesis alone, and what runs."""

        def narrate(case: Case, state: Any, choices: Sequence[Any]) -> None:
            say(f"{test_of(stored)}")
            say(told.reproduce_failure(choices))
            with told.examples(state, say):
                case.narrate(choices, say)

        self._once(stored, narrate)

    def _once(self, stored: bytes, run: Callable[[Case, Any, Sequence[Any]], None]) -> None:
        test, choices = test_of(stored), choices_of(stored)
        if test is None or test not in self._suite.tests:
            return
        raised: BaseException | None = None

        def body(state: Any) -> None:
            nonlocal raised
            if choices is None:
                return
            try:
                run(Case(state), state, choices)
            except BaseException as error:  # it must not pass through pytest, which reports it
                raised = error

        ended = self._suite.turn(test, body, explicit=choices is None)
        error = raised or ended.error
        if error is not None:
            raise error
