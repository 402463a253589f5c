"""Draws queries and changes of data, with every clause and expression somewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from targets.drawing import Draw
from targets.sql import phrases

DEPTHS: Final = (0, 0, 1, 1, 2)
"""Levels of expressions and queries inside others: mostly few, as long texts are slow to read."""


def query(draw: Draw, levels: int | None = None) -> str:
    """A SELECT with any of its clauses."""
    depth = draw.choice(DEPTHS) if levels is None else levels
    parts = ["WITH ", _ctes(draw, depth)] if depth and draw.chance(0.1) else []
    parts.append("SELECT ")
    parts.append(
        draw.choice(
            ("", "", "", "DISTINCT ", "ALL ", "TOP 10 ", "/*+ hint */ ", "DISTINCT ON (a) ")
        )
    )
    parts.append(many(draw, _column, ", ", depth))
    if draw.chance(0.85):
        parts += [" FROM ", many(draw, _source, ", ", depth)]
        parts += [_join(draw, depth) for _ in range(draw.integer(0, 2) if draw.chance(0.4) else 0)]
    for word, chance, make in _CLAUSES:
        if draw.chance(chance):
            parts += [word, make(draw, depth)]
    if depth and draw.chance(0.12):
        parts += [
            draw.choice((" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ")),
            query(draw, depth - 1),
        ]
    return "".join(parts)


def expression(draw: Draw, levels: int | None = None) -> str:
    """A value."""
    depth = draw.choice(DEPTHS) if levels is None else levels
    if depth <= 0 or draw.chance(0.45):
        return _atom(draw)
    return draw.choice(_EXPRESSIONS)(draw, depth - 1)


def condition(draw: Draw, levels: int | None = None) -> str:
    """What stands behind WHERE."""
    depth = draw.choice(DEPTHS) if levels is None else levels
    if depth > 0 and draw.chance(0.35):
        left, right = condition(draw, depth - 1), condition(draw, depth - 1)
        both = f"{left} {draw.choice(('AND', 'OR', 'and', 'XOR', '&&'))} {right}"
        return f"({both})" if draw.chance(0.3) else both
    return draw.choice(_CONDITIONS)(draw, depth - 1)


def many(draw: Draw, make: Callable[[Draw, int], str], by: str, depth: int) -> str:
    """Some of a kind; seldom many."""
    count = draw.integer(1, 3) if draw.chance(0.94) else draw.integer(4, 12)
    return by.join(make(draw, depth) for _ in range(count))


def name(draw: Draw, _depth: int = 0) -> str:
    """An identifier, qualified at times."""
    first = draw.choice(phrases.NAMES[:9]) if draw.chance(0.6) else draw.choice(phrases.NAMES)
    return f"{first}.{name(draw)}" if draw.chance(0.15) else first


def _literal(draw: Draw, _depth: int = 0) -> str:
    return draw.choice(phrases.NUMBERS if draw.chance(0.5) else phrases.TEXTS)


def _atom(draw: Draw) -> str:
    return draw.choice((name, name, _literal, _literal, _placeholder))(draw)


def _placeholder(draw: Draw, _depth: int = 0) -> str:
    return draw.choice((*phrases.PLACEHOLDERS, "NULL", "TRUE", "CURRENT_TIMESTAMP", "*", "DEFAULT"))


def _call(draw: Draw, depth: int) -> str:
    arguments = many(draw, expression, ", ", depth) if draw.chance(0.85) else draw.choice(("", "*"))
    if draw.chance(0.1):
        arguments = f"DISTINCT {arguments} ORDER BY {name(draw)} SEPARATOR ','"
    return draw.choice(phrases.FUNCTIONS) + draw.choice(("(", "(", "( ", " (")) + arguments + ")"


def _window(draw: Draw, depth: int) -> str:
    inside = draw.choice(
        ("", "PARTITION BY a", "ORDER BY a DESC NULLS LAST", "PARTITION BY a, b ORDER BY c")
    )
    if draw.chance(0.2):
        inside += " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING"
    over = f"({inside})" if draw.chance(0.9) else "w"
    filtered = f" FILTER (WHERE {condition(draw, depth)})" if draw.chance(0.1) else ""
    return f"{_call(draw, depth)}{filtered} OVER {over}"


def case(draw: Draw, depth: int) -> str:
    """A CASE expression."""
    value = f" {expression(draw, depth)}" if draw.chance(0.3) else ""
    whens = "".join(
        f" WHEN {condition(draw, depth)} THEN {expression(draw, depth)}"
        for _ in range(draw.integer(1, 3))
    )
    other = f" ELSE {expression(draw, depth)}" if draw.chance(0.5) else ""
    return f"CASE{value}{whens}{other} END"


def _binary(draw: Draw, depth: int) -> str:
    operator = draw.choice(phrases.OPERATORS[:38])
    blank = " " * draw.chance(0.8)
    return f"{expression(draw, depth)}{blank}{operator}{blank}{expression(draw, depth)}"


def _cast(draw: Draw, depth: int) -> str:
    kind = draw.choice(phrases.TYPES)
    value = expression(draw, depth)
    return draw.choice(
        (f"CAST({value} AS {kind})", f"{value}::{kind}", f"CONVERT({value}, {kind})")
    )


def _special(draw: Draw, depth: int) -> str:
    value = expression(draw, depth)
    return draw.choice(
        (
            *(
                f"EXTRACT(YEAR FROM {value})",
                f"{value} AT TIME ZONE 'UTC'",
                f"INTERVAL {value} DAY",
            ),
            *(f"ARRAY[{value}, 1]", f"{value}[1:2]", f"{value}[1][2]", f"-{value}", f"NOT {value}"),
            *(f"({value})", f"({value}, {value})", f"ROW({value})", f"{value} COLLATE utf8_bin"),
            *(f"SUBSTRING({value} FROM 1 FOR 2)", f"TRIM(BOTH ' ' FROM {value})", f"@a := {value}"),
            *(f"POSITION('a' IN {value})", f"{value} ->> '$.a'", f"x -> {value}", f"{value} DIV 2"),
        )
    )


def _subquery(draw: Draw, depth: int) -> str:
    return f"({query(draw, depth)})"


def _column(draw: Draw, depth: int) -> str:
    value = expression(draw, depth)
    alias = draw.choice(("", "", "", " AS {}", " as {}", " {}", "\nAS {}", " AS '{}'"))
    return value + alias.format(name(draw))


def _source(draw: Draw, depth: int) -> str:
    if depth > 0 and draw.chance(0.15):
        return f"({query(draw, depth - 1)}) AS {name(draw)}"
    extra = (
        "",
        "",
        "",
        "",
        f" {draw.choice(phrases.NAMES[:8])}",
        f" AS {name(draw)}",
        " WITH (NOLOCK)",
    )
    if draw.chance(0.05):
        return f"{_call(draw, 0)} AS t(a, b)"
    return name(draw) + draw.choice(extra)


def _join(draw: Draw, depth: int) -> str:
    how = draw.choice(
        (
            "JOIN",
            "LEFT JOIN",
            "INNER JOIN",
            "FULL  OUTER JOIN",
            "CROSS JOIN",
            "NATURAL JOIN",
            "left outer\njoin",
            "STRAIGHT_JOIN",
            "CROSS APPLY",
            "LATERAL VIEW EXPLODE",
        )
    )
    on = draw.choice((" ON ", " USING (id)", ""))
    return f" {how} {_source(draw, depth)}{on}{condition(draw, 1) if on == ' ON ' else ''}"


def _order(draw: Draw, depth: int) -> str:
    ways = ("", " ASC", " DESC", " DESC NULLS LAST", " asc nulls first", " USING >")
    return expression(draw, depth - 1) + draw.choice(ways)


def _ctes(draw: Draw, depth: int) -> str:
    recursive = "RECURSIVE " * draw.chance(0.2)
    columns = draw.choice(("", "", " (a, b)"))
    made = draw.choice(("AS", "as", "AS MATERIALIZED"))
    parts = [
        f"{name(draw)}{columns} {made} ({query(draw, depth - 1)})"
        for _ in range(draw.integer(1, 2))
    ]
    return recursive + ", ".join(parts) + " "


def _comparison(draw: Draw, depth: int) -> str:
    operators = (
        "=",
        "<",
        ">",
        "<>",
        "!=",
        ">=",
        "LIKE",
        "NOT LIKE",
        "ILIKE",
        "REGEXP",
        "~",
        "<=>",
        "IS NOT",
    )
    operator = draw.choice(operators)
    blank = " " if operator.isupper() or draw.chance(0.8) else ""
    return f"{expression(draw, depth)}{blank}{operator}{blank}{expression(draw, depth)}"


def _in_list(draw: Draw, depth: int) -> str:
    opening = draw.choice((" IN (", " NOT IN (", " in(", " IN\n("))
    if depth > 0 and draw.chance(0.3):
        return f"{name(draw)}{opening}{query(draw, depth - 1)})"
    by = draw.choice((", ", ",", " , "))
    return (
        name(draw)
        + opening
        + many(draw, draw.choice((_literal, _placeholder, expression)), by, 0)
        + ")"
    )


def _test(draw: Draw, depth: int) -> str:
    value = expression(draw, depth)
    low, high = expression(draw, 0), expression(draw, 0)
    return draw.choice(
        (
            *(f"{value} BETWEEN {low} AND {high}", f"{value} IS NULL", f"{value} IS NOT NULL"),
            *(f"EXISTS ({query(draw, 0)})", f"NOT {value} = 1", f"{value} LIKE 'a%' ESCAPE '\\'"),
            *(
                f"{value} = ANY ({low})",
                f"{value} = ALL (SELECT {high})",
                f"({value}, {low}) = ({high}, 1)",
            ),
        )
    )


def insert(draw: Draw) -> str:
    """An INSERT or REPLACE, of rows or of a query."""
    columns = draw.choice(("", f" ({many(draw, name, ', ', 0)})"))
    rows = many(draw, row, draw.choice((", ", ",", ",\n")), 1)
    source = f"VALUES {rows}" if draw.chance(0.75) else query(draw)
    tails = (
        "",
        "",
        " ON DUPLICATE KEY UPDATE a = VALUES(a)",
        " ON CONFLICT (a) DO UPDATE SET b = 1",
        " RETURNING id",
    )
    into = draw.choice(("INSERT INTO", "insert into", "REPLACE INTO", "INSERT IGNORE INTO"))
    return f"{into} {name(draw)}{columns} {source}{draw.choice(tails)}"


def row(draw: Draw, depth: int) -> str:
    """A row of values."""
    return f"({many(draw, expression, draw.choice((', ', ',')), depth)})"


def update(draw: Draw) -> str:
    """An UPDATE."""
    sets = ", ".join(f"{name(draw)} = {expression(draw)}" for _ in range(draw.integer(1, 3)))
    where = f" WHERE {condition(draw)}" if draw.chance(0.7) else ""
    return f"UPDATE {_source(draw, 0)} SET {sets}{where}"


def delete(draw: Draw) -> str:
    """A DELETE."""
    return f"DELETE FROM {name(draw)} WHERE {condition(draw)}"


Maker = Callable[[Draw, int], str]
_EXPRESSIONS: Final[tuple[Maker, ...]] = (
    *(_call, _call, _window, case, case, _binary, _binary, _cast, _special, _special, _subquery),
)
_CONDITIONS: Final[tuple[Maker, ...]] = (_comparison, _comparison, _in_list, _test)
_CLAUSES: Final[tuple[tuple[str, float, Maker], ...]] = (
    (" WHERE ", 0.5, condition),
    (" GROUP BY ", 0.15, lambda draw, depth: many(draw, expression, ", ", depth - 1)),
    (" HAVING ", 0.08, condition),
    (" WINDOW w AS ", 0.03, lambda draw, depth: f"({_order(draw, depth)})"),
    (" ORDER BY ", 0.25, lambda draw, depth: many(draw, _order, ", ", depth)),
    (" LIMIT ", 0.15, lambda draw, _: draw.choice(("1", "10, 20", "?", "1 OFFSET 2"))),
    (" FOR UPDATE", 0.04, lambda draw, _: draw.choice(("", " NOWAIT", " OF t"))),
)
