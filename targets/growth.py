"""The linear-time oracle: repeats a part of an input until it is long, and times what that costs.

Lines and bytes (`resource.py`) do not see what C code does inside one line: a regular expression
that backtracks, a search that starts over, a string built by copying. CPU time does. It is noisy,
so a verdict needs a ratio, not a time: when the input doubles twice, time must not grow ninefold,
and that again in a second measurement that takes the best of several.

Which part is repeated is chosen by the bytes around it, never by chance: the same input gives the
same verdict, and an input that a minimizer made shorter keeps the parts that mattered.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import gc
import heapq
import itertools
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Final

from targets import resource
from targets.oracles import Violation

Run = Callable[[bytes], object]

TRIES: Final = 8
"""Ways of growing one input that are timed."""
SHARE: Final = 0.6
"""Part of the time that timing may take while `resource.every` is above 1."""
FLOOR_S: Final = 0.001
"""Shorter times are not compared: a clock's step and a cold cache are as long."""
SETTLED_S: Final = 0.008
"""A time that is long enough to say that growth was linear so far, and to leave it at that."""
ENOUGH_S: Final = 0.25
"""Growing ends with the first run that takes so long."""
CAP_S: Final = 0.8
"""A run is interrupted after so long."""
TWICE: Final = 9.0
"""Least growth of time over two doublings that is no longer linear: 4 is linear, 4.6 is n log n
at these sizes, 16 is quadratic."""
ONCE: Final = 2.6
"""Least growth over each of the two: a step, such as a buffer that moves, is no slope."""
LEAP: Final = 6.0
"""Growth over one doubling that says enough when it ends above `ENOUGH_S`: exponential, cubic."""
BRIEF_BYTES: Final = 200
BRIEF_S: Final = 0.25
"""An input of at most `BRIEF_BYTES` may take so long."""
LOOKS: Final = 25
"""Looks at the stack that say where time is spent,"""
LOOK_S: Final = 0.01
"""and the time between two of them."""
_LENGTHS: Final = (1, 2, 3, 5, 9)
_KINDS: Final = bytes(
    ord("a") if chr(byte).isalpha() else ord("0") if chr(byte).isdigit() else byte
    for byte in range(128)
) + bytes(range(128, 256))
"""One letter is as good as another, for choosing a part."""
_BRACKETS: Final = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"<", b">"))


class _Capped(BaseException):
    """A run took longer than it may; past `except Exception` of the code under test."""


