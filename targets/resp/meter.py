"""The resource oracle of this target: work, allocation and memory stay linear in bytes received.

Quadratic costs hide in small inputs, so the frames of the input are also repeated until they are
big enough to show them, in one piece and in many chunks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from targets import resource
from targets.oracles import Violation
from targets.resp.implementation import Implementation, run
from targets.resp.scan import Unit

PUMPED_BYTES: Final = 8192
"""Size that frames are repeated to."""
CHUNKS: Final = 64
"""Chunks that a stream is fed in; starting a frame again for each costs 32 times as much."""
CHUNKED_BYTES: Final = 16 * 1024
"""Longer inputs are measured in one piece only, so that one execution stays short."""
WORK: Final = resource.Bound(fixed=4000, per_byte=40)
"""Lines. Per byte the reference needs 12 at most, redis-py 12 (many empty errors)."""
VOLUME: Final = resource.Bound(fixed=512 * 1024, per_byte=128)
"""Bytes allocated. Per byte the reference needs 3 at most, redis-py 29."""
PEAK: Final = resource.Bound(fixed=512 * 1024, per_byte=256)
"""Bytes in use at once. Per byte the reference needs 20 at most, redis-py 133 (many empty errors);
the fixed part allows 1024 slots reserved on each of 32 levels, twice."""


def require_linear(subject: Implementation, data: bytes, units: list[Unit]) -> None:
    """Violation when `subject` needs more than the bounds for `data` or for what grows from it."""
    for how, chunks in _streams(subject, data, units):
        received = sum(map(len, chunks))

        def once(chunks: tuple[bytes, ...] = chunks) -> object:
            return run(subject, itertools.takewhile(_goes_on, chunks))

        enough = WORK.at(received) + 1
        use = resource.measure(once, subject.modules, enough_lines=enough)
        for what, used, bound in (
            ("work", use.lines, WORK),
            ("bytes allocated", use.volume_bytes, VOLUME),
            ("peak memory", use.peak_bytes, PEAK),
        ):
            if used > bound.at(received):
                raise Violation(
                    f"resources: {what} not linear in the bytes received, {how}",
                    f"{used} for {received} bytes in {len(chunks)} chunks; "
                    f"allowed {bound.fixed} + {bound.per_byte} per byte",
                )


def _goes_on(_chunk: bytes) -> bool:
    """Whether feeding more can still change the verdict."""
    return not resource.exhausted()


def require_small(subject: Implementation, data: bytes) -> None:
    """Violation when `subject` needs more memory than the bound for `data` as it is."""
    used = resource.peak(lambda: run(subject, (data,)))
    if used > PEAK.at(len(data)):
        raise Violation(
            "resources: peak memory not linear in the bytes received, as sent",
            f"{used} for {len(data)} bytes; allowed {PEAK.fixed} + {PEAK.per_byte} per byte",
        )


def _streams(
    subject: Implementation, data: bytes, units: list[Unit]
) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    yield "as sent", (data,)
    if subject.resumes and CHUNKS <= len(data) <= CHUNKED_BYTES:
        yield "in chunks", pieces(data)
    complete = [unit for unit in units if unit.complete]
    if complete and complete[-1].end <= PUMPED_BYTES // 2:
        frames = data[: complete[-1].end]
        times = PUMPED_BYTES // len(frames)
        repeated = frames * times
        if not subject.commands:
            repeated = b"*%d\r\n" % (times * len(complete)) + repeated
        yield "frames repeated", (repeated,)
        if subject.resumes:
            yield "frames repeated, in chunks", pieces(repeated)
    if 0 < len(data) <= PUMPED_BYTES // 2:
        payload = data * (PUMPED_BYTES // len(data))
        bulk = b"*1\r\n$%d\r\n%b\r\n" % (len(payload), payload)
        yield "as payload", (bulk,)
        if subject.resumes:
            yield "as payload, in chunks", pieces(bulk)


def pieces(data: bytes) -> tuple[bytes, ...]:
    """`data` in `CHUNKS` chunks of about the same size."""
    step = max(1, -(-len(data) // CHUNKS))
    return tuple(data[at : at + step] for at in range(0, len(data), step))
