"""What the tests of a suite did, added up over the processes of a job and over jobs. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from harness.events import SuiteTestFinished


class Tally:
    """Hears of one job's tests, process by process."""

    def __init__(self) -> None:
        self._before: dict[str, SuiteTestFinished] = {}
        self._now: dict[str, SuiteTestFinished] = {}

    def begin(self) -> None:
        """Another process of the job begins to count from nothing."""
        self._before, self._now = {test.test: test for test in self.finished()}, {}

    def hear(self, message: dict[str, Any]) -> None:
        """Take what the process says of one test; it replaces what it said before."""
        self._now[message["name"]] = SuiteTestFinished(
            test=message["name"],
            executions=message["executions"],
            active_s=message["active_s"],
            features=message["features"],
            failures=tuple(message["failures"]),
            note=message["note"],
        )

    def finished(self) -> list[SuiteTestFinished]:
        """Totals, in the order of the suite."""
        return together([*self._before.values(), *self._now.values()])


def together(tests: Iterable[SuiteTestFinished]) -> list[SuiteTestFinished]:
    """One for each test: counts added, features the best, every failure once."""
    found: dict[str, SuiteTestFinished] = {}
    for test in tests:
        before = found.get(test.test)
        found[test.test] = (
            test
            if before is None
            else dataclasses.replace(
                test,
                executions=before.executions + test.executions,
                active_s=before.active_s + test.active_s,
                features=max(before.features, test.features),
                failures=tuple(sorted({*before.failures, *test.failures})),
                note=test.note or before.note,
            )
        )
    return list(found.values())
