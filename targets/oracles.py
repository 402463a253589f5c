"""What a check raises when a promise is broken: an oracle's name and what it compared."""

from __future__ import annotations


class Violation(AssertionError):
    """A promise was broken. `oracle` (few distinct values, no input in it) names the crash.

    >>> raise Violation("chunks: frames differ from one piece", "fed 3+4 bytes: …")
    Traceback (most recent call last):
    targets.oracles.Violation: chunks: frames differ from one piece: fed 3+4 bytes: …
    """

    def __init__(self, oracle: str, detail: str = "") -> None:
        super().__init__(f"{oracle}: {detail}" if detail else oracle)
        self.oracle = oracle
        self.detail = detail
