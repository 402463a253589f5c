"""The strict grammar, its meaning and the brute force, against what the documents say."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import pytest

from targets.scheduler.cron import instants
from targets.scheduler.cron.dialects import APSCHEDULER, CRONITER, CRONSIM, DESCRIPTOR, REFERENCE
from targets.scheduler.cron.reading import ACCEPT, OPEN, REFUSE, read
from targets.scheduler.implementation import Options

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
APIA = zoneinfo.ZoneInfo("Pacific/Apia")


def due(text: str, *wall: int, **options: bool) -> bool:
    flags: Any = options
    schedule = read(text, CRONITER, Options(**flags)).schedule
    assert schedule is not None
    return schedule.due_at(datetime.datetime(*wall))  # type: ignore[arg-type]  # at least three


@pytest.mark.parametrize(
    ("text", "reference", "croniter", "cronsim", "apscheduler"),
    [
        ("* * * * *", ACCEPT, ACCEPT, ACCEPT, ACCEPT),
        ("*/15 * * * *", ACCEPT, ACCEPT, ACCEPT, ACCEPT),
        ("0 0 30 2 *", REFUSE, ACCEPT, OPEN, ACCEPT),
        ("* * * * 7", ACCEPT, ACCEPT, ACCEPT, REFUSE),
        ("60 * * * *", REFUSE, REFUSE, REFUSE, REFUSE),
        ("*/0 * * * *", REFUSE, REFUSE, REFUSE, REFUSE),
        ("* * * * fri-mon", REFUSE, ACCEPT, REFUSE, REFUSE),
        ("@daily", ACCEPT, ACCEPT, REFUSE, REFUSE),
        (",", REFUSE, REFUSE, REFUSE, REFUSE),
        ("* * * * * *", REFUSE, ACCEPT, ACCEPT, REFUSE),
        ("", REFUSE, REFUSE, REFUSE, REFUSE),
        ("0 0 * * mon#2", ACCEPT, ACCEPT, ACCEPT, REFUSE),
        ("* * R/0 * *", REFUSE, REFUSE, REFUSE, REFUSE),
        ("mon * * * *", REFUSE, REFUSE, REFUSE, REFUSE),
        ("1_0 * * * *", REFUSE, REFUSE, REFUSE, REFUSE),
        ("\u0661 * * * *", REFUSE, REFUSE, REFUSE, OPEN),
    ],
)
def test_each_dialect_has_its_verdict(
    text: str, reference: str, croniter: str, cronsim: str, apscheduler: str
) -> None:
    dialects = (REFERENCE, CRONITER, CRONSIM, APSCHEDULER)
    verdicts = tuple(read(text, dialect).verdict for dialect in dialects)
    assert verdicts == (reference, croniter, cronsim, apscheduler)


def test_what_croniter_accepts_must_be_described() -> None:
    assert read("0 * * * */7", CRONITER).verdict in (ACCEPT, OPEN)
    assert read("0 * * * */7", DESCRIPTOR).verdict == ACCEPT


def test_two_restricted_day_fields_are_or_unless_told_otherwise() -> None:
    assert due("0 0 13 * 5", 2024, 5, 13)
    assert due("0 0 13 * 5", 2024, 5, 17)
    assert not due("0 0 13 * 5", 2024, 5, 17, day_or=False)
    assert due("0 0 13 * 5", 2024, 9, 13, day_or=False)
    assert not due("0 0 */2 * 5", 2024, 5, 10, cron_bug=True)
    starred = read("0 0 */2 * 5", CRONSIM).schedule
    assert starred is not None
    assert not starred.due_at(datetime.datetime(2024, 5, 10))


def test_signs_of_days_mean_what_readmes_say() -> None:
    assert due("0 9 15W * *", 2024, 6, 14, 9)
    assert due("0 9 1W * *", 2024, 6, 3, 9)
    assert due("0 0 L * *", 2024, 2, 29)
    assert not due("0 0 L * *", 2024, 2, 28)
    assert due("0 0 * * L5", 2024, 5, 31)
    assert due("0 0 * * sat#1", 2024, 6, 1)
    assert not due("0 0 * * sat#1", 2024, 6, 8)


def test_ranges_and_steps_keep_to_their_bounds() -> None:
    assert due("59/15 * * * *", 2024, 1, 1, 0, 59)
    assert not due("59/15 * * * *", 2024, 1, 1, 0, 0)
    assert [month for month in range(1, 13) if due("0 0 1 nov-may/3 *", 2024, month, 1)] == [
        2,
        5,
        11,
    ]
    assert [day for day in range(1, 8) if due("0 0 * * 5-7", 2024, 1, day)] == [5, 6, 7]


def test_steps_may_count_from_the_start() -> None:
    options = Options(from_start=True)
    start = datetime.datetime(2024, 7, 11, 10, 7)
    for text, minutes in (
        ("*/15 * * * *", (7, 22, 37, 52)),
        ("10-50/15 * * * *", (22, 37)),
        ("10-20/7 * * * *", (14,)),
    ):
        schedule = read(text, CRONITER, options, start).schedule
        assert schedule is not None
        assert schedule.minutes == minutes


def test_a_wall_time_comes_never_once_or_twice() -> None:
    def count(*wall: int, zone: zoneinfo.ZoneInfo = BERLIN) -> int:
        parts: Any = wall
        return len(instants.instants_of(datetime.datetime(*parts), zone))

    assert count(2022, 3, 27, 2, 30) == 0
    assert count(2022, 10, 30, 2, 30) == 2
    assert count(2022, 10, 30, 3, 30) == 1
    assert count(2011, 12, 30, 12, 0, zone=APIA) == 0


def test_behind_a_gap_is_its_first_second() -> None:
    first, later = instants.behind_gap(datetime.datetime(2022, 3, 27, 2, 30), BERLIN)
    assert first == datetime.datetime(2022, 3, 27, 1, tzinfo=datetime.UTC)
    assert later == datetime.datetime(2022, 3, 27, 1, 30, tzinfo=datetime.UTC)


def test_brute_force_lists_every_wall_time_both_ways() -> None:
    schedule = read("*/20 0,12 29 2 *", CRONITER).schedule
    assert schedule is not None
    low, high = datetime.datetime(2023, 1, 1), datetime.datetime(2030, 1, 1)
    upwards = list(instants.walls_between(schedule, low, high))
    assert len(upwards) == 2 * 6
    assert list(instants.walls_between(schedule, low, high, upwards=False)) == upwards[::-1]
