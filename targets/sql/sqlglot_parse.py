"""Operations of sqlglot's parser and generator: there and back in one dialect, or into another.

sqlglot promises the meaning of valid SQL, and nothing of invalid SQL but its own errors. So a text
that is refused or changed counts only if the dialect's grammar says that the vendor documents it.
"""

from __future__ import annotations

import copy
import logging
import pickle
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from targets.oracles import Violation
from targets.sql.dialects import BACKSLASHES, DIALECTS, grammar
from targets.sql.implementation import Choices, Implementation, Operation
from targets.sql.productions import Match
from targets.sql.sqlglot_trees import COMMENT, lost_names, regrouped

_UNWRITTEN: Final = re.compile(r"(?:Unsupported expression type |class '[\w.]+\.)(\w+)")
_MISSING: Final = re.compile(r"'(\w+)' missing for <class '[\w.]+\.(\w+)'>")
WAYS: Final = ("plain", "plain", "pretty", "quoted", "copied", "pickled", "dumped")
"""What happens to a tree between parser and generator, and how it is written."""


class Sqlglot:
    """The package, whatever its release: what it lacks is left out."""

    def __init__(self) -> None:
        import sqlglot
        from sqlglot import errors
        from sqlglot.dialects import dialect

        logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # warnings say what is unsupported
        self.package = sqlglot
        self.refused: type[Exception] = errors.SqlglotError
        self.raising = errors.ErrorLevel.RAISE
        try:
            from sqlglot import serde
        except ImportError:
            serde = None
        self.serde: Any = serde
        self.dialects: dict[str, Any] = {}
        for name in DIALECTS:
            try:
                found = dialect.Dialect.get_or_raise(name)
            except ValueError:  # a dialect that this release does not know
                continue
            # Old releases return the class, later ones an object of it.
            self.dialects[name] = found() if isinstance(found, type) else found

    def pick(self, choices: Choices) -> str:
        """The dialect that an input names, or the one of no vendor."""
        name = choices.pick(DIALECTS)
        return name if name in self.dialects else ""

    def parse(self, text: str, name: str) -> list[Any]:
        """The trees of all statements; sqlglot's own errors escape."""
        return [tree for tree in self.dialects[name].parse(text) if tree is not None]

    def write(self, trees: list[Any], name: str, **options: Any) -> str:
        """The SQL of these statements.

        Violation where the generator knows no way to write a node: one line of it raises that for
        all nodes, which are as many bugs.
        """
        try:
            return "; ".join(tree.sql(dialect=name or None, **options) for tree in trees)
        except (ValueError, KeyError) as error:
            node = _UNWRITTEN.search(str(error))
            if node is None:
                raise
            raise Violation(f"write: no SQL for {node[1]}", f"{name}: {error!r}") from None


def sqlglot_parse() -> Implementation:
    """Parser and generator of sqlglot."""
    sqlglot = Sqlglot()
    operations: Mapping[str, Operation] = {
        "roundtrip": RoundTrip(sqlglot),
        "transpile": Transpile(sqlglot),
    }
    return Implementation(name="sqlglot-parse", operations=operations, modules=("sqlglot",))


class RoundTrip:
    """Parses, writes, parses again: the same tree, the same text, nothing lost."""

    def __init__(self, sqlglot: Sqlglot) -> None:
        self._sqlglot = sqlglot

    def __call__(self, text: str, choices: Choices) -> str | None:
        """See `Operation`."""
        sqlglot = self._sqlglot
        name = sqlglot.pick(choices)
        way = choices.pick(WAYS)
        try:
            trees = sqlglot.parse(text, name)
        except sqlglot.refused as error:
            self._require_undocumented(text, name, error)
            return None
        try:
            written = sqlglot.write(_handled(sqlglot, trees, way), name, **_options(way))
        except sqlglot.refused:
            return None
        problem = self._problem(text, trees, written, name, way)
        if problem is None:
            return None
        match = grammar(name).match(text)
        if match is not None:
            told = f"roundtrip: {name or 'sqlglot'}: {problem[0]}"
            if self._is_by_comment(text, name, way):
                told = "roundtrip: what is written can be read only without its comments"
            raise Violation(told, f"{text!r} became {written!r}: {problem[1]}")
        return None

    def _is_by_comment(self, text: str, name: str, way: str) -> bool:
        """Whether nothing is wrong with the same text without comments."""
        bare = COMMENT.sub(" ", text)
        if bare == text:
            return False
        try:
            trees = self._sqlglot.parse(bare, name)
            written = self._sqlglot.write(trees, name, **_options(way))
        except self._sqlglot.refused:
            return False
        return self._problem(bare, trees, written, name, way) is None

    def _require_undocumented(self, text: str, name: str, error: Exception) -> None:
        """Violation when the vendor documents what was refused."""
        match = grammar(name).match(text)
        if match is None:
            return
        told = f"{name or 'sqlglot'} refuses documented SQL: {_where(text, error, match)}"
        bare = COMMENT.sub(" ", text)
        if bare != text:
            try:
                self._sqlglot.parse(bare, name)
            except self._sqlglot.refused:
                pass
            else:
                told = "documented SQL is refused only where a comment stands"
        raise Violation(f"accept: {told}", f"{name}: {text!r}: {error}")

    def _problem(
        self, text: str, trees: list[Any], written: str, name: str, way: str
    ) -> tuple[str, str] | None:
        """What is wrong with the text written, and details."""
        sqlglot = self._sqlglot
        if any(type(tree).__name__ == "Command" for tree in trees):
            return None  # kept as text because it is not supported, as a warning said
        try:
            again = sqlglot.parse(written, name)
        except sqlglot.refused as error:
            return f"what {_node(trees)} becomes is refused: {reason(error)}", str(error)
        if way == "quoted":
            return None
        groups = regrouped(trees, again)
        if groups is not None:
            return f"operands of {groups} change", ""
        lost = lost_names(text, written)
        if lost:
            return f"{_node(trees)} loses a name", ", ".join(lost)
        if way == "pretty" or "--" in text or "/*" in text:
            return None  # where comments go is not promised
        return self._unsettled(again, written, name)

    def _unsettled(self, again: list[Any], written: str, name: str) -> tuple[str, str] | None:
        """What is wrong when a text that sqlglot wrote is read and written again, and once more.

        It promises no shortest way: `a IS NOT TRUE` may become `NOT a IS TRUE` when it is written
        again. But a text must settle then, with the same names and operands.
        """
        sqlglot = self._sqlglot
        second = sqlglot.write(again, name)
        if second == written:
            return None
        try:
            settled = sqlglot.parse(second, name)
            stays = sqlglot.write(settled, name) == second
        except sqlglot.refused:
            stays = False
        if stays and not lost_names(written, second) and regrouped(again, settled) is None:
            return None
        return f"{_node(again)} is written in two ways", second


