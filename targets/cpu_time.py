"""CPU time of one run: how long it takes, and where; a run that takes too long is interrupted."""

from __future__ import annotations

import collections
import contextlib
import gc
import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

Run = Callable[[bytes], object]

CAP_S: Final = 0.8
"""A run is interrupted after so long."""
LOOKS: Final = 25
"""Looks at the stack that say where time is spent,"""
LOOK_S: Final = 0.01
"""and the time between two of them."""


class _Capped(BaseException):
    """A run took longer than it may; past `except Exception` of the code under test."""


def timed(run: Run, data: bytes) -> float:
    """CPU seconds of one run, or about `CAP_S` if it was interrupted."""
    started = time.thread_time()
    with contextlib.suppress(_Capped), _alarm(_interrupt, CAP_S):
        run(data)
    return time.thread_time() - started


def hottest(run: Run, data: bytes) -> str:
    """Words for the deepest function that most of the time is spent below; empty: not known.

    Two causes in one package are two crashes, so the place belongs to the name of the crash.
    """
    stacks: list[list[str]] = []

    def look(_number: int, frame: FrameType | None) -> None:
        stack: list[str] = []
        while frame is not None and frame.f_code is not hottest.__code__:
            stack.append(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}")
            frame = frame.f_back
        stacks.append(stack[::-1])
        if len(stacks) >= LOOKS:
            raise _Capped

    with contextlib.suppress(_Capped), _alarm(look, LOOK_S):
        for _ in range(LOOKS):
            run(data)
    place = _deepest(stacks)
    return f", in {place}" if place else ""


def _deepest(stacks: list[list[str]]) -> str:
    """The last function on the way that four of five stacks share."""
    place = ""
    shared = stacks
    for depth in itertools.count():
        counts = collections.Counter(stack[depth] for stack in shared if len(stack) > depth)
        name, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
        if count == 0 or count < 0.8 * len(stacks):
            break
        shared = [stack for stack in shared if len(stack) > depth and stack[depth] == name]
        place = name
    return place


@contextlib.contextmanager
def _alarm(handler: Callable[[int, FrameType | None], None], every_s: float) -> Iterator[None]:
    """Within the context `handler` is called after so much CPU time, again and again.

    Signals reach only the main thread; elsewhere nothing is called. No garbage is collected: what
    is raised within a callback of the collector is lost, and its pauses are not the subject's.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        if threading.current_thread() is threading.main_thread():
            with _ringing(handler, every_s):
                yield
        else:
            yield
    finally:
        if collecting:
            gc.enable()


@contextlib.contextmanager
def _ringing(handler: Callable[[int, FrameType | None], None], every_s: float) -> Iterator[None]:
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:  # one that is late must not hit what comes after
            handler(number, frame)

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, every_s, every_s)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise _Capped
