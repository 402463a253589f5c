"""Tries candidates of a reduction: does each still fail with the wanted fingerprint?

This process, the *warden*, imports the subject and never runs a candidate itself. A fork of it, the
*tester*, runs whole batches in one process, which is fast; when one kills it, or hangs in C code,
the warden says whether that was the wanted death and a new fork goes on behind it. Where a process
must be clean, the warden forks once per candidate instead. Batches come in binary on stdin into
memory that all forks share, so that nothing is lost with a process; answers are JSON lines on the
channel. Which candidates are worth trying is the business of whoever asks.
"""

from __future__ import annotations

import faulthandler
import functools
import gc
import importlib
import json
import mmap
import os
import pathlib
import sys
import threading
import traceback
from collections.abc import Callable

from harness.children import limits
from harness.children.batches import (
    CANCELLED,
    CAPACITY,
    HEADER,
    TRY,
    TRY_APART,
    WANT,
    Batch,
    Want,
    named,
    read_into,
)
from harness.children.channel import Channel
from harness.children.keeper import let_go
from harness.children.loading import Loaded, load_job
from harness.children.paths import MAX_PATHS, path_of
from harness.children.spec import Spec, read
from harness.children.vigil import BUSY, Vigil
from harness.children.watch import Watch
from harness.failure import Failure, from_death, from_exception
from targets import resource
from targets.errors import FarmError
from targets.kinds import spelled

BROKE = 70
LATE = "late"
"""Second argument: import the subject in each fork, not before."""
NEVER = 1 << 62
"""Executions of which one is measured, if none is to be."""
MAX_OTHERS = 64
"""Other fingerprints that one process speaks of."""
PASSED, WANTED, OTHER = range(3)
"""What became of a candidate."""
LEAVING = BUSY + 1
"""Places in the shared numbers beside those of the vigil: the tester ends by order."""
VERDICT = BUSY + 2
"""What became of the candidate of the last clean process."""


