"""Which subjects of the target the machine can drive, by their names, and by which rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from targets.scheduler.machine.model import Model
from targets.scheduler.machine.operations import System
from targets.scheduler.machine.ours import Ours


class Named(Protocol):
    """A subject of the target: its name says which scheduler is meant."""

    @property
    def name(self) -> str:
        """The subject's name in the target."""


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """How to make the scheduler of a subject, and what holds of it."""

    name: str
    make: Callable[[int], System]
    """Gets the time at which its clock starts."""
    model: Model
    durable: bool
    """Its jobs are on a disk that can be damaged, and survive."""


def _reference() -> Made:
    return Made("reference", Ours, Model(), durable=True)


def _apscheduler() -> Made:
    from targets.scheduler.machine.theirs import ApsModel, Theirs

    return Made("apscheduler", Theirs, ApsModel(), durable=False)


_MAKERS: Final[Mapping[str, Callable[[], Made]]] = {
    "reference": _reference,
    "apscheduler": _apscheduler,
}
SUBJECTS: Final = tuple(_MAKERS)


def make_for(subject: Named) -> Made:
    """The scheduler of a subject; LookupError if it has none."""
    return _MAKERS[subject.name]()
