"""The choices engine on a suite: all Hypothesis tests that pytest collects, in turns.

Turns are given as a run gives time to jobs: by fairness, with a bonus for discovery. The first ones
are short, so that each of hundreds of tests has one soon.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, Final

from harness.children import last_input, life, limits
from harness.children.channel import Channel
from harness.children.choices.__main__ import RELOAD_S, REPORT_S
from harness.children.choices.cases import Case
from harness.children.choices.feedback import Feedback
from harness.children.choices.search import Search, Surroundings, words
from harness.children.choices.shelf import Shelf
from harness.children.keeper import Keeper
from harness.children.loading import Loaded
from harness.children.spec import Spec
from harness.children.watch import Watch
from harness.schedule import Account, charge, pick, pulls
from targets.pytest.stored import choices_of, stored, test_of
from targets.pytest.suite import Ended, TestSuite

FIRST_S: Final = 0.05
"""Wall seconds of a test's first turn; each one lasts twice as long as the one before."""
LONGEST_S: Final = 2.0
MOST_DOUBLINGS: Final = 10
GOLDEN: Final = 0.618
DEATHS: Final = 5
"""A test that ended so many processes has no more turns."""


@dataclasses.dataclass(slots=True)
class Tested:
    """What one test did in this process. `note` says why it has no more turns, if it has none."""

    name: str
    account: Account = dataclasses.field(default_factory=Account)
    turns: int = 0
    search: Search | None = None
    note: str = ""
    waiting: list[bytes] = dataclasses.field(default_factory=list)
    """Stored test cases to run first."""
    marks: set[str] = dataclasses.field(default_factory=set)
    """Fingerprints of what failed outside of test cases."""

    @property
    def failures(self) -> list[str]:
        """Fingerprints of all that failed."""
        return sorted(self.marks | (self.search.marks if self.search else set()))

    @property
    def features(self) -> int:
        """Distinct features that it showed."""
        return 0 if self.search is None else self.search.explorer.pool.features


