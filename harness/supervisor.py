"""Runs jobs on a budget and says what happens: a generator of events that knows no listener.

One thread, one loop: hear the workers, judge suspects in clean processes, adopt inputs, give the
next slice to the job that should have it. However the loop ends, every child is gone afterwards
and the last event is `RunFinished`.
"""

from __future__ import annotations

import pathlib
import re
import select
import shlex
import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from harness import regressions
from harness.corpus import Adopted, Corpus, stage_seeds
from harness.estimate import chance_next_hour
from harness.events import (
    Event,
    InputKept,
    JobFinished,
    JobRefused,
    JobStarted,
    Noticed,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    WorkerDied,
)
from harness.failure import from_record
from harness.findings import Findings
from harness.fingerprint import fingerprint
from harness.home import Home
from harness.options import Options, Stop
from harness.plan import Job
from harness.running import Death, Running
from harness.trials import Trials
from harness.turns import Turns

RESERVE_S = 1.0
"""Before the budget ends workers stop, so that the last suspects can still be tried."""
LATE_S = 0.3
"""After the budget ended, the last suspects may still be tried for so long."""
STOP_S = 0.5
"""Between asking a worker to stop and killing it."""
LOOK_S = 0.1
"""At the longest between two looks at the clock."""
REPORT_S = 1.0
"""Between two progress events of a job."""


class Broke(Exception):
    """A child hit a bug of the farm's own; its traceback is the message."""


