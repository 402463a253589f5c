"""Inputs are of every kind, within their size, the same for the same random numbers."""

from __future__ import annotations

import random
import re

from hypothesis import HealthCheck, given, settings

from targets import drawing
from targets.sql import grammar, implementation, scan


def test_mutations_are_deterministic_and_keep_to_the_size() -> None:
    """Equal arguments give equal bytes, of any size allowed."""
    data = b"SELECT a, 'b' FROM t WHERE c IN (1, 2)\0\x01\x02"
    for seed in range(300):
        size = 1 + seed * 3
        one = grammar.mutate(data, size, random.Random(seed))
        assert one == grammar.mutate(data, size, random.Random(seed))
        assert len(one) <= size


def test_pieces_for_the_minimizer_join_to_the_input() -> None:
    """Also where bytes are no UTF-8, and where there are choices."""
    draw = random.Random(3)
    for _ in range(300):
        data = grammar.mutate(draw.randbytes(draw.randint(0, 30)), 500, draw)
        assert b"".join(grammar.tokens(data)) == data


def test_the_grammar_writes_every_kind_of_token() -> None:
    """Four hundred inputs hold every kind that the scanner knows, never closed ones as well."""
    draw = drawing.from_random(random.Random(4))
    kinds: set[tuple[str, bool]] = set()
    for _ in range(400):
        text, _ = implementation.read(grammar.build(draw))
        kinds.update((piece.kind, piece.open) for piece in scan.scan(text[:400]))
    closed = {kind for kind, is_open in kinds if not is_open}
    assert closed >= scan.LITERALS | scan.IGNORED | {scan.NAME, scan.WORD, scan.PLACEHOLDER}
    assert {kind for kind, is_open in kinds if is_open} >= {scan.TEXT, scan.COMMENT, scan.NAME}


def test_the_grammar_repeats_what_escapes_within_what_is_open() -> None:
    """Open texts of nothing but backslashes, where regular expressions take exponential time."""
    draw = drawing.from_random(random.Random(5))
    texts = [implementation.read(grammar.build(draw))[0] for _ in range(3000)]
    assert sum(bool(re.search(r"['\"]\\{16}", text)) for text in texts) >= 5
    briefs = [implementation.read(grammar.build_brief(draw))[0] for _ in range(3000)]
    assert sum(bool(re.search(r"['\"]\\+", text)) for text in briefs) >= 30


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(grammar.strategy())
def test_hypothesis_draws_the_same_inputs(data: bytes) -> None:
    """The strategy gives bytes that an input can be read from."""
    assert isinstance(implementation.read(data)[0], str)
