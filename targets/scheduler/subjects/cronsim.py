"""cronsim: its iterator in both directions, and the words it has for an expression."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from typing import Any

from targets.scheduler.cron.dialects import CRONSIM, Dialect
from targets.scheduler.implementation import Cron, Options, Question, Refused
from targets.scheduler.subjects import zones
from targets.scheduler.subjects.releases import check_length, parameters_of, release_of


def subject() -> Cron:
    """The installed release."""
    import cronsim

    adapter = _Adapter(cronsim)
    return Cron(
        name="cronsim",
        dialect=dialect(adapter.release),
        parse=adapter.parse,
        following=adapter.following,
        preceding=adapter.preceding if adapter.turns else None,
        describe=adapter.explain if hasattr(adapter.make, "explain") else None,
        modules=("cronsim",),
        release=adapter.release,
        package=cronsim,
    )


def dialect(release: tuple[int, ...]) -> Dialect:
    """What this release says that it reads."""
    later = set()
    counts = {5, 6} if release >= (2, 6) else {5}
    if release < (2, 5):
        later |= {"lw"}
    if release < (2, 1):
        later |= {"nl"}
    return dataclasses.replace(
        CRONSIM,
        counts=frozenset(counts),
        kinds=CRONSIM.kinds - later,
        unsure=CRONSIM.unsure | later,
        rules_join=True,
    )


class _Adapter:
    """Knows what the release has."""

    def __init__(self, package: Any) -> None:
        self.release = release_of("cronsim")
        self.make = package.CronSim
        self.turns = "reverse" in parameters_of(self.make.__init__)
        self.error = getattr(package, "CronSimError", None) or package.cronsim.CronSimError

    def parse(self, text: str, _options: Options) -> object:
        """By the constructor."""
        return self.build(text, datetime.datetime(2020, 1, 1))

    def build(self, text: str, start: datetime.datetime, reverse: bool = False) -> Any:
        """An iterator. Refused: CronSimError."""
        try:
            return self.make(text, start, reverse=True) if reverse else self.make(text, start)
        except self.error as refused:
            raise Refused(str(refused)) from refused
        except ValueError as error:
            check_length(error)
            raise

    def walk(self, question: Question, reverse: bool) -> tuple[datetime.datetime, ...]:
        """It stops by itself when nothing is found for 50 years."""
        library = "pytz" if self.release < (2,) else "zoneinfo"
        made = self.build(question.text, zones.moved(question.start, library), reverse)
        return tuple(itertools.islice(made, question.count))

    def following(self, question: Question) -> tuple[datetime.datetime, ...]:
        """Upwards."""
        return self.walk(question, reverse=False)

    def preceding(self, question: Question) -> tuple[datetime.datetime, ...]:
        """Downwards."""
        return self.walk(question, reverse=True)

    def explain(self, text: str, _wording: object) -> str:
        """Words in English."""
        return str(self.build(text, datetime.datetime(2020, 1, 1)).explain())
