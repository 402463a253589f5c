"""The check `parse`: what a subject accepts and refuses is what its language says."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import questions, texts
from targets.scheduler.cron.reading import ACCEPT, REFUSE, read
from targets.scheduler.cron.terms import cut
from targets.scheduler.implementation import Cron, Options, Refused, offered

Case = tuple[str, Options]
_PLAIN: Final = frozenset({"star", "value", "range"})


@st.composite
def cases(draw: DrawFn) -> Case:
    """A text, well formed or not, and options."""
    return draw(texts.texts()), draw(questions.options())


def strategy() -> SearchStrategy[Case]:
    """All cases."""
    return cases()


def check(case: Case, subject: Cron) -> None:
    """Documented errors only; what the strict grammar is sure of is accepted, or refused."""
    text = case[0]
    options = offered(case[1], subject)
    reading = read(text, subject.dialect, options)
    try:
        subject.parse(text, options)
    except Refused as refused:
        if reading.verdict == ACCEPT:
            raise Violation(
                f"parse: refuses {_kinds(text)}", f"{text!r} {options!r}: {refused}"
            ) from refused
        return
    if reading.verdict == REFUSE:
        raise Violation(f"parse: accepts {reading.reasons[0]}", f"{text!r} {options!r}")


def _kinds(text: str) -> str:
    """The least usual kind of term in a text, as the name of what is refused."""
    found = [term for field in text.split() for term in cut(field)]
    signs = sorted({term.kind for term in found} - _PLAIN)
    if text.startswith("@"):
        return "a word"
    if signs:
        return f"a term {signs[0]}"
    if any(term.step for term in found):
        return "a step"
    return "ranges and values"
