"""Minimizes an input of one job: proves that it fails, makes it small, proves that it still does.

Candidates run in one process as long as that tells the truth; a result that does not hold in a
clean process is dropped, and from then on each candidate has a process of its own. No home is
needed: `minimize_job` takes a job and bytes, and returns a `Result`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import time
from collections.abc import Callable, Iterator, Sequence

from harness.children.batches import CAPACITY, Want, named
from harness.children.spec import Spec
from harness.failure import Failure
from harness.plan import Job
from harness.replay import Outcome
from targets.errors import FarmError
from targets.registry import load
from triage.minimize.clean import Clean
from triage.minimize.pool import Pool, Way
from triage.minimize.problem import Hints, Pass
from triage.minimize.reducer import passes
from triage.minimize.search import Search, TimeIsUp

TRIES = 3
"""Replays of the original before it is said not to fail."""
REPLAYS = 10
"""Replays of the result."""
SHORT_HANG_S = 0.1
"""CPU seconds that count as a hang at the least, while a hang is made small."""
FAST_HANG_S = 1.0
"""CPU seconds that a candidate may use when the crash is no hang."""
SURELY = 1.25
"""A hang that only just exceeds the check's limit would not be one everywhere."""


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How long to reduce (wall seconds, replays included), on how many cores."""

    seconds: float = 60.0
    parallel: int = dataclasses.field(default_factory=lambda: len(os.sched_getaffinity(0)))
    replays: int = REPLAYS
    """Of the result."""
    resume: bytes | None = None
    """What an earlier call had reached; it goes on from there if that still holds."""
    splits: tuple[str, ...] = ()
    """Texts by which persons told parts of this crash from the rest: its parts are other crashes.
    """


@dataclasses.dataclass(frozen=True, slots=True)
class Other:
    """Another crash that was met on the way, as a clean process showed it."""

    data: bytes
    fingerprint: str
    failure: Failure


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What became of an input: `failed` of `tries` clean replays of `data` showed the crash.

    `failure` is what they showed (something else when `failed` is 0); None: nothing.
    `complete`: nothing can be made smaller any more; else time ran out, or the user stopped it.
    """

    data: bytes
    original_bytes: int
    fingerprint: str
    failure: Failure | None
    failed: int
    tries: int
    complete: bool
    executions: int
    seconds: float
    others: tuple[Other, ...] = ()
    interrupted: bool = False

    @property
    def reproducible(self) -> bool:
        """Whether the original failed at all, so that there was something to do."""
        return self.failed > 0


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """Where a reduction stands: its smallest candidate so far, and what it took."""

    data: bytes
    executions: int
    seconds: float


Tell = Callable[[Progress], None]


def minimize_job(
    job: Job,
    data: bytes,
    folder: pathlib.Path,
    fingerprint: str | None = None,
    options: Options | None = None,
    tell: Tell = lambda _: None,
) -> Result:
    """The smallest input that fails as `data` does, with `fingerprint` (None: whatever it shows).

    `folder` is scratch, of this call alone. Ctrl-C ends it early with what was reached so far.
    FarmError when the job cannot run.
    """
    if len(data) > CAPACITY // 4:
        raise FarmError(f"the input has {len(data)} bytes: at most {CAPACITY // 4} can be reduced")
    with contextlib.ExitStack() as stack:
        work = _Work(job, folder, options or Options(), tell, stack)
        return work.run(data, fingerprint)


