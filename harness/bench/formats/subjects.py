"""What is called as fast as can be: sqlparse, and nothing."""

from __future__ import annotations

from collections.abc import Callable


def sqlparse_format() -> Callable[[bytes], object]:
    """`sqlparse.format` of the bytes as Latin-1; its documented error is an expected outcome."""
    import sqlparse
    from sqlparse.exceptions import SQLParseError

    def run(data: bytes) -> object:
        try:
            return sqlparse.format(data.decode("latin-1"), reindent=True)
        except SQLParseError:
            return None

    return run


def nothing() -> Callable[[bytes], object]:
    """A subject that does next to nothing."""
    return id


def check(data: bytes, subject: Callable[[bytes], object]) -> None:
    """Call the subject."""
    subject(data)
