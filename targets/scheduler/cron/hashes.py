"""The check `hashes`: `H` and `R` of croniter stand for values of their range, all periods served.

Plain: one value of the range, the same again for the same name. With a step: every step-th value
from one of the first so many, to the end of the range. It is looked at what `expand` says.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import texts
from targets.scheduler.cron.terms import FIVE, Field
from targets.scheduler.implementation import Cron, Options
from targets.scheduler.subjects.croniter import error_of

Case = tuple[str, str]
_HASH: Final = re.compile(r"[hr](?:\((\d{1,4})-(\d{1,4})\))?(?:/(\d{1,3}))?", re.IGNORECASE)
_NAMES: Final = ("hello", "a", "job-2", "x", "b", "c", "some longer name")
_PLACES: Final = (*FIVE, Field.SECOND, Field.YEAR)


def strategy() -> SearchStrategy[Case]:
    """An expression and the name that it is hashed with."""
    return st.tuples(texts.HASHED, st.sampled_from(_NAMES) | st.text(max_size=5))


def check(case: Case, subject: Cron) -> None:
    """Every field that is a hash alone is looked at."""
    text, name = case
    if "hash_id" not in subject.offers or not name:
        return
    options = Options(hash_id=name)
    expanded = _expanded(text, options, subject)
    if expanded is None:
        return
    if _expanded(text, options, subject) != expanded:
        raise Violation("hashes: not the same for the same name", repr(case))
    for field, part, found in zip(_PLACES, text.split(), expanded, strict=False):
        hashed = _HASH.fullmatch(part)
        if hashed is not None:
            _is_of_range(field, hashed, found, case)


def _expanded(text: str, options: Options, subject: Cron) -> Sequence[Sequence[Any]] | None:
    """The values of each field; None: refused, as documented."""
    package: Any = subject.package
    random.seed(text)
    try:
        name = (options.hash_id or "").encode("utf-8", "surrogatepass")
        fields: Sequence[Sequence[Any]] = package.croniter.expand(text, hash_id=name)[0]
    except error_of(package, "CroniterError", ValueError):
        return None
    return fields


def _is_of_range(field: Field, hashed: re.Match[str], found: Sequence[Any], case: Case) -> None:
    high = 6 if field is Field.WEEKDAY else field.high
    low = int(hashed[1]) if hashed[1] else field.low
    high = int(hashed[2]) if hashed[2] else high
    if field is Field.WEEKDAY and high > 6:
        return  # Sunday is then its first value as well as its last
    values = set(range(field.low, 7 if field is Field.WEEKDAY else field.high + 1))
    values = values if list(found) == ["*"] else set(found)
    shown = f"{case!r}: {sorted(values)} for {hashed[0]!r} as {field.value[0]}"
    if not values <= set(range(low, high + 1)):
        raise Violation("hashes: a value that is not of the range", shown)
    if hashed[3] is None:
        if len(values) != 1:
            raise Violation("hashes: more than one value", shown)
        return
    step = int(hashed[3])
    first = min(values)
    if first >= low + step or values != set(range(first, high + 1, step)):
        raise Violation("hashes: a period is left out, or has two", shown)
