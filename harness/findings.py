"""From suspects to crashes: tries each once, stores what is confirmed, says each crash once."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

from harness import cases, crashes, rulings
from harness.crashes import Sighting
from harness.events import CrashFound, Noticed
from harness.failure import Failure
from harness.home import Home
from harness.plan import Job
from harness.replay import EXTERNAL
from harness.rulings import Accepted, Rulings
from harness.trials import Suspect, Trials, Verdict

IMPROVEMENTS = 3
"""How many smaller inputs of a crash are tried in one run."""
OTHERS = 20
"""How many more inputs are tried while clean processes show another fingerprint."""


@dataclasses.dataclass(slots=True)
class _Known:
    """What this run knows of one fingerprint of one job."""

    smallest_bytes: int
    crash: str | None = None
    settled: bool = False
    improvements: int = 0
    unrecorded: int = 0
    differs: bool = False
    """Clean processes only ever showed another fingerprint: it may hide a second bug, as native
    deaths of C code do that has no frames of its own."""
    others: int = 0


class Findings:
    """The crashes of one run."""

    def __init__(self, home: Home, run: str, trials: Trials, suffix: str = "") -> None:
        self._home = home
        self._run = run
        self._trials = trials
        self._suffix = suffix
        self._known: dict[tuple[str, str], _Known] = {}
        self._sightings: dict[str, Sighting] = {}
        self._rulings: dict[str, Rulings] = {}
        self.found: dict[str, CrashFound] = {}
        """Crash id → what was said of it."""

    def suspect(self, job: Job, fingerprint: str, failure: Failure, data: bytes) -> None:
        """Take a sighting that a worker reported or died of; it will be tried."""
        key = (job.selected.name, fingerprint)
        known = self._known.get(key)
        if known is None:
            self._known[key] = _Known(len(data))
        elif known.differs and known.others < OTHERS:
            known.others += 1
        elif len(data) >= known.smallest_bytes or known.improvements >= IMPROVEMENTS:
            return
        else:
            known.smallest_bytes = len(data)
            known.improvements += 1
        self._trials.add(Suspect(job, fingerprint, failure, data))

    def replay(self, job: Job, regression: str, data: bytes) -> None:
        """Try an input that was kept of the crash `regression`, though nobody saw it failing."""
        self._trials.add(Suspect(job, "", Failure("regression", ""), data, regression))

    def count(self, job: Job, counts: dict[str, int]) -> None:
        """Further sightings of fingerprints that were reported before."""
        for fingerprint, number in counts.items():
            known = self._known.get((job.selected.name, fingerprint))
            if known is not None:
                known.unrecorded += number

    def crashes_of(self, job: Job) -> int:
        """Distinct crashes that this job showed so far."""
        name = job.selected.name
        return len(
            {known.crash for (of, _), known in self._known.items() if of == name and known.crash}
        )

    def judge(self, verdicts: list[Verdict]) -> Iterator[tuple[Job, CrashFound | Noticed]]:
        """Store what the verdicts say; yields each crash the first time it is seen in this run,
        and each tolerated crash that does not happen any more."""
        for verdict in verdicts:
            suspect = verdict.suspect
            if suspect.regression and not verdict.failed:
                if verdict.tries and (accepted := self._tolerated(suspect)):
                    yield suspect.job, Noticed(_no_more(suspect.job, accepted))
                continue
            key = (suspect.job.selected.name, suspect.fingerprint or verdict.fingerprint)
            known = self._known.setdefault(key, _Known(len(suspect.data)))
            said = self._store(verdict, known)
            if said is not None:
                yield suspect.job, said

    def flush(self) -> None:
        """Store the counts of this run that are not stored yet."""
        for known in self._known.values():
            if known.crash is not None and known.unrecorded > 0:
                sighting = self._sightings[known.crash]
                now = dataclasses.replace(sighting, time_s=time.time(), count=known.unrecorded)
                crashes.record(self._home, now, self._rulings[sighting.target])
                known.unrecorded = 0

    def _store(self, verdict: Verdict, known: _Known) -> CrashFound | None:
        suspect = verdict.suspect
        if not verdict.failed and suspect.failure.type in EXTERNAL:
            return None
        if known.settled and not verdict.failed:
            return None  # a smaller input of a known crash that did not fail again
        job = suspect.job
        sighting = dataclasses.replace(
            cases.sighting(job, verdict.failure, suspect.data, self._run, time.time()),
            failed=verdict.failed,
            tries=verdict.tries,
        )
        decided = self._decided(job)
        crash, new = crashes.record(self._home, sighting, decided)
        accepted = decided.acceptance(crash)
        known.unrecorded = max(known.unrecorded - 1, 0)
        known.crash, known.settled = crash.id, verdict.failed > 0
        known.differs = verdict.failed > 0 and not verdict.same and not suspect.regression
        self._sightings[crash.id] = sighting
        before = self.found.get(crash.id)
        if before is not None and not (verdict.failed and not before.failed_again):
            return None
        said = CrashFound(
            crash=crash.id,
            new=accepted is None and (new if before is None else before.new),
            state=verdict.state,
            reproduced=f"{verdict.failed}/{verdict.tries}" if verdict.tries else "",
            kind=crash.kind,
            title=crash.title,
            size_bytes=len(crash.data),
            replay=crash.replay + self._suffix,
            accepted=accepted.reason if accepted else "",
        )
        self.found[crash.id] = said
        return said

    def _decided(self, job: Job) -> Rulings:
        found = job.selected.found
        if found.name not in self._rulings:
            self._rulings[found.name] = rulings.read(rulings.place(found))
        return self._rulings[found.name]

    def _tolerated(self, suspect: Suspect) -> Accepted | None:
        accepted = self._decided(suspect.job).accepted
        mine = (item for item in accepted if item.crash == suspect.regression)
        return next((item for item in mine if item.package == suspect.job.package), None)


def _no_more(job: Job, accepted: Accepted) -> str:
    version = f" {job.subject_version}" if job.subject_version else ""
    return (
        f"{accepted.crash} ({accepted.title}) does not happen any more in {job.package}{version}; "
        f"it was accepted: {accepted.reason}; `triage accept {accepted.crash} --undo` ends that"
    )
