"""Check `sing`: every note of the input is sung."""

from __future__ import annotations

from targets.canary.reference import Canary
from targets.oracles import Violation


def check(data: bytes, subject: Canary) -> None:
    """Any input is sung to its end: as many notes as bytes."""
    if subject.sing(data) != len(data):
        raise Violation("sing: notes lost")
