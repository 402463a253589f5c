"""The languages of the subjects: what each accepts and refuses, and what it takes it to mean.

All that differs between subjects on purpose is here, as data, each with its source.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WORDS: Final = MappingProxyType(
    {
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
        "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *",
        "@hourly": "0 * * * *",
    }
)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """A language, equal to itself alone. It refuses what is in neither `kinds` nor `unsure`."""

    counts: frozenset[int] = frozenset({5})
    """How many fields an expression may have."""
    seconds: str = ""
    """Where the second stands in six fields: `first`, `last`, or `option` (the user says)."""
    words: Mapping[str, str] = dataclasses.field(default_factory=lambda: WORDS)
    kinds: frozenset[str] = frozenset({"star", "value", "range"})
    """Kinds, or spellings, of terms that must be accepted where they make sense."""
    unsure: frozenset[str] = frozenset()
    """Kinds, spellings and reasons of refusal that its documentation leaves open: no verdict."""
    names: bool = True
    """Months and weekdays have names of three letters, capital or small."""
    sunday: int = 0
    """The number of Sunday; Monday has the next one, or 0."""
    seven: bool = True
    """7 is Sunday too."""
    wraps: bool = False
    """A range whose end is below its start goes on from the lowest number."""
    equal_is_all: bool = False
    """A range from a number to itself is the whole field."""
    days: str = "either"
    """Both day fields restricted: `either` is enough, `both` must hold, or `star`: both must hold
    if one of the fields begins with a star."""
    horizon_years: int = 40
    """A match within so many years must be found."""
    rules_join: bool = False
    """A rule of days counts as a restriction like any other; else what it means beside the other
    day field is not stated."""
    refuses_never: bool = False
    """What no day of any year matches is refused."""
    first_year: int = 1
    """Nothing is due before it."""
    last_year: int = 9999
    """Nothing is searched behind it."""
    gap: str = "any"
    """What changes of the clock do. `after`: by Debian's rule; a fixed time that is skipped runs
    right behind the gap, one that comes twice runs the first time; where minute or hour begins with
    a star, whatever the clock shows runs. `after upwards`: so in that direction, if the change is
    of less than three hours. `any`: that is not said."""


REFERENCE: Final = Dialect(
    kinds=frozenset(
        {"star", "value", "range", "question", "last", "nth", "nl", "n#l", "nw"}
        | {"question elsewhere", "question with a step"}
    ),
    unsure=frozenset({"extra in a list", "star in a list", "weekday start and step"}),
    rules_join=True,
    refuses_never=True,
    last_year=4999,
    horizon_years=8000,
    gap="after",
)
"""CONTRACTS section 9 (b) and (c): what croner calls cron, with five fields; `reference/fields.py`
says it in full."""

CRONITER: Final = Dialect(
    counts=frozenset({5, 6, 7}),
    seconds="option",
    words=MappingProxyType({**WORDS, "@midnight": "0 0 * * *"}),
    kinds=frozenset(
        {"star", "value", "range", "question", "last", "workday", "to-last", "ln", "nth", "hash"}
    ),
    unsure=frozenset(
        {"before-last", "last-workday", "nl", "n#l", "nth-range", "extra in a list", "big step"}
        | {"step of a word", "star in a list", "edge space", "weekday start and step"}
        | {"a reversed range elsewhere"}
    ),
    wraps=True,
    equal_is_all=True,
)
"""Its README: six and seven fields, ranges that wrap, 7, `l`, `W`, `#`, `L5`, `H`, `R`, `?`."""

CRONSIM: Final = Dialect(
    counts=frozenset({5, 6}),
    seconds="first",
    words=MappingProxyType({}),
    kinds=frozenset({"star", "value", "range", "last", "lw", "nl", "nth"}),
    unsure=frozenset(
        {"big step", "step of a word", "white space", "edge space", "weekday start and step"}
        | {"star in a list", "never due", "extra in a list"}
    ),
    days="star",
    gap="after upwards",
)
"""Its README: Debian's cron, where one day field that begins with a star makes both needed."""

APSCHEDULER: Final = Dialect(
    words=MappingProxyType({}),
    kinds=frozenset({"star", "value", "range", "last-in-words"}),
    unsure=frozenset(
        {"big step", "white space", "edge space", "other digits", "weekday start and step"}
        | {"star in a list", "step of a name", "a name and a number"}
    ),
    sunday=6,
    seven=False,
    days="both",
    first_year=1970,
)
"""Its user guide: all fields must match, weekdays count from Monday, 0."""

DESCRIPTOR: Final = Dialect(
    counts=frozenset({5, 6, 7}),
    seconds="first",
    words=MappingProxyType({}),
    kinds=frozenset(
        {"star", "value", "range", "question", "last", "lw", "wl", "nw", "wn", "before-last"}
        | {"nl", "nth"}
    ),
    unsure=frozenset(
        {"step of a word", "white space", "edge space", "other digits", "other words"}
        | {"a number out of range", "a step of 0", "junk", "an empty part", "a reversed range"}
        | {"a name of no month", "a name of no weekday", "name in another field", "star in a list"}
        | {"question elsewhere", "ln", "hash", "to-last", "n#l", "nth-range", "extra elsewhere"}
        | {"extra in a list"}
    ),
)
"""Its README: it describes expressions of other parsers, Quartz's signs included, and says of no
expression that it is refused for its values."""
