"""Watches one side's run of a test: it starts the clock, counts, and ends the process.

The result is a file, `result.json`, in the spec's folder. Time is CPU time of this process since
`start`, or since the test ran first: for no side does it count what came before, which is to start
Python, to import, and to collect the test.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import time
from typing import Any, Final

from harness.bench.choices.cases import Case, case_named, test_of

RESULT: Final = "result.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """One run of one side: a case, CPU seconds at most, and where the result goes."""

    case: str
    seed: int
    limit_s: float
    folder: str

    def write(self) -> pathlib.Path:
        """The file that says all this, within its folder."""
        path = pathlib.Path(self.folder) / "spec.json"
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")
        return path


def read(path: str) -> Spec:
    """The inverse of `Spec.write`."""
    return Spec(**json.loads(pathlib.Path(path).read_text(encoding="utf-8")))


class Referee:
    """Stands between a test and whoever runs it."""

    def __init__(self, spec: Spec) -> None:
        self.case: Case = case_named(spec.case)
        self._spec = spec
        self._began_s: float | None = None
        self._executions = 0
        self._others = 0

    def test(self, **terms: Any) -> Any:
        """The test under these settings, watched; it fails never: the process ends at the bug."""
        test = test_of(self.case, deadline=None, **terms)
        inner = test.hypothesis.inner_test

        @functools.wraps(inner)
        def watched(*args: Any, **kwargs: Any) -> None:
            self._check()
            try:
                inner(*args, **kwargs)
            except Exception as error:  # whatever the test raises is the bug, or is passed over
                self._judge(error)

        test.hypothesis.inner_test = watched
        return test

    def start(self) -> None:
        """From now on time counts."""
        if self._began_s is None:
            self._began_s = time.process_time()

    @property
    def _used_s(self) -> float:
        return time.process_time() - (self._began_s or 0.0)

    def _check(self) -> None:
        self.start()
        if self._used_s > self._spec.limit_s:
            self._end(None)
        self._executions += 1

    def _judge(self, error: Exception) -> None:
        from hypothesis.errors import HypothesisException

        if self.case.is_bug(error):
            self._end(self._used_s)
        if isinstance(error, HypothesisException):
            raise error
        self._others += 1

    def _end(self, found_s: float | None) -> None:
        """Write the result, whole or not at all, and leave without further ado."""
        if found_s is not None and found_s > self._spec.limit_s:
            found_s = None
        result = {"found_s": found_s, "executions": self._executions, "others": self._others}
        path = pathlib.Path(self._spec.folder) / RESULT
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(result), encoding="utf-8")
        draft.replace(path)
        os._exit(0)
