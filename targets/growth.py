"""The linear-time oracle: repeats a part of an input until it is long, and times what that costs.

Lines and bytes (`resource.py`) do not see what C code does inside one line: a regular expression
that backtracks, a search that starts over, a string built by copying. CPU time does. It is noisy,
so a verdict needs a ratio, not a time: when the input doubles twice, time must not grow ninefold,
and that again in a second measurement that takes the best of several.

Which part is repeated is chosen by the bytes around it, never by chance: the same input gives the
same verdict, and an input that a minimizer made shorter keeps the parts that mattered. While many
inputs are tried, those of its parts come first that were measured least: most inputs share most
of their parts.

Exponential time needs no clock to be sure of, and few bytes: more parts are tried a little longer
than that, once each.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import heapq
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from targets import resource
from targets.cpu_time import CAP_S, Run, hottest, timed
from targets.oracles import Violation

TRIES: Final = 8
"""Ways of growing one input that are timed while many inputs are tried."""
CANDIDATES: Final = 20
"""Ways of which these are chosen, and that are all timed when one input is looked at alone."""
PROBED: Final = 80
"""Parts that are repeated for `PROBE_BYTES` more when one input is looked at alone,"""
PROBES: Final = 12
"""and of one input while many are tried: those that were tried least."""
PROBE_BYTES: Final = 80
STOP: Final = b"\0"
"""Ends a repetition in a way that few grammars know, so that backtracking begins."""
LONGEST_PROBED_BYTES: Final = 1024
"""A longer input is not probed: where time doubles with every byte, a shorter one shows it."""
SHARE: Final = 0.6
"""Part of the time that timing may take while `resource.every` is above 1."""
PROBING: Final = 0.4
"""Part of that time for trying what is a little longer; the rest is for growing."""
FLOOR_S: Final = 0.001
"""Shorter times are not compared: a clock's step and a cold cache are as long."""
SURE_S: Final = 0.05
"""Growing goes on until a run takes so long, or the limit comes: a machine's other work can hold up
shorter runs for a while, and looks like a slope."""
SETTLED_S: Final = 0.008
"""A time that is long enough to say that growth was linear so far, and to leave it at that."""
ENOUGH_S: Final = 0.25
"""Growing ends with the first run that takes so long."""
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
_RUNS: Final = (b"\\", b'"', b" ", b"a")
_LENGTHS: Final = (1, 2, 3, 5, 9)
_KINDS: Final = bytes(
    ord("a") if chr(byte).isalpha() else ord("0") if chr(byte).isdigit() else byte
    for byte in range(128)
) + bytes(range(128, 256))
"""One letter is as good as another, for choosing a part."""
_NAMED: Final = re.compile(rb"[a0\x80-\xff]")
"""What is no punctuation, once letters are alike."""
_BRACKETS: Final = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"<", b">"))


