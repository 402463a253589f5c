"""Little room for recursion: what recurses says so at few levels of nesting."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def little_room(frames: int) -> Iterator[None]:
    """Within the context calls go at most `frames` deep: RecursionError beyond.

    What recurses often takes the third power of the depth before it says so, and a search has no
    time for that. `frames` is more than what the deepest input needs that is promised to work.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(min(limit, _depth() + frames))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _depth() -> int:
    """How many frames there are now."""
    frame = sys._getframe()
    for depth in itertools.count(1):  # pragma: no branch - a stack has an end
        if frame.f_back is None:
            return depth
        frame = frame.f_back
    raise AssertionError
