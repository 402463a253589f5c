"""The scheduler: jobs with cron expressions, and a tick that fires those that are due.

Rules (`now` is what the clock says; base is the later of `now` and the job's last run):

- A job is added with its next run after `now`; its name is new, its expression sometimes due.
- A tick fires each enabled job whose next run is not after `now`: once, however many slots were
  missed, for the oldest of them. Its last run is `now`, its next run the first match after `now`.
- A job fires after that is saved: a crash may lose a firing, and never repeats one.
- Pause keeps a job from firing; resume and update compute its next run after the base, so what it
  missed in its pause never comes, and a clock that is set back repeats nothing. To pause a paused
  job, or to resume one that runs, changes nothing. A paused job that is updated stays paused.
- Any number of schedulers may share a store. A restart is a new scheduler over the same store.
"""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Callable
from typing import Final

from targets.scheduler.reference.cron import UTC, Schedule
from targets.scheduler.reference.disk import Disk
from targets.scheduler.reference.errors import Conflict, CronError, NoMatch, Unknown
from targets.scheduler.reference.store import Job, Jobs, Store

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = datetime.timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Firing:
    """A job runs: for the slot that was due, at another time if ticks came late."""

    name: str
    slot_s: int
    now_s: int


class Scheduler:
    """One ticker over the jobs of a disk. Its calls raise a SchedulerError, or do their work."""

    def __init__(
        self,
        disk: Disk,
        clock: Callable[[], int],
        fire: Callable[[Firing], None],
        faulty: frozenset[str] = frozenset(),
    ) -> None:
        self._store = Store(disk, faulty)
        self._clock = clock
        self._fire = fire
        self._faulty = faulty
        if "restart-skips" in faulty:
            self._store.change(self._all_anew)
        if "forgets-pause" in faulty:
            self._store.change(self._all_enabled)

    def jobs(self) -> Jobs:
        """All jobs by name, as they are saved."""
        return self._store.read()

    def add(self, name: str, text: str, zone: str = "UTC") -> Job:
        """A new job; Conflict if the name is taken, CronError if the expression is no good."""
        schedule = self._schedule(text, zone)

        def added(jobs: Jobs) -> Jobs:
            if name in jobs and "add-overwrites" not in self._faulty:
                raise Conflict(f"there is a job {name!r} already")
            jobs[name] = Job(name, text, zone, next_s=_next(schedule, self._clock()))
            return jobs

        return self._store.change(added)[name]

    def pause(self, name: str) -> None:
        """It does not fire until it is resumed."""
        keeps_next = "resume-catches-up" in self._faulty

        def paused(job: Job) -> Job:
            next_s = job.next_s if keeps_next else None
            return dataclasses.replace(job, enabled=False, next_s=next_s)

        self._replace(name, paused)

    def resume(self, name: str) -> None:
        """A paused job is due at its next match."""

        def resumed(job: Job) -> Job:
            if job.enabled:
                return job
            if job.next_s is not None:
                return dataclasses.replace(job, enabled=True)  # only where a fault has kept it
            return self._anew(dataclasses.replace(job, enabled=True), self._base(job))

        self._replace(name, resumed)

    def update(self, name: str, text: str, zone: str = "UTC") -> None:
        """Another expression, or another zone, from now on."""
        self._schedule(text, zone)

        def updated(job: Job) -> Job:
            changed = dataclasses.replace(job, text=text, zone=zone)
            if "update-resumes" in self._faulty:
                changed = dataclasses.replace(changed, enabled=True)
            if not changed.enabled or "update-keeps-next" in self._faulty:
                return changed
            return self._anew(changed, self._base(job))

        self._replace(name, updated)

    def remove(self, name: str) -> None:
        """It is gone, and its name is free."""

        def removed(jobs: Jobs) -> Jobs:
            if name not in jobs and "unknown-removed" not in self._faulty:
                raise Unknown(f"there is no job {name!r}")
            return {other: job for other, job in jobs.items() if other != name}

        self._store.change(removed)

    def tick(self) -> tuple[Firing, ...]:
        """Fire what is due, in the order of slots; what it returns has fired."""
        now_s = self._clock()
        firings: list[Firing] = []

        def ran(jobs: Jobs) -> Jobs:
            for job in list(jobs.values()):
                for slot_s in self._due(job, now_s):
                    firings.append(Firing(job.name, slot_s, now_s))
                    jobs[job.name] = self._run(jobs[job.name], slot_s, now_s)
            firings.sort(key=lambda firing: (firing.slot_s, firing.name))
            if "fires-unsaved" in self._faulty:
                self._fire_all(firings)
            return jobs

        if "removed-returns" in self._faulty:
            read = ran(self._store.read())
            self._store.change(lambda jobs: jobs | read)
        else:
            self._store.change(ran)
        if "fires-unsaved" not in self._faulty:
            self._fire_all(firings)
        return tuple(firings)

    def _fire_all(self, firings: list[Firing]) -> None:
        for firing in firings:
            self._fire(firing)

    def _due(self, job: Job, now_s: int) -> list[int]:
        """The slots to fire for: none or one."""
        if not job.enabled or job.next_s is None:
            return []
        if job.next_s > now_s or (job.next_s == now_s and "due-is-late" in self._faulty):
            return []
        slots = [job.next_s]
        if "slots-pile-up" in self._faulty:
            schedule = self._schedule(job.text, job.zone)
            slot_s = _next(schedule, job.next_s)
            while slot_s is not None and slot_s <= now_s and len(slots) < 10:
                slots.append(slot_s)
                slot_s = _next(schedule, slot_s)
        return slots

    def _run(self, job: Job, slot_s: int, now_s: int) -> Job:
        """The job after it has run."""
        base_s = slot_s if "next-from-slot" in self._faulty else now_s
        ran = dataclasses.replace(job, last_s=now_s, runs=job.runs + 1)
        return self._anew(ran, base_s)

    def _replace(self, name: str, replace: Callable[[Job], Job]) -> None:
        def replaced(jobs: Jobs) -> Jobs:
            if name not in jobs:
                raise Unknown(f"there is no job {name!r}")
            jobs[name] = replace(jobs[name])
            return jobs

        self._store.change(replaced)

    def _base(self, job: Job) -> int:
        now_s = self._clock()
        if job.last_s is None or "back-in-time" in self._faulty:
            return now_s
        return max(now_s, job.last_s)

    def _anew(self, job: Job, base_s: int) -> Job:
        """The job with its next run after an instant."""
        schedule = self._schedule(job.text, job.zone)
        return dataclasses.replace(job, next_s=_next(schedule, base_s))

    def _schedule(self, text: str, zone: str) -> Schedule:
        try:
            place = UTC if zone == "UTC" else zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise CronError(f"no zone is called {zone!r}") from error
        return Schedule(text, place, self._faulty)

    def _all_anew(self, jobs: Jobs) -> Jobs:
        now_s = self._clock()
        return {name: self._anew(job, now_s) if job.enabled else job for name, job in jobs.items()}

    def _all_enabled(self, jobs: Jobs) -> Jobs:
        return self._all_anew(
            {name: dataclasses.replace(job, enabled=True) for name, job in jobs.items()}
        )


def _next(schedule: Schedule, after_s: int) -> int | None:
    """The first match after an instant; None: the job has had its last."""
    try:
        found = schedule.next(_EPOCH + after_s * _SECOND)
    except NoMatch:
        return None
    return (found - _EPOCH) // _SECOND