class _Work:
    """One reduction: its processes, its clock, and what is known for sure."""

    def __init__(
        self,
        job: Job,
        folder: pathlib.Path,
        options: Options,
        tell: Tell,
        stack: contextlib.ExitStack,
    ) -> None:
        self._began_s = time.monotonic()
        self._options = options
        self._tell = tell
        self._check, self._own = job.selected.check, job.selected.subject.instrument
        folder.mkdir(parents=True, exist_ok=True)
        self._pool = Pool(job.environment.python, _spec(job, folder), options.parallel)
        stack.callback(self._pool.close)
        self._clean = Clean(job, folder / "clean")
        stack.callback(self._clean.close)
        self._passes: tuple[Pass[bytes], ...] = passes(_hints(job))
        self._wanted = ""
        self._sure = b""
        """The smallest input that failed in a clean process."""

    def run(self, data: bytes, fingerprint: str | None) -> Result:
        self._pool.start()  # it gets ready while the original is tried
        outcomes = self._prove(data, fingerprint)
        last = outcomes[-1]
        mark = self._mark(last)
        self._wanted, self._sure = fingerprint or mark or "", data
        if last.failure is None or mark != self._wanted:
            return self._result(data, data, outcomes, complete=False, interrupted=False)
        self._pool.until_s = self._began_s + self._options.seconds - self._reserve_s(last.failure)
        resume = self._options.resume
        if resume is not None and len(resume) < len(data):
            self._holds(resume)
        search = Search(self._pool, self._sure, self._adopted)
        complete = interrupted = False
        try:
            complete = self._reduce(search, last.failure.kind)
        except TimeIsUp:
            pass
        except KeyboardInterrupt:
            interrupted = True
        if not complete and search.current != self._sure:
            self._holds(search.current)
        end_s = self._began_s + self._options.seconds
        replays = self._clean.repeat(
            self._sure,
            1 if interrupted else self._options.replays,
            self._options.parallel if last.failure.kind == "hang" else 1,
            lambda: time.monotonic() > end_s,
        )
        return self._result(data, self._sure, replays, complete=complete, interrupted=interrupted)

    def _prove(self, data: bytes, fingerprint: str | None) -> list[Outcome]:
        """Outcomes in clean processes up to the first that is the crash, or all."""
        outcomes: list[Outcome] = []
        for _ in range(TRIES):
            outcomes.append(self._clean.run(data))
            seen = self._mark(outcomes[-1])
            if seen is not None and seen == (fingerprint or seen):
                break
        return outcomes

    def _reduce(self, search: Search, kind: str) -> bool:
        """Whether nothing can be made smaller any more. Leaves what holds in `_sure`."""
        want = Want(self._wanted, splits=self._options.splits)
        for way in _ways(kind, want, self._check.timeout_s):
            self._pool.way = way
            search.restart(self._sure)
            if self._pool.find(iter([self._sure]), True) is None:
                continue  # it does not fail this way of running it
            if self._reduce_in(search, slow=kind == "hang"):
                return True
        return False

    def _reduce_in(self, search: Search, *, slow: bool) -> bool:
        """Reduce by one way of running candidates; False when what it says does not hold.

        What takes long to prove (`slow`) is proved after the first pass that did something, to
        know soon, and at the end; anything else after every cycle.
        """
        trusted = changed = False
        while changed or not trusted:
            before = search.current
            for pass_ in self._passes:
                pass_(search)
                if slow and not trusted and search.current != before:
                    if not self._holds(search.current):
                        return False
                    trusted = True
            changed = search.current != before
            trusted = True
            look = search.current != self._sure and not (slow and changed)
            if look and not self._holds(search.current):
                return False
        return True

    def _holds(self, data: bytes) -> bool:
        """Whether the input fails in a clean process; then it is the one that is kept."""
        if self._mark(self._clean.run(data)) != self._wanted:
            return False
        self._sure = data
        return True

    def _adopted(self, data: bytes) -> None:
        self._tell(Progress(data, self._pool.executions, time.monotonic() - self._began_s))

    def _reserve_s(self, failure: Failure) -> float:
        """Seconds to keep for proving the result: hangs take long, each its full time."""
        if failure.kind != "hang":
            return min(1.0, self._options.seconds / 3)
        rounds = 1 - -self._options.replays // self._options.parallel
        return min(rounds * self._check.timeout_s, self._options.seconds / 3)

    def _result(
        self,
        original: bytes,
        data: bytes,
        outcomes: Sequence[Outcome],
        *,
        complete: bool,
        interrupted: bool,
    ) -> Result:
        same = [outcome for outcome in outcomes if self._mark(outcome) == self._wanted]
        shown = same or [outcome for outcome in outcomes if outcome.failure is not None]
        return Result(
            data=data,
            original_bytes=len(original),
            fingerprint=self._wanted,
            failure=shown[0].failure if shown else None,
            failed=len(same),
            tries=len(outcomes),
            complete=complete,
            executions=self._pool.executions,
            seconds=time.monotonic() - self._began_s,
            others=tuple(self._others()) if same and not interrupted else (),
            interrupted=interrupted,
        )

    def _mark(self, outcome: Outcome) -> str | None:
        failure = outcome.failure
        return None if failure is None else named(failure, self._own, self._options.splits)

    def _others(self) -> Iterator[Other]:
        """Other crashes that were met, as far as clean processes show them too."""
        known = {self._wanted}
        for data in sorted(self._pool.others.values(), key=lambda data: (len(data), data)):
            if time.monotonic() > self._began_s + self._options.seconds:
                return
            outcome = self._clean.run(data)
            mark = self._mark(outcome)
            if outcome.failure is not None and mark is not None and mark not in known:
                known.add(mark)
                yield Other(data, mark, outcome.failure)


def _ways(kind: str, want: Want, timeout_s: float) -> Iterator[Way]:
    """Ways of running candidates, from the fastest to the truest."""
    quick = dataclasses.replace(want, measure=False)
    limit_s = min(FAST_HANG_S, timeout_s)
    if kind == "hang":
        limit_s = min(max(SHORT_HANG_S, timeout_s / 20), timeout_s)
    yield Way(dataclasses.replace(quick, limit_s=limit_s), apart=False)
    if kind == "hang":
        while limit_s < timeout_s:
            yield Way(dataclasses.replace(quick, limit_s=limit_s), apart=True)
            limit_s *= 4
        timeout_s *= SURELY
    else:
        yield Way(dataclasses.replace(want, limit_s=limit_s), apart=False)
    yield Way(dataclasses.replace(quick, limit_s=timeout_s), apart=True)
    yield Way(dataclasses.replace(want, limit_s=timeout_s), apart=True)


def _spec(job: Job, folder: pathlib.Path) -> Spec:
    selected = job.selected
    return Spec(
        job=job.name,
        package=selected.found.module,
        check=selected.check_name,
        subject=selected.subject_name,
        folder=str(folder / "pool"),
        sys_path=selected.found.sys_path,
    )


def _hints(job: Job) -> Hints:
    """Words of the job's dictionary, and the target's own idea of what a piece is."""
    from triage.minimize.dictionary import read

    selected = job.selected
    words = read(job.dictionary) if job.dictionary is not None else ()
    if job.inputs.tokens is None:
        return Hints(words)
    what = f"check {selected.check_name} of {selected.found.name}"
    return Hints(words, load(job.inputs.tokens, what))
