"""Operations of sqlglot's optimizer: a query optimized has the rows that it had before."""

from __future__ import annotations

import functools
import importlib
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from targets.oracles import Violation
from targets.sql.implementation import Choices, Implementation, Operation
from targets.sql.rows import GRAMMAR, SCHEMA, Database
from targets.sql.sqlglot_parse import Sqlglot

RULES: Final = ("optimize", "qualify", "simplify", "normalize", "unnest_subqueries")
RULES_OF_QUALIFIED: Final = ("merge_subqueries", "pushdown_predicates", "pushdown_projections")


def sqlglot_optimize() -> Implementation:
    """The optimizer of sqlglot, as a whole and rule by rule."""
    optimizer = _Optimizer()
    operations: Mapping[str, Operation] = {
        name: functools.partial(optimizer.run, name) for name in (*RULES, *RULES_OF_QUALIFIED)
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
                raise Violation("optimize: the query is refused", f"{text!r}: {error}") from None
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
            self._compare(name, text, written)
        return None

    def _compare(self, name: str, text: str, written: str) -> None:
        try:
            before = self._database.rows(text)
        except sqlite3.Error:
            return  # a name that is not there, or too long
        try:
            after = self._database.rows(written)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                return
            told = f"optimize: {name} makes what SQLite cannot run"
            raise Violation(told, f"{text!r} became {written!r}: {error}") from None
        if before != after:
            what = "fewer" if sum(after.values()) < sum(before.values()) else "more"
            if sum(after.values()) == sum(before.values()):
                what = "other"
            raise Violation(f"optimize: {name} gives {what} rows", f"{text!r} became {written!r}")


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
