"""A query that sqlglot optimizes, or writes in another dialect and back, has the same rows."""

from __future__ import annotations

import functools
import importlib
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from targets.oracles import Violation
from targets.sql.implementation import Choices, Implementation, Operation
from targets.sql.rows import GRAMMAR, SCHEMA, Database
from targets.sql.sqlglot_parse import Sqlglot, reason

RULES: Final = ("optimize", "qualify", "simplify", "normalize", "unnest_subqueries")
ADDING: Final = frozenset(("tsql", "fabric"))
"""Dialects that join texts by the sign that adds numbers: only types could tell."""
RULES_OF_QUALIFIED: Final = ("merge_subqueries", "pushdown_predicates", "pushdown_projections")


def sqlglot_optimize() -> Implementation:
    """The optimizer of sqlglot, as a whole and rule by rule."""
    optimizer = _Optimizer()
    operations: Mapping[str, Operation] = {
        **{name: functools.partial(optimizer.run, name) for name in (*RULES, *RULES_OF_QUALIFIED)},
        "through": optimizer.through,
    }
    return Implementation(
        name="sqlglot-optimize", operations=operations, modules=("sqlglot.optimizer",)
    )


class _Optimizer:
    def __init__(self) -> None:
        self._sqlglot = Sqlglot()
        self._database = Database()
        self._rules = {
            name: rule for name in (*RULES, *RULES_OF_QUALIFIED) if (rule := _rule(name))
        }

    def run(self, name: str, text: str, _choices: Choices) -> str | None:
        """See `Operation`. Only queries that mean the same everywhere are compared."""
        rule = self._rules.get(name)
        known = GRAMMAR.match(text, "query") is not None
        try:
            tree = self._sqlglot.parse(text, "sqlite")[0]
        except (self._sqlglot.refused, IndexError) as error:
            if known:
                told = f"optimize: the query is refused: {reason(error)}"
                raise Violation(told, f"{text!r}: {error}") from None
            return None
        if rule is None:
            return None
        try:
            if name not in ("optimize", "simplify", "normalize"):
                tree = self._rules["qualify"](tree)
            written: str = rule(tree).sql(dialect="sqlite")
        except self._sqlglot.refused as error:
            if known and not _is_ambiguous(error):
                told = f"optimize: {name} refuses a query: {type(error).__name__}"
                raise Violation(told, f"{text!r}: {error}") from None
            return None
        if known:
            self._compare(f"optimize: {name}", text, written)
        return None

    def through(self, text: str, choices: Choices) -> str | None:
        """Written in another dialect and back again, a query has the same rows.

        So a word, an order or a default that is told wrongly shows without the other database.
        """
        sqlglot = self._sqlglot
        name = choices.pick(list(sqlglot.dialects))
        if name in ADDING and "||" in text:
            return None
        known = GRAMMAR.match(text, "query") is not None
        try:
            trees = sqlglot.parse(text, "sqlite")
            # What the other dialect has no words for is said, and not compared.
            there = sqlglot.write(trees, name, unsupported_level=sqlglot.raising)
        except sqlglot.refused:
            return None  # what is refused is the business of the other operations
        try:
            others = sqlglot.parse(there, name)
            back = sqlglot.write(others, "sqlite")
        except sqlglot.refused as error:
            if known:
                told = f"through: {name or 'sqlglot'} refuses what is written: {reason(error)}"
                raise Violation(told, f"{text!r} became {there!r}: {error}") from None
            return None
        # Functions that sqlglot does not know are promised to stay as they are.
        if known and _unknown(others) <= _unknown(trees):
            self._compare(f"through: {name or 'sqlglot'}", text, back)
        return None

    def _compare(self, told: str, text: str, written: str) -> None:
        try:
            before = self._database.rows(text)
        except sqlite3.Error:
            return  # a name that is not there, or too long
        try:
            after = self._database.rows(written)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                return
            what = f"{told} makes what SQLite cannot run{_missing(error)}"
            raise Violation(what, f"{text!r} became {written!r}: {error}") from None
        if before != after:
            what = "fewer" if sum(after.values()) < sum(before.values()) else "more"
            if sum(after.values()) == sum(before.values()):
                what = "other"
            raise Violation(f"{told} gives {what} rows", f"{text!r} became {written!r}")


def _unknown(trees: list[Any]) -> set[str]:
    """The functions that are no more to sqlglot than names."""
    steps = (step for tree in trees for step in tree.walk())
    nodes = (step[0] if isinstance(step, tuple) else step for step in steps)
    return {str(node.this).upper() for node in nodes if type(node).__name__ == "Anonymous"}


def _missing(error: Exception) -> str:
    """The function that SQLite does not have, if that is what is wrong."""
    found = re.fullmatch(r"no such function: (\w+)", str(error))
    return f": {found[1].upper()}" if found else ""


def _is_ambiguous(error: Exception) -> bool:
    """Whether a name could not be resolved, which SQLite says, too, or takes another way."""
    return "olumn" in str(error)


def _rule(name: str) -> Callable[[Any], Any] | None:
    """A rule of the optimizer that takes a tree; None where the release has it not."""
    try:
        module = importlib.import_module(
            f"sqlglot.optimizer.{name.replace('optimize', 'optimizer')}"
        )
    except ImportError:
        return None
    function: Callable[..., Any] = getattr(module, name)
    if name in ("optimize", "qualify"):
        return functools.partial(function, schema=SCHEMA, dialect="sqlite")
    return function
