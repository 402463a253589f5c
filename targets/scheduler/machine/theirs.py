"""APScheduler 3 as the machine drives it: its jobs in memory, under a clock that we set.

What it documents otherwise than the reference is in `ApsModel`: all missed slots run unless jobs
`coalesce`, slots later than the grace time are missed, so many runs of a job go on at a time.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from targets.scheduler.machine.model import Known, Model, Step, World
from targets.scheduler.machine.operations import (
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
from targets.scheduler.machine.timetable import Part, Timetable

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class ApsModel(Model):
    """The rules that its user guide and its docstrings state."""

    tickers = 1
    longest_jump_s = 6 * 3600
    zones = False
    repeats = True
    special = True

    def started(self, job: Known, now_s: int) -> Known:
        """The next run is the first match from now on, now included; pauses end."""
        next_s = job.timetable.after(now_s - 1, either=False)
        return dataclasses.replace(job, next_s=next_s, enabled=True)

    def changed(self, job: Known, operation: Pause | Resume | Update | Modify, now_s: int) -> Known:
        """A job that is rescheduled runs again, and one that is resumed begins anew."""
        match operation:
            case Resume():
                return self.started(job, now_s)
            case Update(timetable=timetable):
                return self.started(dataclasses.replace(job, timetable=timetable), now_s)
            case _:
                return super().changed(job, operation, now_s)

    def tick(self, world: World, now_s: int) -> Step:
        """Each slot that is due comes, in the order of jobs that are due first."""
        after = dict(world)
        fired: list[Fired] = []
        for name, job in world.items():
            if job.next_s is None or job.next_s > now_s:
                continue
            slots: list[int] = []
            slot_s: int | None = job.next_s
            while slot_s is not None and slot_s <= now_s:
                slots.append(slot_s)
                slot_s = job.timetable.after(slot_s, either=False)
            came = _came(name, job, slots, now_s)
            fired += came
            started = job.options.slow and not any(run.what == "skipped" for run in came)
            after[name] = dataclasses.replace(job, next_s=slot_s, running=job.running + started)
        return after, Outcome(fired=tuple(sorted(fired)))

    def views(self, world: World) -> dict[str, View]:
        """It shows when a job is due, and by that whether it is paused."""
        return {name: View(job.enabled, job.next_s) for name, job in world.items()}


def _came(name: str, job: Known, slots: list[int], now_s: int) -> list[Fired]:
    """What becomes of the slots of one job."""
    chosen = slots[-1:] if job.options.coalesce else slots
    if job.running >= job.options.instances:
        return [Fired(slot_s, name, "skipped") for slot_s in chosen]
    grace_s = job.options.grace_s
    return [
        Fired(slot_s, name, "ran" if grace_s is None or now_s - slot_s <= grace_s else "missed")
        for slot_s in chosen
    ]


class Theirs:
    """A `System` over a scheduler that never starts a thread."""

    def __init__(self, start_s: int) -> None:
        from apscheduler.schedulers import base
        from apscheduler.triggers.cron import CronTrigger

        # Its warnings about missed slots are what we provoke.
        logging.getLogger("apscheduler").addHandler(logging.NullHandler())
        self._now_s = start_s
        self._trigger = CronTrigger
        self._fired: list[Fired] = []
        self._slow: set[str] = set()
        self._restore = _set_clock(self._moment)
        self._executor = _executor(self)
        # Three methods are its thread; without them somebody else says when it looks for jobs.
        quiet = {"shutdown": _nothing, "wakeup": _nothing}
        self._scheduler = type("Quiet", (base.BaseScheduler,), quiet)(timezone="UTC")
        self._scheduler.add_executor(self._executor, "default")
        self._scheduler.add_listener(self._skipped, _max_instances())
        self._scheduler.start()

    def move(self, seconds: int) -> None:
        """The clock goes forward, or back."""
        self._now_s += seconds

    def now_s(self) -> int:
        """What the clock says."""
        return self._now_s

    def do(self, operation: Operation, ticker: int = 0) -> Outcome:  # noqa: ARG002 - it has one
        """One operation; its two documented errors, and ValueError for expressions."""
        from apscheduler.jobstores.base import ConflictingIdError, JobLookupError

        self._fired.clear()
        try:
            self._do(operation)
        except ConflictingIdError:
            return Outcome("conflict")
        except JobLookupError:
            return Outcome("unknown")
        return Outcome(fired=tuple(sorted(self._fired)))

    def _do(self, operation: Operation) -> None:
        scheduler = self._scheduler
        match operation:
            case Add(name=name, timetable=timetable, options=options):
                trigger = self._made(timetable)
                scheduler.add_job(_nothing, trigger, id=name, **_keywords(options))
                self._be_slow(name, options)
            case AddText() | UpdateText():
                raise NotImplementedError("what it refuses is for the check of parsing")
            case Pause(name=name):
                scheduler.pause_job(name)
            case Resume(name=name):
                scheduler.resume_job(name)
            case Remove(name=name):
                self._executor.finish(name)
                scheduler.remove_job(name)
            case Update(name=name, timetable=timetable):
                scheduler.reschedule_job(name, trigger=self._made(timetable))
            case Modify(name=name, options=options):
                scheduler.modify_job(name, **_keywords(options))
                self._be_slow(name, options)
            case Finish():
                self._executor.finish()
            case Tick():
                scheduler._process_jobs()

    def jobs(self, ticker: int = 0) -> Mapping[str, View]:  # noqa: ARG002 - it has one
        """All jobs by name; a paused one has no next run."""
        return {
            job.id: View(
                job.next_run_time is not None,
                None if job.next_run_time is None else self._seconds(job.next_run_time),
            )
            for job in self._scheduler.get_jobs()
        }

    def restart(self) -> None:
        """Nothing is left of jobs in memory."""
        raise NotImplementedError("its jobs are in memory")

    def close(self) -> None:
        """The clock of the package is its own again."""
        self._restore()

    def ran(self, name: str, moment: datetime.datetime, what: str) -> None:
        """A slot came."""
        self._fired.append(Fired(self._seconds(moment), name, what))

    def is_slow(self, name: str) -> bool:
        """Whether runs of this job last until they are told to end."""
        return name in self._slow

    def _be_slow(self, name: str, options: Options) -> None:
        (self._slow.add if options.slow else self._slow.discard)(name)

    def _skipped(self, event: Any) -> None:
        for moment in event.scheduled_run_times:
            self.ran(event.job_id, moment, "skipped")

    def _moment(self) -> datetime.datetime:
        return _EPOCH + datetime.timedelta(seconds=self._now_s)

    def _seconds(self, moment: datetime.datetime) -> int:
        return int((moment - _EPOCH).total_seconds())

    def _made(self, timetable: Timetable) -> Any:
        """Its own fields by name: a crontab's weekdays count from Monday with it."""
        return self._trigger(
            minute=_listed(timetable.minutes),
            hour=_listed(timetable.hours),
            day=_listed(timetable.days),
            month=_listed(timetable.months),
            day_of_week=_listed(timetable.weekdays, _WEEKDAYS),
            timezone="UTC",
        )


