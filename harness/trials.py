"""Tries suspects again in clean processes, a few at a time: confirmed, another crash, or flaky."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import time

from harness.failure import Failure
from harness.plan import Job
from harness.replay import Replayer

TRIES = 3
"""A suspect that does not fail is tried so often before it is called flaky."""


@dataclasses.dataclass(frozen=True, slots=True)
class Suspect:
    """A sighting that has not been tried yet."""

    job: Job
    fingerprint: str
    failure: Failure
    data: bytes
    regression: str = ""
    """Crash id of a kept input, which nobody saw failing in this run yet."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What clean processes made of a suspect.

    `failure` and `fingerprint` are what the clean process showed, or the suspect's own when it
    showed nothing. `failed` of `tries` executions failed; `same`: with the suspect's fingerprint.
    """

    suspect: Suspect
    failure: Failure
    fingerprint: str
    failed: int
    tries: int

    @property
    def same(self) -> bool:
        """Whether it failed again, and the same way."""
        return self.failed > 0 and self.fingerprint == self.suspect.fingerprint

    @property
    def state(self) -> str:
        """`confirmed` when every try failed, else `flaky`; `unconfirmed` when none took place."""
        if self.tries == 0:
            return "unconfirmed"
        return "confirmed" if self.failed == self.tries else "flaky"


@dataclasses.dataclass(slots=True)
class _Trial:
    suspect: Suspect
    replayer: Replayer
    tries: int


class Trials:
    """A queue of suspects and the few clean processes that are trying some of them."""

    def __init__(self, folder: pathlib.Path, at_once: int) -> None:
        self._folder = folder
        self._at_once = at_once
        self._waiting: collections.deque[Suspect] = collections.deque()
        self._running: list[_Trial] = []
        self._replayers: dict[tuple[str, int], Replayer] = {}
        self._number = 0

    def add(self, suspect: Suspect) -> None:
        """Put a suspect at the end of the queue."""
        self._waiting.append(suspect)

    @property
    def pending(self) -> int:
        """Suspects without a verdict."""
        return len(self._waiting) + len(self._running)

    @property
    def running(self) -> int:
        """Clean processes at work now."""
        return len(self._running)

    @property
    def fds(self) -> list[int]:
        """Descriptors to wait on."""
        return [fd for trial in self._running for fd in trial.replayer.fds]

    def poll(self) -> list[Verdict]:
        """Verdicts that are in; starts what can be started. Never blocks."""
        verdicts: list[Verdict] = []
        for trial in list(self._running):
            outcome = trial.replayer.poll()
            if outcome is None:
                continue
            self._running.remove(trial)
            if outcome.failure is not None and outcome.fingerprint is not None:
                verdicts.append(
                    Verdict(trial.suspect, outcome.failure, outcome.fingerprint, 1, trial.tries)
                )
            elif trial.tries < TRIES and outcome.refused is None and not trial.suspect.regression:
                self._running.append(self._start(trial.suspect, trial.tries + 1))
            else:
                tries = trial.tries if outcome.refused is None else trial.tries - 1
                verdicts.append(_not_again(trial.suspect, tries))
        while self._waiting and len(self._running) < self._at_once:
            self._running.append(self._start(self._waiting.popleft(), 1))
        return verdicts

    def finish(self, deadline_s: float) -> list[Verdict]:
        """Verdicts until then (monotonic seconds); what has none by then is unconfirmed."""
        verdicts: list[Verdict] = []
        while self.pending and time.monotonic() < deadline_s:
            verdicts += self.poll()
            time.sleep(0.005)
        return verdicts + self.abandon()

    def abandon(self) -> list[Verdict]:
        """End all trials at once; their suspects are unconfirmed."""
        rest = [trial.suspect for trial in self._running] + list(self._waiting)
        for replayer in self._replayers.values():
            replayer.close()
        self._replayers.clear()
        self._running.clear()
        self._waiting.clear()
        return [_not_again(suspect, 0) for suspect in rest]

    def _start(self, suspect: Suspect, tries: int) -> _Trial:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir(parents=True)
        path = folder / "input"
        path.write_bytes(suspect.data)
        replayer = self._free_replayer(suspect.job)
        replayer.submit(path, folder)
        return _Trial(suspect, replayer, tries)

    def _free_replayer(self, job: Job) -> Replayer:
        for number in range(self._at_once):
            key = (job.selected.name, number)
            if key not in self._replayers:
                folder = self._folder / f"replayer-{len(self._replayers)}"
                self._replayers[key] = Replayer(job, folder)
            if not self._replayers[key].busy:
                return self._replayers[key]
        raise AssertionError("more trials at once than replayers")  # at_once bounds both


def _not_again(suspect: Suspect, tries: int) -> Verdict:
    return Verdict(suspect, suspect.failure, suspect.fingerprint, 0, tries)
