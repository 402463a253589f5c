"""The farm's own scheduler: its expressions, in UTC and in every zone."""

from __future__ import annotations

import datetime
from typing import Final

from targets.scheduler.cron.dialects import REFERENCE
from targets.scheduler.implementation import Cron, Options, Question, Refused
from targets.scheduler.reference import cron
from targets.scheduler.reference.errors import CronError, NoMatch
from targets.scheduler.reference.faults import planted

_UTC: Final = datetime.UTC


def subject() -> Cron:
    """The reference, with the fault that is planted in this process."""
    adapter = _Adapter(planted())
    return Cron(
        name="reference",
        dialect=REFERENCE,
        parse=adapter.parse,
        following=adapter.following,
        preceding=adapter.preceding,
        matches=adapter.matches,
        to_the_second=True,
        modules=("targets.scheduler.reference",),
    )


class _Adapter:
    """One schedule for each question."""

    def __init__(self, faulty: frozenset[str]) -> None:
        self.faulty = faulty

    def build(self, text: str, zone: datetime.tzinfo = _UTC) -> cron.Schedule:
        """Refused: CronError."""
        try:
            return cron.Schedule(text, zone, self.faulty)
        except CronError as refused:
            raise Refused(str(refused)) from refused

    def parse(self, text: str, _options: Options) -> object:
        """By making a schedule."""
        return self.build(text)

    def walk(self, question: Question, upwards: bool) -> tuple[datetime.datetime, ...]:
        """Step by step from the start."""
        zone = question.start.tzinfo
        schedule = self.build(question.text, zone or _UTC)
        at = question.start if zone else question.start.replace(tzinfo=_UTC)
        found: list[datetime.datetime] = []
        try:
            while len(found) < question.count:
                at = schedule.next(at) if upwards else schedule.prev(at)
                found.append(at if zone else at.replace(tzinfo=None))
        except NoMatch:
            pass
        return tuple(found)

    def following(self, question: Question) -> tuple[datetime.datetime, ...]:
        """Upwards."""
        return self.walk(question, upwards=True)

    def preceding(self, question: Question) -> tuple[datetime.datetime, ...]:
        """Downwards."""
        return self.walk(question, upwards=False)

    def matches(self, question: Question) -> bool:
        """Whether the start is due, to the second."""
        zone = question.start.tzinfo
        schedule = self.build(question.text, zone or _UTC)
        return schedule.matches(question.start if zone else question.start.replace(tzinfo=_UTC))
