"""The steps that need a disk: death in any step, damage, a full disk, and two tickers at once."""

from __future__ import annotations

import contextlib

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from targets.oracles import Violation
from targets.scheduler.machine import strategies as draw
from targets.scheduler.machine.disk import Death, Died
from targets.scheduler.machine.jobs import Jobs
from targets.scheduler.machine.model import World
from targets.scheduler.machine.operations import Operation, Outcome, word
from targets.scheduler.machine.ours import Ours
from targets.scheduler.machine.strategies import Damage
from targets.scheduler.reference.errors import Busy, SchedulerError
from targets.scheduler.reference.store import COPIES


class DurableJobs(Jobs):
    """The machine of a scheduler whose jobs are on a disk."""

    @property
    def ours(self) -> Ours:
        """The subject, with its disk."""
        assert isinstance(self.system, Ours)
        return self.system

    @rule()
    def restart(self) -> None:
        """What is saved is all that counts."""
        self.last = "restart"
        self.ours.restart()
        self.readable()

    @rule(data=st.data(), death=draw.deaths(), ticker=st.integers(0, 1))
    def die(self, data: st.DataObject, death: Death, ticker: int) -> None:
        """An operation in which the process or the machine dies is done, or it is not."""
        operation = self.drawn(data, late=True)
        world, expected = self.model.step(self.world, operation, self.ours.now_s())
        self.last = word(operation)
        self.ours.disk.begin()
        self.ours.disk.death = death
        before = len(self.ours.fired)
        try:
            found = self.ours.do(operation, ticker)
        except Died:
            self.after_death(operation, (world, expected), before)
            return
        self.ours.disk.begin()
        self.compare_outcomes(expected, found)
        self.note(operation, found.fired)
        self.world = world

    @rule(death=draw.deaths())
    def lose_power(self, death: Death) -> None:
        """What has been done survives the machine."""
        self.last = "a loss of power"
        self.ours.disk.lose(death)
        self.ours.restart()
        self.readable()

    @rule(data=st.data(), death=draw.deaths(), ticker=st.integers(0, 1))
    def do_and_lose_power(self, data: st.DataObject, death: Death, ticker: int) -> None:
        """What is done stays done, also if the machine dies before anybody has looked."""
        self.do(self.drawn(data, late=True), ticker)
        self.last = f"{self.last} and a loss of power"
        self.ours.disk.lose(death)
        self.ours.restart()
        self.readable()

    @rule(data=st.data(), copy=st.sampled_from(COPIES), damage=draw.damages(), full=st.booleans())
    def do_and_damage(self, data: st.DataObject, copy: str, damage: Damage, full: bool) -> None:
        """It stays done if a copy is damaged before anybody has looked, even on a full disk."""
        self.do(self.drawn(data, late=True), 0)
        held = self.ours.disk.file(copy)
        if held is None:
            return
        self.last = f"{self.last} and damage"
        self.ours.disk.damage(copy, draw.damaged(held, damage))
        self.ours.restart()
        self.ours.disk.full_at = 0 if full else None
        self.readable()
        self.ours.disk.begin()

    @rule(data=st.data(), step=st.integers(0, 9))
    def look_meanwhile(self, data: st.DataObject, step: int) -> None:
        """Somebody who reads the jobs in the middle of an operation does not disturb it."""
        operation = self.drawn(data, late=True)
        self.ours.disk.begin()
        self.ours.disk.meanwhile = (step, self.look)
        self.do(operation, 0)
        self.ours.disk.begin()

    def look(self) -> None:
        """Read through the other ticker, or be told to wait."""
        with contextlib.suppress(Busy):
            self.ours.jobs(1)

    @rule(data=st.data(), at=st.integers(0, 9), ticker=st.integers(0, 1))
    def fill(self, data: st.DataObject, at: int, ticker: int) -> None:
        """An operation for which the disk has no room is not done, and says so."""
        operation = self.drawn(data, late=True)
        world, expected = self.model.step(self.world, operation, self.ours.now_s())
        self.last = word(operation)
        self.ours.disk.begin()
        self.ours.disk.full_at = at
        before = len(self.ours.fired)
        found = self.ours.do(operation, ticker)
        self.ours.disk.begin()
        if found.error == "full":
            self.last = f"{self.last} on a full disk"
            if self.ours.fired[before:]:
                raise Violation("jobs: a job fires though its run is not saved", self.told())
            return
        self.compare_outcomes(expected, found)
        self.note(operation, found.fired)
        self.world = world

    @rule(data=st.data(), step=st.integers(0, 9))
    def at_once(self, data: st.DataObject, step: int) -> None:
        """Operations of two tickers at once do what one after the other does, in some order."""
        outer, inner = self.drawn(data, late=True), self.drawn(data)
        early: list[Outcome] = []
        self.last = "two operations at once"
        self.ours.disk.begin()
        self.ours.disk.meanwhile = (step, lambda: early.append(self.ours.do(inner, 1)))
        first = self.ours.do(outer, 0)
        self.ours.disk.begin()
        waited = not early or early[0].error == "busy"
        second = self.ours.do(inner, 1) if waited else early[0]
        ran = [(run.name, run.slot_s) for run in (*first.fired, *second.fired)]
        if len(set(ran)) < len(ran):
            raise Violation("jobs: both of two tickers fire for one match", self.told())
        for world in self.orders(outer, inner, (first, second), waited):
            if self.ours.jobs(0) == self.model.views(world):
                self.note(outer, first.fired)
                self.note(inner, second.fired)
                self.world = world
                return
        raise Violation(
            "jobs: two operations at once do what neither order of them does",
            f"{outer}: {first}; {inner}: {second}; {self.ours.jobs(0)} {self.told()}",
        )

    @precondition(lambda self: self.world)
    @rule(copy=st.sampled_from(COPIES), damage=draw.damages(), restarts=st.booleans())
    def damage(self, copy: str, damage: Damage, restarts: bool) -> None:
        """One damaged copy of the job file costs nothing."""
        data = self.ours.disk.file(copy)
        if data is None:
            return
        self.last = "damage"
        self.ours.disk.damage(copy, draw.damaged(data, damage))
        if restarts:
            self.ours.restart()
        self.readable()

    @precondition(lambda self: self.world)
    @rule(data=st.data(), first=draw.damages(), second=draw.damages(gone=False))
    def damage_all(self, data: st.DataObject, first: Damage, second: Damage) -> None:
        """With both copies damaged nothing is done, and nothing overwritten."""
        operation = self.drawn(data)
        disk = self.ours.disk
        good = [disk.file(copy) for copy in COPIES]
        if None in good:
            return
        bad = []
        for copy, held, damage in zip(COPIES, good, (first, second), strict=True):
            bad.append(draw.damaged(held or b"", damage))
            disk.damage(copy, bad[-1])
        self.ours.restart()
        found = self.ours.do(operation, 0)
        self.last = "damage of both copies"
        if found.error != "corrupt" or [disk.file(copy) for copy in COPIES] != bad:
            raise Violation(
                "jobs: both copies are damaged, and it goes on", f"{found}: {operation}"
            )
        for copy, held in zip(COPIES, good, strict=True):
            disk.damage(copy, held)
        self.ours.restart()

    def after_death(self, operation: Operation, step: tuple[World, Outcome], before: int) -> None:
        """Start again, and see whether the operation was done."""
        world, expected = step
        self.ours.restart()
        self.last = f"{self.last} with a death in it"
        self.readable()
        fired = tuple(sorted(self.ours.fired[before:]))
        shown = self.ours.jobs(0)
        if shown == self.model.views(world):
            if fired and fired != expected.fired:
                raise Violation(
                    "jobs: with a death in it a tick fires for other slots", self.told()
                )
            self.note(operation, fired)
            self.world = world
        elif fired:
            raise Violation("jobs: a job fires though its run is not saved", self.told())
        elif shown != self.model.views(self.world):
            raise Violation(
                "jobs: a death leaves neither the old jobs nor the new", f"{shown}: {self.told()}"
            )

    def readable(self) -> None:
        """What was saved can be read."""
        try:
            self.ours.jobs(0)
        except SchedulerError as error:
            raise Violation(
                f"jobs: after {self.last}: {type(error).__name__}", str(error)
            ) from error

    def orders(
        self, outer: Operation, inner: Operation, found: tuple[Outcome, Outcome], waited: bool
    ) -> list[World]:
        """What either order leads to, where its outcomes are those that were found."""
        now_s = self.ours.now_s()
        worlds = []
        world, first = self.model.step(self.world, outer, now_s)
        world, second = self.model.step(world, inner, now_s)
        if (first, second) == found:
            worlds.append(world)
        world, second = self.model.step(self.world, inner, now_s)
        world, first = self.model.step(world, outer, now_s)
        if (first, second) == found and not waited:
            worlds.append(world)
        return worlds
