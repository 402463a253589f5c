"""Kind and tables of a statement, read off its derivation in the grammar of standard SQL."""

from __future__ import annotations

from targets.sql.dialects import grammar
from targets.sql.implementation import Facts
from targets.sql.productions import Match


def facts(text: str) -> Facts | None:
    """What the statement is and which tables it names, without those that WITH makes.

    None for what is not standard SQL, and where a name is neither a table nor a part of WITH.
    """
    match = grammar("").match(text)
    if match is None:
        return None
    parts = {_text(part, text) for part in match.walk() if part.rule == "named"}
    defined = {
        _text(part, text).split()[0].partition("(")[0]
        for part in match.walk()
        if part.rule == "cte"
    }
    if not parts <= defined:
        return None
    tables = {_text(part, text) for part in match.walk() if part.rule == "name"}
    if any('"' in table for table in tables):
        return None  # how quoted names are told is each parser's own business
    kind = text[match.start :].lstrip("(").split()[0].lower()
    return Facts("select" if kind == "with" else kind, frozenset(tables))


def _text(part: Match, text: str) -> str:
    return text[part.start : part.end].lower()
