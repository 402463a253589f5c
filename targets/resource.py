"""Counts what an execution costs, without a stopwatch: work, bytes allocated, and peak memory.

Work is the number of source lines executed in the subject's modules. Volume is the bytes that they
allocated, summed line by line, which sees a parser that copies the rest of its input for each
element although little is in use at any time. Peak is the most in use at once. None of them
depends on the speed or load of the machine, so a verdict is a function of the input.

What C code does inside one line without allocating (a search that starts over) is not seen.
"""

from __future__ import annotations

import dataclasses
import gc
import inspect
import sys
import time
import tracemalloc
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final

every = 64
"""Measure one of so many executions. A worker keeps it; replay and minimize set 1, so that the
verdict does not depend on what ran before."""
SHARE: Final = 0.1
"""Part of the time that measuring may take while `every` is above 1."""
NOISE_BYTES: Final = 1536
"""Growth within one line that counts as nothing: the meter's own objects, the interpreter's frames,
the state of one regular expression (1.2 KB)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Use:
    """What one execution cost."""

    lines: int
    volume_bytes: int
    peak_bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Bound:
    """Most that may be used: a fixed part and a part per byte received."""

    fixed: int
    per_byte: int

    def at(self, received_bytes: int) -> int:
        """The bound for so many bytes."""
        return self.fixed + self.per_byte * received_bytes


_SUSPENDED: Final = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


class _Sampling:
    """Which executions are measured."""

    __slots__ = ("calls", "since", "spent_s")

    def __init__(self) -> None:
        self.calls = 0
        self.spent_s = 0.0
        self.since = time.perf_counter()

    def due(self) -> bool:
        if every <= 1:
            return True
        self.calls += 1
        if self.calls % every:
            return False
        return self.spent_s <= SHARE * (time.perf_counter() - self.since)


_sampling = _Sampling()


def due() -> bool:
    """Whether this execution is one to measure."""
    return _sampling.due()


def due_peak() -> bool:
    """Whether this execution is one to measure the peak of, which is cheap: eight times as often.

    Asked after `due` said no.
    """
    return every <= 1 or _sampling.calls % max(1, every // 8) == 0


def peak(action: Callable[[], object]) -> int:
    """Most bytes in use at once while `action` ran; what it raises comes through."""
    if tracemalloc.is_tracing():
        return measure(action, ()).peak_bytes
    tracemalloc.start(1)
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure(
    action: Callable[[], object], modules: tuple[str, ...], *, enough_lines: int = 2**62
) -> Use:
    """Run `action` and count; lines only of `modules` and what lies below them.

    Counting ends at `enough_lines`; the action goes on at its own speed. What it raises comes
    through. An active trace function (debugger, coverage) is put back.
    """
    started = time.perf_counter()
    meter = _Meter(modules, enough_lines)
    _running.append(meter)
    was_tracing = tracemalloc.is_tracing()
    collecting = gc.isenabled()
    gc.disable()
    if not was_tracing:
        tracemalloc.start(1)
    try:
        meter.run(action)
    finally:
        _running.pop()
        if not was_tracing:
            tracemalloc.stop()
        if collecting:
            gc.enable()
        _sampling.spent_s += time.perf_counter() - started
    return Use(meter.lines, meter.volume, meter.peak)


def exhausted() -> bool:
    """Whether the measurement under way has counted enough: an action may then end early."""
    return bool(_running) and _running[-1].lines >= _running[-1].enough


class _Meter:
    """Counters, and the callbacks that feed them."""

    __slots__ = ("codes", "enough", "last", "lines", "modules", "peak", "slack", "volume")

    def __init__(self, modules: tuple[str, ...], enough: int) -> None:
        self.modules = modules
        self.enough = enough
        self.codes: dict[CodeType, bool] = {}
        self.lines = 0
        self.volume = 0
        self.peak = 0
        self.last = 0
        self.slack = 0
        """Bytes of frames that became objects only because they are watched. An instrumented
        function has a bigger one, and a verdict must not depend on instrumentation."""

    def run(self, action: Callable[[], object]) -> None:
        self.last = tracemalloc.get_traced_memory()[0]
        base = self.last
        tracemalloc.reset_peak()
        try:
            if sys.version_info >= (3, 12):
                self._monitored(action)
            else:
                self._traced(action)
        finally:
            self._count()
            self.peak = max(0, self.peak - base)

    def wanted(self, frame: FrameType) -> bool:
        code = frame.f_code
        known = self.codes.get(code)
        if known is None:
            name = str(frame.f_globals.get("__name__", ""))
            known = any(name == module or name.startswith(f"{module}.") for module in self.modules)
            self.codes[code] = known
        return known

    def _count(self) -> None:
        current, peak = tracemalloc.get_traced_memory()
        grown = peak - self.last - self.slack
        if grown > NOISE_BYTES:
            self.volume += grown
        self.peak = max(self.peak, peak)
        self.last = current
        self.slack = 0
        tracemalloc.reset_peak()

    def _traced(self, action: Callable[[], object]) -> None:
        def local(_frame: FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                self.lines += 1
                self._count()
                if self.lines >= self.enough:
                    sys.settrace(None)
            return local

        def called(frame: FrameType, _event: str, _argument: Any) -> Any:
            self.slack = max(self.slack, _frame_bytes(frame))
            return local if self.wanted(frame) else None

        before = sys.gettrace()
        sys.settrace(called)
        try:
            action()
        finally:
            sys.settrace(before)

    def _monitored(self, action: Callable[[], object]) -> None:  # pragma: no cover - from 3.12 on
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        tool = next(number for number in (3, 4, 5, 2) if monitoring.get_tool(number) is None)

        def line(_code: CodeType, _line: int) -> Any:
            frame = sys._getframe(1)
            if not self.wanted(frame):
                return monitoring.DISABLE
            self.slack = max(self.slack, _frame_bytes(frame))
            self.lines += 1
            self._count()
            if self.lines >= self.enough:
                monitoring.set_events(tool, 0)
            return None

        monitoring.use_tool_id(tool, "fuzzfarm.resource")
        try:
            monitoring.register_callback(tool, monitoring.events.LINE, line)
            monitoring.set_events(tool, monitoring.events.LINE)
            action()
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)
            monitoring.restart_events()


def _frame_bytes(frame: FrameType) -> int:
    """What is made because `frame` is watched, and what it would take by itself.

    A coroutine or generator has room for its frame in its own object, as big as that of the frame,
    and both are bigger in an instrumented function.
    """
    size = sys.getsizeof(frame)
    return 2 * size if frame.f_code.co_flags & _SUSPENDED else size


_running: Final[list[_Meter]] = []
"""Measurements under way, the innermost last."""
