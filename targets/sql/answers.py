"""What sql-metadata should answer: read off a statement's derivation in a grammar made for it.

The grammar has only what its documents are clear about, and what names mean is told by the rules
that they belong to. So nothing here parses SQL a second time.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from targets.drawing import Draw
from targets.sql.groupings import alternatives
from targets.sql.notation import read
from targets.sql.productions import BLANK, Grammar, Lexical, Match, Node

_SCOPES: Final = ("simple", "inner", "derived_select", "with_select")
_SECTIONS: Final[Mapping[str, str]] = {
    **{"item": "select", "star": "select", "plain": "select", "on": "join", "using": "join"},
    **{"where": "where", "group": "group_by", "having": "having", "order": "order_by"},
    **{"assignment": "update", "insert": "insert"},
}
"""Rules → the section that sql-metadata counts their columns to."""
_PLAIN: Final = re.compile(r"[a-z]\d", re.I)
_QUOTES: Final = '`"'


def _lexical(*samples: str) -> Lexical:
    words = "|".join(map(re.escape, samples))
    return Lexical(re.compile(rf"(?:{words})(?![A-Za-z0-9_`\"])", re.I), samples)


_LEXIS: Final = {
    "column_name": _lexical("c1", "c2", "c3"),
    "quoted_column": _lexical("`c1`", '"c2"'),
    "column_word": _lexical("date", "name", "status", "type", "value", "level", "position"),
    "table_name": _lexical("t1", "t2", "t3"),
    "quoted_table": _lexical("`t1`", '"t2"', "`s1`.`t3`"),
    "schema_name": _lexical("s1"),
    "range_name": _lexical("x1", "x2", "x3"),
    "alias_name": _lexical("a1", "a2", "a3"),
    "with_name": _lexical("w1", "w2"),
    "derived_name": _lexical("d1"),
    "owner_name": _lexical("o1", "t1", "t2", "t3", "x1", "x2", "x3", "w1", "w2", "d1"),
    "integer": Lexical(re.compile(r"\d{1,4}(?![\w.])"), ("0", "1", "42", "1000")),
    "count": Lexical(re.compile(r"\d{1,4}(?![\w.])"), ("1", "10", "100")),
    "decimal": Lexical(re.compile(r"\d{1,4}\.\d{1,4}(?![\w.])"), ("1.5", "0.25")),
    "string": Lexical(
        re.compile(r"'(?:[^'\\]|''){0,40}'(?!')"),
        ("'k1'", "''", "'k1 k2'", "'%k1'", "'k1;k2'", "'k1, c9'", "'(k1'", "'k1''k2'", "'from t9'"),
    ),
}


@functools.cache
def grammar() -> Grammar:
    """The grammar of statements that have certain answers."""
    file = importlib.resources.files("targets.sql") / "grammars" / "answers.grammar"
    return read((file.read_text(encoding="utf-8"),), _LEXIS)


@functools.cache
def _alternatives() -> tuple[Node, ...]:
    return alternatives(grammar())


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """A statement's answers by attribute, and where its names are from."""

    kind: str
    values: Mapping[str, Any]
    roles: Mapping[str, str]
    """Names → the innermost rules that have them."""


class UnclearError(Exception):
    """The statement means nothing, or not one thing only."""


def write(draw: Draw, budget: int) -> str:
    """A statement whose qualified names are those of its own tables."""
    through = draw.choice(_alternatives()) if draw.chance(0.5) else None
    text = grammar().write(draw, budget=budget, through=through)
    if "`" in text:
        text = text.replace('"', "")
    match = grammar().match(text)
    if match is None:
        return text
    changes: list[tuple[int, int, str]] = []
    for scope, own in _scopes(match):
        owners = sorted(_Scope(scope, own, text).owners)
        for part in own:
            if part.rule == "owner":
                new = draw.choice(owners) if owners else ""
                changes.append((part.start, part.end if new else part.end + 1, new))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def answers(text: str) -> Answers | None:
    """The answers for a statement of the grammar that means one thing; None of another."""
    match = grammar().match(text)
    if match is None or ("`" in text and '"' in text):
        return None  # where names stand in backticks, double quotes make texts
    try:
        return _Reader(match, text).answers()
    except UnclearError:
        return None


