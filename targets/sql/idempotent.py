"""Check: a digest is its own digest, so that what was grouped once stays in its group."""

from __future__ import annotations

from targets.oracles import Violation
from targets.sql.implementation import Implementation, read


def check(data: bytes, subject: Implementation) -> None:
    """Violation when normalizing twice is not normalizing once."""
    text, _ = read(data)
    digest = subject.digest(text) if subject.digest else None
    if subject.digest is None or digest is None:
        return
    again = subject.digest(digest)
    if again != digest:
        raise Violation(
            "idempotent: the digest of a digest is another one",
            f"{digest[:80]!r} became {again if again is None else again[:80]!r}",
        )
