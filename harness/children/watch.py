"""Watches executions from a periodic CPU-time signal, at no cost per execution.

The timer counts the CPU seconds of this process (SIGVTALRM, beside libFuzzer's SIGALRM), so a
slow machine makes no hang. A tick that finds the same execution as the tick before adds to its
time; past the limit `Hang` is raised in the main thread, where the code hangs.
"""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable, Iterable
from types import CodeType, FrameType

from harness.failure import Hang

TICK_S = 0.02
"""CPU seconds between two looks; also the resolution of `slowest_s`."""
SUSPECT_S = 0.04
"""An execution that is this slow on the very path of a known hang is not waited for any longer."""
SWALLOWED = 3
"""Code that caught so many `Hang`s in one execution will never end: from then on nothing is said,
and whoever listens ends the process."""


class Watch:
    """Looks at an execution counter and interrupts an execution that takes too long.

    `count` tells how many executions began; `inside` is the code object whose callees are the code
    under test, but for those of the `outside` functions that it calls as well: a tick elsewhere
    (mutation, bookkeeping) is never a hang. `on_tick` is called on every tick and must be quick.
    """

    def __init__(
        self,
        timeout_s: float,
        count: Callable[[], int],
        inside: CodeType,
        on_tick: Callable[[], None],
        known_hangs: Iterable[str] = (),
        outside: Iterable[CodeType] = (),
    ) -> None:
        self._timeout_s = timeout_s
        self._count = count
        self._inside = inside
        self._outside = frozenset(map(id, outside))
        self._on_tick = on_tick
        self._last = -1
        self._ticks = 0
        self._raised = 0
        self._slowest = 0
        self.known_hangs = set(known_hangs)
        """Paths (`_path`) of hangs that were waited for already, also by earlier workers."""

    @property
    def slowest_s(self) -> float:
        """CPU seconds of the slowest execution, in whole ticks; 0: none lasted a tick."""
        return self._slowest * TICK_S

    def start(self) -> None:
        """Begin to look. SIGUSR1 makes the current execution a hang at once: it sleeps."""
        signal.signal(signal.SIGVTALRM, self._tick)
        signal.signal(signal.SIGUSR1, self._force)
        signal.setitimer(signal.ITIMER_VIRTUAL, TICK_S, TICK_S)

    def _tick(self, _number: int, frame: FrameType | None) -> None:
        count = self._count()
        if count != self._last:
            self._raised = 0
        elif self._raised >= SWALLOWED:
            return
        self._on_tick()
        if count != self._last or not self._under_test(frame):
            self._last = count
            self._ticks = 0
            return
        self._ticks += 1
        self._slowest = max(self._slowest, self._ticks)
        used_s = self._ticks * TICK_S
        if used_s < min(SUSPECT_S, self._timeout_s):
            return
        path = self._path(frame)
        if used_s >= self._timeout_s or path in self.known_hangs:
            self._ticks = 0
            self.known_hangs.add(path)
            self._raised += 1
            raise Hang(f"no end after {self._timeout_s:g} s of CPU time")

    def _force(self, _number: int, frame: FrameType | None) -> None:
        if self._raised < SWALLOWED and self._under_test(frame):
            self._raised += 1
            self._on_tick()  # a sign of life: the very next execution may sleep as well
            raise Hang("no end: it waits or sleeps")

    def _path(self, frame: FrameType | None) -> str:
        """Which functions are running, in words that mean the same to the next worker."""
        names: list[str] = []
        while frame is not None and frame.f_code is not self._inside:
            names.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    def _under_test(self, frame: FrameType | None) -> bool:
        if frame is None or frame.f_code is self._inside:
            return False
        while frame is not None:
            if frame.f_code is self._inside:
                return True
            if id(frame.f_code) in self._outside:
                return False
            frame = frame.f_back
        return False
