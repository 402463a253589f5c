"""What a scheduler must do, as a function from jobs and an operation to jobs and an outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from targets.scheduler.machine.operations import (
    DEFAULTS,
    Add,
    AddText,
    Finish,
    Fired,
    Modify,
    Operation,
    Options,
    Outcome,
    Pause,
    Remove,
    Resume,
    Tick,
    Update,
    UpdateText,
    View,
)
from targets.scheduler.machine.timetable import Timetable


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """One job of the model."""

    timetable: Timetable
    options: Options = DEFAULTS
    enabled: bool = True
    next_s: int | None = None
    last_s: int | None = None
    runs: int = 0
    running: int = 0


World = Mapping[str, Known]
Step = tuple[World, Outcome]


class Model:
    """The rules of the reference, written a second time: see its `scheduler.py`."""

    tickers = 2
    """So many tickers share the jobs."""
    longest_jump_s = 2 * 366 * 24 * 3600
    zones = True
    """Jobs may be in other zones than UTC."""
    special = False
    """Jobs have options."""
    repeats = False
    """After it was updated or resumed, a job may run again for a slot it has run for."""

    def step(self, world: World, operation: Operation, now_s: int) -> Step:
        """The jobs after an operation, and what comes of it. No jobs change on an error."""
        if isinstance(operation, Tick):
            return self.tick(world, now_s)
        if isinstance(operation, Finish):
            return {name: _without_runs(job) for name, job in world.items()}, Outcome()
        if isinstance(operation, AddText | UpdateText):
            return world, Outcome("refused")
        name = operation.name
        if isinstance(operation, Add):
            if name in world:
                return world, Outcome("conflict")
            added = Known(operation.timetable, operation.options)
            return {**world, name: self.started(added, now_s)}, Outcome()
        if name not in world:
            return world, Outcome("unknown")
        if isinstance(operation, Remove):
            return {other: job for other, job in world.items() if other != name}, Outcome()
        return {**world, name: self.changed(world[name], operation, now_s)}, Outcome()

    def changed(self, job: Known, operation: Pause | Resume | Update | Modify, now_s: int) -> Known:
        """A job after an operation on it."""
        match operation:
            case Pause():
                return dataclasses.replace(job, enabled=False, next_s=None)
            case Resume():
                if job.enabled:
                    return job
                return self.started(dataclasses.replace(job, enabled=True), now_s)
            case Update(timetable=timetable):
                job = dataclasses.replace(job, timetable=timetable)
                return self.started(job, now_s) if job.enabled else job
            case Modify(options=options):
                return dataclasses.replace(job, options=options)

    def started(self, job: Known, now_s: int) -> Known:
        """A job with its next run; it never again runs for what it has run for."""
        base_s = now_s if job.last_s is None else max(now_s, job.last_s)
        return dataclasses.replace(job, next_s=job.timetable.after(base_s))

    def tick(self, world: World, now_s: int) -> Step:
        """Each job that is due fires once, for the oldest slot."""
        after = dict(world)
        fired = []
        for name, job in world.items():
            if job.next_s is not None and job.next_s <= now_s:
                fired.append(Fired(job.next_s, name))
                ran = dataclasses.replace(job, last_s=now_s, runs=job.runs + 1)
                after[name] = dataclasses.replace(ran, next_s=job.timetable.after(now_s))
        return after, Outcome(fired=tuple(sorted(fired)))

    def views(self, world: World) -> dict[str, View]:
        """What a scheduler shows."""
        return {
            name: View(job.enabled, job.next_s, job.last_s, job.runs, job.timetable.told)
            for name, job in world.items()
        }


def _without_runs(job: Known) -> Known:
    return dataclasses.replace(job, running=0)
