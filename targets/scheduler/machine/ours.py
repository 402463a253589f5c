"""The reference scheduler as the machine drives it: two tickers over a disk in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from targets.scheduler.machine.disk import MemoryDisk
from targets.scheduler.machine.operations import (
    Add,
    AddText,
    Finish,
    Fired,
    Modify,
    Operation,
    Outcome,
    Pause,
    Remove,
    Resume,
    Tick,
    Update,
    UpdateText,
    View,
)
from targets.scheduler.reference import errors
from targets.scheduler.reference.clock import VirtualClock
from targets.scheduler.reference.faults import planted
from targets.scheduler.reference.scheduler import Firing, Scheduler

TICKERS: Final = 2
_ERRORS: Final = {
    errors.Conflict: "conflict",
    errors.Unknown: "unknown",
    errors.CronError: "refused",
    errors.NeverDue: "refused",
    errors.Busy: "busy",
    errors.CorruptStore: "corrupt",
    errors.StoreError: "full",
}


class Ours:
    """A `System` whose disk can die, fill up and be damaged. `fired` are all firings there were."""

    def __init__(self, start_s: int) -> None:
        self.disk = MemoryDisk()
        self.fired: list[Fired] = []
        self._clock = VirtualClock(start_s)
        self._faulty = planted()
        self._tickers: list[Scheduler] = []
        self.restart()

    def move(self, seconds: int) -> None:
        """The clock goes forward, or back."""
        self._clock.move(seconds)

    def now_s(self) -> int:
        """What the clock says."""
        return self._clock()

    def do(self, operation: Operation, ticker: int = 0) -> Outcome:
        """One operation through one of its tickers."""
        scheduler = self._tickers[ticker]
        try:
            match operation:
                case Add(name=name, timetable=timetable):
                    scheduler.add(name, timetable.text, timetable.zone)
                case AddText(name=name, text=text, zone=zone):
                    scheduler.add(name, text, zone)
                case UpdateText(name=name, text=text, zone=zone):
                    scheduler.update(name, text, zone)
                case Pause(name=name):
                    scheduler.pause(name)
                case Resume(name=name):
                    scheduler.resume(name)
                case Remove(name=name):
                    scheduler.remove(name)
                case Update(name=name, timetable=timetable):
                    scheduler.update(name, timetable.text, timetable.zone)
                case Tick():
                    firings = scheduler.tick()
                    return Outcome(fired=tuple(Fired(run.slot_s, run.name) for run in firings))
                case Modify() | Finish():
                    raise NotImplementedError(f"the reference has no {operation}")
        except errors.SchedulerError as error:
            return Outcome(_ERRORS[type(error)])
        return Outcome()

    def jobs(self, ticker: int = 0) -> Mapping[str, View]:
        """All jobs by name."""
        jobs = self._tickers[ticker].jobs()
        return {
            name: View(job.enabled, job.next_s, job.last_s, job.runs, f"{job.text} in {job.zone}")
            for name, job in jobs.items()
        }

    def restart(self) -> None:
        """New schedulers over the same disk."""
        self.disk.begin()
        self._tickers = [
            Scheduler(self.disk, self._clock, self._note, self._faulty) for _ in range(TICKERS)
        ]

    def close(self) -> None:
        """Nothing is held."""

    def _note(self, firing: Firing) -> None:
        self.fired.append(Fired(firing.slot_s, firing.name))