def _scopes(match: Match) -> Iterator[tuple[Match, list[Match]]]:
    """Every SELECT, or the whole statement, with the parts that are in it and in no inner one."""
    own: list[Match] = []
    waiting = list(match.parts)
    while waiting:
        part = waiting.pop(0)
        own.append(part)
        if part.rule in _SCOPES:
            yield from _scopes(part)
        else:
            waiting[:0] = part.parts
    yield match, own


class _Scope:
    """One SELECT: its tables, and the names that may stand before a column."""

    def __init__(self, match: Match, own: list[Match], text: str) -> None:
        self.match = match
        self.own = own
        self.clear = True
        """Whether no two tables have one alias."""
        self.aliases: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        """What a name before a column stands for; empty: it vanishes, being no table's."""
        aliased: set[int] = set()
        for part in own:
            if part.rule == "aliased":
                table, alias = (_name(inner, text) for inner in part.parts)
                aliased.add(part.parts[0].start)
                self.clear &= self.aliases.setdefault(alias, table) == table
                self.owners[alias] = table
        for part in own:
            if part.rule == "table" and part.start not in aliased:
                name = _name(part, text)
                if "." not in name:
                    self.owners[name] = name
            elif part.rule in ("cte_used", "derived_alias"):
                self.owners[_name(part, text)] = ""


