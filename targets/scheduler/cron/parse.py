"""The check `parse`: what a subject accepts and refuses is what its language says."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from targets.oracles import Violation
from targets.scheduler.cron import naming, questions, texts
from targets.scheduler.cron.reading import ACCEPT, REFUSE, read
from targets.scheduler.implementation import Cron, Options, Question, Refused, offered

Case = tuple[str, Options]
_ANY_START: Final = datetime.datetime(2020, 1, 1)


def strategy() -> SearchStrategy[Case]:
    """A text, well formed or not, and options."""
    return st.tuples(texts.texts(), questions.OPTIONS)


def check(case: Case, subject: Cron) -> None:
    """Documented errors only; what the strict grammar is sure of is accepted, or refused."""
    text = case[0]
    options = offered(case[1], subject)
    reading = read(text, subject.dialect, options)
    try:
        subject.parse(text, options)
    except Refused as refused:
        if reading.verdict == ACCEPT:
            question = Question(text, _ANY_START, options=options)
            raise refusal(question, subject, refused) from refused
        return
    if reading.verdict == REFUSE:
        raise Violation(f"parse: accepts {reading.reasons[0]}", f"{text!r} {options!r}")


def accepting(subject: Cron, options: Options) -> Callable[[str], bool]:
    """Whether a subject accepts a text."""

    def accepts(text: str) -> bool:
        try:
            subject.parse(text, options)
        except Refused:
            return False
        return True

    return accepts


def refusal(question: Question, subject: Cron, refused: Refused) -> Violation:
    """What is wrong when a question is refused whose expression is of the subject's language."""
    text, options = question.text, question.options
    blame = naming.refused(text, subject.dialect, options, accepting(subject, options))
    return Violation(f"parse: refuses {blame}", f"{question!r}: {refused}")
