"""Operations of sqlglot's JSONPath: parsed and written, and put into the SQL of a dialect."""

from __future__ import annotations

from typing import Any

from targets.oracles import Violation
from targets.sql.dialects import DIALECTS
from targets.sql.implementation import Choices, Implementation
from targets.sql.jsonpaths import GRAMMAR
from targets.sql.sqlglot_parse import Sqlglot


def sqlglot_jsonpath() -> Implementation:
    """JSONPath of sqlglot."""
    paths = _Paths()
    return Implementation(
        name="sqlglot-jsonpath",
        operations={"path": paths.path, "extract": paths.extract},
        modules=("sqlglot.jsonpath",),
    )


class _Paths:
    def __init__(self) -> None:
        self._sqlglot = Sqlglot()
        from sqlglot import exp, jsonpath

        self._parse = jsonpath.parse
        self._exp: Any = exp

    def _read(self, text: str) -> Any:
        """The tree of a path. What else than the documented error comes, comes from one of many
        places that read on after the last token, all of them the same few lines: the construct
        that is not finished tells them apart."""
        try:
            return self._parse(text)
        except self._sqlglot.refused:
            raise
        except Exception as error:
            # Whatever is not documented is the finding: it gets a name that tells causes apart.
            told = f"jsonpath: {type(error).__name__} within {unfinished(text)}"
            raise Violation(told, f"{text!r}: {error!r}") from None

    def path(self, text: str, _choices: Choices) -> str | None:
        """A path is refused with the documented error, or written as an equal path."""
        try:
            tree = self._read(text)
        except self._sqlglot.refused as error:
            if _is_plain(text):
                reason = str(error).partition(".")[0].partition("at index")[0].strip()
                raise Violation(f"jsonpath: refuses a path: {reason[:60]}", repr(text)) from None
            return None
        written = tree.sql()[1:-1].replace("''", "'")  # it is written as a literal of SQL
        try:
            again = self._read(written)
        except self._sqlglot.refused as error:
            if _is_plain(text):
                raise Violation("jsonpath: cannot read what it writes", repr(error)) from None
            return None
        if again != tree and _is_plain(text):
            raise Violation("jsonpath: another path comes back", f"{text!r} {written!r}")
        return None

    def extract(self, text: str, choices: Choices) -> str | None:
        """An extraction by this path is written in every dialect that knows it."""
        sqlglot = self._sqlglot
        name = choices.pick(DIALECTS)
        target = choices.pick(DIALECTS)
        if name not in sqlglot.dialects or target not in sqlglot.dialects:
            return None
        dialect = sqlglot.dialects[name]
        exp = self._exp
        try:
            path = dialect.to_json_path(exp.Literal.string(text))
            tree = exp.JSONExtract(this=exp.column("c1"), expression=path)
            written = tree.sql(dialect=target or None)
        except sqlglot.refused:
            return None
        try:
            sqlglot.parse(f"SELECT {written}", target)
        except sqlglot.refused as error:
            if _is_plain(text):
                told = f"jsonpath: {target or 'sqlglot'} refuses an extraction that it wrote"
                raise Violation(told, f"{text!r} became {written!r}: {error}") from None
        return None


def unfinished(text: str) -> str:
    """The brackets of a text that nothing closes, the outermost first, at most three."""
    waiting: list[str] = []
    quote = ""
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[(":
            waiting.append("?(" if letter == "(" and text[at - 1 : at] == "?" else letter)
        elif letter in "])" and waiting:
            waiting.pop()
    words = {"[": "a bracket", "(": "a script", "?(": "a filter"}
    return (
        ", ".join([words[letter] for letter in waiting[:2]] + ["a text"] * bool(quote)) or "a path"
    )


def _is_plain(text: str) -> bool:
    return GRAMMAR.match(text, "path") is not None
