"""Draws statements and scripts that are SQL in one dialect or another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from targets.drawing import Draw
from targets.sql import groupings, phrases
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
    """One statement, or a few; often such that a second reading is certain of."""
    if draw.chance(0.6):
        return draw.choice(_BRIEF_SCRIPTS)(draw)
    count = 1 if draw.chance(0.6) else draw.integer(2, 4)
    end = draw.choice((";\n", ";", "; ", ";\n\n", " ;-- a\n", ";/* a */", "\nGO\n"))
    text = end.join(statement(draw) for _ in range(count))
    return text + draw.choice(("", "", ";", ";\n"))


def _commented(draw: Draw) -> str:
    """A short statement with comments between its words, some of them with much within."""
    words = groupings.write(draw).split(" ")
    for _ in range(draw.integer(1, 2)):
        inside = draw.choice(("", " ", "a", "a\n", " a\nb ", "'", "+", "+ a"))
        inside += draw.choice(_WITHIN) * draw.choice((0, 1, 2, 5, 32))
        opening, closing = draw.choice(_COMMENTS)
        comment = f"{opening}{inside if closing == '*/' else inside.split(chr(10))[0]}{closing}"
        words.insert(draw.integer(0, len(words)), comment)
    return " ".join(words)


def _certain(draw: Draw) -> str:
    """A script of which it is certain where its statements end (see `splitting`)."""
    body = [_brief(draw) for _ in range(draw.integer(1, 2))]
    kind = draw.integer(0, 3)
    if kind == 0:
        begin = draw.choice(("BEGIN TRANSACTION", "BEGIN WORK", "BEGIN", "START TRANSACTION"))
        parts = [begin, *body, draw.choice(("COMMIT", "ROLLBACK", "COMMIT"))]
    elif kind == 1:
        parts = [*body, _brief(draw)]
    else:
        head = draw.choice(_ROUTINES)
        steps = "".join(_certain_step(draw, draw.integer(0, 2)) for _ in range(draw.integer(1, 3)))
        parts = [f"{head}BEGIN{draw.choice((' ', chr(10)))}{steps}END", *body[:1]]
    return draw.choice(("; ", ";\n", ";")).join(parts) + draw.choice(("", ";"))


def _certain_step(draw: Draw, depth: int) -> str:
    if depth == 0 or draw.chance(0.3):
        return f"{_brief(draw)};{draw.choice((' ', chr(10)))}"
    opening, closing = draw.choice(_BLOCKS)
    inner = "".join(_certain_step(draw, depth - 1) for _ in range(draw.integer(1, 2)))
    return f"{opening}{inner}{closing};{draw.choice((' ', chr(10)))}"


def _brief(draw: Draw) -> str:
    """A statement of a few words, at times with one that begins a block elsewhere."""
    return draw.choice(_BRIEF)


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
_WITHIN: Final = ("\n", "\r\n", " ", "\t", "*", "-", "/", "\\", "'", '"', "a", " a", "\r")
_COMMENTS: Final = (
    *(("/*", "*/"), ("/*", "*/"), ("/* ", " */"), ("/*+", "*/"), ("--", "\n"), ("-- ", "\n")),
    *(("# ", "\n"), ("//", "\n"), ("--", "\r\n")),
)
_ROUTINES: Final = (
    *("", "CREATE PROCEDURE p() ", "CREATE FUNCTION f(a INT) ", "CREATE OR REPLACE PROCEDURE p() "),
    *("CREATE TRIGGER g AFTER INSERT ON t ", "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW "),
)
_BLOCKS: Final = (
    *(("IF a THEN ", "END IF"), ("IF a = 1 THEN SELECT 1; ELSE ", "END IF")),
    *(("WHILE a < 1 DO ", "END WHILE"), ("LOOP ", "END LOOP"), ("BEGIN ", "END")),
    *(("CASE a WHEN 1 THEN ", "END CASE"), ("FOR r IN 1 LOOP ", "END LOOP")),
    ("DECLARE EXIT HANDLER FOR NOT FOUND BEGIN ", "END"),
)
_BRIEF: Final = (
    *("SELECT 1", "SELECT a FROM t", "SELECT 'a;b'", "SELECT (1)", "SELECT a /* ; */ FROM t"),
    *("INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "SET a = 1"),
    *("SELECT CASE WHEN a THEN 1 END", "SET a = CASE WHEN b THEN 1 ELSE 2 END", "CALL p(1)"),
    *("DROP TABLE IF EXISTS t", "DROP VIEW IF EXISTS v", "DROP INDEX IF EXISTS i"),
    *("ALTER TABLE t ADD a INT", "ALTER TABLE IF EXISTS t ADD a INT", "TRUNCATE TABLE t"),
    *("SELECT IF(a, 1, 2)", "SELECT REPLACE(a, 'b', 'c') FROM t", "SELECT a -- b\n FROM t"),
    *("WITH a AS (SELECT 1) SELECT 1 FROM a", "MERGE INTO a USING b ON c = 1", "SELECT a AS b"),
)
_BRIEF_SCRIPTS: Final[tuple[Callable[[Draw], str], ...]] = (
    *(groupings.write, groupings.write, groupings.write, _commented, _commented),
    *(_certain, _certain),
)
