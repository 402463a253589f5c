"""Check: a parser sees in a statement of standard SQL the kind and the tables that are in it."""

from __future__ import annotations

from targets.oracles import Violation
from targets.sql.facts import facts
from targets.sql.implementation import Implementation, read


def check(data: bytes, subject: Implementation) -> None:
    """Compare with what the grammar says, where both claim to know the statement."""
    text, _ = read(data)
    if subject.facts is None:
        return
    found = subject.facts(text)
    expected = facts(text) if found is not None else None
    if found is None or expected is None:
        return
    if found.kind != expected.kind:
        raise Violation(
            f"agree: {expected.kind} is taken for {found.kind[:20]}", f"{text!r}: {found}"
        )
    if found.tables != expected.tables:
        what = "invents" if found.tables - expected.tables else "misses"
        raise Violation(f"agree: {what} a table of {expected.kind}", f"{text!r}: {found.tables}")
