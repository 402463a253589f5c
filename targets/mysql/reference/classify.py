"""What a statement does to a database, by its first word: decides where a proxy sends it."""

from __future__ import annotations

import re
from typing import Final, Literal

from targets import faults

Kind = Literal["read", "write", "begin", "end"]
_READS: Final = frozenset(("SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC"))
_LOCKS: Final = re.compile("FOR (?:UPDATE|SHARE)", re.IGNORECASE)
_STARTS: Final = frozenset(("BEGIN", "START"))
_ENDS: Final = frozenset(("COMMIT", "ROLLBACK"))


def classify_mysql_query(statement: bytes) -> Kind:
    """By the first word, as separated by white space; a read that locks rows is a write.

    >>> classify_mysql_query(b"select 1"), classify_mysql_query(b"SELECT 1 FOR UPDATE")
    ('read', 'write')
    """
    text = statement.decode("utf-8", "replace")
    words = text.split(" ", 1) if faults.on("first-word") else text.split(None, 1)
    first = words[0].upper() if words else ""
    if first in _READS:
        locks = "FOR UPDATE" in text if faults.on("lock-case") else _LOCKS.search(text)
        return "write" if locks else "read"
    if first in _STARTS:
        return "begin"
    if first in _ENDS:
        return "end"
    return "write"
