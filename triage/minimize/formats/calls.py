"""Reduces what a function of this process judges, within a time limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from triage.minimize.problem import Pass
from triage.minimize.search import Calling, Search, TimeIsUp


class _Timed(Calling):
    """A judge that calls a function until its time is over."""

    def __init__(self, shows: Callable[[bytes], bool], end_s: float) -> None:
        super().__init__(shows)
        self._end_s = end_s

    def find(self, cases: Iterator[bytes], wanted: bool) -> int | None:
        """One after the other; TimeIsUp when there is no time for the next."""
        return super().find(self._in_time(cases), wanted)

    def _in_time(self, cases: Iterator[bytes]) -> Iterator[bytes]:
        for case in cases:
            if time.monotonic() >= self._end_s:
                raise TimeIsUp
            yield case


def reduce_by(
    shows: Callable[[bytes], bool],
    data: bytes,
    passes: Sequence[Pass[bytes]],
    seconds: float,
) -> tuple[bytes, bool]:
    """`data` made smaller by the passes while `shows` holds; whether nothing smaller is left.

    ValueError when `shows` does not hold of `data`.
    """
    if not shows(data):
        raise ValueError("what is to be made smaller does not fail")
    search = Search(_Timed(shows, time.monotonic() + seconds), data)
    try:
        before = b""
        while search.current != before:
            before = search.current
            for pass_ in passes:
                pass_(search)
    except TimeIsUp:
        return search.current, False
    return search.current, True
