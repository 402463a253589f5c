"""Check: whatever the bytes are, a decoder returns or refuses as documented, in bounded memory."""

from __future__ import annotations

import zlib
from typing import Final

from targets import growth, resource
from targets.formats.implementation import Implementation, modes, outcome
from targets.oracles import Violation

FIXED_BYTES: Final = 8 * 1024 * 1024
"""Memory that any input may take: buffers of a fixed size, tables made at first use."""
DEEP_ONE_OF: Final = 16
"""Inputs of which one is also tried deep; which ones depends on their bytes alone."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation for memory out of proportion; whatever is not a documented refusal escapes."""
    for variant in modes(subject, data):
        if resource.due() or resource.due_peak():
            _require_small(variant, data)
        else:
            outcome(variant.decode, data)
        if variant.aftermath is not None:
            variant.aftermath(data)
        for long in _deep(variant, data):
            outcome(variant.decode, long)


def _require_small(subject: Implementation, data: bytes) -> None:
    used = resource.peak(lambda: outcome(subject.decode, data))
    allowed = FIXED_BYTES + subject.peak_per_byte * len(data)
    if used > allowed:
        raise Violation(
            f"total: {subject.name} needs memory out of proportion to the input",
            f"{used} bytes for {len(data)}; allowed {allowed}",
        )


def _deep(subject: Implementation, data: bytes) -> list[bytes]:
    """`data` with a part of it repeated very often, for one of `DEEP_ONE_OF` inputs.

    A native stack ends at some 100,000 levels, an input of which no mutator makes by itself.
    """
    if not subject.deep_bytes or not data or len(data) > 256 or zlib.crc32(data) % DEEP_ONE_OF:
        return []
    cuts = subject.cuts(data) if subject.cuts is not None else None
    return [way.at(subject.deep_bytes) for way in growth.ways(data, cuts)[:3]]
