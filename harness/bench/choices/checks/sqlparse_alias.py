"""Any text as SQL: formatting it raises nothing but the parser's own error."""

import contextlib

import sqlparse
from hypothesis import given
from hypothesis import strategies as st


@given(st.text())
def test(sql: str) -> None:
    with contextlib.suppress(sqlparse.exceptions.SQLParseError):
        sqlparse.format(sql, reindent=True)
