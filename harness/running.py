"""One job during a run: its worker, restarted when it dies, and the totals over all of them."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import re
import time
from typing import Any

from harness.children import last_input
from harness.children.spec import Spec
from harness.corpus import Corpus
from harness.failure import Failure
from harness.plan import Job
from harness.replay import EXTERNAL
from harness.tally import Tally
from harness.worker import Worker, cause_of

_STATS = re.compile(
    r"^#\d+\s+(?P<what>\w+)\s+cov: (?P<edges>\d+) ft: (?P<features>\d+) corp: (?P<corpus>\d+)"
)
STILLBORN = 3
"""A job whose worker dies so often in a row before it is ready is given up."""
KILLED = 30
"""The same when somebody else killed the last of them: that says little about the job."""
MAX_LOG_BYTES = 16 << 20
START_LIMIT_S = 120.0
"""Wall seconds that a worker has to import and instrument its subject."""


@dataclasses.dataclass(slots=True)
class Totals:
    """Counts over all workers of the job; edges and features are the best of them."""

    executions: int = 0
    edges: int = 0
    features: int = 0
    slowest_s: float = 0.0
    sampled: int = 0
    singletons: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Death:
    """A worker ended by itself: what it stands for, and the input it was executing."""

    pid: int
    cause: str
    failure: Failure
    data: bytes | None


class Running:
    """Starts, pauses and restarts the job's worker and adds up what it says."""

    def __init__(self, job: Job, folder: pathlib.Path, corpus: Corpus, seed: int) -> None:
        self.job = job
        self.corpus = corpus
        self.totals = Totals()
        self.restarts = -1
        """Processes that began to fuzz, but for the first."""
        self.started = False
        self.refused: tuple[str, int] | None = None
        self.worker: Worker | None = None
        self.ready = False
        self.tally = Tally()
        """Of the tests, if the job is a suite of them."""
        self.large_seeds: tuple[str, ...] = ()
        """Seeds to run once, but not to mutate."""
        self._folder = folder
        self._seed = seed
        self._before = 0
        self._inherited: int | None = None
        self._stillborn = 0
        self._deadly: dict[str, None] = {}
        self._known_hangs: tuple[str, ...] = ()
        self._died: tuple[int, int] | None = None
        """Exit code and pid of the worker's fork, which waits to be told how to go on."""
        self._rate = (time.monotonic(), 0, 0.0)

    @property
    def seeds_folder(self) -> pathlib.Path:
        """Where the job's seeds are staged."""
        return self._folder / "seeds"

    @property
    def discovered(self) -> int:
        """Features that this run found beyond those of the corpus it began with."""
        return 0 if self._inherited is None else self.totals.features - self._inherited

    def start(self, *, measure: bool = False) -> None:
        """Start the worker (again); its first message is `begun`."""
        job = self.job
        dictionary = job.dictionary
        spec = Spec(
            job=job.name,
            package=job.selected.found.module,
            check=job.selected.check_name,
            subject=job.selected.subject_name,
            folder=str(self._folder / str(self.restarts + 1)),
            seed=self._next_seed(),
            corpus=str(self.corpus.folder),
            seeds=(str(self.seeds_folder),),
            inputs=self.large_seeds if not self.started else (),
            dictionary=str(dictionary) if dictionary else "",
            sys_path=job.selected.found.sys_path,
            deadly=tuple(self._deadly),
            known_hangs=self._known_hangs,
            measure=measure,
            forks=True,
        )
        self.ready, self._died, self.started = False, None, True
        self.worker = Worker(job.engine, job.environment.python, spec, requests=True)

    def go_on(self) -> None:
        """Have the worker fork again, if its fork died; what is to be avoided is known by now."""
        if self._died is None or self.worker is None:
            return
        self.ready, self._died = False, None
        self.worker.request(
            {
                "seed": self._next_seed(),
                "deadly": list(self._deadly),
                "known_hangs": self._known_hangs,
                "inputs": [],
                "measure": False,
            }
        )

    def _next_seed(self) -> int:
        return (self._seed + 1000003 * (self.restarts + 1)) % 0xFFFFFFFF

    def hear(self) -> list[dict[str, Any]]:
        """Take in what the worker said; returns its sightings, covers and breakdowns."""
        worker = self.worker
        if worker is None:
            return []
        for line in worker.stats():
            found = _STATS.match(line)
            if found:
                self.totals.edges = max(self.totals.edges, int(found["edges"]))
                self.totals.features = max(self.totals.features, int(found["features"]))
                if found["what"] == "INITED" and self._inherited is None:
                    self._inherited = self.totals.features
        rest: list[dict[str, Any]] = []
        for message in worker.messages():
            match message["kind"]:
                case "begun":
                    self.restarts += 1
                    self.tally.begin()
                    rest.append(message)
                case "test":
                    self.tally.hear(message)
                case "died":
                    self._died = (message["code"], message["pid"])
                case "ready":
                    self.ready = True
                    self._stillborn = 0
                case "refused":
                    self.refused = (message["message"], message["exit_code"])
                case "progress":
                    self._progress(message)
                    rest.append(message)
                case _:
                    rest.append(message)
        limit_s = self.job.selected.check.timeout_s * 2 + 5 if self.ready else START_LIMIT_S
        worker.nudge_if_silent(limit_s)
        return rest

    def reap(self, ended: bool) -> Death | None:
        """What the end of the worker (`ended`, before it was heard) or of its fork means.

        A job whose worker ended has none afterwards; with only the fork gone, it can `go_on`.
        """
        worker = self.worker
        if worker is None:
            return None
        if not ended and self._died is None:
            return None
        code, pid = self._died or (worker.ended() or 0, worker.pid)
        failure, data = worker.death(code), last_input.read(worker.folder)
        executed = self._before + last_input.executions(worker.folder)
        self.totals.executions = max(self.totals.executions, executed)
        if ended:
            self.discard()
        self._before = self.totals.executions
        if self.refused is not None:
            return None
        if not self.ready:
            self._stillborn += 1
            if self._stillborn >= (KILLED if cause_of(code) in EXTERNAL else STILLBORN):
                log = worker.folder / "log.txt"
                self.discard()
                self.refused = (
                    f"{self.job.name}: its worker ends ({cause_of(code)}) before it is ready; "
                    f"see {log}",
                    2,
                )
        return Death(pid, cause_of(code), failure, data)

    def discard(self) -> None:
        """Close the worker, killing what is left of it."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None
            self._before = self.totals.executions

    def avoid(self, data: bytes) -> str:
        """Pass over this input from now on, because it ends the process; returns its sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._deadly[sha256] = None
        return sha256

    def rate(self) -> float:
        """Executions per second since about a second ago."""
        then_s, before, last = self._rate
        now_s = time.monotonic()
        if now_s - then_s < 1.0:
            return last
        last = max(self.totals.executions - before, 0) / (now_s - then_s)
        self._rate = (now_s, self.totals.executions, last)
        return last

    def trim_log(self) -> None:
        """A subject that prints without end must not fill the disk."""
        if self.worker is None:
            return
        log = self.worker.folder / "log.txt"
        if log.stat().st_size > MAX_LOG_BYTES:
            with log.open("r+b") as file:
                file.truncate(0)

    def _progress(self, message: dict[str, Any]) -> None:
        totals = self.totals
        self._known_hangs = tuple(message["known_hangs"])
        totals.executions = self._before + message["executions"]
        totals.slowest_s = max(totals.slowest_s, message["slowest_s"])
        if message["sampled"] >= totals.sampled:
            totals.sampled, totals.singletons = message["sampled"], message["singletons"]