def _listed(part: Part, names: Sequence[str] = ()) -> str:
    """A field as a list: steps that are wider than their range are none of its language."""
    if part.whole:
        return "*"
    return ",".join(names[value] if names else str(value) for value in sorted(part.values))


def _keywords(options: Options) -> dict[str, Any]:
    return {
        "coalesce": options.coalesce,
        "misfire_grace_time": options.grace_s,
        "max_instances": options.instances,
    }


def _nothing(*_arguments: object, **_keywords: object) -> None:
    """What jobs do, and what the scheduler's thread does."""


def _max_instances() -> int:
    from apscheduler import events

    return int(events.EVENT_JOB_MAX_INSTANCES)


def _executor(owner: Theirs) -> Any:
    """An executor that runs jobs at once; runs of slow ones count as going on until `finish`."""
    from apscheduler.events import EVENT_JOB_MISSED
    from apscheduler.executors.base import BaseExecutor, run_job

    class Direct(BaseExecutor):  # type: ignore[misc]  # the package has no types
        def __init__(self) -> None:
            super().__init__()
            self.going_on: list[str] = []

        def _do_submit_job(self, job: Any, run_times: list[datetime.datetime]) -> None:
            came = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            for event in came:
                what = "missed" if event.code == EVENT_JOB_MISSED else "ran"
                owner.ran(job.id, event.scheduled_run_time, what)
            if owner.is_slow(job.id):
                self.going_on.append(job.id)
            else:
                self._run_job_success(job.id, came)

        def finish(self, name: str | None = None) -> None:
            ended = [job for job in self.going_on if name in (None, job)]
            self.going_on = [job for job in self.going_on if job not in ended]
            for job in ended:
                self._run_job_success(job, [])

    return Direct()


def _set_clock(moment: Callable[[], datetime.datetime]) -> Callable[[], None]:
    """The package's modules that ask for the time get ours, until what it returns is called."""
    from apscheduler.executors import base as executors
    from apscheduler.schedulers import base as schedulers

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return moment().astimezone(tz)

    before = [(module, module.datetime) for module in (executors, schedulers)]

    def restore() -> None:
        for module, known in before:
            module.datetime = known

    for module, _ in before:
        module.datetime = Clock
    return restore
