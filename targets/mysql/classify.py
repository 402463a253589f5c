"""Check `classify`: the kind of a statement is what the contract says, and what sqlparse says."""

from __future__ import annotations

import re
from typing import Final

from targets.mysql.classified import by_contract
from targets.mysql.implementation import Implementation
from targets.oracles import Violation

_PLAIN: Final = re.compile(rb"(?i)(?:select|insert|update|delete|replace)[ \t\r\n][^;(\\'\"`#/-]*")
"""Statements that sqlparse and the contract both claim to know: one word first, nothing nested."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when the subject calls the statement another kind than the contract."""
    if subject.classify is None:
        return
    expected = by_contract(data)
    if subject.name != "reference":
        if _PLAIN.fullmatch(data) is None:
            return
        expected = "read" if data[:6].lower() == b"select" else "write"
    found = subject.classify(data)
    if found != expected:
        raise Violation(f"classify: {expected} taken for {found or 'nothing'}", repr(data[:80]))
