"""The job file: two copies, each replaced whole, read anew by everybody who changes it.

What it promises, once `change` has returned:

- It is saved: neither the death of the process nor of the machine takes it back.
- Before that, a crash leaves the jobs as they were or as they should be, nothing in between.
- Nobody's change is lost: who changes holds the lock, and starts from what is saved.
- One copy may be lost or damaged at any time. With both damaged, nothing is overwritten, and every
  call raises CorruptStore until somebody has looked at it.
- If it raises StoreError (a disk is full), nothing has changed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Final

from targets.scheduler.reference.disk import Disk
from targets.scheduler.reference.errors import CorruptStore, StoreError

COPIES: Final = ("jobs.1.json", "jobs.2.json")
_NEW: Final = ".new"


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One job; instants are seconds since 1970 in UTC."""

    name: str
    text: str
    zone: str
    enabled: bool = True
    next_s: int | None = None
    """When it is due; None: never again, or not before it is resumed."""
    last_s: int | None = None
    """When it last ran."""
    runs: int = 0


_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Job))
Jobs = dict[str, Job]
Change = Callable[[Jobs], Jobs]


@dataclasses.dataclass(frozen=True, slots=True)
class _Saved:
    generation: int = 0
    jobs: Jobs = dataclasses.field(default_factory=dict)


class Store:
    """The jobs on one disk. Several of them, in several processes, may share a disk."""

    def __init__(self, disk: Disk, faulty: frozenset[str] = frozenset()) -> None:
        self._disk = disk
        self._faulty = faulty
        self._memory: _Saved | None = None

    def read(self) -> Jobs:
        """The jobs by name; CorruptStore if no copy can be read."""
        with self._locked():
            return dict(self._load().jobs)

    def change(self, change: Change) -> Jobs:
        """Replace the jobs by what `change` makes of them, and return that; see above."""
        with self._locked():
            saved = self._load()
            jobs = change(dict(saved.jobs))
            if "memory-first" in self._faulty or "lost-update" in self._faulty:
                self._memory = _Saved(saved.generation + 1, jobs)
            if jobs != saved.jobs:
                self._save(_Saved(saved.generation + 1, jobs))
            return jobs

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if "unlocked" in self._faulty:
            yield
            return
        with self._disk.locked():
            yield

    def _load(self) -> _Saved:
        if self._memory is not None:
            return self._memory
        if "renamed-unsynced" not in self._faulty:
            # Whoever died may have renamed copies and not synced that; what we read must stay.
            self._disk.sync_names()
        found = [self._disk.read(name) for name in COPIES]
        copies = [copy for copy in map(_decoded, found) if copy is not None]
        if "corrupt-is-empty" in self._faulty and len(copies) < len(found):
            return _Saved()
        if not copies:
            if all(data is None for data in found):
                return _Saved()
            raise CorruptStore("no copy of the job file can be read; both are left as they are")
        newest = max(copies, key=lambda copy: copy.generation)
        if "lost-update" in self._faulty:
            self._memory = newest
        if "written-in-place" not in self._faulty:
            self._mend(newest, found)
        return newest

    def _mend(self, newest: _Saved, found: list[bytes | None]) -> None:
        """Renew a copy that is damaged, or that a crash left behind."""
        data = _encoded(newest)
        names = [name for name, read in zip(COPIES, found, strict=True) if read != data]
        if names:
            # One good copy is enough to go on; what cannot be mended now is mended the next time.
            with contextlib.suppress(OSError):
                self._replace(names, data)

    def _save(self, saved: _Saved) -> None:
        try:
            if "written-in-place" in self._faulty:
                self._disk.write(COPIES[0], _encoded(saved))
            else:
                self._replace(list(COPIES), _encoded(saved))
        except OSError as error:
            raise StoreError(f"the jobs were not saved: {error}") from error

    def _replace(self, names: list[str], data: bytes) -> None:
        """Replace copies, each at once, and none before all are on the disk beside them."""
        for name in names:
            self._disk.write(name + _NEW, data)
            if "renamed-unsynced" not in self._faulty:
                self._disk.sync(name + _NEW)
        for name in names:
            # From the first of these on the change counts: the newest copy is the one that is read.
            self._disk.rename(name + _NEW, name)
        self._disk.sync_names()


def _encoded(saved: _Saved) -> bytes:
    body = json.dumps(
        {
            "generation": saved.generation,
            "jobs": [{name: getattr(job, name) for name in _FIELDS} for job in saved.jobs.values()],
        }
    )
    return f"{_checksum(body)}\n{body}\n".encode()


def _decoded(data: bytes | None) -> _Saved | None:
    """What a copy holds; None if it is not there, or not as it was written."""
    if data is None:
        return None
    try:
        checksum, body, rest = data.decode("ascii").split("\n")
    except ValueError:
        return None
    if rest or checksum != _checksum(body):
        return None
    fields = json.loads(body)
    jobs = [Job(**job) for job in fields["jobs"]]
    return _Saved(fields["generation"], {job.name: job for job in jobs})


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
