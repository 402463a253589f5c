"""`fuzz bench`: the comparisons really run both sides; the goals belong to longer runs."""

from __future__ import annotations

import pathlib

from harness.bench import keepgoing, overhead
from harness.bench.planted.parser import BUGS


def test_going_on_finds_more_than_restarting(tmp_path: pathlib.Path) -> None:
    """With the same seconds and seed; every planted bug that showed became a crash of its own."""
    ((seed, ours, usual),) = keepgoing.compare(1, 8.0, tmp_path)
    assert seed == 1
    assert usual.bugs < ours.bugs <= BUGS
    assert ours.crashes >= ours.bugs - 1  # the last one may show in the last moment
    assert usual.restarts > 1
    assert f"{ours.bugs:>3}/{BUGS}" in "\n".join(keepgoing.table([(seed, ours, usual)]))


def test_both_sides_of_the_overhead_are_measured(tmp_path: pathlib.Path) -> None:
    """Executions per CPU second are positive on both sides, and the ratio is that of them."""
    case = next(case for case in overhead.CASES if case.check == "nothing")
    measured = overhead.measure(case, 1, tmp_path)
    (ours,), (plain,) = measured.ours, measured.plain
    assert ours > 0
    assert plain > 0
    assert measured.ratio == ours / plain
