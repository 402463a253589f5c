"""The five fields of a cron expression: which texts are accepted, and what they select.

An expression is one of `@yearly @annually @monthly @weekly @daily @hourly`, or five fields with
spaces or tabs between, before and behind: minute 0-59, hour 0-23, day 1-31, month 1-12, weekday
0-7, where 0 and 7 are Sunday. Letters count in either case. A field is a list of parts with a comma
between two of them:

- `*` or `?` is all values; `n` is one, `a-b` is a range, never reversed;
- `/step` behind one of these takes each step-th value from the first; behind `n` it goes on to the
  largest value of the field (7 for weekdays); it is at least 1, and may be wider than the field;
- months have the names jan to dec, weekdays sun to sat: in their own field only;
- days: `L` is the last of the month, `15W` the weekday from Monday to Friday that is nearest to the
  15th and in the same month, if the month has a 15th;
- weekdays: `5L` and `5#L` are the last Friday of the month, `5#2` the second, up to `5#5`.

A day field is restricted unless it is just `*` or `?`. With both restricted a day matches if
one of them does.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from targets.scheduler.reference.errors import CronError

NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_BLANKS: Final = re.compile(r"[ \t]+")
_DIGITS: Final = re.compile(r"[0-9]+")
_WIDEST: Final = 1000
"""Any number from here on is as good as this one: beyond every field."""
_ALL: Final = ("*", "?")


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One of the five fields: its values, and their names."""

    name: str
    lowest: int
    highest: int
    names: dict[str, int] = dataclasses.field(default_factory=dict)


MINUTE: Final = Kind("minute", 0, 59)
HOUR: Final = Kind("hour", 0, 23)
DAY: Final = Kind("day", 1, 31)
MONTH: Final = Kind("month", 1, 12, {name: at for at, name in enumerate(_MONTHS, 1)})
WEEKDAY: Final = Kind("weekday", 0, 7, {name: at for at, name in enumerate(_WEEKDAYS)})
KINDS: Final = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)


@dataclasses.dataclass(slots=True)
class Selection:
    """What one field selects: plain values, and what depends on the month."""

    values: set[int] = dataclasses.field(default_factory=set)
    last: bool = False
    """The last day of the month."""
    nearest: set[int] = dataclasses.field(default_factory=set)
    """Days whose nearest weekday is meant."""
    last_weekdays: set[int] = dataclasses.field(default_factory=set)
    nth_weekdays: set[tuple[int, int]] = dataclasses.field(default_factory=set)
    """Weekday, and which one of the month."""
    whole: bool = False
    """The field is just `*` or `?`."""
    starred: bool = False
    """The field begins with `*` or `?`."""


def parsed(text: str, faulty: frozenset[str]) -> tuple[Selection, ...]:
    """What the five fields of an expression select; CronError if it is not of the dialect."""
    if not text.isascii():
        raise CronError("an expression is made of ASCII")
    lowered = text.strip(" \t").lower()
    if lowered.startswith("@"):
        if lowered not in NICKNAMES:
            raise CronError(f"no nickname is spelled {lowered!r}")
        lowered = NICKNAMES[lowered]
    words = _BLANKS.split(lowered)
    if len(words) != len(KINDS):
        raise CronError(f"an expression has {len(KINDS)} fields, not {len(words)}")
    return tuple(_field(word, kind, faulty) for word, kind in zip(words, KINDS, strict=True))


def _field(word: str, kind: Kind, faulty: frozenset[str]) -> Selection:
    if "names-anywhere" in faulty:
        kind = dataclasses.replace(kind, names=MONTH.names | WEEKDAY.names)
    if "weekday-seven" in faulty and kind.name == WEEKDAY.name:
        kind = dataclasses.replace(kind, highest=6)
    selection = Selection(whole=word in _ALL, starred=word.startswith(_ALL))
    for part in word.split(","):
        if part or "empty-part" not in faulty:
            _part(part, kind, faulty, selection)
    if kind.name == WEEKDAY.name:
        selection.values = {value % 7 for value in selection.values}
    return selection


def _part(part: str, kind: Kind, faulty: frozenset[str], selection: Selection) -> None:
    if kind.name == DAY.name and _of_month(part, kind, selection):
        return
    if kind.name == WEEKDAY.name and _of_weekday(part, kind, selection):
        return
    span, slash, stride = part.partition("/")
    step = _number(stride) if slash else 1
    if step < 1:
        raise CronError(f"{kind.name}: a step is at least 1")
    low, high = _bounds(span, kind, faulty)
    if slash and not span.startswith(_ALL) and "-" not in span:
        high = kind.highest
        if "big-step" in faulty and step > high:
            raise CronError(f"{kind.name}: a step is not wider than the field")
        if "step-from-lowest" in faulty:
            low += -(low - kind.lowest) % step
    if "-" in span and slash and "step-leaves-range" in faulty:
        high = kind.highest
    if low > high:
        selection.values.update(range(low, kind.highest + 1, step))
        low = kind.lowest
    selection.values.update(range(low, high + 1, step))


def _bounds(span: str, kind: Kind, faulty: frozenset[str]) -> tuple[int, int]:
    """First and last value of what stands before the step."""
    if span in _ALL:
        return kind.lowest, kind.highest
    first, dash, last = span.partition("-")
    low = _value(first, kind)
    high = _value(last, kind) if dash else low
    if low > high and "reversed-range" not in faulty:
        raise CronError(f"{kind.name}: a range goes upwards")
    return low, high


def _of_month(part: str, kind: Kind, selection: Selection) -> bool:
    """Whether a part of the day field is one of those that depend on the month."""
    if part == "l":
        selection.last = True
        return True
    if part.endswith("w"):
        selection.nearest.add(_value(part[:-1], kind))
        return True
    return False


def _of_weekday(part: str, kind: Kind, selection: Selection) -> bool:
    """Whether a part of the weekday field is one of those that depend on the month."""
    name, sharp, which = part.partition("#")
    if not sharp and part.endswith("l"):
        name, which = part[:-1], "l"
    elif not sharp:
        return False
    weekday = _value(name, kind) % 7
    if which == "l":
        selection.last_weekdays.add(weekday)
    elif which in ("1", "2", "3", "4", "5"):
        selection.nth_weekdays.add((weekday, int(which)))
    else:
        raise CronError(f"{kind.name}: a month has the weekdays #1 to #5, and #L")
    return True


def _value(text: str, kind: Kind) -> int:
    """One value of the field, as a number or by name."""
    value = kind.names.get(text)
    if value is None:
        value = _number(text)
    if not kind.lowest <= value <= kind.highest:
        raise CronError(f"{kind.name}: values are {kind.lowest} to {kind.highest}")
    return value


def _number(text: str) -> int:
    """A number of any length, in time that its length allows."""
    if not _DIGITS.fullmatch(text):
        raise CronError("a number is made of the digits 0 to 9")
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= 3 else _WIDEST