@dataclasses.dataclass(frozen=True, slots=True)
class Growth:
    """One way to make an input longer: repeat `left`, and `right` as often; the rest stays."""

    head: bytes
    left: bytes
    middle: bytes = b""
    right: bytes = b""
    tail: bytes = b""
    number: int = dataclasses.field(default=0, kw_only=True)
    """Its place in the order of parts."""

    def at(self, size_bytes: int) -> bytes:
        """The input grown to about `size_bytes`."""
        fixed = len(self.head) + len(self.middle) + len(self.tail)
        times = max(1, (size_bytes - fixed) // (len(self.left) + len(self.right)))
        return self.head + self.left * times + self.middle + self.right * times + self.tail

    def told(self) -> str:
        """What is repeated, and where."""
        return f"repeated {self.left[:40]!r} {self.right[:40]!r} after {self.head[-40:]!r}"

    def key(self) -> int:
        """The same number for parts that look the same between the same bytes."""
        parts = (self.head[-2:], self.left, self.right[:2], self.tail[:1])
        return zlib.crc32(b"\0".join(parts).translate(_KINDS))

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
    if not data:
        return
    if _probing.due(share * PROBING):
        with _probing.spending():
            require_brief(oracle, run, data)
            if len(data) <= LONGEST_PROBED_BYTES:
                parts = _insertions(data, cuts, PROBED) + _repetitions(data, cuts, PROBED)
                for growth in _probing.least_measured(oracle, parts, PROBES):
                    _require_no_explosion(oracle, run, growth)
    if _sampling.due(share * (1 - PROBING)):
        with _sampling.spending():
            for growth in _sampling.least_measured(oracle, ways(data, cuts, CANDIDATES)):
                require_slope(oracle, run, growth, limit_bytes=limit_bytes)


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
        place = hottest(run, growth.at(steep.size_bytes))
        raise Violation(
            f"{oracle}: time grows faster than the input{place}",
            f"{steep.told()}; {growth.told()}",
        )


def require_brief(oracle: str, run: Run, data: bytes) -> None:
    """Violation when a short input takes long: exponential time needs no growing to be seen."""
    if len(data) > BRIEF_BYTES:
        return
    if timed(run, data) > BRIEF_S and timed(run, data) > BRIEF_S:
        raise Violation(
            f"{oracle}: a short input takes long{hottest(run, data)}",
            f"{len(data)} bytes take more than {BRIEF_S} s of CPU time",
        )


def _require_no_explosion(oracle: str, run: Run, growth: Growth) -> None:
    """Violation when a few bytes more take longer than any may, with any of three ends."""
    for tail in (growth.tail, b"", STOP + growth.tail):
        way = dataclasses.replace(growth, tail=tail)
        grown = way.at(way.start_bytes() + PROBE_BYTES)
        if timed(run, grown) > BRIEF_S and timed(run, grown) > BRIEF_S:
            raise Violation(
                f"{oracle}: a short input takes long{hottest(run, grown)}",
                f"{len(grown)} bytes take more than {BRIEF_S} s of CPU time: {way.told()}",
            )


def ways(data: bytes, cuts: Sequence[int] | None = None, count: int = TRIES) -> list[Growth]:
    """At most `count` ways to grow `data`: all of it repeated, brackets nested, parts repeated.

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
    for growth in _repetitions(data, cuts, count - len(found)):
        # Half of them end where the repetition ends: what would have closed it is missing.
        found.append(growth if growth.number & 1 else dataclasses.replace(growth, tail=b""))
    return found


def _repetitions(data: bytes, cuts: Sequence[int] | None, count: int) -> list[Growth]:
    """The first parts of `data` in the order of their numbers, each repeated where it stands."""
    parts: dict[int, tuple[int, int]] = {}
    kinds = data.translate(_KINDS)
    for start, end in _spans(data, cuts):
        parts.setdefault(_number(kinds, start, end), (start, end))
    return [
        Growth(data[:start], data[start:end], tail=data[end:], number=number)
        for number, (start, end) in heapq.nsmallest(count, parts.items())
    ]


def _insertions(data: bytes, cuts: Sequence[int] | None, count: int) -> list[Growth]:
    """Runs of what grammars escape, quote or skip, put between parts of `data`.

    Those within an open quote come first: what ends a quote is where most grammars look ahead.
    """
    kinds = data.translate(_KINDS)
    places: dict[int, Growth] = {}
    for at in range(len(data) + 1) if cuts is None else (0, *cuts):
        around = kinds[max(0, at - 2) : at] + b"\0" + kinds[at : at + 1]
        for run in _RUNS:
            number = zlib.crc32(around + run) >> (8 if data.count(b'"', 0, at) % 2 else 0)
            places.setdefault(number, Growth(data[:at], run, tail=data[at:], number=number))
    return [places[number] for number in heapq.nsmallest(count, places)]


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

    Parts with punctuation get lower ones, parts of nothing else the lowest: what grammars repeat
    begins, ends or parts something.
    """
    part = kinds[start:end]
    left, right = start, end
    while kinds[left - len(part) : left] == part and left >= len(part):
        left -= len(part)
    while kinds[right : right + len(part)] == part:
        right += len(part)
    around = kinds[max(0, left - 2) : left] + b"\0" + part + b"\0" + kinds[right : right + 1]
    number = zlib.crc32(around)
    if part.isalnum():
        return number
    return number // (4 if _NAMED.search(part) else 16)


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
        times.append(timed(run, growth.at(size)))
        if _grows_too_fast(times) and (times[-1] >= SURE_S or 2 * size > limit_bytes):
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
                best[index] = min(best[index], timed(run, growth.at(size)))
    return best[0], best[1], best[2]


class _Sampling:
    """Which executions are measured: as many as fit into the share of time; and which of its
    ways."""

    __slots__ = ("measured", "since", "spent_s")

    def __init__(self) -> None:
        self.spent_s = 0.0
        self.since = time.perf_counter()
        self.measured: collections.Counter[tuple[str, int]] = collections.Counter()

    @contextlib.contextmanager
    def spending(self) -> Iterator[None]:
        """What passes within the context is time spent."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.spent_s += time.perf_counter() - started

    def due(self, share: float) -> bool:
        elapsed_s = time.perf_counter() - self.since
        return resource.every <= 1 or self.spent_s <= share * elapsed_s

    def least_measured(
        self, oracle: str, candidates: Sequence[Growth], tries: int = TRIES
    ) -> Iterator[Growth]:
        """All of them for an input that is looked at alone, else `tries`."""
        if resource.every <= 1:
            yield from candidates
            return
        count = self.measured
        for growth in heapq.nsmallest(
            tries, candidates, key=lambda growth: count[oracle, growth.key()]
        ):
            count[oracle, growth.key()] += 1
            yield growth


_sampling = _Sampling()
_probing = _Sampling()
