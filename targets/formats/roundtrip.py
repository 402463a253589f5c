"""Check: what an encoder writes is read back the same, under every documented option."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from targets.formats.choices import from_bytes
from targets.formats.flat import brief, difference
from targets.formats.implementation import (
    Encoder,
    Implementation,
    Normal,
    Refused,
    modes,
    outcome,
)
from targets.oracles import Violation


@dataclasses.dataclass(frozen=True, slots=True)
class _Trial:
    """One value on its way there and back, and what is known of it already."""

    origin: str
    value: object
    kept: dict[Normal, object] = dataclasses.field(default_factory=dict)
    done: set[tuple[bytes, object, object]] = dataclasses.field(default_factory=set)
    """Bytes that were read back before: most options change nothing for most values."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a value, decoded or built from the input, does not come back."""
    for variant in modes(subject, data):
        for trial in _trials(data, variant):
            for option, encoder in variant.encoders.items():
                _require_back(trial, variant, encoder, f"{trial.origin}, {option}")
        if variant.edit is not None:
            variant.edit(data)


def _trials(data: bytes, subject: Implementation) -> Iterator[_Trial]:
    if not subject.encoders:
        return
    read = outcome(subject.decode, data)
    if read.accepted:
        yield _Trial("read before", read.value)
    if subject.build is not None:
        yield _Trial("made", subject.build(from_bytes(data)))


def _require_back(trial: _Trial, subject: Implementation, encoder: Encoder, what: str) -> None:
    normal = encoder.normal or subject.normal
    keeps = encoder.keeps or normal
    decode = encoder.decode or subject.decode
    try:
        written = encoder.encode(trial.value)
        if keeps not in trial.kept:
            trial.kept[keeps] = keeps(trial.value)
        expected = trial.kept[keeps]
    except Refused:
        return
    if (written, decode, keeps) in trial.done:
        return
    trial.done.add((written, decode, keeps))
    back = outcome(decode, written)
    if not back.accepted:
        raise Violation(
            f"roundtrip: {subject.name} refuses what it wrote ({what}): {back.refused}",
            f"{brief(written)} for {brief(trial.value)}",
        )
    found = difference(normal(back.value), expected)
    if found is not None:
        raise Violation(
            f"roundtrip: {subject.name} does not give back what it wrote ({what}): {found[0]}",
            f"{found[1]}; written {brief(written)}",
        )
    if encoder.canonical and encoder.encode(back.value) != written:
        raise Violation(
            f"roundtrip: {subject.name} writes other bytes the second time ({what})",
            f"{brief(encoder.encode(back.value))} after {brief(written)}",
        )
