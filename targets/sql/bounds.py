"""Check: a digest is never longer than its text, but for a constant."""

from __future__ import annotations

from typing import Final

from targets.oracles import Violation
from targets.sql.implementation import Implementation, read

SLACK: Final = 16
REPEATED_CHARACTERS: Final = 1024
"""Growth by a little for each list or text shows when there are many of them."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when the digest of the text, or of many copies of it, is longer than allowed."""
    text, _ = read(data)
    line = f"{text}\n"
    copies = line * (REPEATED_CHARACTERS // len(line))
    for how, statement in (("as sent", text), ("repeated", copies)):
        digest = subject.digest(statement) if subject.digest else None
        if digest is not None and len(digest) > len(statement) + SLACK:
            raise Violation(
                f"bounds: the digest is longer than its text, {how}",
                f"{len(digest)} characters for {len(statement)}: {text[:80]!r}",
            )