class SuiteEngine:
    """One worker's state around the searches of all tests."""

    def __init__(self, spec: Spec, channel: Channel, loaded: Loaded) -> None:
        if loaded.suite is None:
            raise ValueError(f"{spec.job} is no check of this engine")
        self._spec, self._channel, self._loaded = spec, channel, loaded
        self._suite: TestSuite = loaded.suite
        self._shelf = Shelf(spec)
        self._rng = random.Random(spec.seed)
        folder = pathlib.Path(spec.folder)
        deaths = _deaths(folder)
        self._keeper = Keeper(channel, folder, loaded.own)
        feedback = Feedback()
        feedback.install()
        memory = last_input.create(folder, loaded.check.max_size_bytes)
        self._around = Surroundings(channel, self._keeper, feedback, memory, words())
        self._tests = [Tested(name) for name in self._suite.tests]
        self._by_name = {test.name: test for test in self._tests}
        for name, count in deaths.items():
            if count >= DEATHS and name in self._by_name:
                self._by_name[name].note = f"has no more turns: it ended {count} processes"
        first = _share(spec.job, len(self._tests))
        if deaths:  # the tests behind the last one that ended a process come first
            first = 1 + self._suite.tests.index(next(reversed(deaths)))
        self._tests = self._tests[first:] + self._tests[:first]
        self._reported_s = self._reloaded_s = 0.0
        self._stopping = False
        self._current: Search | None = None
        self._watch = Watch(
            loaded.check.timeout_s,
            lambda: self._around.executions,
            Case.execute.__code__,
            self._on_tick,
            spec.known_hangs,
        )

    def _on_tick(self) -> None:
        if self._current is not None:
            self._current.explorer.sample = True
        now = time.monotonic()
        if now - self._reported_s >= REPORT_S and not self._channel.busy:
            self._reported_s = now
            self.report()

    def report(self) -> None:
        """Say where this process stands."""
        rarities = [test.search.explorer.rarity for test in self._tests if test.search is not None]
        self._channel.say(
            "progress",
            executions=self._around.executions,
            slowest_s=self._watch.slowest_s,
            counts=self._keeper.take_counts(),
            known_hangs=sorted(self._watch.known_hangs),
            sampled=sum(rarity.sampled for rarity in rarities),
            seen=sum(rarity.seen for rarity in rarities),
            singletons=sum(rarity.singletons for rarity in rarities),
        )

    def fuzz(self) -> None:
        """Give turns until SIGTERM, or until `executions` are done; does not return."""
        signal.signal(signal.SIGTERM, self._stop)
        self._watch.start()
        limits.limit_memory(self._loaded.check.memory_mib)
        for data in self._shelf.begin():
            self._sort(data)
        for test in self._tests:
            self._tell(test)
        self._say("INITED")
        chosen = self._next(None)
        while chosen is not None and not self._stopping and not self._enough():
            after = self._next(chosen)
            self._turn(chosen, after)
            if time.monotonic() - self._reloaded_s >= RELOAD_S:
                self._reloaded_s = time.monotonic()
                for data in self._shelf.fresh():
                    self._sort(data)
            chosen = self._next(None) if after is None or after.note else after
        self._suite.close()
        self.report()
        os._exit(0)

    def _stop(self, _number: int, _frame: object) -> None:
        """Let the turn end, so that fixtures are torn down; the second time at once."""
        if self._stopping:
            os._exit(0)
        self._stopping = True

    def _enough(self) -> bool:
        return 0 <= self._spec.executions <= self._around.executions

    def _next(self, now: Tested | None) -> Tested | None:
        """Whose turn is next, behind that of `now`."""
        waiting = [
            index
            for index, test in enumerate(self._tests)
            if not test.note and (test is not now or len(self._tests) == 1)
        ]
        index = pick([test.account for test in self._tests], waiting)
        return now if index is None else self._tests[index]

    def _turn(self, test: Tested, after: Tested | None) -> None:
        limit_s = min(FIRST_S * 2 ** min(test.turns, MOST_DOUBLINGS), LONGEST_S)
        features, began_s = test.features, time.monotonic()

        explored = False

        def body(state: Any) -> None:
            nonlocal explored
            explored = True
            try:
                self._explore(test, state, time.monotonic() + limit_s)
            except BaseException:  # our own bug: pytest would make it one of the test
                self._channel.say("broke", text=traceback.format_exc())
                os._exit(life.BROKE)

        ended = self._suite.turn(
            test.name, body, after.name if after else None, explicit=test.turns == 0
        )
        test.turns += 1
        pull = pulls([other.account for other in self._tests])[self._tests.index(test)]
        ran_s = max(time.monotonic() - began_s, 1e-3)
        test.account = charge(test.account, ran_s, test.features - features, pull)
        self._take(test, ended, explored)
        self._tell(test)
        self._say("NEW")

    def _take(self, test: Tested, ended: Ended, explored: bool) -> None:
        """What happened outside of test cases; a test that runs none has no more turns."""
        if ended.error is not None:
            self._keeper.keep(ended.error, stored(test.name, b""))
            test.marks.add(self._keeper.mark_of(ended.error))
        if explored:
            return
        if ended.reason:
            test.note = ended.reason
        elif ended.error is None:
            test.note = "Hypothesis runs no test case of it"
        elif test.turns > 1:  # the first time, it may have been an explicit example
            test.note = "fails before its first test case"

    def _explore(self, test: Tested, state: Any, until_s: float) -> None:
        """One turn's test cases."""
        case = Case(state)
        if test.search is None:
            name = stored(test.name, b"")
            save = _saving(state)
            test.search = Search(
                case, self._around, self._rng, name, lambda choices: name + choices, save
            )
        search = self._current = test.search
        search.explorer.case = case
        while test.waiting and not self._stopping:
            choices = choices_of(test.waiting.pop())
            if choices is not None:
                search.replay(choices)
        while time.monotonic() < until_s and not self._stopping:
            kept = search.step()
            if kept is not None:
                self._shelf.store(kept)
            search.shrink(test.account.ran_s, time.monotonic)

    def _sort(self, data: bytes) -> None:
        """Keep a stored test case for the next turn of its test."""
        test = self._by_name.get(test_of(data) or "")
        if test is not None:
            test.waiting.append(data)

    def _tell(self, test: Tested) -> None:
        search = test.search
        self._channel.say(
            "test",
            name=test.name,
            executions=0 if search is None else search.explorer.executions,
            active_s=round(test.account.ran_s, 3),
            features=test.features,
            failures=test.failures,
            note=test.note,
        )

    def _say(self, what: str) -> None:
        pools = [test.search.explorer.pool for test in self._tests if test.search is not None]
        line = (
            f"#{self._around.executions}\t{what} cov: {sum(pool.branches for pool in pools)} "
            f"ft: {sum(pool.features for pool in pools)} corp: {sum(map(len, pools))}\n"
        )
        os.write(self._spec.stats_fd, line.encode())


def _share(job: str, count: int) -> int:
    """Where of `count` tests a worker begins, so that the workers of a job are far apart."""
    lane = int(job.rpartition("#")[2]) if job.rpartition("#")[2].isdecimal() else 1
    return int(count * ((lane - 1) * GOLDEN % 1))


def _saving(state: Any) -> Callable[[bytes], None]:
    """Puts a failing test case where `pytest` finds it again: into the test's own database."""
    from hypothesis.internal.reflection import function_digest

    key = getattr(state.wrapped_test, "_hypothesis_internal_database_key", None)
    key = function_digest(state.test) if key is None else key
    database = state.settings.database

    def save(choices: bytes) -> None:
        if database is not None:
            database.save(key, choices)

    return save


def _deaths(folder: pathlib.Path) -> dict[str, int]:
    """How many processes each test ended, as far as this worker's forks know, the last one last."""
    path = folder / "deaths.json"
    found: dict[str, int] = {}
    if path.is_file():
        found.update(json.loads(path.read_text(encoding="utf-8")))
    last = last_input.read(folder)
    name = None if last is None else test_of(last)
    if name is not None:
        found[name] = found.pop(name, 0) + 1
        path.write_text(json.dumps(found), encoding="utf-8")
    return found


if __name__ == "__main__":
    sys.exit(life.main(sys.argv[1:], SuiteEngine))
