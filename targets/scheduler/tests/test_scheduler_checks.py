"""The checks see planted and real failures, and pass the reference and current packages."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from targets import faults, registry
from targets.kinds import Property
from targets.oracles import Violation
from targets.scheduler import TARGET
from targets.scheduler.cron import describe, match, parse, walk
from targets.scheduler.cron.wording import Wording
from targets.scheduler.implementation import Cron, Options, Question, Refused
from targets.scheduler.subjects import reference

CHECKS = ("parse", "next", "prev", "match")
NOON = datetime.datetime(2024, 1, 1, 12)


def runner(name: str, subject: Cron, examples: int) -> Callable[[], None]:
    check = TARGET.checks[name]
    assert isinstance(check, Property)
    strategy = registry.load(check.strategy, name)()
    call = registry.load(check.check, name)

    @seed(1)
    @settings(
        database=None,
        deadline=None,
        max_examples=examples,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(value: Any) -> None:
        call(value, subject)

    test: Callable[[], None] = run
    return test


@pytest.mark.parametrize("name", CHECKS)
def test_the_reference_passes(name: str) -> None:
    runner(name, reference.subject(), 60)()


def lying(**changes: Any) -> Cron:
    return dataclasses.replace(reference.subject(), **changes)


def asked(text: str, start: datetime.datetime = NOON, count: int = 1) -> Question:
    return Question(text, start, count)


def answers(*moments: datetime.datetime) -> Callable[[Question], tuple[datetime.datetime, ...]]:
    return lambda _question: moments


@pytest.mark.parametrize(
    ("moments", "broken"),
    [
        ((NOON,), "next: does not move on"),
        ((NOON.replace(day=3, hour=0),), "next: a match is passed over"),
        ((NOON.replace(day=2, hour=1),), "next: the hour is not asked for"),
        ((NOON.replace(day=2, hour=0, minute=1),), "next: the minute is not asked for"),
        ((), "next: gives up though there is a match"),
        (
            (datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC),),
            "next: the zone of the start is lost",
        ),
    ],
)
def test_a_wrong_answer_is_named(moments: tuple[datetime.datetime, ...], broken: str) -> None:
    with pytest.raises(Violation) as caught:
        walk.check_next(asked("0 0 * * *"), lying(following=answers(*moments)))
    assert caught.value.oracle == broken


def test_a_right_answer_passes() -> None:
    subject = lying(following=answers(NOON.replace(day=2, hour=0), NOON.replace(day=3, hour=0)))
    walk.check_next(asked("0 0 * * *", count=2), subject)


def test_an_undocumented_error_escapes() -> None:
    def divides(_text: str, _options: Options) -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        parse.check(("* * R/0 * *", Options()), lying(parse=divides))


def test_refusing_and_accepting_wrongly_are_seen() -> None:
    def refuses(text: str, _options: Options) -> object:
        raise Refused(text)

    with pytest.raises(Violation, match="parse: refuses"):
        parse.check(("* * * * *", Options()), lying(parse=refuses))
    with pytest.raises(Violation, match="parse: accepts a step of 0"):
        parse.check(("*/0 * * * *", Options()), lying(parse=lambda *_given: None))


def test_a_wrong_match_is_seen() -> None:
    with pytest.raises(Violation, match="match: true though"):
        match.check(asked("0 0 * * *"), lying(matches=lambda _question: True))


def test_words_that_leave_something_out_are_seen() -> None:
    def says(words: str) -> Cron:
        return lying(
            describe=lambda _text, _wording: words,
            offers=frozenset({"wording"}),
            name="cron-descriptor",
        )

    describe.check(("0 12 * * 1", Wording()), says("At 12:00, only on Monday"))
    for words, broken in (
        ("At 12:00", "a weekday of a term value is not told"),
        ("At 12:00, only on Monday and Friday", "a weekday too much"),
        ("At 11:00, only on Monday", "the time of day is not told"),
        ("At 12:00, , only on Monday", "two commas in a row"),
    ):
        with pytest.raises(Violation, match=broken):
            describe.check(("0 12 * * 1", Wording()), says(words))


PLANTED = {
    "days-both": ("next", asked("0 0 13 * 5")),
    "step-from-lowest": ("next", asked("5/15 * * * *")),
    "step-leaves-range": ("next", asked("0 1-9/4 * * *", count=4)),
    "start-counts": ("next", asked("0 12 * * *")),
    "keeps-seconds": ("next", asked("0 0 * * *", NOON.replace(second=5))),
    "leap-by-four": ("next", asked("0 0 29 2 *", datetime.datetime(2096, 3, 1))),
    "last-of-february": ("next", asked("0 0 L 2 *")),
    "nearest-leaves-month": ("next", asked("0 0 1W 6 *")),
    "fifth-is-last": ("next", asked("0 0 * * 1#5", count=3)),
    "skips-january": ("next", asked("0 0 15 * *", datetime.datetime(2023, 12, 20))),
    "prev-skips-february": ("prev", asked("0 0 15 * *", datetime.datetime(2024, 3, 1))),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_bug_is_seen(fault: str) -> None:
    way, question = PLANTED[fault]
    check = walk.check_next if way == "next" else walk.check_prev
    check(question, reference.subject())
    with faults.planted(fault), pytest.raises((Violation, ValueError)):
        check(question, reference.subject())


PACKAGES = ("croniter", "cronsim", "apscheduler", "cron_descriptor")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_current_package_answers_plain_questions(package: str) -> None:
    pytest.importorskip(package)
    subject: Cron = registry.load(f"targets.scheduler.subjects.{package}:subject", package)()
    for text in ("0 6 30 3 *", "*/15 * * * *", "0 0 13 * 5", "0 * * * */6"):
        parse.check((text, Options()), subject)
        walk.check_next(asked(text, count=3), subject)
        walk.check_prev(asked(text, count=3), subject)
        match.check(asked(text), subject)
        describe.check((text, Wording()), subject)


def test_every_reference_of_the_target_can_be_loaded() -> None:
    for name, check in TARGET.checks.items():
        for part in ("strategy", "check", "machine"):
            if hasattr(check, part):
                registry.load(getattr(check, part), name)
