"""The check `jobs`: whatever is done to a scheduler, each match fires exactly once.

`machine(subject)` gives a Hypothesis state machine. Every step is done to the subject and to the
model; errors, firings and what the subject shows of its jobs must be the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from targets.oracles import Violation
from targets.scheduler.machine import strategies as draw
from targets.scheduler.machine.model import Model, World
from targets.scheduler.machine.operations import (
    Add,
    Fired,
    Operation,
    Outcome,
    System,
    Tick,
    Update,
    View,
    word,
)
from targets.scheduler.machine.subjects import Named, make_for
from targets.scheduler.machine.timetable import Timetable

_UNSAID: Final = ("text", "last_s", "runs")
"""A subject may say nothing of these."""


class Jobs(RuleBasedStateMachine):
    """Operations, and a clock that goes forward and back."""

    model: ClassVar[Model]
    make: ClassVar[object]

    def __init__(self) -> None:
        super().__init__()
        self.world: World = {}
        self.system: System | None = None
        self.ran: set[tuple[str, int]] = set()
        """Slots that a job of this name has run for, since it was added."""
        self.last = "start"

    def teardown(self) -> None:
        """Let go of the subject."""
        if self.system is not None:
            self.system.close()

    @initialize(start_s=draw.starts())
    def start(self, start_s: int) -> None:
        """A scheduler without jobs."""
        self.system = type(self).make(start_s)  # type: ignore[operator]  # set by `machine`

    @property
    def subject(self) -> System:
        """The scheduler, once it has started."""
        assert self.system is not None
        return self.system

    @rule(data=st.data(), ticker=st.integers(0, 1))
    def operate(self, data: st.DataObject, ticker: int) -> None:
        """One operation through one of the tickers."""
        self.do(self.drawn(data), ticker % self.model.tickers)

    @precondition(lambda self: self.model.special)
    @rule(data=st.data())
    def operate_specially(self, data: st.DataObject) -> None:
        """An operation that only schedulers with options have."""
        self.do(data.draw(draw.special_operations()), 0)

    @precondition(lambda self: not self.model.special)
    @rule(operation=draw.refusals())
    def refuse(self, operation: Operation) -> None:
        """An expression that is none leaves no job behind."""
        self.do(operation, 0)

    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        """The clock goes forward, and the scheduler ticks, one ticker after the other."""
        self.subject.move(data.draw(draw.jumps(self.model.longest_jump_s)))
        for ticker in range(self.model.tickers):
            self.do(Tick(), ticker)

    @rule(seconds=draw.jumps(86_400))
    def jump_back(self, seconds: int) -> None:
        """The clock is set back."""
        self.subject.move(-seconds)
        self.do(Tick(), 0)

    @precondition(lambda self: self.world)
    @rule(data=st.data(), back_s=st.just(0) | draw.jumps(7200))
    def change(self, data: st.DataObject, back_s: int) -> None:
        """A job is changed, maybe one that is paused, maybe just after the clock was set back."""
        paused = [name for name, job in self.world.items() if not job.enabled]
        name = data.draw(draw.some(tuple(sorted(paused or self.world))))
        self.subject.move(-back_s)
        other = data.draw(draw.timetables_or_none(zones=self.model.zones))
        self.do(Update(name, other or self.world[name].timetable), 0)

    @precondition(lambda self: any(job.next_s is not None for job in self.world.values()))
    @rule(data=st.data(), late_s=st.sampled_from((-1, 0, 0, 1, 59)))
    def meet(self, data: st.DataObject, late_s: int) -> None:
        """The clock goes to the moment at which a job is due, or beside it."""
        self.approach(data, late_s)
        self.do(Tick(), 0)

    @precondition(lambda self: any(job.next_s is not None for job in self.world.values()))
    @rule(data=st.data(), late_s=st.sampled_from((0, 0, 60, 3600)))
    def overtake(self, data: st.DataObject, late_s: int) -> None:
        """Something is done to jobs when one of them is due, before anybody ticks."""
        self.approach(data, late_s)
        self.do(self.drawn(data), 0)
        self.do(Tick(), 0)

    @invariant()
    def shows_its_jobs(self) -> None:
        """Each ticker shows what the model has."""
        if self.system is not None:
            for ticker in range(self.model.tickers):
                self.compare_jobs(self.model.views(self.world), self.system.jobs(ticker))

    @precondition(lambda self: self.model.zones)
    @rule(name=st.sampled_from(draw.NAMES), night=draw.nights())
    def sleep(self, name: str, night: tuple[int, Timetable]) -> None:
        """A job in the night in which the clock of its zone is set, and that night."""
        moment_s, timetable = night
        self.subject.move(moment_s - self.subject.now_s())
        self.do(Update(name, timetable) if name in self.world else Add(name, timetable), 0)
        self.approach(None, 0)
        self.do(Tick(), 0)

    def approach(self, data: st.DataObject | None, late_s: int) -> None:
        """The clock goes forward to so many seconds after a job is due: one that is drawn, or
        the next."""
        dues = {job.next_s for job in self.world.values() if job.next_s is not None}
        now_s = self.subject.now_s()
        near = sorted(due for due in dues if 0 <= due - now_s < self.model.longest_jump_s)
        if near:
            due_s = near[0] if data is None else data.draw(draw.some(tuple(near)))
            self.subject.move(max(due_s + late_s - now_s, 0))

    def drawn(self, data: st.DataObject, *, late: bool = False) -> Operation:
        """An operation that makes sense now, or almost; `late`: maybe a tick, when a job is due."""
        if late and self.world and data.draw(draw.some((False, True))):
            self.approach(data, 0)
            return Tick()
        return data.draw(draw.operations(tuple(sorted(self.world)), zones=self.model.zones))

    def do(self, operation: Operation, ticker: int) -> None:
        """One operation on subject and model."""
        world, expected = self.model.step(self.world, operation, self.subject.now_s())
        self.last = word(operation)
        found = self.subject.do(operation, ticker)
        self.compare_outcomes(expected, found)
        self.note(operation, found.fired)
        self.world = world

    def note(self, operation: Operation, fired: tuple[Fired, ...]) -> None:
        """Remember which slots have fired; a new or changed job begins anew where it may."""
        anew = ("add",) if not self.model.repeats else ("add", "update", "resume")
        if word(operation) in anew:
            name = getattr(operation, "name", "")
            self.ran = {slot for slot in self.ran if slot[0] != name}
        self.ran.update((run.name, run.slot_s) for run in fired)

    def compare_outcomes(self, expected: Outcome, found: Outcome) -> None:
        """The error, then the firings."""
        if found.error != expected.error:
            raise Violation(
                f"jobs: {self.last}: {found.error or 'done'} instead of {expected.error or 'done'}",
                self.told(),
            )
        wrong = self.wrong_firing(expected.fired, found.fired)
        if wrong:
            raise Violation(f"jobs: {wrong}", f"{found.fired} instead of {expected.fired}")

    def wrong_firing(self, expected: tuple[Fired, ...], found: tuple[Fired, ...]) -> str:
        """What is wrong with the firings, in words; empty: nothing is."""
        if found == expected:
            return ""
        ran = [(run.name, run.slot_s) for run in found if run.what == "ran"]
        if len(set(ran)) < len(ran) or self.ran & set(ran):
            return "a match fires again"
        names = [run.name for run in found]
        for name in names:
            if name not in self.world:
                return "a job fires that was removed"
            if not self.world[name].enabled:
                return "a paused job fires"
        wanted = [run.name for run in expected]
        if set(wanted) - set(names):
            return "a job that is due does not fire"
        if set(names) - set(wanted):
            return "a job fires that is not due"
        if len(names) != len(wanted):
            return "a job fires another number of times"
        return "a job fires for another slot, or otherwise"

    def compare_jobs(self, expected: Mapping[str, View], found: Mapping[str, View]) -> None:
        """Names, then what is shown of each."""
        where = f"jobs: after {self.last}"
        if set(found) - set(expected):
            raise Violation(f"{where}: a job too many", f"{sorted(found)}: {self.told()}")
        if set(expected) - set(found):
            raise Violation(f"{where}: a job is lost", f"{sorted(found)}: {self.told()}")
        for name, view in expected.items():
            for field in ("enabled", "text", "next_s", "last_s", "runs"):
                wanted, shown = getattr(view, field), getattr(found[name], field)
                if wanted != shown and not (shown is None and field in _UNSAID):
                    raise Violation(
                        f"{where}: {field} is wrong",
                        f"{shown}, not {wanted}: {view.text}; {self.told()}",
                    )

    def told(self) -> str:
        """The moment, and the jobs, for the details of a crash."""
        jobs = [f"{name}: {job.timetable.told}" for name, job in self.world.items()]
        return f"at {self.subject.now_s()} with {jobs}"


def machine(subject: Named) -> type[RuleBasedStateMachine]:
    """The state machine for a subject of the target, by its name."""
    from targets.scheduler.machine.durable import DurableJobs

    made = make_for(subject)
    base = DurableJobs if made.durable else Jobs
    return type("JobsOf" + made.name.title(), (base,), {"model": made.model, "make": made.make})