@dataclasses.dataclass(frozen=True, slots=True)
class Growth:
    """One way to make an input longer: repeat `left`, and `right` as often; the rest stays."""

    head: bytes
    left: bytes
    middle: bytes = b""
    right: bytes = b""
    tail: bytes = b""

    def at(self, size_bytes: int) -> bytes:
        """The input grown to about `size_bytes`."""
        fixed = len(self.head) + len(self.middle) + len(self.tail)
        times = max(1, (size_bytes - fixed) // (len(self.left) + len(self.right)))
        return self.head + self.left * times + self.middle + self.right * times + self.tail

    def start_bytes(self) -> int:
        """Everything once, the first size to time: exponential time shows in a few bytes."""
        return len(self.at(0))


def require_linear(
    oracle: str,
    run: Run,
    data: bytes,
    *,
    limit_bytes: int = 65536,
    cuts: Sequence[int] | None = None,
    share: float = SHARE,
) -> None:
    """Violation when CPU time of `run` grows faster than its input, for `data` grown in some way.

    `run` swallows documented errors. Parts that are repeated begin and end at `cuts`, positions in
    `data`; None: anywhere. Only a sample of the executions is measured while `resource.every` is
    above 1: as many as fit into `share` of the time. What `run` raises for a grown input comes
    through.
    """
    if not data or not _sampling.due(share):
        return
    started = time.perf_counter()
    try:
        require_brief(oracle, run, data)
        for growth in ways(data, cuts):
            require_slope(oracle, run, growth, limit_bytes=limit_bytes)
    finally:
        _sampling.spent_s += time.perf_counter() - started


def require_slope(
    oracle: str,
    run: Run,
    growth: Growth,
    *,
    limit_bytes: int = 65536,
    settled_s: float = SETTLED_S,
) -> None:
    """Violation when CPU time of `run` grows faster than its input, grown in this one way.

    Growing ends where it has been linear for `settled_s`. Every call is measured.
    """
    steep = _steep(run, growth, limit_bytes, settled_s)
    if steep is not None:
        place = _hottest(run, growth.at(steep.size_bytes))
        raise Violation(
            f"{oracle}: time grows faster than the input{place}",
            f"{steep.told()}; repeated {growth.left[:40]!r} {growth.right[:40]!r} "
            f"after {growth.head[-40:]!r}",
        )


def require_brief(oracle: str, run: Run, data: bytes) -> None:
    """Violation when a short input takes long: exponential time needs no growing to be seen."""
    if len(data) > BRIEF_BYTES:
        return
    if _timed(run, data) > BRIEF_S and _timed(run, data) > BRIEF_S:
        raise Violation(
            f"{oracle}: a short input takes long{_hottest(run, data)}",
            f"{len(data)} bytes take more than {BRIEF_S} s of CPU time",
        )


def ways(data: bytes, cuts: Sequence[int] | None = None) -> list[Growth]:
    """At most `TRIES` ways to grow `data`: all of it repeated, brackets nested, parts repeated.

    Parts have a number each, made of their bytes and neighbours; those with the lowest numbers are
    taken. So what a minimizer removes elsewhere does not change the choice.
    """
    found = [Growth(b"", data)]
    for opening, closing in _BRACKETS:
        first, last = data.find(opening), data.rfind(closing)
        if 0 <= first < last:
            found.append(
                Growth(data[:first], opening, data[first + 1 : last], closing, data[last + 1 :])
            )
            break
    parts: dict[int, tuple[int, int]] = {}
    kinds = data.translate(_KINDS)
    for start, end in _spans(data, cuts):
        parts.setdefault(_number(kinds, start, end), (start, end))
    for number in heapq.nsmallest(TRIES - len(found), parts):
        start, end = parts[number]
        # Half of them end where the repetition ends: what would have closed it is missing.
        tail = data[end:] if number & 1 else b""
        found.append(Growth(data[:start], data[start:end], tail=tail))
    return found


def _spans(data: bytes, cuts: Sequence[int] | None) -> Iterator[tuple[int, int]]:
    """Start and end of each part that may be repeated."""
    if cuts is not None:
        edges = sorted({0, len(data), *(cut for cut in cuts if 0 < cut < len(data))})
        for index, start in enumerate(edges):
            for end in edges[index + 1 : index + 4]:
                yield start, end
        return
    for start in range(len(data)):
        for length in _LENGTHS:
            if start + length <= len(data):
                yield start, start + length


def _number(kinds: bytes, start: int, end: int) -> int:
    """A number for a part, from its bytes and those beside it; the same all along a run.

    Parts with punctuation get lower ones: what grammars repeat begins, ends or parts something.
    """
    part = kinds[start:end]
    left, right = start, end
    while kinds[left - len(part) : left] == part and left >= len(part):
        left -= len(part)
    while kinds[right : right + len(part)] == part:
        right += len(part)
    around = kinds[max(0, left - 2) : left] + b"\0" + part + b"\0" + kinds[right : right + 1]
    number = zlib.crc32(around)
    return number if part.isalnum() else number // 4


@dataclasses.dataclass(frozen=True, slots=True)
class _Steep:
    """Times of three sizes, each twice the one before, that grow too fast."""

    size_bytes: int
    times_s: tuple[float, float, float]

    def told(self) -> str:
        sizes = (self.size_bytes // 4, self.size_bytes // 2, self.size_bytes)
        pairs = zip(sizes, self.times_s, strict=True)
        return ", ".join(f"{size} bytes {time_s * 1000:.1f} ms" for size, time_s in pairs)


def _steep(run: Run, growth: Growth, limit_bytes: int, settled_s: float) -> _Steep | None:
    """The sizes at which time grew too fast; None: it did not, or the limit came first."""
    size = growth.start_bytes()
    times: list[float] = []
    while size <= limit_bytes:
        times.append(_timed(run, growth.at(size)))
        if _grows_too_fast(times):
            confirmed = _again(run, growth, size)
            return _Steep(size, confirmed) if _grows_too_fast(list(confirmed)) else None
        if times[-1] >= ENOUGH_S:
            return None
        if len(times) > 2 and times[-1] >= settled_s and times[-1] < 5 * times[-3]:
            return None
        size *= 2
    return None


def _grows_too_fast(times: list[float]) -> bool:
    if len(times) < 2:
        return False
    before, last = times[-2], times[-1]
    if last >= ENOUGH_S and last >= LEAP * before:
        return True
    if len(times) < 3 or times[-3] < FLOOR_S:
        return False
    first = times[-3]
    return last >= TWICE * first and before >= ONCE * first and last >= ONCE * before


def _again(run: Run, growth: Growth, size_bytes: int) -> tuple[float, float, float]:
    """Times for a quarter, a half and all of `size_bytes`; the best of several, in turns."""
    sizes = (size_bytes // 4, size_bytes // 2, size_bytes)
    best = [CAP_S * 2] * 3
    for turn in range(3):
        for index, size in enumerate(sizes):
            if turn == 0 or best[index] < ENOUGH_S / 2:
                best[index] = min(best[index], _timed(run, growth.at(size)))
    return best[0], best[1], best[2]


def _timed(run: Run, data: bytes) -> float:
    """CPU seconds of one run, or about `CAP_S` if it was interrupted."""
    started = time.thread_time()
    with contextlib.suppress(_Capped), _alarm(_interrupt, CAP_S):
        run(data)
    return time.thread_time() - started


def _hottest(run: Run, data: bytes) -> str:
    """Words for the deepest function that most of the time is spent below; empty: not known.

    Two causes in one package are two crashes, so the place belongs to the name of the crash.
    """
    stacks: list[list[str]] = []

    def look(_number: int, frame: FrameType | None) -> None:
        stack: list[str] = []
        while frame is not None and frame.f_code is not _hottest.__code__:
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


class _Sampling:
    """Which executions are measured: as many as fit into the share of time."""

    __slots__ = ("since", "spent_s")

    def __init__(self) -> None:
        self.spent_s = 0.0
        self.since = time.perf_counter()

    def due(self, share: float) -> bool:
        elapsed_s = time.perf_counter() - self.since
        return resource.every <= 1 or self.spent_s <= share * elapsed_s


_sampling = _Sampling()
