"""Statements that parameters are put into: a user's text around placeholders."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from targets.mysql.literals.cases import Call, Case

NAMES: Final = ("a", "b", "A", "a_1", "x.y", "a b", "n", "s", "1", "k")


@dataclasses.dataclass(frozen=True, slots=True)
class Wording:
    """`prefix` row `suffix`; a row is `before` values `after`, with separators between them."""

    prefix: str
    separator: str = ", "
    suffix: str = ""
    before: str = ""
    after: str = ""
    folds: bool = False
    """Clients may put several rows into one statement."""

    def query(self, width: int, *, named: bool) -> str:
        """The query as the user writes it, for rows of so many values."""
        marks = [f"%({name_of(number)})s" if named else "%s" for number in range(width)]
        row = self.separator.join(marks)
        return f"{self.prefix}{self.before}{row}{self.after}{self.suffix}"

    def sent(self, percent: str) -> Wording:
        """The texts as the server must get them, where that stands for a doubled percent sign."""
        texts = {
            field.name: getattr(self, field.name).replace("%%", percent)
            for field in dataclasses.fields(self)
            if field.name != "folds"
        }
        return dataclasses.replace(self, **texts)


QUERIES: Final = (
    Wording("SELECT "),
    Wording("SELECT * FROM t WHERE a IN (", ",", ") AND b LIKE 'x%%' -- it's"),
    Wording("UPDATE t SET a=", ", b = ", " WHERE c = \"it's\" /* 'x */ LIMIT 1"),
    Wording("INSERT INTO `t` (`a``b`) VALUES ", ",", "", "(", ")", folds=True),
    Wording("SELECT CONCAT('it''s', ", ", ", ") AS `x y`"),
    Wording("SELECT * FROM t WHERE a LIKE ", " AND b LIKE ", " ESCAPE '|'"),
    Wording("(SELECT ", ",", ") UNION ALL (SELECT 1)"),
)
INSERTS: Final = (
    Wording("INSERT INTO t (a) VALUES ", ", ", "", "(", ")", folds=True),
    Wording("INSERT INTO t VALUES ", ",", " ON DUPLICATE KEY UPDATE a = 1", "(", ")", folds=True),
    Wording("insert ignore into `t` (`values`) values", ",", "", "(", ")", folds=True),
    Wording("REPLACE INTO t VALUES ", " , ", "", "( ", " )", folds=True),
    Wording("INSERT INTO t (a) VALUES ", ", ", "", "(NOW(), ", ", 'a)%%')", folds=True),
    Wording(
        *("INSERT INTO t VALUES ", ", ", "\nON DUPLICATE KEY UPDATE a=VALUES(a), b='x%%'"),
        *("(", ")"),
        folds=True,
    ),
    Wording("INSERT INTO t SELECT ", ", ", " FROM u WHERE v IN (1)"),
)


def name_of(number: int) -> str:
    """The name of the parameter with this number."""
    return NAMES[number] if number < len(NAMES) else f"p{number}"


def of_query(number: int) -> Wording:
    """A wording for one row."""
    return QUERIES[number % len(QUERIES)]


def of_many(case: Case) -> Wording:
    """The wording of a case with many rows."""
    known = INSERTS if case.call is Call.ROWS else QUERIES
    return known[case.wording % len(known)]


def arguments(row: Sequence[object], *, named: bool) -> object:
    """The row as the client is given it."""
    if named:
        return {name_of(number): value for number, value in enumerate(row)}
    return tuple(row)
