"""SQL dialects: what each vendor documents, as a grammar, and how its tokens look."""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from targets.sql.notation import read
from targets.sql.productions import Grammar, Lexical

STANDARD: Final = ("standard",)
KEYS: Final = (*STANDARD, "constraints")
FILES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "": STANDARD,
        "postgres": (*KEYS, "postgres"),
        "mysql": (*KEYS, "mysql"),
        "oracle": (*KEYS, "oracle"),
        "tsql": (*STANDARD, "tsql"),
        "snowflake": (*STANDARD, "snowflake"),
        "bigquery": (*STANDARD, "bigquery"),
        "duckdb": (*KEYS, "duckdb"),
        "sqlite": (*STANDARD, "sqlite"),
        "spark": (*STANDARD, "spark"),
        "databricks": (*STANDARD, "spark"),
        "trino": (*STANDARD, "trino"),
        "clickhouse": (*STANDARD, "clickhouse"),
        "redshift": (*STANDARD, "redshift"),
        "teradata": (*STANDARD, "teradata"),
        "hive": STANDARD,
        "presto": (*STANDARD, "presto"),
        "doris": (*STANDARD, "mysql_like"),
        "starrocks": (*STANDARD, "mysql_like"),
        "singlestore": (*STANDARD, "mysql_like"),
        "drill": STANDARD,
        "druid": STANDARD,
        "materialize": STANDARD,
        "risingwave": STANDARD,
        "dremio": STANDARD,
        "exasol": STANDARD,
        "fabric": STANDARD,
        "spark2": STANDARD,
    }
)
"""The grammar files of a dialect, each adding to those before it."""

DIALECTS: Final = tuple(FILES)
"""Names as sqlglot has them. An input names one by its number: add at the end only."""

BACKSLASHES: Final = frozenset(
    (
        *("mysql", "bigquery", "snowflake", "spark", "databricks", "clickhouse", "hive"),
        *("spark2", "doris", "starrocks", "singlestore"),
    )
)
"""Dialects in which a backslash escapes within a string.

Drill is none of them: its parser is Calcite's, where a backslash is a letter and a quote is
doubled. sqlglot reads it so by now; up to 30.9 it was wrong.
"""
BACKTICKS: Final = (BACKSLASHES | {"drill"}) - {"snowflake", "clickhouse"}
"""Dialects whose quoted names stand in backticks; elsewhere double quotes do."""
PLACEHOLDERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "postgres": ("$1", "$2"),
        "oracle": (":v", ":k1"),
        "tsql": ("@k1", "@k2"),
        "snowflake": ("?", ":1", "$k1"),
        "bigquery": ("@k1", "?"),
        "duckdb": ("?", "$1"),
        "sqlite": ("?", ":k1", "@k1", "$k1"),
        "databricks": (":k1", "?"),
        "spark": (":k1", "?"),
        "clickhouse": ("{k1: UInt8}", "{k1: String}"),
        "redshift": ("$1",),
    }
)


def _names(*samples: str) -> Lexical:
    """A class of exactly these words."""
    words = "|".join(sorted(map(re.escape, samples), key=len, reverse=True))
    last = r"(?![A-Za-z0-9_])" if samples[0][-1].isalnum() else ""
    return Lexical(re.compile(f"(?:{words}){last}", re.I), samples)


_STRINGS: Final = ("'k1'", "'k1 k2'", "''", "'%k1_'", "'k1;k2'", "'--k1'", "'/*k1*/'", "'é'", "' '")
_COMMON: Final = {
    "table": _names("t1", "t2", "t3"),
    "schema": _names("s1"),
    "column": _names("c1", "c2", "c3"),
    "alias": _names("x1", "x2", "x3"),
    "function": _names("f1", "f2"),
    "count": Lexical(re.compile(r"\d{1,4}\b"), ("1", "2", "10", "100")),
    "integer": Lexical(re.compile(r"\d{1,20}\b"), ("0", "1", "42", "7", "9223372036854775808")),
    "decimal": Lexical(re.compile(r"\d{1,9}\.\d{1,9}(?![\w.])"), ("1.5", "0.25", "10.0")),
    "hex": Lexical(re.compile(r"0x(?:[0-9A-F]{2}){1,8}\b", re.I), ("0xFF", "0x00ab")),
    "bits": _names("B'101'", "X'1F'"),
    "dollar": _names("$$k1$$", "$$k1 'k2'$$"),
    "raw_string": _names("r'k1\\d'", 'r"k1"'),
    "pg_string": _names("E'k1\\n'", "E'k1\\'k2'", "U&'k1'", "$$k1$$", "$x1$k1'k2$x1$"),
    "mysql_string": _names('"k1"', "'k1\\'k2'", "'k1\\\\'", "'k1\\nk2'", '"k1\'k2"', '"k""1"'),
    "bq_string": _names(
        '"k1"', "'k1\\'k2'", '"""k1"k2"""', "b'k1'", "r'k1\\n'", "'\\x41'", "rb'k1'"
    ),
    "spart_string": _names("'DAY'", "'MONTH'"),
}


def _lexis(name: str) -> Mapping[str, Lexical]:
    quoted: tuple[str, ...] = ('"k 1"', '"select"', '"K1"', '"k""1"', '"k.1"')
    if name in BACKTICKS:
        quoted = ("`k 1`", "`select`", "`K1`", "`k.1`", "`k-1`")
    elif name in ("tsql", "fabric"):
        quoted = ("[k 1]", "[select]", "[k]]1]", '"k 1"')
    strings: tuple[str, ...]
    if name in BACKSLASHES:
        pattern, strings = r"'(?:[^'\\]|\\[\\'nt]){0,40}'(?!')", ("'k1\\'k2'", "'k1\\\\'", "'\\n'")
    else:
        pattern, strings = r"'(?:[^'\\]|''){0,40}'(?!')", ("'k1''k2'", "''''", "'k1''--'")
    parameters = PLACEHOLDERS.get(name, ("?",))
    return {
        **_COMMON,
        "string": Lexical(re.compile(pattern), (*_STRINGS, *strings)),
        "quoted": _names(*quoted),
        "parameter": _names(*parameters),
    }


@functools.cache
def grammar(name: str) -> Grammar:
    """What the vendor of this dialect documents; ready after some ten milliseconds."""
    folder = importlib.resources.files("targets.sql") / "grammars"
    texts = tuple((folder / f"{file}.grammar").read_text(encoding="utf-8") for file in FILES[name])
    return read(texts, _lexis(name))
