"""Whether an input shows a historic bug: it fails on the vulnerable version, not on the fixed."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

from harness import cases
from harness.cases import Replays
from harness.home import Home
from harness.plan import Job, make_jobs
from harness.replay import Outcome
from targets.errors import FarmError
from targets.registry import Registry
from targets.selection import Selected
from triage.bench.historic_bugs import Bug


def jobs_of(
    bug: Bug, version: str, pins: tuple[str, ...], registry: Registry, home: Home
) -> list[Job]:
    """The jobs of the bug's target on a version of its package, its exact environment beside it."""
    jobs, _ = make_jobs([f"{bug.target}@{bug.package}=={version}"], registry, home, pins, 1)
    return [job for job in jobs if job.lane == 1]


@dataclasses.dataclass(slots=True)
class Judge:
    """Replays inputs on both versions, in processes that are kept for the next one."""

    bug: Bug
    registry: Registry
    home: Home
    stack: contextlib.ExitStack
    open: dict[str, Replays] = dataclasses.field(default_factory=dict)

    def shows(self, selected: Selected, data: bytes) -> bool:
        """Whether `data` fails on the vulnerable version, and passes on the fixed one."""
        before = self.run(selected, self.bug.vulnerable, self.bug.pins_vulnerable, data)
        if before is None or before.failure is None:
            return False
        after = self.run(selected, self.bug.fixed, self.bug.pins_fixed, data)
        return after is not None and after.failure is None

    def run(
        self, selected: Selected, version: str, pins: tuple[str, ...], data: bytes
    ) -> Outcome | None:
        """How the input ends on that version; None when it cannot be run there."""
        name = f"{selected.found.name}:{selected.check_name}@{selected.subject_name}=={version}"
        try:
            if name not in self.open:
                job = cases.job_of(cases.Case(data, name, pins), self.registry, self.home)
                replaying = cases.replaying(self.home, job)
                self.open[name] = self.stack.enter_context(replaying)
            return self.open[name].run(data)
        except FarmError:
            return None


@contextlib.contextmanager
def judging(bug: Bug, registry: Registry, home: Home) -> Iterator[Judge]:
    """A judge of inputs for one bug; its processes end with the context."""
    with contextlib.ExitStack() as stack:
        yield Judge(bug, registry, home, stack)
