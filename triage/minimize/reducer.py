"""The order of passes, and repeating them until none of them changes anything.

What passes propose is small steps; a case that no pass can make smaller is the result. From it not
one byte can be left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.minimize.formats import structural
from triage.minimize.passes.numbers import (
    ascii_counts,
    ascii_lengths,
    ascii_numbers,
    binary_lengths,
)
from triage.minimize.passes.sequences import blocks, cut_head, cut_tail, pairs, windows
from triage.minimize.passes.values import same_everywhere, simpler, zeros
from triage.minimize.problem import Hints, Pass, Problem


def passes(hints: Hints) -> tuple[Pass[bytes], ...]:
    """All passes, coarse to fine: structure goes before bytes, and fewer before simpler."""
    return (
        cut_tail,
        cut_head,
        *structural(hints),
        blocks,
        ascii_lengths,
        binary_lengths,
        ascii_numbers,
        ascii_counts,
        windows,
        pairs,
        zeros,
        same_everywhere,
        simpler,
    )


def reduce(problem: Problem[bytes], all_passes: Sequence[Pass[bytes]]) -> bytes:
    """Repeat the passes until nothing changes; what is left. TimeIsUp comes from the judge."""
    while True:
        before = problem.current
        for pass_ in all_passes:
            pass_(problem)
        if problem.current == before:
            return before