class Transpile:
    """Writes standard SQL in another dialect, which must be able to read it."""

    def __init__(self, sqlglot: Sqlglot) -> None:
        self._sqlglot = sqlglot

    def __call__(self, text: str, choices: Choices) -> str | None:
        """See `Operation`."""
        sqlglot = self._sqlglot
        source, target = sqlglot.pick(choices), sqlglot.pick(choices)
        try:
            trees = sqlglot.parse(text, source)
            written = sqlglot.write(trees, target)
        except sqlglot.refused:
            return None  # what is refused is the business of the round trip
        if any(type(tree).__name__ == "Command" for tree in trees):
            return None
        told = f"transpile: {source or 'sqlglot'} to {target or 'sqlglot'}"
        try:
            again = sqlglot.parse(written, target)
        except sqlglot.refused as error:
            if "?" not in text and grammar("").match(text) is not None:
                raise Violation(
                    f"transpile: {target or 'sqlglot'} refuses what {_node(trees)} becomes",
                    f"from {source}: {text!r} became {written!r}: {error}",
                ) from None
            return None
        before, after = _strings(trees), _strings(again)
        if before and not set(before) <= set(after) and _plain(text, source):
            raise Violation(f"{told}: a string changes", f"{text!r} became {written!r}")
        return None


def _handled(sqlglot: Sqlglot, trees: list[Any], way: str) -> list[Any]:
    if way == "copied":
        return [copy.deepcopy(tree) for tree in trees]
    if way == "pickled":
        return [pickle.loads(pickle.dumps(tree)) for tree in trees]
    if way == "dumped" and sqlglot.serde is not None:
        return [sqlglot.serde.load(sqlglot.serde.dump(tree)) for tree in trees]
    return trees


def _options(way: str) -> dict[str, Any]:
    return {"pretty": {"pretty": True}, "quoted": {"identify": True}}.get(way, {})


def _where(text: str, error: Exception, match: Match) -> str:
    """The rules of the grammar that the refused place belongs to, the reason, and the token."""
    errors = getattr(error, "errors", None) or [{}]
    line, column = errors[0].get("line"), errors[0].get("col")
    if not line or not column:
        return reason(error)
    lines = text.splitlines(keepends=True)
    # The column is that of the token's last character.
    at = min(sum(map(len, lines[: line - 1])) + column - 1, len(text) - 1)
    path = match.path(at)
    token = "" if path[-1].endswith("type") else f" at {_token(text, at)}"
    return f"{' in '.join(reversed(path[-2:]))}: {reason(error)}{token}"


def _token(text: str, at: int) -> str:
    """What stands there, without what was drawn: a keyword, a sign by its name, or a kind."""
    if text[at].isalpha():
        word = re.search(r"\w*\Z", text[: at + 1])
        return (word[0] if word else "").upper()
    if text[at].isdigit():
        return "a number or name"
    return unicodedata.name(text[at], "a sign").lower()


def reason(error: Exception) -> str:
    """What sqlglot says, without what comes from the text."""
    errors = getattr(error, "errors", None)
    told = str(errors[0].get("description") if errors else error)
    missing = _MISSING.search(told)
    if missing is not None:
        return f"{missing[2]} without {missing[1]}"
    if told.startswith("Expecting ") and len(told) == len("Expecting )"):
        return f"expecting {unicodedata.name(told[-1]).lower()}"
    return re.split(r"['\"<(\[{.`0-9]", told)[0].strip()[:60]


def _node(trees: list[Any]) -> str:
    return type(trees[0]).__name__ if trees else "nothing"


def _strings(trees: list[Any]) -> list[str]:
    found = []
    for tree in trees:
        for step in tree.walk():
            node = step[0] if isinstance(step, tuple) else step  # a tuple until release 23
            if type(node).__name__ == "Literal" and node.args.get("is_string"):
                found.append(node.args["this"])
    return found


def _plain(text: str, name: str) -> bool:
    """Whether a text of standard SQL has strings that stay the same in any dialect."""
    return grammar("").match(text) is not None and (name not in BACKSLASHES or "\\" not in text)
