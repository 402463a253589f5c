"""Words and fragments of SQL that inputs are made of, of all dialects together."""

from __future__ import annotations

from typing import Final

_KEYWORDS: Final = """
ADD ALL ALTER AND ANY AS ASC AT ATTACH AUTO_INCREMENT BEFORE BEGIN BETWEEN BINARY BY CALL CASCADE
CASE CAST CHECK COALESCE COLLATE COLUMN COMMENT COMMIT CONFLICT CONSTRAINT COPY COUNT CREATE CROSS
CUBE CURRENT CURSOR DATABASE DECLARE DEFAULT DELETE DELIMITER DESC DESCRIBE DISTINCT DISTINCTROW
DIV DO DOUBLE DROP EACH ELSE ELSEIF ELSIF END ESCAPE EXCEPT EXECUTE EXISTS EXPLAIN EXTENSION
EXTRACT FALSE FETCH FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL FUNCTION GO GRANT GROUP GROUPING
HANDLER HAVING IF IGNORE ILIKE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LANGUAGE
LAST LATERAL LEFT LIKE LIMIT LOCK LOOP MATERIALIZED MERGE MINUS MOD NATURAL NOT NULL NULLS OF
OFFSET ON ONLY OPTIMIZE OR ORDER OUTER OVER OVERLAPS PARTITION PERCENT PRAGMA PRECISION PRIMARY
PROCEDURE QUALIFY RANGE RECURSIVE REFERENCES REGEXP RENAME REPLACE RETURN RETURNING RETURNS REVOKE
RIGHT RLIKE ROLLBACK ROLLUP ROW ROWS ROW_FORMAT SAVEPOINT SELECT SEPARATOR SET SETS SHOW SIMILAR
SOME START STRAIGHT_JOIN TABLE TABLESAMPLE TEMPORARY THEN TIME TIMESTAMP TO TOP TRANSACTION
TRIGGER TRUE TRUNCATE UNBOUNDED UNION UNIQUE UNNEST UNPIVOT PIVOT UNTIL UPDATE UPSERT USE USING
VALUES VIEW WHEN WHERE WHILE WINDOW WITH WITHIN XOR ZONE
"""
KEYWORDS: Final = tuple(_KEYWORDS.split())
PHRASES: Final = (
    *("GROUP BY", "ORDER BY", "UNION ALL", "NOT NULL", "NOT IN", "NOT LIKE", "IS NOT NULL"),
    *("LEFT OUTER JOIN", "NULLS FIRST", "NULLS LAST", "END IF", "END LOOP", "END WHILE"),
    *("END CASE", "END FOR", "IF EXISTS", "IF NOT EXISTS", "PRIMARY KEY", "DOUBLE PRECISION"),
    *("CREATE OR REPLACE", "HANDLER FOR", "GO 3", "AT TIME ZONE 'UTC'", "LATERAL VIEW EXPLODE"),
    *("REGEXP BINARY", "ON CONFLICT DO NOTHING", "ROWS BETWEEN", "CREATE TRIGGER"),
    *("CREATE FUNCTION", "CREATE PROCEDURE", "CREATE TABLE", "CREATE VIEW", "INSERT INTO"),
    *("BEGIN TRANSACTION", "START TRANSACTION", "ON DUPLICATE KEY UPDATE", "FOR UPDATE"),
    *("PARTITION BY", "FOR EACH ROW", "DELETE FROM", "WITH RECURSIVE", "WITHIN GROUP"),
    *("CROSS JOIN", "NATURAL JOIN"),
)
TYPES: Final = (
    *("INT", "INTEGER", "VARCHAR(20)", "DECIMAL(10, 2)", "TEXT", "DATE", "TIMESTAMP", "BLOB"),
    *("FLOAT", "DOUBLE PRECISION", "CHARACTER VARYING(3)", "BIGINT UNSIGNED", "ENUM('a', 'b')"),
    *("INT[]", "BOOLEAN"),
)
NAMES: Final = (
    *("a", "b", "c", "t", "t1", "users", "foo", "x_1", "id", "name", "é", "ÄÖ", "_x", "a$b"),
    *("#tmp", "@v", "@@g", "`a`", "`a b`", '"a"', '"a b"', "[a]", "[a b]", '"a""b"', "`a``b`"),
    *("`a", "type", "date", "key", "value", "day", "ttype", "__class__", "tokens", "end", "level"),
    *("desc", "first", "日本", "ß", "ﬁ", "İ"),
)
FUNCTIONS: Final = (
    *("count", "sum", "max", "coalesce", "cast", "extract", "substring", "concat", "foo"),
    *("json_extract", "if", "row_number", "lag", "unnest", "convert", "date_add", "group_concat"),
    *("values", "replace", "left"),
)
NUMBERS: Final = (
    *("1", "0", "42", "1.5", ".5", "5.", "1e5", "1E-5", "1.5e+10", "0x1F", "0x", "00", "1_000"),
    *("-1", "+2", "18446744073709551616", "1e400", ".03", "12.", "1e", "1a"),
    "9999999999999999999999999999999999999999",
)
TEXTS: Final = (
    *("'a'", "''", "'it''s'", "'it\\'s'", "'\\\\'", "'a\nb'", "'é'", "'a", "'\\", "'--'", "'/*'"),
    *("';'", "'$x'", '"a"', '"he said ""hi"""', '"a', '"\'"', "'\"'", "x'41'", "b'01'", "N'a'"),
    *("E'\\n'", "_utf8'a'", "'${x}'", "$$a$$", "$a$b$a$", "$$", "$a$", "$a$;$b$", "'%s'", "' '"),
    *("'\t'", "'a'\n'b'", "DATE '2020-01-01'", "INTERVAL '1' DAY"),
    *("TIMESTAMP '2020-01-01 00:00:00'", "'{$a}'", "'\\$'", "´a´", "´"),
)
PLACEHOLDERS: Final = (
    *("?", "%s", "%(a)s", ":a", "$1", "?1", "@p", "{a}", "${a}", "%d", ":1", "$a"),
)
COMMENTS: Final = (
    *("-- a\n", "--a\n", "--\n", "-- a\r\n", "-- a\r", "-- a", "# a\n", "#a\n", "/* a */", "/**/"),
    *("/* a", "/*", "/*! a */", "/*+ a */", "--+ a\n", "/* a\nb */", "/* /* a */ */", "*/", "/*/"),
    *("-- 'a\n", "/* ' */"),
)
BLANKS: Final = (
    *(" ", "  ", "\n", "\r\n", "\r", "\t", "\n\n", " \n ", "\x0c", "\xa0", "\u2028", "\x85"),
    *("\x0b", ""),
)
OPERATORS: Final = (
    *("=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "*", "/", "%", "||", "&&", "|", "&", "^"),
    *("~", "!", "::", ":=", "=>", "->", "->>", "#>", "#>>", "@>", "<@", "?|", "?&", "#-", "@@"),
    *("<=>", "==", "!~", "!~*", "~*", "<<", ">>", "**", ".", "..", ".*", ",", ";", ";;", ":"),
    *("\\", "--", "- -", "\\g", "\\d a"),
)
BRACKETS: Final = (*(("(", ")"), ("[", "]"), ("{", "}")),)
NESTS: Final = (
    *(("(", ")"), ("[", "]"), ("{", "}"), ("CASE WHEN ", " END "), ("BEGIN ", " END;")),
    *(("IF a THEN ", " END IF;"), ("f(", ")"), ("SELECT (", ")"), ("(SELECT ", ") x")),
    *(("NOT ", ""), ("-", ""), ("a.", ""), ("a[", "]"), ("(a, ", ")"), ("EXISTS (SELECT ", ")")),
    *(("LOOP ", " END LOOP;"), ("FOR x IN y LOOP ", " END LOOP;"), ("SELECT * FROM (", ") t")),
    *(("WITH a AS (", ") SELECT 1"), ("CASE ", " ELSE 1 END"), ("CAST(", " AS INT)")),
    *(("/* ", " */"), ("(((", ")))"), ("ARRAY[", "]"), ("WHERE ", ""), ("foo(a, ", ", b)")),
    ("CASE a WHEN ", ""),
)
FRAMES: Final = (
    *(("", ""), ("'", "'"), ('"', '"'), ("`", "`"), ("´", "´"), ("$$", "$$"), ("$a$", "$a$")),
    *(("/*", "*/"), ("/* a", "a */"), ("-- a", "\n"), ("--", "a"), ("#", "a"), ("[", "]")),
    *(("(", ")"), ("{", "}"), ("x'", "'"), ("E'", "'"), ("'a", "a'"), ("a ", " a"), ("f(", ")")),
    *(("CASE ", " END"), ("BEGIN ", " END;"), ("a", "-- a"), ("SELECT a -- a\n", "FROM b")),
    *(("SELECT ", " FROM b"), ("a /* a */", ""), ("", " -- a"), ("SELECT '", "'")),
)
CHARACTERS: Final = (
    *("'", '"', "`", "\\", "\\'", '\\"', "''", '""', "´", "$", "$$", "--", "/*", "*/", "#", "."),
    *(",", ";", ":", "[", "]", "(", ")", "{", "}", " ", "\n", "\r\n", "\r", "\t", "a", "1", "-"),
    *("+", "*", "/", "=", "@", "?", "%", "a ", "' ", '" ', "-- ", "/* ", "[]", "()", "\\\\", "é"),
    *("_", "\x0b", " \n", "\n ", "a.", "a,", "\xa0"),
)
OPENINGS: Final = (
    *("'", '"', "`", "´", "$$", "$a$", "/*", "--", "#", "[", "(", "{", "x'", "E'", "N'", "q'["),
    *("a'", 'a"', "'a", '"a', "/*+", "-- a\n/*", "'' '", "SELECT '", 'SELECT "', "SELECT /*"),
)
"""What begins something that a lexer looks for the end of."""
RUNS: Final = (
    *(
        "\\",
        "\\",
        "\\\\",
        "\\a",
        "\\'",
        '\\"',
        "''",
        '""',
        "``",
        "'",
        '"',
        "`",
        "´",
        "$",
        "$$",
        "/*",
    ),
    *(
        "*/",
        "*",
        "/",
        "-",
        "--",
        "#",
        "a",
        "1",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\t",
        ".",
        "_",
        "é",
        "[",
        "]",
    ),
    *(
        "(",
        ")",
        "{",
        "}",
        "\\\n",
        " \n",
        "/* ",
        "' ",
        '" ',
        "-- ",
        "$a$",
        "'a",
        "a'",
        "[]",
        "@",
        "%",
    ),
)
"""What escapes, ends or goes on within it: how often is where regular expressions fail."""
REPEATS: Final = (
    *("a,", "1,", "(1,2),", "('a', 1),\n", "a.", "a ", "+1", "1+", "AND a=1 ", "OR a LIKE 'b' "),
    *("a = b ", "a b, ", "SELECT 1;", "SELECT 1;\n", ";", ";\n", "-- a\n", "/* a */", "/*", "*/"),
    *("--", "'", '"', "`", "\\", "$$", "$", "''", "\\'", "' '", "a'", 'a"', "[", "]", "(", ")"),
    *("()", "[]", "{", "}", " ", "\n", "\r\n", "\t", "\r", " \n", "UNION SELECT 1 "),
    *("JOIN b ON a=b ", "CASE ", "END ", "WHEN a THEN b ", "BEGIN ", "BEGIN; ", "IF "),
    *("IN (1, 2) ", "IN (1) ", "?, ", "x AS y, ", "f(a), ", "f(", "a::int", "::a", "||'a'"),
    *("->'a'", "a=1, ", "#", "@", "# a\n", "´", "VALUES (1), ", "INSERT INTO t VALUES (1);"),
    *("WHERE a ", "GROUP BY a ", "LEFT ", "NOT ", "OVER (", "AS a ", "DECLARE ", "CREATE ", "AS "),
    *("NULL ", "é", "$a$", ".1", "1.", "1e", "0x", "_", "--\n", "-- a\r\n", "\\\n", "<"),
    *("DATE '1' ", "INTERVAL '1' DAY ", "a, b ", "ASC, ", "a DESC, ", "a BETWEEN 1 AND 2 AND "),
    *("FOR ", "LOOP "),
)
