"""A disk in memory that keeps what a real one keeps when the process or the machine dies."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator

from targets.scheduler.reference.errors import Busy


class Died(BaseException):
    """The process is gone; past every `except` of the code under test."""


@dataclasses.dataclass(frozen=True, slots=True)
class Death:
    """How it dies: at which step, and what is left.

    A step is one call of the disk. The process dies in the middle of the step: of what it writes
    there, `part` (of 256) is there. With `power` the whole machine dies: of each file that was
    written and not synced `part` is there, followed by zeros if `zeros`, and of the renames since
    the last sync of names the first `renames`.
    """

    step: int
    power: bool = False
    part: int = 0
    zeros: bool = False
    renames: int = 0


@dataclasses.dataclass(slots=True)
class _File:
    data: bytes = b""
    synced: bytes = b""


class MemoryDisk:
    """A `Disk` whose steps can be counted, interrupted and made fail."""

    def __init__(self) -> None:
        self._names: dict[str, _File] = {}
        self._renames: list[dict[str, _File]] = []
        """What names were before each rename since the last sync of names, oldest first."""
        self._held = False
        self._steps = 0
        self.death: Death | None = None
        self.meanwhile: tuple[int, Callable[[], None]] | None = None
        """Something else that happens before a step."""
        self.full_at: int | None = None
        """The step from which on nothing can be written."""

    def begin(self) -> None:
        """Count steps from here on; nothing is planned for them."""
        self._steps = 0
        self.death = self.meanwhile = self.full_at = None

    def read(self, name: str) -> bytes | None:
        """What the file holds; None: it is not there."""
        self._step()
        file = self._names.get(name)
        return None if file is None else file.data

    def write(self, name: str, data: bytes) -> None:
        """The file holds this, unless the process dies or the disk is full in the middle of it."""
        file = self._names.setdefault(name, _File())
        file.data = data[: len(data) * (self.death.part if self.death else 0) // 256]
        self._step()
        if self.full_at is not None and self._steps >= self.full_at:
            raise OSError(28, "No space left on device", name)
        file.data = data

    def sync(self, name: str) -> None:
        """What was written to the file survives from now on."""
        self._step()
        file = self._found(name)
        file.synced = file.data

    def rename(self, name: str, to: str) -> None:
        """The file has another name, and what had that name is gone: all at once."""
        self._step()
        self._renames.append(dict(self._names))
        self._names[to] = self._found(name)
        del self._names[name]

    def sync_names(self) -> None:
        """Renames survive from now on."""
        self._step()
        self._renames.clear()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody waits here: Busy if it is held, as whoever holds it is interrupted."""
        self._step()
        if self._held:
            raise Busy("the store is held")
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def file(self, name: str) -> bytes | None:
        """What a file holds, without a step."""
        file = self._names.get(name)
        return None if file is None else file.data

    def damage(self, name: str, data: bytes | None) -> None:
        """Something else than we wrote is in the file; None: it is gone."""
        if data is None:
            self._names.pop(name, None)
        else:
            self._names[name] = _File(data, data)
        self._renames.clear()

    def lose(self, death: Death) -> None:
        """The machine is dead: only what was synced is sure to be there."""
        if death.renames < len(self._renames):
            self._names = dict(self._renames[death.renames])
        self._renames.clear()
        for file in self._names.values():
            if file.data != file.synced:
                kept = file.data[: len(file.data) * death.part // 256]
                rest = b"\0" * (len(file.data) - len(kept)) if death.zeros else b""
                file.data = file.synced = kept + rest

    def _found(self, name: str) -> _File:
        if name not in self._names:
            raise FileNotFoundError(2, "No such file", name)
        return self._names[name]

    def _step(self) -> None:
        at = self._steps
        self._steps += 1
        if self.meanwhile is not None and self.meanwhile[0] == at:
            happens = self.meanwhile[1]
            self.meanwhile = None
            happens()
        if self.death is not None and self.death.step == at:
            if self.death.power:
                self.lose(self.death)
            self.death = None
            raise Died