class _Reader:
    def __init__(self, match: Match, text: str) -> None:
        self._match = match
        self._text = text
        self._scopes = [_Scope(scope, own, text) for scope, own in _scopes(match)]
        self._rules = [part.rule for part in match.walk()]

    def answers(self) -> Answers:
        """See the function of this name."""
        kind = self._kind()
        if not all(scope.clear for scope in self._scopes):
            raise UnclearError
        ctes = [_name(part.parts[0], self._text) for part in self._all("cte")]
        used = {_name(part, self._text) for part in self._all("cte_used")}
        if len(set(ctes)) < len(ctes) or not used <= set(ctes):
            raise UnclearError
        values: dict[str, Any] = {
            "query_type": kind,
            "tables": {_name(part, self._text) for part in self._all("table")},
            "columns": self._all_columns(),
            "columns_aliases_names": [_name(p, self._text) for p in self._all("column_alias")],
            "columns_aliases": self._column_aliases(),
            "tables_aliases": self._table_aliases(),
            "with_names": ctes,
            "columns_dict": self._sections(),
            "limit_and_offset": self._limit(),
            "values": self._rows(),
        }
        if "derived_alias" in self._rules:
            values["subqueries_names"] = [_name(p, self._text) for p in self._all("derived_alias")]
        return Answers(kind, values, self._roles())

    def _all(self, rule: str) -> list[Match]:
        return [part for part in self._match.walk() if part.rule == rule]

    def _kind(self) -> str:
        words = self._text[self._match.start :].upper().split()
        if words[0] == "WITH":
            return "SELECT"
        if words[0] in ("CREATE", "DROP", "TRUNCATE"):
            return f"{words[0]} TABLE"
        return words[0]

    def _columns(self, within: Match) -> list[str]:
        """Columns in a part, each as it is known to the database, in order, each once."""
        found: dict[int, str] = {}
        for scope in self._scopes:
            qualified: set[int] = set()
            for part in scope.own:
                if part.rule in ("qualified", "star") and part.parts:
                    owner, name = _owned(part, self._text)
                    if owner not in scope.owners:
                        raise UnclearError
                    stands = scope.owners[owner]
                    self._require_made(scope, owner, name)
                    found[part.start] = f"{stands}.{name}" if stands else name
                    qualified |= {inner.start for inner in part.parts}
                elif part.rule == "star":
                    found[part.start] = "*"
            for part in scope.own:
                if part.rule in ("column", "plain") and part.start not in qualified:
                    found[part.start] = _name(part, self._text)
        inside = {at: name for at, name in found.items() if within.start <= at < within.end}
        return list(dict.fromkeys(name for _, name in sorted(inside.items())))

    def _require_made(self, scope: _Scope, owner: str, name: str) -> None:
        """Unclear where a part of WITH, or a query in FROM, makes no such column."""
        if scope.owners[owner]:
            return
        makers = [
            part
            for part in self._match.walk()
            if part.rule in ("cte", "derived_select")
            and owner in {_name(inner, self._text) for inner in part.parts}
        ]
        inner = next(
            (part for maker in makers for part in maker.walk() if part.rule == "inner"), None
        )
        made = inner.parts if inner is not None else ()
        if name not in {_name(part, self._text) for part in made if part.rule == "plain"}:
            raise UnclearError

    def _all_columns(self) -> set[str] | None:
        """None where it is not documented which count."""
        defined = {_name(p.parts[0], self._text) for p in self._all("definition")}
        if any(name not in defined for key in self._all("key") for name in self._columns(key)):
            raise UnclearError
        return None if "conflict" in self._rules else set(self._columns(self._match))

    def _column_aliases(self) -> dict[str, Any] | None:
        """None where one is of no column, or of one that WITH or FROM makes: how such count is
        not documented."""
        found: dict[str, Any] = {}
        for item in self._all("item"):
            alias = next((part for part in item.parts if part.rule == "column_alias"), None)
            if alias is None:
                continue
            name = _name(alias, self._text)
            if name in found:
                raise UnclearError
            columns = self._columns(item)
            found[name] = columns[0] if len(columns) == 1 else columns
        made = any("" in scope.owners.values() for scope in self._scopes)
        return found if all(found.values()) and not made else None

    def _table_aliases(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for scope in self._scopes:
            for alias, table in scope.aliases.items():
                if found.setdefault(alias, table) != table:
                    raise UnclearError
        return found

    def _sections(self) -> dict[str, set[str]] | None:
        found: dict[str, set[str]] = {}
        if len(self._scopes) > 2 or "conflict" in self._rules:
            return None
        if any(not self._columns(item) for item in self._all("item")):
            return None  # what an alias of no column counts as is not documented
        for part in self._match.walk():
            section = _SECTIONS.get(part.rule)
            if section is None:
                continue
            if part.rule == "insert" and "inner" in self._rules:
                return None  # its own columns are not told from those of the query here
            columns = self._columns(part)
            if columns:
                found.setdefault(section, set()).update(columns)
        return found

    def _limit(self) -> tuple[int, int] | None:
        limits = self._all("limit")
        if len(limits) != 1 or "set_operator" in self._rules:
            return None
        numbers = [int(number) for number in re.findall(r"\d+", self._part(limits[0]))]
        if limits[0].parts:  # what is skipped comes first
            numbers.reverse()
        return (numbers[0], numbers[1] if len(numbers) > 1 else 0)

    def _rows(self) -> list[Any] | None:
        rows = [[_value(self._part(p)) for p in row.parts] for row in self._all("row")]
        if not rows or any(value is None for row in rows for value in row):
            return None
        return rows[0] if len(rows) == 1 else rows

    def _part(self, part: Match) -> str:
        return self._text[part.start : part.end]

    def _roles(self) -> dict[str, str]:
        """For each name what it is, and in which section."""
        found: dict[str, str] = {}

        def visit(part: Match, section: str) -> None:
            if not part.parts:
                name = _name(part, self._text)
                kind = "" if _PLAIN.fullmatch(name) else "keyword as "
                found.setdefault(name, f"{kind}{part.rule} in {section}")
            for inner in part.parts:
                visit(inner, part.rule if part.rule in _SECTIONS else section)

        visit(self._match, "statement")
        return found


def _name(part: Match, text: str) -> str:
    """The name without what quotes it, and without blanks and comments around its dots."""
    bare = BLANK.sub("", text[part.start : part.end])
    return "".join(char for char in bare if char not in _QUOTES)


def _owned(part: Match, text: str) -> tuple[str, str]:
    owner = _name(part.parts[0], text)
    return owner, "*" if part.rule == "star" else _name(part.parts[1], text)


def _value(text: str) -> Any:
    """A literal's value; None: how NULL is told is not documented."""
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text.upper() == "NULL":
        return None
    return float(text) if "." in text else int(text)
