"""Check: however a stream is cut into chunks, the frames and the verdict are the same."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator

from targets.oracles import Violation
from targets.resp.differences import not_a_command
from targets.resp.implementation import Implementation, Outcome, modes, run
from targets.resp.scan import is_broken, scan
from targets.resp.views import view

EVERY_BYTE_UP_TO = 256
"""Bytes of the longest input that is also fed byte by byte; parsers that start again take long."""
MAX_CUTS = 24
"""Cuts of one chunking of a longer input."""


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a chunking matters; anything undocumented that the subject raises escapes."""
    if len(data) < 2:
        return
    for variant in modes(subject, data):
        whole = run(variant, (data,))
        for name, cuts in cuttings(data):
            cut = run(variant, split(data, cuts))
            problem = _difference(whole, cut, variant)
            if problem is not None:
                about, detail = problem
                raise Violation(
                    f"chunks: the {about} depends on the chunks, {_kind(data, variant)}",
                    f"cut {name}, at {cuts[:40]}: {detail}",
                )


def cuttings(data: bytes) -> Iterator[tuple[str, list[int]]]:
    """Names and cut positions, a function of `data` alone."""
    if len(data) <= EVERY_BYTE_UP_TO:
        yield "every byte", list(range(1, len(data)))
    yield "around line ends", _around_line_ends(data)
    yield "anywhere", _anywhere(data)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` cut at each of `cuts`, which rise."""
    edges = [0, *cuts, len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def _around_line_ends(data: bytes) -> list[int]:
    """Between CR and LF, or just behind them, turn by turn."""
    cuts: list[int] = []
    at = data.find(b"\r\n")
    while at >= 0 and len(cuts) < MAX_CUTS:
        cut = at + 1 + len(cuts) % 2
        if cut < len(data):
            cuts.append(cut)
        at = data.find(b"\r\n", at + 2)
    return cuts


def _anywhere(data: bytes) -> list[int]:
    """Positions from a generator that the input seeds."""
    state = zlib.crc32(data)
    count = 1 + state % min(MAX_CUTS, len(data) - 1)
    cuts: set[int] = set()
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        cuts.add(1 + state % (len(data) - 1))
    return sorted(cuts)


def _difference(whole: Outcome, cut: Outcome, subject: Implementation) -> tuple[str, str] | None:
    """What differs, and the two sides of it; None: nothing."""
    same_text = not subject.states_reasons or whole.error == cut.error
    if (whole.error is None) != (cut.error is None) or not same_text:
        return "verdict", f"{cut.error!r}, in one piece {whole.error!r}"
    left, right = view(whole.frames), view(cut.frames)
    if left == right:
        return None
    return "sequence of frames", (
        f"{len(cut.frames)} frames, in one piece {len(whole.frames)}; "
        f"{str(right)[:200]} for {str(left)[:200]}"
    )


def _kind(data: bytes, subject: Implementation) -> str:
    """Whether the stream is one that a peer may send: losing those is another matter."""
    units = scan(data, resp3=subject.resp3)
    broken = any(map(is_broken, units)) or (subject.commands and any(map(not_a_command, units)))
    return "of a broken stream" if broken else "of a proper stream"
