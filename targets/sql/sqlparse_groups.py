"""How sqlparse groups tokens: in statements of a small grammar each rule is a group of its own.

Nothing here parses SQL a second time: the grammar's rules are named as the classes of groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlparse
from sqlparse import tokens

from targets.oracles import Violation
from targets.sql.groupings import match as match_statement
from targets.sql.implementation import Choices
from targets.sql.productions import Match

CLASSES: Final[Mapping[str, str]] = {
    **{"identifier_list": "IdentifierList", "ordered_list": "IdentifierList"},
    **{"aliased": "Identifier", "ordered": "Identifier", "cast": "Identifier"},
    **{"function": "Function", "over": "Function", "case": "Case", "operation": "Operation"},
    **{"parenthesis": "Parenthesis", "where": "Where", "comparison": "Comparison"},
    **{"values": "Values", "typed_literal": "TypedLiteral"},
}
"""Rules → the classes of sqlparse.sql that group what they write."""
_OTHER_BLANKS: Final = re.compile(r"[^\S ]|  ")
"""Blanks that keywords of several words may not know: another cause than the words."""


def groups(text: str, _choices: Choices) -> None:
    """Each rule's text is a group of its class, and what is in it answers for itself."""
    match = match_statement(text)
    if match is None:
        return
    _require_kinds(text)
    found = {(type(group).__name__, str(group).strip()): group for group in _all(text)}
    for part, above in _parts(match, "statement"):
        wanted = CLASSES.get(part.rule)
        if wanted is None or (wanted == "TypedLiteral" and above == "function"):
            continue  # an argument on its own is none
        inside = text[part.start : part.end]
        group = found.get((wanted, inside))
        if group is None:
            blanks = " between other blanks" if _OTHER_BLANKS.search(inside) else ""
            told = f"groups: no {wanted} is made of {_told(part, text)} in {above}{blanks}"
            raise Violation(told, f"{inside!r} in {text!r}")
        _require_answers(part, group, text)


def _require_kinds(text: str) -> None:
    """Words in capitals are the grammar's own, and those in small letters are names."""
    (statement,) = sqlparse.parse(text)
    verb = text.split(maxsplit=1)[0]
    if statement.get_type() != verb:
        raise Violation(f"groups: get_type does not answer {verb}", statement.get_type())
    for token in statement.flatten():
        word = token.value.split(maxsplit=1)[0] if token.value.strip() else ""
        if word.islower() and word.isidentifier() and token.ttype not in tokens.Name:
            raise Violation("groups: a name is none", f"{word!r} is {token.ttype} in {text!r}")
        if word.isupper() and word.isalpha() and token.ttype in (tokens.Name, tokens.Error):
            raise Violation(f"groups: {word} is taken for a name", repr(text))


def _all(text: str) -> Iterator[Any]:
    waiting = list(sqlparse.parse(text))
    while waiting:
        group = waiting.pop()
        if group.is_group:
            waiting += group.tokens
            yield group


def _parts(match: Match, above: str) -> Iterator[tuple[Match, str]]:
    """All parts, the innermost first, each with the rule that it is in."""
    for part in match.parts:
        yield from _parts(part, part.rule if part.rule in CLASSES else above)
        yield part, above


def _told(part: Match, text: str) -> str:
    """The rule, and the operator or keyword that is the grammar's own."""
    for inner in part.parts:
        if inner.rule in ("operator", "compared"):
            return f"{part.rule} by {' '.join(text[inner.start : inner.end].split())}"
    return part.rule


def _require_answers(part: Match, group: Any, text: str) -> None:
    inner = {below.rule: text[below.start : below.end] for below in part.parts}
    inside = text[part.start : part.end]
    answer: object
    match part.rule:
        case "aliased":
            answer, wanted = group.get_alias(), inside.split()[-1]
        case "ordered":
            answer, wanted = group.get_ordering(), " ".join(inside.split()[1:])
        case "cast":
            answer, wanted = group.get_typecast(), inner["type"]
        case "comparison":
            answer, wanted = f"{group.left} {group.right}", f"{inner['left']} {inner['right']}"
        case "function":
            answer, wanted = group.get_name(), inside.partition("(")[0]
        case "over":
            answer, wanted = str(group.get_window()), inside[inside.index("OVER") + 4 :].strip()
        case "case":
            count = inside.count("WHEN") + inside.count("ELSE") - _nested(part, text)
            answer, wanted = str(len(group.get_cases(skip_ws=True))), str(count)
        case "identifier_list" | "ordered_list":
            count = len(part.parts)
            answer, wanted = str(len(list(group.get_identifiers()))), str(count)
        case _:
            return
    if answer != wanted:
        raise Violation(f"groups: a {part.rule} answers otherwise", f"{answer} of {inside!r}")


def _nested(part: Match, text: str) -> int:
    """The branches of cases within a case."""
    return sum(
        text[below.start : below.end].count(word)
        for below in part.walk()
        if below is not part and below.rule == "case"
        for word in ("WHEN", "ELSE")
    )
