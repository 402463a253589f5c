"""Takes sources into a home, one after the other, and keeps account of what came of each."""

from __future__ import annotations

import dataclasses
import pathlib
import shlex
from collections.abc import Iterable

from harness import rulings
from harness.crash import AS, Crash, Seen
from harness.crash_folder import read
from harness.crashes import absorb, crashes
from harness.home import Home
from harness.plan import Job
from harness.rulings import Rulings
from targets.registry import Registry
from triage.importing import stored
from triage.importing.archives import Unpacker
from triage.importing.entry import Budget, Entry, Refused, RefusedError
from triage.importing.inputs import Replays
from triage.importing.names import Found, is_input, sort
from triage.importing.sources import opened


@dataclasses.dataclass(slots=True)
class Account:
    """What an import did so far; of crashes the ids, as their inputs may be large, and many."""

    new: set[str] = dataclasses.field(default_factory=set)
    updated: set[str] = dataclasses.field(default_factory=set)
    unchanged: set[str] = dataclasses.field(default_factory=set)
    journals: int = 0
    corpus: int = 0
    passed: list[str] = dataclasses.field(default_factory=list)
    """Raw inputs that did not fail."""
    refused: list[Refused] = dataclasses.field(default_factory=list)

    def tell(self, crash: str, *, new: bool = False, changed: bool = False) -> None:
        """Note what became of a crash; what happened to it before in this import counts."""
        if new:
            self.new.add(crash)
        elif crash not in self.new and changed:
            self.updated.add(crash)
        elif crash not in self.new:
            self.unchanged.add(crash)
        self.unchanged -= self.updated


class Intake:
    """One import: into `home`, by way of a scratch folder, under one budget."""

    def __init__(
        self, home: Home, registry: Registry, scratch: pathlib.Path, budget: Budget
    ) -> None:
        self.account = Account()
        self._registry = registry
        self._home = home
        self._scratch = scratch
        self._unpacker = Unpacker(scratch, budget)
        self._rulings: dict[str, Rulings] = {}
        self._inputs: list[Entry] = []

    def take(self, source: pathlib.Path, *, as_input: bool) -> None:
        """Merge what is stored in a source; raw inputs are put by for `replay`.

        A single file that is nothing else is an input if `as_input`.
        """
        entries, refused = list[Entry](), len(self.account.refused)
        for entry in opened(source, self._unpacker):
            if isinstance(entry, Refused):
                self.account.refused.append(entry)
            else:
                entries.append(entry)
        if source.is_file() and [entry.label for entry in entries] == [str(source)]:
            self._take_file(entries[0], as_input)
        else:
            found = self._take_found(sort(entries))
            if not found and len(self.account.refused) == refused and not _is_home(source):
                reason = "nothing to import is in it: no home, no crash files, no export"
                self.account.refused.append(Refused(str(source), reason))

    def _take_file(self, entry: Entry, as_input: bool) -> None:
        if is_input(entry.name, alone=True):
            self._inputs.append(entry)
        elif self._exported(entry):
            return
        elif as_input:
            self._inputs.append(entry)
        else:
            name = shlex.quote(entry.label)
            reason = (
                "no home, archive, export or crash file by its looks; "
                f"if it is an input, say of what: triage import {name} --on resp:parse"
            )
            self.account.refused.append(Refused(entry.label, reason))

    def _take_found(self, found: Found) -> bool:
        """Whether there was anything."""
        for label, files in found.crashes.items():
            self._take_crash(stored.crash(files, label, self._scratch / "crash"))
        for run, journals in found.journals.items():
            for entry in journals:
                kept = stored.keep_journal(self._home, run, entry)
                self.account.journals += self._counted(kept)
        for item in found.corpus:
            self.account.corpus += self._counted(stored.keep_input(self._home, item))
        exports = [self._exported(entry) for entry in found.exports]
        self._inputs += found.inputs
        parts: Iterable[object] = (found.crashes, found.journals, found.corpus, found.inputs)
        return any(parts) or any(exports)

    def _exported(self, entry: Entry) -> bool:
        found = stored.exported(entry, self._scratch / "crash")
        for crash in found or ():
            self._take_crash(crash)
        return found is not None

    def replay(self, job: Job) -> None:
        """Run the raw inputs on a job; each that fails is merged as a crash."""
        target, account = job.selected.found.name, self.account
        known: dict[str, tuple[str, Seen]] = {}
        for crash in crashes(self._home):
            if isinstance(crash, Crash) and crash.target == target:
                known |= _sightings(crash)
        with Replays(job, self._scratch / "replays") as replays:
            for entry in self._inputs:
                try:
                    data = entry.content()
                except RefusedError as error:
                    account.refused.append(Refused(entry.label, str(error)))
                    continue
                run = replays.run_of(data)
                if run in known and _covers(known[run][1], entry.time_s):
                    account.tell(known[run][0])
                elif found := replays.crash(entry, data):
                    known |= _sightings(self._merged(found))
                else:
                    account.passed.append(entry.label)

    @property
    def waiting(self) -> list[Entry]:
        """Raw inputs that were found."""
        return self._inputs

    def _take_crash(self, crash: Crash | Refused) -> None:
        if isinstance(crash, Refused):
            self.account.refused.append(crash)
        else:
            self._merged(crash)

    def _merged(self, crash: Crash) -> Crash:
        """The crash as known from now on."""
        crash = self._decided(crash.target).ruled(crash)
        before = read(self._home.crash(crash.id))
        now, _ = absorb(self._home, crash)
        self.account.tell(now.id, new=not isinstance(before, Crash), changed=now != before)
        return now

    def _decided(self, target: str) -> Rulings:
        """What persons decided of crashes of this target, if it is known here."""
        found = self._registry.found.get(target)
        if target not in self._rulings:
            place = rulings.place(found) if found else None
            self._rulings[target] = rulings.read(place) if place else rulings.NONE
        return self._rulings[target]

    def _counted(self, kept: bool | Refused) -> bool:
        if isinstance(kept, Refused):
            self.account.refused.append(kept)
            return False
        return kept


def _sightings(crash: Crash) -> dict[str, tuple[str, Seen]]:
    """The crash's id and sightings by run, as the run was called before a person merged crashes."""
    return {run.partition(AS)[0]: (crash.id, seen) for run, seen in crash.runs.items()}


def _covers(seen: Seen, time_s: float) -> bool:
    """Whether another input of this content, written at that time, says nothing new."""
    return seen.first_s <= time_s <= seen.last_s


def _is_home(source: pathlib.Path) -> bool:
    """Whether it is a home without anything in it yet."""
    return (source / "crashes").is_dir()
