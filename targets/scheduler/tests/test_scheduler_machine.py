"""The machine finds each planted fault of the scheduler, and nothing where none is."""

from __future__ import annotations

import types

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from targets import faults
from targets.oracles import Violation
from targets.scheduler.machine.disk import Death, Died, MemoryDisk
from targets.scheduler.machine.jobs import machine
from targets.scheduler.machine.model import Known, Model
from targets.scheduler.machine.operations import Add, Fired, Outcome, Pause, Tick
from targets.scheduler.machine.timetable import Part, Timetable
from targets.scheduler.reference.errors import SchedulerError
from targets.scheduler.reference.faults import FAULTS, JOBS
from targets.scheduler.reference.store import COPIES, Job, Store

REFERENCE = types.SimpleNamespace(name="reference")
APSCHEDULER = types.SimpleNamespace(name="apscheduler")
FROM_THE_FIELDS = (
    *("keeps-seconds", "skips-january", "searches-on", "empty-part", "leap-by-four"),
    *("gap-never", "overlap-twice"),
)
"""Faults of expressions that the machine sees, too."""


def run(subject: types.SimpleNamespace, examples: int, start: int = 1) -> None:
    """So many sequences of steps, the same each time."""
    rules = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(start)(machine(subject)), settings=rules)


def fails(start: int) -> bool:
    """Whether the reference fails in the sequences that begin with this seed."""
    try:
        run(REFERENCE, 40, start)
    except (Violation, SchedulerError, ValueError):
        return True
    return False


RARE = "add-overwrites"
"""Two tickers that add at the same moment: plain Hypothesis may take a minute to meet it."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.nightly] if name == RARE else [])
        for name in (*JOBS, *FROM_THE_FIELDS)
    ],
)
def test_a_fault_is_found_within_a_few_sequences(name: str) -> None:
    assert name in FAULTS
    with faults.planted(name):
        assert any(fails(start) for start in range(1, 9))


def test_the_reference_survives() -> None:
    run(REFERENCE, 40)


def test_apscheduler_does_what_it_documents() -> None:
    pytest.importorskip("apscheduler")
    run(APSCHEDULER, 40)


def part(text: str, *values: int) -> Part:
    return Part(text, frozenset(values))


EVERY_DAY = (part("*", *range(1, 32)), part("*", *range(1, 13)), part("*", *range(7)))
HALF_PAST_TWO = (part("30", 30), part("2", 2), *EVERY_DAY)
EACH_HALF_HOUR = (part("*/30", 0, 30), part("*", *range(24)), *EVERY_DAY)


@pytest.mark.parametrize(
    ("parts", "after_s", "expected_s"),
    [
        (HALF_PAST_TWO, 1_711_760_400, 1_711_762_200),  # the day before a gap, 01:30 UTC
        (HALF_PAST_TWO, 1_711_762_200, 1_711_846_800),  # in the gap: 03:00 of the new time
        (HALF_PAST_TWO, 1_729_987_200, 1_729_989_000),  # shown twice: the first time
        (HALF_PAST_TWO, 1_729_989_000, 1_730_079_000),  # and not the second time
        (EACH_HALF_HOUR, 1_729_989_000, 1_729_990_800),  # which a job by the clock has
    ],
)
def test_the_model_knows_what_changes_of_clocks_do(
    parts: tuple[Part, Part, Part, Part, Part], after_s: int, expected_s: int
) -> None:
    assert Timetable(*parts, zone="Europe/Berlin").after(after_s) == expected_s


def test_the_model_fires_once_for_many_missed_slots() -> None:
    model = Model()
    world, outcome = model.step({}, Add("a", Timetable(*EACH_HALF_HOUR)), 0)
    assert outcome == Outcome()
    world, outcome = model.step(world, Tick(), 86_400)
    assert outcome.fired == (Fired(1800, "a"),)
    assert world["a"].next_s == 86_400 + 1800
    world, _ = model.step(world, Pause("a"), 90_000)
    assert world["a"] == Known(
        Timetable(*EACH_HALF_HOUR), enabled=False, next_s=None, last_s=86_400, runs=1
    )
    assert model.step(world, Tick(), 200_000) == (world, Outcome())


@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("part", [0, 100, 256])
@pytest.mark.parametrize("step", range(11))
def test_a_death_in_any_step_leaves_the_old_or_the_new(step: int, power: bool, part: int) -> None:
    disk = MemoryDisk()
    old, new = Job("a", "* * * * *", "UTC"), Job("b", "* * * * *", "UTC")
    Store(disk).change(lambda jobs: jobs | {"a": old})
    disk.begin()
    disk.death = Death(step, power, part, zeros=bool(part % 3), renames=step % 3)
    with pytest.raises(Died):
        Store(disk).change(lambda jobs: jobs | {"b": new})
    found = Store(disk).read()
    assert found in ({"a": old}, {"a": old, "b": new})
    disk.lose(Death(0, power=True))
    assert Store(disk).read() == found
    assert disk.file(COPIES[0]) == disk.file(COPIES[1])
