"""Check `parse` of the planted parser: nothing may be raised."""

from __future__ import annotations

from harness.bench.planted.parser import Parser


def check(data: bytes, subject: Parser) -> None:
    """Any bytes parse."""
    subject.parse(data)