class Warden:
    """Forks whatever runs candidates, and speaks for those that cannot any more.

    `loaded` is None when a process that has imported the subject cannot be forked: then each fork
    imports it anew.
    """

    def __init__(self, loaded: Loaded | None, spec: Spec, channel: Channel) -> None:
        self._loaded, self._spec, self._channel = loaded, spec, channel
        target = importlib.import_module(spec.package).TARGET
        self._own = target.subjects[spelled(spec.subject).name].instrument
        self._memory_mib = target.checks[spec.check].memory_mib
        self._folder = pathlib.Path(spec.folder)
        self._memory = mmap.mmap(-1, CAPACITY)
        self._shared = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("Q")
        with (self._folder / CANCELLED).open("rb") as file:
            cancelled = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
        self._cancelled = memoryview(cancelled).cast("Q")
        self._want = Want()
        self._others: dict[str, int] = {}

    def serve(self) -> None:
        """Carry out orders until stdin ends."""
        while (batch := self._receive()) is not None:
            if batch.order == TRY:
                self._try(batch)
            elif batch.order == TRY_APART:
                self._try_apart(batch)

    def _receive(self) -> Batch | None:
        """The next order for whoever reads; None at the end of stdin."""
        header = read_into(memoryview(bytearray(HEADER.size)))
        if header is None:
            return None
        fields = HEADER.unpack(header)
        if read_into(memoryview(self._memory)[: fields[3]]) is None:
            return None
        if fields[0] == WANT:
            record = json.loads(self._memory[: fields[3]])
            self._want = Want(**{**record, "splits": tuple(record["splits"])})
            return Batch(self._memory, (WANT, 0, 0, 0, 0))
        return Batch(self._memory, fields)

    def _answer(self, batch: Batch, found: int | None, count: int) -> None:
        self._channel.say("tried", batch=batch.number, found=found, count=count)

    # Many candidates in one process

    def _try(self, batch: Batch | None) -> None:
        """Let a tester try the batch and those to come; a death is a verdict like any other."""
        start = 0
        while batch is not None:
            self._shared[BUSY] = self._shared[LEAVING] = 0
            pid = self._fork(functools.partial(self._test, batch, start))
            code, hung = Vigil(pid, self._shared, self._want.limit_s).wait()
            if self._shared[LEAVING]:
                return
            if code == BROKE:
                os._exit(BROKE)
            index = self._shared[BUSY] - 1
            if index < 0:
                raise RuntimeError(f"a tester ended with {code} between two candidates")
            batch = self._current()
            verdict = self._after_death(batch, index, code, hung)
            start = index + 1
            if (verdict == WANTED) == bool(batch.until):
                self._answer(batch, index, start)
                return
            if start == batch.count or self._is_cancelled(batch):
                self._answer(batch, None, start)
                return

    def _current(self) -> Batch:
        """The batch that the tester was at when it died."""
        numbers = self._shared
        return Batch(self._memory, tuple(numbers[at] for at in range(8, 13)))

    def _test(self, batch: Batch | None, start: int) -> None:
        """The tester: its first batch from `start` on, then whatever stdin brings."""
        limits.limit_memory(self._memory_mib)
        _silence()
        probe = self._probe()
        while batch is not None and batch.order == TRY:
            for place, value in enumerate(
                (batch.order, batch.until, batch.count, batch.size_bytes, batch.number)
            ):
                self._shared[8 + place] = value
            found, count = self._run(probe, batch, start)
            self._answer(batch, found, count)
            batch, start = self._receive(), 0
        self._shared[LEAVING] = 1

    def _run(
        self, probe: Callable[[bytes], str | None], batch: Batch, start: int
    ) -> tuple[int | None, int]:
        shared, cancelled, wanted = self._shared, self._cancelled, self._want.fingerprint
        number, until = batch.number, bool(batch.until)
        index = start - 1
        for index, data in enumerate(batch.candidates(start), start):
            if cancelled[0] > number:
                return None, index
            shared[BUSY] = index + 1
            mark = probe(data)
            shared[BUSY] = 0
            if mark is not None and mark != wanted:
                self._mention(batch, index, mark, len(data))
            if (mark == wanted) == until:
                return index, index + 1
        return None, index + 1

    def _after_death(self, batch: Batch, index: int, code: int, hung: bool) -> int:
        """What the death of the tester says of the candidate that it was at."""
        data = batch.one(index)
        mark, failure = self._of_death(code, hung)
        if failure.kind == "death" and self._want.fingerprint in (mark, self._refused(failure)):
            # Was it our limit on memory? Whoever keeps crashes looks twice as well.
            return self._apart(batch, index, data)
        if mark == self._want.fingerprint:
            return WANTED
        self._mention(batch, index, mark, len(data))
        return OTHER

    # One clean process per candidate

    def _try_apart(self, batch: Batch) -> None:
        for index, data in enumerate(batch.candidates(0)):
            if self._is_cancelled(batch):
                self._answer(batch, None, index)
                return
            verdict = self._apart(batch, index, data)
            if (verdict == WANTED) == bool(batch.until):
                self._answer(batch, index, index + 1)
                return
        self._answer(batch, None, batch.count)

    def _apart(self, batch: Batch, index: int, data: bytes) -> int:
        code, hung = self._run_apart(batch, index, data, limited=True)
        if self._shared[LEAVING]:
            return self._shared[VERDICT]
        mark, failure = self._of_death(code, hung)
        if failure.kind == "death":
            again, hung = self._run_apart(batch, index, data, limited=False)
            if again != code or hung or self._shared[LEAVING]:
                mark = self._refused(failure)
        if mark == self._want.fingerprint:
            return WANTED
        self._mention(batch, index, mark, len(data))
        return OTHER

    def _run_apart(
        self, batch: Batch, index: int, data: bytes, *, limited: bool
    ) -> tuple[int, bool]:
        """How a clean process ended; `LEAVING` is set when it got to its end, with the verdict."""

        def run() -> None:
            if limited:
                limits.limit_memory(self._memory_mib)
            _silence()
            probe = self._probe()
            self._shared[BUSY] = 1
            mark = probe(data)
            self._shared[BUSY] = 0
            verdict = PASSED if mark is None else OTHER
            if mark == self._want.fingerprint:
                verdict = WANTED
            elif mark is not None and limited:
                self._mention(batch, index, mark, len(data))
            self._shared[VERDICT] = verdict
            self._shared[LEAVING] = 1

        self._shared[BUSY] = self._shared[LEAVING] = 0
        memory_bytes = 0 if limited else 2 * self._memory_mib << 20
        return Vigil(self._fork(run), self._shared, self._want.limit_s, memory_bytes).wait()

    # Both

    def _fork(self, run: Callable[[], object]) -> int:
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                limits.die_with_parent()
                if self._loaded is None:
                    self._loaded = load_job(self._spec, instrumented=False)
                run()
            except BaseException:  # our own bug: told apart from the subject's death
                self._channel.say("broke", text=traceback.format_exc())
                code = BROKE
            os._exit(code)
        return pid

    def _probe(self) -> Callable[[bytes], str | None]:
        """A function that runs one candidate and names its failure; call once per process."""
        loaded = self._loaded
        assert loaded is not None, "a fork has imported the subject"
        run, subject = loaded.run, loaded.adapter
        wanted = self._want.fingerprint
        resource.every = 1 if self._want.measure else NEVER
        count = 0
        by_message = bool(self._want.splits)
        known: dict[object, str] = {}

        def execute(data: bytes) -> BaseException | None:
            nonlocal count
            count += 1
            try:
                run(data, subject)
            except BaseException as error:  # every escape is a verdict
                return error
            return None

        def probe(data: bytes) -> str | None:
            error = execute(data)
            if error is None:
                return None
            let_go(error)
            path = path_of(error)
            mark = None if by_message else known.get(path)
            if len(known) > MAX_PATHS:
                known.clear()
            if mark is None or mark == wanted:  # what is adopted is looked at in full
                known[path] = mark = self._mark(from_exception(error))
            return mark

        fault = (self._folder / "fault.txt").open("w", encoding="utf-8")
        faulthandler.enable(fault, all_threads=False)
        Watch(self._want.limit_s, lambda: count, execute.__code__, lambda: None).start()
        return probe

    def _of_death(self, code: int, hung: bool) -> tuple[str, Failure]:
        from harness.worker import cause_of

        fault = self._folder / "fault.txt"
        text = fault.read_text(encoding="utf-8", errors="replace") if fault.exists() else ""
        failure = from_death(cause_of(code), text, self._spec.sys_path)
        if hung:
            failure = Failure("hang", "harness.failure.Hang", frames=failure.frames)
        return self._mark(failure), failure

    def _refused(self, failure: Failure) -> str:
        """The mark of a death that would not have been without a limit on memory."""
        return self._mark(Failure("memory", failure.type, frames=failure.frames))

    def _mark(self, failure: Failure) -> str:
        return named(failure, self._own, self._want.splits)

    def _mention(self, batch: Batch, index: int, mark: str, size: int) -> None:
        """Speak of another crash: when it is new here, and when an input is half as large."""
        best = self._others.get(mark)
        if (best is None and len(self._others) < MAX_OTHERS) or (best or 0) >= 2 * max(size, 1):
            self._others[mark] = size
            self._channel.say("other", batch=batch.number, index=index, fingerprint=mark)

    def _is_cancelled(self, batch: Batch) -> bool:
        return bool(self._cancelled[0] > batch.number)


def _silence() -> None:
    """What a subject prints a hundred thousand times must not fill the disk."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)


def main(arguments: list[str]) -> int:
    """Try candidates for the job in the spec file named by the only argument."""
    limits.die_with_parent()
    limits.no_core_file()
    spec = read(pathlib.Path(arguments[0]))
    sys.path.extend(path for path in spec.sys_path if path not in sys.path)
    channel = Channel(spec.event_fd)
    loaded = None
    # Before the subject: one that handles signals itself, as engines of WebAssembly do, comes
    # first then, and its traps are no deaths. Enabling it again only changes the file.
    faulthandler.enable(all_threads=False)
    if arguments[1:] != [LATE]:
        try:
            loaded = load_job(spec, instrumented=False)
        except FarmError as error:
            channel.say("refused", message=str(error), exit_code=error.exit_code)
            return 0
        if threading.active_count() > 1:  # forks would be without these threads
            os.execv(sys.executable, [sys.executable, "-P", "-m", __spec__.name, *arguments, LATE])
    gc.freeze()
    warden = Warden(loaded, spec, channel)
    channel.say("ready")
    warden.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
