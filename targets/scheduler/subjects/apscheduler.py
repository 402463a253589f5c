"""APScheduler: its cron trigger, made from a crontab expression, with a given clock."""

from __future__ import annotations

import datetime
from typing import Any, Final

from targets.scheduler.cron.dialects import APSCHEDULER
from targets.scheduler.implementation import Cron, Options, Question, Refused
from targets.scheduler.subjects import zones
from targets.scheduler.subjects.releases import release_of

_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_FIELDS: Final = ("minute", "hour", "day", "month", "day_of_week")


def subject() -> Cron:
    """The installed release."""
    import apscheduler
    from apscheduler.triggers.cron import CronTrigger

    adapter = _Adapter(CronTrigger)
    return Cron(
        name="apscheduler",
        dialect=APSCHEDULER,
        parse=adapter.parse,
        following=adapter.following,
        modules=("apscheduler",),
        release=adapter.release,
        package=apscheduler,
    )


class _Adapter:
    """Knows which time zones the release works with."""

    def __init__(self, trigger: Any) -> None:
        self.release = release_of("apscheduler")
        self.trigger = trigger

    def library(self, options: Options) -> str:
        """It knows zones of pytz alone before 3.11."""
        return "zoneinfo" if self.release >= (3, 11) and options.zones != "pytz" else "pytz"

    def build(self, text: str, zone: Any) -> Any:
        """A trigger. Refused: ValueError, which is all that it documents."""
        try:
            if hasattr(self.trigger, "from_crontab"):
                return self.trigger.from_crontab(text, timezone=zone)
            parts = text.split()
            if len(parts) != len(_FIELDS):
                raise ValueError("Wrong number of fields")
            return self.trigger(**dict(zip(_FIELDS, parts, strict=True)), timezone=zone)
        except ValueError as refused:
            raise Refused(str(refused)) from refused

    def parse(self, text: str, _options: Options) -> object:
        """By `from_crontab`."""
        return self.build(text, zones.zone_in("pytz" if zones.has("pytz") else "zoneinfo", "UTC"))

    def following(self, question: Question) -> tuple[datetime.datetime, ...]:
        """As a scheduler asks: what follows the last fire time, at that time."""
        library = self.library(question.options)
        if library == "pytz" and not zones.has("pytz"):
            library = "zoneinfo"
        key = zones.key_of(question.start)
        zone = zones.zone_in(library, key or "UTC")
        trigger = self.build(question.text, zone)
        now = question.start
        if not key:
            now = now.replace(tzinfo=datetime.UTC)
        utc = now.astimezone(datetime.UTC) + _MICROSECOND
        last, now = None, utc.astimezone(zone)
        found: list[datetime.datetime] = []
        while len(found) < question.count:
            last = trigger.get_next_fire_time(last, now)
            if last is None:
                break
            now = last
            found.append(last if key else last.replace(tzinfo=None))
        return tuple(found)
