"""What a subject of this target offers: it reads cron expressions, and says when they are due."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # pragma: no cover - the dialect is plain data of the cron side
    from targets.scheduler.cron.dialects import Dialect


class Refused(Exception):
    """The documented error of a subject: the expression, or an option, is not one of its language.

    Adapters turn what a package documents (`CroniterBadCronError`, `CronSimError`, …) into this.
    """


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What a user can ask for beside the expression; a subject passes over what it has not."""

    day_or: bool = True
    """A day must match one of both restricted day fields, not both."""
    seconds_first: bool = False
    """Of six or seven fields the first is the second; else the sixth is."""
    hash_id: str | None = None
    """What `H` is computed from."""
    cron_bug: bool = False
    """A day field that begins with `*` makes both day fields needed."""
    from_start: bool = False
    """Steps count from the start instant."""
    floats: bool = False
    """Instants are asked for as numbers of seconds."""
    zones: str = "zoneinfo"
    """Whose time zones are used: `zoneinfo`, `pytz` or `dateutil`; a subject takes one it knows."""
    route: str = ""
    """Which of several ways to the same answer is gone; empty: the plain one."""
    max_years: int | None = None
    """Years to search before giving up; None: the default of the subject."""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """When is this expression due, counted from a start that is itself not counted?"""

    text: str
    start: datetime.datetime
    """With a time zone, or without one: then the answer has none either."""
    count: int = 1
    """How many instants in a row, asked of one iterator."""
    options: Options = Options()


Walk = Callable[[Question], tuple[datetime.datetime, ...]]
"""The instants in the order they are found. Fewer than asked for: the subject gave up, as it
documents. Refused: the expression is not of its language."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cron:
    """A subject of this target. None: it does not offer that."""

    name: str
    dialect: Dialect
    """Which expressions it must accept and refuse, and what they mean."""
    parse: Callable[[str, Options], object]
    """Reads an expression as far as the subject does without a start. Refused: not accepted."""
    following: Walk | None = None
    """Instants after the start, upwards."""
    preceding: Walk | None = None
    """Instants before the start, downwards."""
    matches: Callable[[Question], bool] | None = None
    """Whether the start itself is due."""
    to_the_second: bool = False
    """`matches` asks for the very second; else it looks at minutes where there are no seconds."""
    describe: Callable[[str, object], str] | None = None
    """Words for an expression, with options that the subject's own strategy makes."""
    offers: frozenset[str] = frozenset()
    """Names of the options that it has, of those that change what is right."""
    modules: tuple[str, ...] = ()
    """Whose work counts as its own."""
    release: tuple[int, ...] = ()
    """Version of the package as numbers; empty: part of the farm."""
    package: object = None
    """The package's module itself, for checks of what only this subject offers."""


MEANINGFUL: Final = (
    *("day_or", "seconds_first", "hash_id", "cron_bug", "from_start", "max_years"),
)
"""Options that change what is right; the others are ways to the same answer."""


def offered(options: Options, subject: Cron, without: tuple[str, ...] = ()) -> Options:
    """The options as far as the subject has them; those it has not are the defaults."""
    return _offered(options, subject.offers, without)


@functools.lru_cache(maxsize=4096)
def _offered(options: Options, offers: frozenset[str], without: tuple[str, ...]) -> Options:
    kept = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(options)
        if field.name not in MEANINGFUL or (field.name in offers and field.name not in without)
    }
    return Options(**kept)


def asked(question: Question, subject: Cron, without: tuple[str, ...] = ()) -> Question:
    """The question as it can be put to the subject."""
    return dataclasses.replace(question, options=offered(question.options, subject, without))
