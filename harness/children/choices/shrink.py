"""Makes a failing test case smaller, by Hypothesis's own shrinker and under a limit."""

from __future__ import annotations

import random
import time
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import choices_from_bytes
from hypothesis.errors import HypothesisException, StopTest
from hypothesis.internal.conjecture.data import ConjectureData, Status
from hypothesis.internal.conjecture.engine import ConjectureRunner, RunIsComplete
from hypothesis.internal.escalation import InterestingOrigin

from harness.children.choices.cases import stored


class _OverError(BaseException):
    """The limit is reached; no `except Exception` of Hypothesis keeps it."""


class Executes(Protocol):
    """Runs one test case; what the test raises escapes."""

    def execute(self, data: ConjectureData) -> Status:
        """As `cases.Case.execute`."""


class Keeps(Protocol):
    """Names and keeps failures, as `harness.children.keeper.Keeper`."""

    def mark_of(self, error: BaseException, /) -> str:
        """The fingerprint of a failure."""

    def keep(self, error: BaseException, data: bytes, /) -> str | None:
        """Record it."""


def shrink(executes: Executes, keeper: Keeps, mark: str, data: bytes, limit_s: float) -> bytes:
    """The smallest test case found in `limit_s` CPU seconds that fails as `mark` says.

    Whatever fails on the way is kept by `keeper`.
    """
    choices = choices_from_bytes(data)
    end_s = time.process_time() + limit_s
    best = data
    origin: Any = None

    def fails(case: ConjectureData) -> None:
        nonlocal best, origin
        if time.process_time() > end_s:
            raise _OverError
        try:
            executes.execute(case)
            return
        except BaseException as error:  # every escape is a finding; that is the farm's job
            if keeper.mark_of(error) != mark:
                return
            told = stored(case)
            keeper.keep(error, told)
            if (len(told), told) < (len(best), best):
                best = told
            origin = origin or InterestingOrigin.from_exception(error)
        case.mark_interesting(origin)

    if choices is None:
        return best
    terms = settings(
        database=None,
        deadline=None,
        max_examples=10**6,
        phases=(Phase.shrink,),
        suppress_health_check=list(HealthCheck),
    )
    runner = ConjectureRunner(fails, settings=terms, random=random.Random(0))
    try:
        first: Any = runner.cached_test_function(choices)
        if first.status is Status.INTERESTING:
            runner.shrink(first, lambda case: case.status is Status.INTERESTING)
    except (_OverError, StopTest, RunIsComplete, HypothesisException):
        pass  # over, or it gave up, as where a test draws by more than choices: the best counts
    return best