class Supervisor:
    """Runs the jobs; iterate `events` to the end."""

    def __init__(self, home: Home, jobs: Sequence[Job], options: Options, stop: Stop) -> None:
        self._home = home
        self._options = options
        self._stop = stop
        self._folder = home.run(options.run)
        self._trials = Trials(self._folder / "trials", at_once=max(1, options.parallel // 2))
        suffix = f" --home {shlex.quote(str(home.root))}" if options.elsewhere else ""
        self._findings = Findings(home, options.run, self._trials, suffix)
        self._jobs = [
            Running(
                job,
                self._folder / "jobs" / re.sub(r"[^A-Za-z0-9_.=-]+", "-", job.name),
                self._corpus(job),
                options.seed + index,
            )
            for index, job in enumerate(jobs)
        ]
        self._turns = Turns([job.selected.check.weight for job in jobs])
        self._adopted_s = 0.0
        self._reported_s: dict[int, float] = {}
        self._started_s = time.monotonic()

    def events(self) -> Iterator[Said]:
        """All events of the run, `RunStarted` first, `RunFinished` last. Iterate to the end."""
        options = self._options
        self._started_s = time.monotonic()
        yield self._said(
            RunStarted(
                selections=options.selections,
                jobs=tuple(running.job.name for running in self._jobs),
                budget_s=options.budget_s,
                seed=options.seed,
                parallel=options.parallel,
                command=options.command,
            )
        )
        broke: Exception | None = None
        reason = "broke"
        try:
            yield from self._prepare()
            reason = yield from self._work()
            yield from self._wind_down()
        except Exception as error:  # our own bug: the run still ends in order, then it is raised
            broke = error
            reason = f"broke: {type(error).__name__}"
        finally:
            for running in self._jobs:
                running.discard()
            abandoned = self._trials.abandon()
        for job, found in self._findings.judge(abandoned):
            yield self._said(found, job)
        self._findings.flush()
        shutil.rmtree(self._folder / "trials", ignore_errors=True)
        yield self._said(self._finished(reason))
        if broke is not None:
            raise broke

    # before

    def _corpus(self, job: Job) -> Corpus:
        target = job.selected.found.name
        folder = self._home.corpus(target, job.corpus)
        return Corpus(
            folder=folder,
            claims=folder.parent / ".claims" / job.corpus,
            set_aside=self._home.set_aside / "corpus" / target / job.corpus,
            max_size_bytes=job.selected.check.max_size_bytes,
        )

    def _subjects_of(self, corpus: Corpus) -> set[str]:
        """Subjects of the jobs that share this corpus."""
        return {
            running.job.selected.subject_name
            for running in self._jobs
            if running.corpus.folder == corpus.folder
        }

    def _prepare(self) -> Iterator[Said]:
        told: set[str] = set()
        for running in self._jobs:
            sources = [running.job.seeds, *self._options.seeds]
            limit = running.job.selected.check.max_size_bytes
            running.large_seeds, problems = stage_seeds(
                [source for source in sources if source.is_dir()], running.seeds_folder, limit
            )
            adopted = running.corpus.prepare(self._subjects_of(running.corpus))
            for problem in (*problems, *adopted.problems):
                if problem not in told:
                    told.add(problem)
                    yield self._said(Noticed(problem), running.job)
            if running.job.lane == 1:
                for crash, data in regressions.of(running.job.selected):
                    self._findings.replay(running.job, crash, data)

    # during

    def _work(self) -> Generator[Said, None, str]:
        budget_end_s = self._started_s + self._options.budget_s
        while True:
            if self._stop.requested:
                return "interrupted"
            # The last suspects need a moment; with none waiting the workers may have it.
            end_s = budget_end_s - (RESERVE_S if self._trials.pending else STOP_S)
            if time.monotonic() >= end_s:
                return "budget"
            if not self._alive() and not self._trials.pending:
                return "nothing-left"
            self._rotate()
            self._wait(min(LOOK_S, max(end_s - time.monotonic(), 0.0)))
            for index, running in enumerate(self._jobs):
                yield from self._hear(index, running)
            yield from self._judge()
            yield from self._adopt()
            yield from self._report()

    def _alive(self) -> list[int]:
        return [index for index, running in enumerate(self._jobs) if running.refused is None]

    def _active(self) -> list[int]:
        return [
            index
            for index, running in enumerate(self._jobs)
            if running.worker is not None and not running.worker.paused
        ]

    def _rotate(self) -> None:
        """Pause jobs whose slice is over while others wait; start or resume those that are next.

        A trial takes a worker's place: a crash that nobody confirmed is worth little.
        """
        alive = self._alive()
        places = max(1, self._options.parallel - self._trials.running)
        waiting = len(alive) > places
        for index in self._active():
            running = self._jobs[index]
            surplus = len(self._active()) > places
            over = waiting and self._turns.is_over(index)
            if (surplus or over) and running.worker is not None:
                running.worker.pause()
                self._turns.end(index, running.discovered)
        active = self._active()
        while len(active) < places:
            index_next = self._turns.next([index for index in alive if index not in active])
            if index_next is None:
                return
            self._go(index_next)
            active.append(index_next)

    def _go(self, index: int) -> None:
        running = self._jobs[index]
        self._turns.begin(index, running.discovered)
        if running.worker is not None:
            running.worker.resume()
            return
        subject = running.job.selected.subject_name
        first = not running.started and running.job.lane == 1
        running.start(measure=first and running.corpus.measuring_is_due(subject))

    def _wait(self, timeout_s: float) -> None:
        fds = list(self._trials.fds)
        for running in self._jobs:
            if running.worker is not None:
                fds.extend(running.worker.fds)
        poller = select.poll()
        for fd in fds:
            poller.register(fd, select.POLLIN)
        # A pipe whose writer died stays readable until it is reaped, in this same round.
        poller.poll(timeout_s * 1000)

    def _hear(self, index: int, running: Running) -> Iterator[Said]:
        ended = running.worker is not None and running.worker.ended() is not None
        refused_before = running.refused is not None
        for message in running.hear():
            yield from self._take(running, message)
        if ended:
            self._turns.end(index, running.discovered)
        death = running.reap(ended)
        if death is not None:
            yield from self._mourn(running, death)
            running.go_on()
        if running.refused is not None and not refused_before:
            yield self._said(JobRefused(*running.refused), running.job)

    def _take(self, running: Running, message: dict[str, Any]) -> Iterator[Said]:
        match message["kind"]:
            case "begun":
                version = running.job.subject_version
                event = JobStarted(message["pid"], running.restarts, version)
                yield self._said(event, running.job)
            case "progress":
                self._findings.count(running.job, message["counts"])
            case "sighting":
                data = pathlib.Path(message["input"]).read_bytes()
                failure = from_record(message["failure"])
                self._findings.suspect(running.job, message["fingerprint"], failure, data)
            case "cover":
                subject = running.job.selected.subject_name
                gone = running.corpus.shrink(subject, message["measured"], message["needed"])
                if gone:
                    text = f"corpus made smaller: {gone} of {len(message['measured'])} removed"
                    yield self._said(Noticed(text), running.job)
            case "broke":
                raise Broke(message["text"])

    def _mourn(self, running: Running, death: Death) -> Iterator[Said]:
        sha256 = None
        if death.data is not None:
            mark = fingerprint(death.failure, running.job.selected.subject.instrument)
            self._findings.suspect(running.job, mark, death.failure, death.data)
            self._findings.count(running.job, {mark: 1})
            sha256 = running.avoid(death.data)
        yield self._said(WorkerDied(death.pid, death.cause, sha256), running.job)

    def _judge(self) -> Iterator[Said]:
        for job, found in self._findings.judge(self._trials.poll()):
            yield self._said(found, job)

    def _adopt(self, *, last: bool = False) -> Iterator[Said]:
        now_s = time.monotonic()
        if not last and now_s - self._adopted_s < REPORT_S:
            return
        self._adopted_s = now_s
        seen: set[pathlib.Path] = set()
        for running in self._jobs:
            if running.corpus.folder in seen:
                continue
            seen.add(running.corpus.folder)
            subjects = self._subjects_of(running.corpus)
            adopted: Adopted = running.corpus.adopt(subjects, settled=last)
            for sha256, size_bytes in adopted.kept:
                yield self._said(InputKept(sha256, size_bytes), running.job)
            for problem in adopted.problems:
                yield self._said(Noticed(problem), running.job)

    def _report(self) -> Iterator[Said]:
        now_s = time.monotonic()
        for index in self._active():
            running = self._jobs[index]
            if not running.ready or now_s - self._reported_s.get(index, 0.0) < REPORT_S:
                continue
            self._reported_s[index] = now_s
            running.trim_log()
            totals = running.totals
            yield self._said(
                Progress(
                    executions=totals.executions,
                    executions_per_s=round(running.rate(), 1),
                    edges=totals.edges,
                    features=totals.features,
                    corpus=running.corpus.size(),
                    crashes=self._findings.crashes_of(running.job),
                    slowest_s=totals.slowest_s,
                    active_s=round(self._turns.ran_s(index), 3),
                ),
                running.job,
            )

    # after

    def _wind_down(self) -> Iterator[Said]:
        """Stop the workers (ask, wait, kill), hear their last words, try the last suspects."""
        for index in self._active():
            self._turns.end(index, self._jobs[index].discovered)
        workers = [running.worker for running in self._jobs if running.worker is not None]
        for worker in workers:
            worker.ask_to_stop()
        until_s = time.monotonic() + STOP_S
        for worker in workers:
            if not worker.wait(until_s - time.monotonic()):
                worker.kill()
        for running in self._jobs:
            for message in running.hear():
                yield from self._take(running, message)
            running.discard()
        yield from self._adopt(last=True)
        end_s = self._started_s + self._options.budget_s + LATE_S
        if self._stop.requested:
            end_s = min(end_s, time.monotonic() + RESERVE_S)
        for job, found in self._findings.judge(self._trials.finish(end_s)):
            yield self._said(found, job)
        for index, running in enumerate(self._jobs):
            if running.started and running.refused is None:
                for test in running.tally.finished():
                    yield self._said(test, running.job)
                yield self._said(self._finished_job(index, running), running.job)

    def _finished_job(self, index: int, running: Running) -> JobFinished:
        totals, active_s = running.totals, self._turns.ran_s(index)
        return JobFinished(
            executions=totals.executions,
            edges=totals.edges,
            features=totals.features,
            corpus=running.corpus.size(),
            crashes=self._findings.crashes_of(running.job),
            active_s=round(active_s, 3),
            share=round(self._turns.share(index), 4),
            slowest_s=totals.slowest_s,
            chance_next_hour=chance_next_hour(totals.singletons, totals.sampled, active_s),
            features_seen_once=totals.singletons,
            sampled_executions=totals.sampled,
        )

    def _finished(self, reason: str) -> RunFinished:
        found = self._findings.found
        certain = {crash: said for crash, said in found.items() if said.failed_again}
        new = tuple(crash for crash, said in certain.items() if said.new)
        return RunFinished(
            reason=reason,
            exit_code=self._exit_code(reason, new),
            new_crashes=new,
            known_crashes=tuple(crash for crash, said in certain.items() if not said.new),
            flaky_crashes=tuple(crash for crash in found if crash not in certain),
            wall_s=round(time.monotonic() - self._started_s, 3),
        )

    def _exit_code(self, reason: str, new: tuple[str, ...]) -> int:
        if reason.startswith("broke"):
            return 70
        if new:
            return 1
        refusals = [running.refused[1] for running in self._jobs if running.refused is not None]
        if refusals:
            return max(refusals)
        return 130 if reason == "interrupted" else 0

    def _said(self, event: Event, job: Job | None = None) -> Said:
        return Said(self._options.run, time.time(), job.name if job else None, event)
