"""Check: a decoder used before equals a fresh one, and a stream in chunks equals the whole."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from targets.formats.flat import brief, difference
from targets.formats.implementation import Implementation, Outcome, Refused, Stream, modes, outcome
from targets.oracles import Violation

EVERY_BYTE_UP_TO: Final = 64
"""Bytes of the longest input that is also fed byte by byte."""
MAX_CUTS: Final = 16


def check(data: bytes, subject: Implementation) -> None:
    """Violation when history or chunks matter; undocumented errors escape."""
    for variant in modes(subject, data):
        if variant.reusable is not None:
            _require_no_memory(data, variant)
        if variant.stream is not None and len(data) > 1:
            _require_any_chunks(data, variant)


def _require_no_memory(data: bytes, subject: Implementation) -> None:
    assert subject.reusable is not None
    fresh = outcome(subject.reusable(), data)
    cut = zlib.crc32(data) % (len(data) + 1)
    histories = (
        ("itself", data),
        ("itself without its last byte", data[:-1]),
        ("its beginning", data[:cut]),
        ("its end", data[cut:]),
    )
    for history, before in histories:
        decode = subject.reusable()
        first = outcome(decode, before)
        again = outcome(decode, data)
        found = _difference(again, fresh, subject)
        if found is not None:
            ended = "was read" if first.accepted else "was refused"
            raise Violation(
                f"reuse: {subject.name} gives another {found[0]} after an input {ended}",
                f"after {history}: {found[1]}",
            )


def _require_any_chunks(data: bytes, subject: Implementation) -> None:
    assert subject.stream is not None
    whole = _fed(subject.stream(), (data,))
    for name, cuts in _cuttings(data):
        edges = [0, *cuts, len(data)]
        parts = [data[start:end] for start, end in itertools.pairwise(edges)]
        found = _stream_difference(_fed(subject.stream(), parts), whole)
        if found is not None:
            raise Violation(
                f"reuse: {subject.name} gives another {found[0]} in chunks",
                f"cut {name} at {cuts[:20]}: {found[1]}",
            )


def _fed(stream: Stream, chunks: Sequence[bytes]) -> Outcome:
    """Everything that a stream gave, and how it ended."""
    values: list[object] = []
    try:
        for chunk in chunks:
            values += stream.feed(chunk)
        values += stream.close()
    except Refused as refused:
        return Outcome(tuple(values), str(refused))
    return Outcome(tuple(values))


def _difference(again: Outcome, fresh: Outcome, subject: Implementation) -> tuple[str, str] | None:
    if again.accepted != fresh.accepted:
        return "verdict", f"{again.refused!r}, fresh {fresh.refused!r}"
    if not fresh.accepted:
        return None
    return difference(subject.normal(again.value), subject.normal(fresh.value))


def _stream_difference(cut: Outcome, whole: Outcome) -> tuple[str, str] | None:
    if cut.accepted != whole.accepted:
        return "verdict", f"{cut.refused!r}, in one piece {whole.refused!r}"
    if cut.value != whole.value:
        return "value", f"{brief(cut.value)}, in one piece {brief(whole.value)}"
    return None


def _cuttings(data: bytes) -> Iterator[tuple[str, list[int]]]:
    """Names and cut positions, a function of `data` alone."""
    if len(data) <= EVERY_BYTE_UP_TO:
        yield "every byte", list(range(1, len(data)))
    state = zlib.crc32(data)
    cuts: set[int] = set()
    for _ in range(1 + state % min(MAX_CUTS, len(data) - 1)):
        state = (state * 1664525 + 1013904223) % 2**32
        cuts.add(1 + state % (len(data) - 1))
    yield "anywhere", sorted(cuts)
    yield "once", [1 + zlib.crc32(data, 1) % (len(data) - 1)]
