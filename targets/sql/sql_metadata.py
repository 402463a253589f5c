"""Operations of sql-metadata: every attribute of its parser, alone and compared.

It documents one error, for what it does not support. Of a statement of standard SQL its answers
must not depend on blanks, comments, the case of keywords, or the order of the questions, and must
follow when a name changes.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from targets.oracles import Violation
from targets.sql.answers import answers
from targets.sql.dialects import grammar
from targets.sql.implementation import Choices, Facts, Implementation, Operation

ATTRIBUTES: Final = (
    *("tables", "columns", "query_type", "with_names", "columns_dict", "columns_aliases"),
    *("columns_aliases_dict", "columns_aliases_names", "tables_aliases", "with_queries"),
    *("subqueries", "subqueries_names", "limit_and_offset", "values", "values_dict", "comments"),
    *("without_comments", "generalize", "query", "tokens", "output_columns"),
)
COMPARED: Final = (
    *("tables", "columns", "query_type", "with_names", "columns_dict", "columns_aliases"),
    *("columns_aliases_names", "tables_aliases", "subqueries_names", "limit_and_offset"),
)
"""Attributes that say nothing of how a statement is written."""
OFTEN: Final = (*("tables", "columns") * 3, "columns_aliases")
"""Attributes whose answers are compared more often than others."""
REFUSALS: Final = ("Empty queries", "Not supported", "This query is wrong", "Wrong columns name")
"""How the documented ValueErrors of releases before 3 begin."""
VARIANTS: Final = ("blanks", "comment", "line comment", "lower case", "upper case", "semicolon")

_WORD: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[A-Za-z_][A-Za-z0-9_]*|\s+|.", re.DOTALL)
_NAME: Final = re.compile(r"[a-z][0-9]")


def sql_metadata() -> Implementation:
    """The parser of sql-metadata."""
    metadata = _Metadata()
    operations: Mapping[str, Operation] = {
        "attributes": metadata.attributes,
        "variant": metadata.variant,
        "order": metadata.order,
        "renamed": metadata.renamed,
        "answers": metadata.answers,
    }
    return Implementation(
        name="sql-metadata",
        operations=operations,
        facts=metadata.facts,
        modules=("sql_metadata",),
    )


class _Metadata:
    def __init__(self) -> None:
        import sql_metadata

        for name in ("sqlglot", "Parser", "sql_metadata"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._parser: Any = sql_metadata.Parser
        known = inspect.signature(sql_metadata.Parser).parameters
        self._quiet = {"disable_logging": True} if "disable_logging" in known else {}
        self._names = [name for name in ATTRIBUTES if hasattr(sql_metadata.Parser, name)]
        self._refused: type[Exception] = ValueError
        try:
            from sql_metadata.exceptions import InvalidQueryDefinition
        except ImportError:
            return
        self._refused = InvalidQueryDefinition

    def _make(self, text: str) -> Any:
        return self._parser(text, **self._quiet)

    def _ask(self, parser: Any, name: str) -> Any:
        """The value of an attribute; the word of its refusal where it is refused."""
        try:
            return getattr(parser, name)
        except self._refused as error:
            if self._refused is ValueError and not str(error).startswith(REFUSALS):
                raise
            return "refused"

    def _answers(self, text: str, names: tuple[str, ...]) -> dict[str, Any]:
        parser = self._make(text)
        return {name: _plain(self._ask(parser, name)) for name in names if name in self._names}

    def attributes(self, text: str, choices: Choices) -> str | None:
        """All attributes of one parser, starting with any."""
        first = choices.integer(0, len(self._names) - 1)
        parser = self._make(text)
        for name in (*self._names[first:], *self._names[:first]):
            self._ask(parser, name)
        return None

    def variant(self, text: str, choices: Choices) -> str | None:
        """The same statement written otherwise has the same answers."""
        way = choices.pick(VARIANTS)
        if "--" in text or "/*" in text:
            return None
        other = _varied(text, way)
        if other != text:
            self._require_same(text, other, {}, f"with another {way}")
        return None

    def renamed(self, text: str, choices: Choices) -> str | None:
        """A name that changes everywhere changes in the answers, and nothing else does."""
        names = sorted(set(re.findall(r"\b[tcx][1-3]\b", text)))
        if names:
            old = choices.pick(names)
            self._require_same(
                text, re.sub(rf"\b{old}\b", f"{old[0]}9", text), {old: f"{old[0]}9"}, "renamed"
            )
        return None

    def answers(self, text: str, choices: Choices) -> str | None:
        """What can be read off a statement is what is answered, to the one question chosen.

        One only: a wrong answer to another question, which a release may give to every statement,
        must not stand beside it.
        """
        expected = answers(text)
        if expected is None:
            return None
        known = [name for name, value in expected.values.items() if value is not None]
        name = choices.pick([name for name in (*OFTEN, *known) if name in known])
        if name not in self._names:
            return None
        value = expected.values[name]
        found = self._ask(self._make(text), name)
        if found == "refused":
            raise Violation(f"answers: {expected.kind} is refused", f"{name}: {text!r}")
        wrong = _difference(value, _comparable(found, value), expected.roles)
        if wrong:
            told = f"answers: {name} of {expected.kind} {wrong}"
            raise Violation(told, f"{found}, expected {value}: {text!r}")
        return None

    def order(self, text: str, choices: Choices) -> str | None:
        """What is asked before does not matter."""
        name = choices.pick(COMPARED)
        before = choices.pick(COMPARED)
        if name not in self._names or before not in self._names:
            return None
        alone = _plain(self._ask(self._make(text), name))
        parser = self._make(text)
        self._ask(parser, before)
        after = _plain(self._ask(parser, name))
        if alone != after and _is_known(text):
            # One refusal that comes but once shows in every pair of attributes.
            once = "refused" in (alone, after)
            told = (
                "a refusal comes only once" if once else f"{name} depends on what was asked before"
            )
            raise Violation(f"order: {told}", f"{before}, {name}: {alone} {after}: {text!r}")
        return None

    def _require_same(self, text: str, other: str, names: dict[str, str], how: str) -> None:
        before = self._answers(text, COMPARED)
        after = self._answers(other, COMPARED)
        for name, value in before.items():
            expected = _mapped(value, names)
            if expected != after[name] and _is_known(text):
                raise Violation(
                    f"variant: {name} is another {how}",
                    f"{after[name]}, expected {expected}: {text!r}",
                )

    def facts(self, text: str) -> Facts | None:
        """Kind and tables; None of what it refuses."""
        parser = self._make(text)
        kind, tables = self._ask(parser, "query_type"), self._ask(parser, "tables")
        if kind == "refused" or tables == "refused" or kind is None:
            return None
        word = str(getattr(kind, "value", kind)).lower().split()[0]
        return Facts(word, frozenset(str(table).lower() for table in tables))


def _comparable(found: Any, expected: Any) -> Any:
    """An answer in the form of the expected one: without order where there is none."""
    if isinstance(expected, str):
        return str(getattr(found, "value", found))
    if isinstance(expected, set):
        return set(map(str, found or ()))
    if isinstance(expected, dict) and isinstance(found, Mapping):
        return {str(key): _comparable(item, expected.get(key, "")) for key, item in found.items()}
    return found or type(expected)()


def _difference(expected: Any, found: Any, roles: Mapping[str, str]) -> str:
    """What is wrong, in words without names: which rule has the name that is wrong."""
    if expected == found:
        return ""
    lost = [name for name in _leaves(expected) if name not in _leaves(found)]
    if lost:
        return f"misses: {_role(lost[0], roles)}"
    invented = [name for name in _leaves(found) if name not in _leaves(expected)]
    if invented:
        return f"invents: {_role(invented[0], roles)}"
    return "is arranged otherwise"


def _leaves(value: Any) -> list[str]:
    """All that is in a value, as text; keys of mappings, too."""
    if isinstance(value, Mapping):
        return [leaf for pair in sorted(value.items()) for leaf in _leaves(list(pair))]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    if isinstance(value, set):
        return sorted(map(str, value))
    return [str(value)]


def _role(name: str, roles: Mapping[str, str]) -> str:
    """The rules that have the name, or the last part of it; what else it is."""
    known = roles.get(name) or roles.get(name.rpartition(".")[2])
    return known or ("a word" if name.isidentifier() else "no name")


def _is_known(text: str) -> bool:
    return grammar("").match(text) is not None


def _plain(value: Any) -> Any:
    """A value that can be compared: containers as lists, all else as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    return str(value)


def _mapped(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {_mapped(key, names): _mapped(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, names) for item in value]
    for old, new in names.items():
        value = re.sub(rf"\b{old}\b", new, value)
    return value


def _varied(text: str, way: str) -> str:
    if way == "semicolon":
        return f"{text};"
    pieces = _WORD.findall(text)
    if way == "blanks":
        return "".join("\n  " if piece.isspace() else piece for piece in pieces)
    if way.endswith("comment"):
        blanks = [at for at, piece in enumerate(pieces) if piece.isspace()]
        if blanks:
            pieces[blanks[len(blanks) // 2]] = " /* k1 */ " if way == "comment" else " -- k1\n"
        return "".join(pieces)
    change = str.lower if way == "lower case" else str.upper
    return "".join(
        change(piece) if piece.isidentifier() and not _NAME.fullmatch(piece) else piece
        for piece in pieces
    )
