"""croniter: its iterator in both directions by every documented way, its parsers and its match."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from targets.oracles import Violation
from targets.scheduler.cron.dialects import CRONITER, Dialect
from targets.scheduler.implementation import Cron, Options, Question, Refused
from targets.scheduler.subjects import zones
from targets.scheduler.subjects.releases import check_length, known_to, parameters_of, release_of

_UTC: Final = datetime.UTC
_ELSEWHERE: Final = datetime.timedelta(days=1000)
_NAMED: Final = {
    "day_or": "day_or",
    "second_at_beginning": "seconds_first",
    "implement_cron_bug": "cron_bug",
    "expand_from_start_time": "from_start",
    "hash_id": "hash_id",
    "max_years_between_matches": "max_years",
}
"""Parameters that change what is right, and our names of them."""


def subject() -> Cron:
    """The installed release."""
    import croniter

    adapter = _Adapter(croniter)
    return Cron(
        name="croniter",
        dialect=dialect(adapter.release, adapter.parameters),
        parse=adapter.parse,
        following=adapter.following,
        preceding=adapter.preceding,
        matches=adapter.matches if hasattr(croniter.croniter, "match") else None,
        offers=frozenset(_NAMED[name] for name in adapter.parameters & _NAMED.keys()),
        modules=("croniter",),
        release=adapter.release,
        package=croniter,
    )


def dialect(release: tuple[int, ...], parameters: frozenset[str]) -> Dialect:
    """What this release says that it reads; what it says nothing of is left open."""
    later: set[str] = set()
    counts = {5, 6, 7}
    if release < (6, 2):
        later |= {"workday"}
    if release < (5,):
        later |= {"a reversed range"}
    if release < (2, 0, 6):
        later |= {"question"}
    if release < (1, 0, 12):
        later |= {"hash", "a hash of no range"}
    if release < (1, 0, 11):
        later |= {"ln"}
    if release < (0, 3, 35):
        later |= {"to-last"}
    if release < (0, 3, 17):
        later |= {"nth", "no such week of a month"}
    if release < (3,):
        counts = {5, 6}
    words = CRONITER.words if release >= (1, 0, 12) else {}
    horizon = 40 if "max_years_between_matches" in parameters else 1
    return dataclasses.replace(
        CRONITER,
        counts=frozenset(counts),
        kinds=CRONITER.kinds - later,
        unsure=CRONITER.unsure | later,
        words=words,
        horizon_years=horizon,
        seven=release[:1] != (4,),
    )


def library_of(options: Options, release: tuple[int, ...]) -> str:
    """The library of time zones that is asked for, or another that this release works with."""
    library = options.zones
    if library == "zoneinfo" and release < (6, 1):
        library = "pytz"
    if library == "pytz" and not zones.has("pytz"):
        library = "dateutil"
    if library == "dateutil" and release < (0, 3, 33) and zones.has("pytz"):
        library = "pytz"
    return library


def error_of(package: Any, name: str, otherwise: type[Exception]) -> type[Exception]:
    """A documented error; old releases have it in their one module alone."""
    module = sys.modules[package.croniter.__module__]
    found: type[Exception] = getattr(module, name, otherwise)
    return found


class _Adapter:
    """Knows what the release has: parameters, errors, zones."""

    def __init__(self, package: Any) -> None:
        self.release = release_of("croniter")
        self.croniter = package.croniter
        self.parameters = parameters_of(self.croniter.__init__)
        self.refusals = error_of(package, "CroniterError", ValueError)
        self.given_up = error_of(package, "CroniterBadDateError", self.refusals)

    def build(self, text: str, start: Any, options: Options, **more: Any) -> Any:
        """An iterator. Refused: the documented errors."""
        wanted = {
            "start_time": start,
            "day_or": options.day_or,
            "second_at_beginning": options.seconds_first,
            "hash_id": options.hash_id,
            "implement_cron_bug": options.cron_bug,
            "expand_from_start_time": options.from_start,
            **({"max_years_between_matches": options.max_years} if options.max_years else {}),
            **more,
        }
        random.seed(text)  # `R` draws: the same each time that a case is tried
        try:
            return self.croniter(text, **known_to(self.croniter.__init__, wanted))
        except self.refusals as refused:
            raise Refused(str(refused)) from refused
        except ValueError as error:
            check_length(error)
            raise

    def parse(self, text: str, options: Options) -> object:
        """By the constructor, by `is_valid` and by `expand`: they must agree."""
        try:
            self.build(text, datetime.datetime(2020, 1, 1), options)
            accepted = True
        except Refused:
            accepted = False
        wanted: dict[str, Any] = {
            "hash_id": options.hash_id,
            "second_at_beginning": options.seconds_first,
        }
        if hasattr(self.croniter, "is_valid"):
            is_valid = self.croniter.is_valid
            random.seed(text)
            if is_valid(text, **known_to(is_valid, wanted)) != accepted:
                raise Violation("parse: is_valid and the constructor disagree", repr(text))
        if not accepted:
            raise Refused(text)
        if not hasattr(self.croniter, "expand"):
            return None
        expand = self.croniter.expand
        random.seed(text)
        if options.hash_id is not None and "str" not in str(expand.__annotations__):
            wanted["hash_id"] = options.hash_id.encode()
        return expand(text, **known_to(expand, wanted))

    def following(self, question: Question) -> tuple[datetime.datetime, ...]:
        """Upwards."""
        return self.walk(question, "next")

    def preceding(self, question: Question) -> tuple[datetime.datetime, ...]:
        """Downwards."""
        return self.walk(question, "prev")

    def walk(self, question: Question, way: str) -> tuple[datetime.datetime, ...]:
        """The instants by the route that the question names, or by the plain one."""
        start = self.start(question)
        found = []
        try:
            for moment in itertools.islice(self.route(question, start, way), question.count):
                found.append(self.result(moment, start))
        except self.given_up:
            pass
        return tuple(found)

    def start(self, question: Question) -> datetime.datetime:
        """The start in a library of zones that the release works with."""
        return zones.moved(question.start, library_of(question.options, self.release))

    @staticmethod
    def result(moment: Any, start: datetime.datetime) -> datetime.datetime:
        """A number of seconds as a time in the zone of the start."""
        if isinstance(moment, datetime.datetime):
            return moment
        found = datetime.datetime.fromtimestamp(0, _UTC) + datetime.timedelta(seconds=moment)
        return found.astimezone(start.tzinfo) if start.tzinfo else found.replace(tzinfo=None)

    def route(self, question: Question, start: datetime.datetime, way: str) -> Iterator[Any]:
        """Instant after instant."""
        options = question.options
        wanted: type = float if options.floats else datetime.datetime
        backwards = way == "prev"
        steps: dict[str, Callable[[], Iterator[Any]]] = {
            "start": lambda: self.restarted(question, start, way, wanted),
            "set": lambda: self.reset(question, start, way, wanted),
            "peek": lambda: self.peeked(question, start, way, wanted),
        }
        has = parameters_of(getattr(self.croniter, f"get_{way}"))
        needed = {"start": "start_time", "set": "ret_type", "peek": "update_current"}
        able = options.route != "set" or hasattr(self.croniter, "set_current")
        if able and needed.get(options.route) in has and not options.from_start:
            return steps[options.route]()
        if options.route == "iter" and "is_prev" in self.parameters:
            made = self.build(question.text, start, options, ret_type=wanted, is_prev=backwards)
            return iter(made)
        begin: Any = start
        if options.route == "float start" and start.tzinfo is None:
            begin = (start - datetime.datetime(1970, 1, 1)).total_seconds()
        made = self.build(question.text, begin, options)
        if options.route == "all" and hasattr(made, f"all_{way}"):
            walk: Iterator[Any] = getattr(made, f"all_{way}")(wanted)
            return walk
        return self.plain(made, way, wanted, options.route)

    def plain(self, made: Any, way: str, wanted: type, route: str) -> Iterator[Any]:
        """`get_next` or `get_prev`; what it returns is the current instant then."""
        while True:
            found = getattr(made, f"get_{way}")(wanted)
            if route == "turn" and made.get_current(wanted) != found:
                raise Violation(f"{way}: get_current is not what was returned", repr(found))
            yield found

    def restarted(
        self, question: Question, start: datetime.datetime, way: str, wanted: type
    ) -> Iterator[Any]:
        """One iterator made for elsewhere, told where to start in each call."""
        made = self.elsewhere(question, start)
        current: Any = start
        while True:
            found = getattr(made, f"get_{way}")(wanted, start_time=current)
            yield found
            current = self.result(found, start)

    def reset(
        self, question: Question, start: datetime.datetime, way: str, wanted: type
    ) -> Iterator[Any]:
        """One iterator made for elsewhere that went the other way, and is set to the start."""
        made = self.elsewhere(question, start)
        with contextlib.suppress(self.given_up):
            made.get_prev(wanted) if way == "next" else made.get_next(wanted)
        made.set_current(start, **known_to(made.set_current, {"force": True}))
        while True:
            yield getattr(made, f"get_{way}")(wanted)

    def peeked(
        self, question: Question, start: datetime.datetime, way: str, wanted: type
    ) -> Iterator[Any]:
        """Each instant is looked at before the iterator moves to it."""
        made = self.build(question.text, start, question.options)
        step = getattr(made, f"get_{way}")
        while True:
            ahead = step(wanted, update_current=False)
            found = step(wanted)
            if ahead != found:
                raise Violation(f"{way}: a look ahead is not what follows", repr(question))
            yield found

    def elsewhere(self, question: Question, start: datetime.datetime) -> Any:
        """An iterator whose own start is years away."""
        far = start + _ELSEWHERE if start.year < 5000 else start - _ELSEWHERE
        return self.build(question.text, far, question.options)

    def matches(self, question: Question) -> bool:
        """Whether the start is due, by `match`."""
        options = question.options
        wanted = {"day_or": options.day_or, "second_at_beginning": options.seconds_first}
        match = self.croniter.match
        try:
            return bool(match(question.text, self.start(question), **known_to(match, wanted)))
        except self.given_up:
            raise
        except self.refusals as refused:
            raise Refused(str(refused)) from refused
