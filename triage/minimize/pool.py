"""A judge that tries candidates in child processes: many at a time, on all cores, in order.

Candidates are handed out in small batches; the answer is always that of the first in order, however
many processes there are and whichever is the fastest.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import json
import mmap
import pathlib
import select
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

from harness.children.batches import (
    CANCELLED,
    HEADER,
    LEAVE,
    TRY,
    TRY_APART,
    WANT,
    Want,
)
from harness.children.spec import Spec
from harness.worker import Worker, cause_of
from targets.errors import FarmError, MissingError
from triage.minimize.problem import LOOKAHEAD, LOOKAHEAD_BYTES
from triage.minimize.search import TimeIsUp

FIRST_BATCH = 4
"""Candidates of the first batch of a row; each further one has twice as many."""
BATCH_S = 0.004
"""Seconds that a batch should take."""
MAX_BATCH = 512
MAX_BATCH_BYTES = 1 << 20
MAX_OTHERS = 20
"""Other crashes met on the way that are remembered, each with its smallest input."""
MORE_AFTER_S = 0.3
"""Seconds of trying after which a second process and more are worth their start."""
MAX_DEATHS = 3
"""So often a child (not a candidate) may end unasked."""


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """What candidates have to show, and whether each runs in a clean process (`apart`)."""

    want: Want
    apart: bool


@dataclasses.dataclass(slots=True)
class _Batch:
    number: int
    cases: list[bytes]
    until: bool
    size_bytes: int
    sent_s: float = 0.0
    done: bool = False
    found: int | None = None


class _Row:
    """The cases of one `find`: cut into batches, answered in order."""

    def __init__(self, cases: Iterator[bytes], until: bool, numbers: Iterator[int]) -> None:
        self._cases = cases
        self._until = until
        self._numbers = numbers
        self._waiting: collections.deque[_Batch] = collections.deque()
        self._orphans: list[_Batch] = []
        self._answered = 0
        self._size = FIRST_BATCH
        self._at_end = False

    @property
    def over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self._at_end and not self._waiting

    def take(self, rate: float) -> _Batch | None:
        """The next batch for a child that tries so many a second; None: none now."""
        if self._orphans:
            return self._orphans.pop(0)
        ahead = sum(len(batch.cases) for batch in self._waiting)
        ahead_bytes = sum(batch.size_bytes for batch in self._waiting)
        if self._at_end or ahead > LOOKAHEAD // 2 or ahead_bytes > LOOKAHEAD_BYTES // 2:
            return None
        size = max(1, min(self._size, int(rate * BATCH_S), MAX_BATCH))
        self._size *= 2
        cases: list[bytes] = []
        size_bytes = 0
        for case in itertools.islice(self._cases, size):
            cases.append(case)
            size_bytes += len(case)
            if size_bytes > MAX_BATCH_BYTES:
                break
        else:
            self._at_end = len(cases) < size
        if not cases:
            return None
        batch = _Batch(next(self._numbers), cases, self._until, size_bytes)
        self._waiting.append(batch)
        return batch

    def give_back(self, batch: _Batch) -> None:
        """Nobody tried it after all."""
        if batch in self._waiting:
            self._orphans.append(batch)

    def found(self) -> int | None:
        """The answer, once all cases before it are answered too."""
        while self._waiting and self._waiting[0].done:
            batch = self._waiting.popleft()
            if batch.found is not None:
                return self._answered + batch.found
            self._answered += len(batch.cases)
        return None


class _Child:
    """One child process and the batch that it is at."""

    def __init__(self, python: pathlib.Path, spec: Spec) -> None:
        folder = pathlib.Path(spec.folder)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / CANCELLED
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self.worker = Worker("minimize", python, spec, requests=True)
        self.ready = False
        self.batch: _Batch | None = None
        self._way: Way | None = None

    def give(self, batch: _Batch, way: Way) -> None:
        """Let it try a batch. Only when it has none."""
        orders: list[bytes] = []
        if way != self._way:
            text = json.dumps(dataclasses.asdict(way.want)).encode()
            orders += [HEADER.pack(LEAVE, 0, 0, 0, 0)] if self._way is not None else []
            orders += [HEADER.pack(WANT, 0, 0, len(text), 0), text]
            self._way = way
        lengths = struct.pack(f"<{len(batch.cases)}I", *map(len, batch.cases))
        size = len(lengths) + batch.size_bytes
        order = TRY_APART if way.apart else TRY
        orders.append(HEADER.pack(order, batch.until, len(batch.cases), size, batch.number))
        batch.sent_s = time.monotonic()
        self.batch = batch
        self.worker.request_bytes(b"".join((*orders, lengths, *batch.cases)))

    def cancel_below(self, number: int) -> None:
        """Batches of a smaller number need not be finished."""
        struct.pack_into("<Q", self._map, 0, number)

    def close(self) -> None:
        """End it."""
        self.worker.close()
        self._map.close()


class Pool:
    """Children that try candidates for one job; a `Judge`. Close it at the end."""

    def __init__(
        self,
        python: pathlib.Path,
        spec: Spec,
        parallel: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._python, self._spec = python, spec
        self._parallel = parallel
        self._clock = clock
        self._children: list[_Child] = []
        self._numbers = itertools.count(1)
        self._deaths = 0
        self._began_s: float | None = None
        self._rate = 1000.0
        self.way = Way(Want(), apart=True)
        self.until_s = float("inf")
        """On the clock: when `find` gives up."""
        self.executions = 0
        """Candidates that were tried."""
        self.others: dict[str, bytes] = {}
        """Other fingerprints that were met: the smallest input of each."""

    def start(self) -> None:
        """Start a child now, to have it ready when it is needed."""
        spec = dataclasses.replace(
            self._spec, folder=f"{self._spec.folder}/{len(self._children)}-{self._deaths}"
        )
        self._children.append(_Child(self._python, spec))

    def find(self, cases: Iterator[bytes], wanted: bool) -> int | None:
        """As `Judge.find`."""
        row = _Row(cases, wanted, self._numbers)
        while True:
            self._give(row)
            found = row.found()
            if found is not None:
                self._cancel()
                return found
            if row.over:
                return None
            self._listen(row)

    def close(self) -> None:
        """End all children."""
        for child in self._children:
            child.close()
        self._children.clear()

    def _give(self, row: _Row) -> None:
        """Hand out batches to all that are free; more children once it takes long."""
        now_s = self._clock()
        missing = not self._children or (
            self._began_s is not None
            and len(self._children) < self._parallel
            and now_s - self._began_s > MORE_AFTER_S
        )
        if missing:
            self.start()
        for child in self._children:
            if not child.ready or child.batch is not None:
                continue
            batch = row.take(self._rate)
            if batch is None:
                return
            if self._began_s is None:
                self._began_s = now_s
            child.give(batch, self.way)

    def _listen(self, row: _Row) -> None:
        """Wait until a child says something, and take what all say."""
        left_s = self.until_s - self._clock()
        if left_s <= 0:
            self._cancel()
            raise TimeIsUp
        fds = [child.worker.fds[0] for child in self._children]
        select.select(fds, [], [], min(left_s, 0.2))
        for child in list(self._children):
            code = child.worker.ended()
            for message in child.worker.messages():
                self._take(child, message)
            if code is not None:
                self._bury(child, code, row)

    def _take(self, child: _Child, message: dict[str, Any]) -> None:
        match message:
            case {"kind": "ready"}:
                child.ready = True
            case {"kind": "refused", "message": str(text), "exit_code": int(code)}:
                raise (MissingError if code == MissingError.exit_code else FarmError)(text)
            case {"kind": "broke", "text": text}:
                raise RuntimeError(f"the minimizing process broke:\n{text}")
            case {"kind": "other", "batch": int(number), "index": int(index), "fingerprint": mark}:
                if child.batch is not None and child.batch.number == number:
                    self._meet(str(mark), child.batch.cases[index])
            case {"kind": "tried", "batch": int(number), "count": int(count), "found": found}:
                batch = child.batch
                if batch is not None and batch.number == number:
                    self._finish(child, batch, count, found)

    def _finish(self, child: _Child, batch: _Batch, count: int, found: int | None) -> None:
        child.batch = None
        batch.done, batch.found = True, found
        self.executions += count
        if count >= FIRST_BATCH:
            seconds = max(time.monotonic() - batch.sent_s, 1e-6)
            self._rate = 0.5 * self._rate + 0.5 * min(count / seconds, 1e6)

    def _meet(self, mark: str, data: bytes) -> None:
        known = self.others.get(mark)
        if known is None and len(self.others) >= MAX_OTHERS:
            return
        if known is None or (len(data), data) < (len(known), known):
            self.others[mark] = data

    def _bury(self, child: _Child, code: int, row: _Row) -> None:
        """A child is gone that no candidate killed: another one begins its batch again."""
        self._deaths += 1
        log = child.worker.folder / "log.txt"
        said = log.read_text(encoding="utf-8", errors="replace")[-500:].strip()
        self._children.remove(child)
        child.close()
        if self._deaths > MAX_DEATHS:
            raise FarmError(f"the minimizing process ended ({cause_of(code)}): {said}")
        if child.batch is not None:
            row.give_back(child.batch)

    def _cancel(self) -> None:
        number = next(self._numbers)
        for child in self._children:
            child.cancel_below(number)
