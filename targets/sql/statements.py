"""Draws statements and scripts that are SQL in one dialect or another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from targets.drawing import Draw
from targets.sql import phrases
from targets.sql.queries import (
    case,
    condition,
    delete,
    expression,
    insert,
    name,
    query,
    row,
    update,
)


def script(draw: Draw) -> str:
    """One statement, or a few."""
    count = 1 if draw.chance(0.6) else draw.integer(2, 4)
    end = draw.choice((";\n", ";", "; ", ";\n\n", " ;-- a\n", ";/* a */", "\nGO\n"))
    text = end.join(statement(draw) for _ in range(count))
    return text + draw.choice(("", "", ";", ";\n"))


def statement(draw: Draw) -> str:
    """One statement of any kind."""
    return draw.choice(_STATEMENTS)(draw)


def _create(draw: Draw) -> str:
    head = draw.choice(
        ("CREATE TABLE", "create table if not exists", "CREATE TEMPORARY TABLE", "CREATE\nTABLE")
    )
    if draw.chance(0.15):
        return f"{head} {name(draw)} AS {query(draw)}"
    columns = ", ".join(_definition(draw) for _ in range(draw.integer(1, 4)))
    tail = draw.choice(("", "", " ENGINE=InnoDB", " ROW_FORMAT=DYNAMIC", " PARTITION BY RANGE (a)"))
    return f"{head} {name(draw)} ({columns}){tail}"


def _definition(draw: Draw) -> str:
    extras = (
        "",
        "",
        " NOT NULL",
        " PRIMARY KEY",
        " DEFAULT 1",
        " DEFAULT 'a'",
        " REFERENCES t (a)",
        " COMMENT 'a'",
    )
    if draw.chance(0.15):
        return draw.choice(
            ("PRIMARY KEY (a, b)", "FOREIGN KEY (a) REFERENCES t (b)", "CHECK (a > 1)", "KEY k (a)")
        )
    return f"{name(draw)} {draw.choice(phrases.TYPES)}{draw.choice(extras)}"


def _other(draw: Draw) -> str:
    inner = query(draw, 1)
    return draw.choice(
        (
            *(
                f"CREATE OR REPLACE VIEW {name(draw)} AS {inner}",
                f"CREATE MATERIALIZED VIEW v AS {inner}",
            ),
            *(
                f"ALTER TABLE {name(draw)} ADD COLUMN {_definition(draw)}",
                f"DROP TABLE IF EXISTS {name(draw)}",
            ),
            *(
                f"EXPLAIN {inner}",
                f"CREATE UNIQUE INDEX i ON {name(draw)} (a DESC)",
                "TRUNCATE TABLE t",
            ),
            *(
                "BEGIN TRANSACTION",
                "BEGIN",
                "COMMIT",
                "START TRANSACTION",
                "ROLLBACK TO SAVEPOINT a",
                "END",
            ),
            *(
                f"SET @a = {expression(draw)}",
                "USE db",
                "SHOW TABLES",
                f"GRANT SELECT ON {name(draw)} TO b",
            ),
            *(
                f"MERGE INTO a USING b ON {condition(draw, 1)} WHEN MATCHED THEN UPDATE SET a = 1",
                "GO",
                "PRAGMA x=1",
            ),
            *(
                f"DECLARE @a INT = {expression(draw)}",
                f"CALL p({expression(draw)})",
                f"VALUES {row(draw, 1)}",
            ),
            *(
                f"COPY t FROM STDIN WITH (FORMAT {name(draw)})",
                "DESCRIBE t",
                "ATTACH DATABASE 'a' AS b",
            ),
            *(f"DECLARE c CURSOR FOR {inner}", f"CREATE EXTENSION {name(draw)}", "\\d t"),
        )
    )


def routine(draw: Draw) -> str:
    """A stored procedure, function or trigger with blocks."""
    head = draw.choice(
        (
            *(
                "CREATE PROCEDURE p() ",
                "CREATE FUNCTION f(a INT) RETURNS INT ",
                "DELIMITER //\nCREATE PROCEDURE p()\n",
            ),
            *(
                "CREATE OR REPLACE FUNCTION f() RETURNS TRIGGER AS $$\n",
                "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW ",
            ),
            *(
                "CREATE TRIGGER g AFTER UPDATE ON t WHEN NEW.a > 1 ",
                "create or replace procedure p as ",
                "DO $$ ",
            ),
        )
    )
    declared = draw.choice(
        ("", "", "DECLARE x INT DEFAULT 0; ", "DECLARE\n  a INT;\n  b TEXT := 'c';\n")
    )
    tail = (
        draw.choice(("", ";", "$$ LANGUAGE plpgsql;"))
        if "$$" not in head
        else "$$ LANGUAGE plpgsql;"
    )
    return f"{head}{declared}BEGIN\n{_block(draw, draw.choice((1, 1, 2, 3)))}END{tail}"


def _block(draw: Draw, depth: int) -> str:
    return "".join(_step(draw, depth) for _ in range(draw.integer(1, 3)))


def _step(draw: Draw, depth: int) -> str:
    if depth <= 0 or draw.chance(0.5):
        return draw.choice((insert, update, delete, query, _set))(draw) + ";\n"
    inner = _block(draw, depth - 1)
    return draw.choice(
        (
            *(
                f"IF {condition(draw, 1)} THEN\n{inner}END IF;\n",
                f"IF a THEN {inner}ELSEIF b THEN {inner}ELSE {inner}END IF;\n",
            ),
            *(
                f"WHILE a < 1 DO {inner}END WHILE;\n",
                f"LOOP {inner}END LOOP;\n",
                f"BEGIN {inner}END;\n",
            ),
            *(
                f"FOR r IN SELECT 1 LOOP {inner}END LOOP;\n",
                f"CASE a WHEN 1 THEN {inner}END CASE;\n",
            ),
            *(
                f"DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN {inner}END;\n",
                f"REPEAT {inner}UNTIL a END REPEAT;\n",
            ),
        )
    )


def _set(draw: Draw) -> str:
    return f"SET {name(draw)} = {case(draw, 1)}"


_STATEMENTS: Final[tuple[Callable[[Draw], str], ...]] = (
    *(query, query, query, query, insert, update, delete, _create, _other, _other, routine),
)
