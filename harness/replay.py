"""Runs inputs again in clean processes: the only thing that makes a sighting count."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import select
import signal
import time

from harness.children.replay import PROGRAM
from harness.children.spec import Spec
from harness.failure import Failure, from_death, from_record
from harness.fingerprint import fingerprint
from harness.plan import Job
from harness.worker import NUDGE_S, Worker, cause_of, starved_s

START_LIMIT_S = 60.0
"""Wall seconds that a process has to import what it needs."""
GRACE_S = 3.0
"""Wall seconds beyond a check's own time-out before a silent replay counts as a hang."""
EXTERNAL = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "exit 0")
"""Ends of a process that somebody else may have asked for: no crash unless seen again."""

MAX_PROGRAM = 20_000
"""Characters of a test case that are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How one execution ended: no `failure`: the check passed; `refused`: it did not take place."""

    failure: Failure | None = None
    fingerprint: str | None = None
    refused: str | None = None
    exit_code: int = 0


class Replayer:
    """A child that imported one job's subject and forks a clean process for every input.

    One input at a time: `submit`, then `poll` until it answers.
    """

    def __init__(self, job: Job, folder: pathlib.Path) -> None:
        selected = job.selected
        spec = Spec(
            job=job.name,
            package=selected.found.module,
            check=selected.check_name,
            subject=selected.subject_name,
            folder=str(folder),
            sys_path=selected.found.sys_path,
        )
        self._python = job.environment.python
        self._spec = spec
        self._own = selected.subject.instrument
        self._limit_s = selected.check.timeout_s + GRACE_S
        self._worker: Worker | None = None
        self._input = self._folder = pathlib.Path()
        self._busy = False
        self._death_within_limit: Failure | None = None
        self._memory_bytes = 2 * selected.check.memory_mib << 20
        self._pid: int | None = None
        self._began_s = 0.0
        self._nudges: list[signal.Signals] = []
        self._outcome: Outcome | None = None

    @property
    def busy(self) -> bool:
        """Whether an input was submitted that has no outcome yet."""
        return self._busy

    @property
    def fds(self) -> tuple[int, ...]:
        """Descriptors to wait on."""
        return self._worker.fds if self._worker is not None else ()

    def submit(self, path: pathlib.Path, folder: pathlib.Path) -> None:
        """Run the input at `path`; `folder` is this execution's scratch. Only when not busy."""
        worker = self._worker
        if worker is None or worker.ended() is not None or self._pid == worker.pid:
            self.close()  # one that could not fork ran the last input itself, and is about to end
            worker = self._worker = Worker("replay", self._python, self._spec, requests=True)
        self._busy = True
        self._input, self._folder, self._death_within_limit = path, folder, None
        self._ask(worker, path, folder, limited=True)

    def _ask(
        self, worker: Worker, path: pathlib.Path, folder: pathlib.Path, *, limited: bool
    ) -> None:
        worker.request({"input": str(path), "folder": str(folder), "limited": limited})
        self._pid, self._outcome = None, None
        self._began_s = time.monotonic()

    def poll(self) -> Outcome | None:
        """The outcome once there is one. Never blocks."""
        worker = self._worker
        if worker is None or not self._busy:
            return None
        code = worker.ended()
        for message in worker.messages():
            self._take(message, self._folder)
            over = message["kind"] in ("ended", "refused")
            if over and self._outcome is not None and not self._looks_again(worker, self._outcome):
                self._busy = False
                return self._settled(self._outcome)
        worker.stats()
        if code is not None:
            self._busy = False
            log = worker.folder / "log.txt"
            return Outcome(refused=f"the replay process ended ({cause_of(code)}); see {log}")
        self._hurry(worker)
        return None

    def wait(self) -> Outcome:
        """The outcome, however long its limits allow it to take."""
        while True:
            outcome = self.poll()
            if outcome is not None:
                return outcome
            select.select(self.fds, [], [], 0.02)

    def close(self) -> None:
        """End the child and whatever it runs; there is no outcome."""
        if self._worker is not None:
            self._worker.close()
        self._worker, self._busy = None, False

    def _looks_again(self, worker: Worker, outcome: Outcome) -> bool:
        """Run an input that killed its process once more, now without a limit on its memory.

        C code that does not look at what an allocation returned dies natively where memory is
        refused; whether it would have died anyway is what tells its bug from our limit.
        """
        failure = outcome.failure
        if self._death_within_limit is not None or failure is None or failure.kind != "death":
            return False
        if failure.type in EXTERNAL or self._pid == worker.pid:  # it could not fork: it is gone
            return False
        self._death_within_limit = failure
        self._ask(worker, self._input, self._folder, limited=False)
        return True

    def _settled(self, outcome: Outcome) -> Outcome:
        """The outcome as it counts; a test case's failure begins with what the test case is."""
        outcome = self._of_both_looks(outcome)
        program = self._folder / PROGRAM
        if outcome.failure is None or not program.is_file():
            return outcome
        told = program.read_text(encoding="utf-8", errors="replace")[:MAX_PROGRAM].rstrip()
        failure = dataclasses.replace(outcome.failure, text=f"{told}\n\n{outcome.failure.text}")
        return dataclasses.replace(outcome, failure=failure)

    def _of_both_looks(self, outcome: Outcome) -> Outcome:
        first = self._death_within_limit
        if first is None or (outcome.failure is not None and outcome.failure.type == first.type):
            return outcome
        text = f"{first.text}\nWith more memory than the limit it does not end like this.\n"
        failure = dataclasses.replace(first, kind="memory", text=text)
        return Outcome(failure, fingerprint(failure, self._own))

    def _take(self, message: dict[str, object], folder: pathlib.Path) -> None:
        match message:
            case {"kind": "refused", "message": str(text), "exit_code": int(code)}:
                self._outcome = Outcome(refused=text, exit_code=code)
            case {"kind": "broke", "text": text}:
                raise RuntimeError(f"the replay process broke:\n{text}")
            case {"kind": "began", "pid": int(pid)}:
                self._pid, self._began_s = pid, time.monotonic()
                self._nudges = [signal.SIGUSR1, signal.SIGABRT, signal.SIGKILL]
            case {"kind": "outcome", "failure": None}:
                self._outcome = Outcome()
            case {"kind": "outcome", "failure": dict(record), "fingerprint": str(mark)}:
                self._outcome = Outcome(from_record(record), mark)
            case {"kind": "ended", "code": int(code)} if self._outcome is None:
                failure = self._death(code, folder)
                self._outcome = Outcome(failure, fingerprint(failure, self._own))

    def _death(self, code: int, folder: pathlib.Path) -> Failure:
        fault = folder / "fault.txt"
        text = fault.read_text(encoding="utf-8", errors="replace") if fault.exists() else ""
        failure = from_death(cause_of(code), text, self._spec.sys_path)
        if len(self._nudges) >= 2:
            return failure
        return dataclasses.replace(failure, kind="hang", type="harness.failure.Hang")

    def _hurry(self, worker: Worker) -> None:
        """End an execution that neither uses CPU time nor ends, as `Worker.nudge_if_silent`."""
        if self._pid is not None and self._death_within_limit is not None:
            self._end_if_too_big(self._pid)
        limit_s = START_LIMIT_S if self._pid is None else self._limit_s
        passed_s = time.monotonic() - self._began_s
        if passed_s < limit_s or passed_s - starved_s(self._pid or worker.pid) < limit_s:
            return  # on a busy machine, time without a processor is no silence
        if self._pid is None:
            worker.kill()
        elif self._nudges:
            self._began_s = time.monotonic() - self._limit_s + NUDGE_S
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, self._nudges.pop(0))

    def _end_if_too_big(self, pid: int) -> None:
        """Address space is not limited in the second look, so what is really used has to be."""
        with contextlib.suppress(OSError, IndexError):  # it may have ended meanwhile
            statm = pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
            if int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") > self._memory_bytes:
                os.kill(pid, signal.SIGKILL)
