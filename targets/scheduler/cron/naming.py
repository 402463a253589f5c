"""What is unusual in an expression, as a part of the name of a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from targets.scheduler.cron.dialects import Dialect
from targets.scheduler.cron.reading import ACCEPT, place, read
from targets.scheduler.cron.terms import Field, cut
from targets.scheduler.implementation import Options


def refused(text: str, dialect: Dialect, options: Options, accepts: Callable[[str], bool]) -> str:
    """The least that a subject refuses of a text that is of its language.

    Each field is tried among stars: the first that it refuses then is to blame, else all are.
    """
    if text.startswith("@"):
        return "a word"
    placed = place(text.split(), dialect, options)
    for field, part in placed.items():
        alone = " ".join(part if other is field else _plain(other) for other in placed)
        proper = part != _plain(field) and read(alone, dialect, options).verdict == ACCEPT
        if proper and not accepts(alone):
            return kinds({field: part})
    return kinds(placed)


def kinds(placed: Mapping[Field, str]) -> str:
    """The one field that is more than stars and values, and how; else that several are."""
    found = list(_kinds(placed))
    if not found:
        return "stars and values"
    return found[0] if len(found) == 1 else "several unusual fields"


def _kinds(placed: Mapping[Field, str]) -> Iterator[str]:
    for field, part in placed.items():
        terms = cut(part)
        forms = {term.kind + ("/step" if term.step else "") for term in terms}
        several = " in a list" if len(terms) > 1 else ""
        for form in sorted(forms - {"value", "star", "question"}):
            yield f"{field.value[0]} {form}{several}"


def _plain(field: Field) -> str:
    return "0" if field is Field.SECOND else "*"
