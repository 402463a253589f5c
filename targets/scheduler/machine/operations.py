"""What can be asked of a scheduler, what comes of it, and what a scheduler shows, as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final, Protocol

from targets.scheduler.machine.timetable import Timetable


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How a job deals with what it missed; a subject whose rules are fixed passes over them."""

    coalesce: bool = True
    """Of several missed slots only the last runs."""
    grace_s: int | None = None
    """A slot that is later than this is missed; None: none is."""
    instances: int = 1
    """So many runs of the job at the same time."""
    slow: bool = False
    """A run lasts until it is told to end."""


DEFAULTS: Final = Options()


@dataclasses.dataclass(frozen=True, slots=True)
class Add:
    """A new job."""

    name: str
    timetable: Timetable
    options: Options = DEFAULTS


@dataclasses.dataclass(frozen=True, slots=True)
class AddText:
    """A new job whose expression is none, or whose zone."""

    name: str
    text: str
    zone: str = "UTC"


@dataclasses.dataclass(frozen=True, slots=True)
class UpdateText:
    """As `AddText`, for a job that is there."""

    name: str
    text: str
    zone: str = "UTC"


@dataclasses.dataclass(frozen=True, slots=True)
class Pause:
    """It does not fire."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Resume:
    """It fires again."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Remove:
    """It is gone."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """It fires at other times."""

    name: str
    timetable: Timetable


@dataclasses.dataclass(frozen=True, slots=True)
class Modify:
    """It has other options."""

    name: str
    options: Options


@dataclasses.dataclass(frozen=True, slots=True)
class Finish:
    """The runs of slow jobs end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """Whatever is due fires."""


Operation = Add | AddText | Pause | Resume | Remove | Update | UpdateText | Modify | Finish | Tick
_TEXTS: Final = {AddText: "add", UpdateText: "update"}


def word(operation: Operation) -> str:
    """What an operation is called in the name of a crash."""
    return _TEXTS.get(type(operation), type(operation).__name__.lower())


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Fired:
    """A slot of a job came: it `ran`, was `missed`, or `skipped` as too many runs were going on."""

    slot_s: int
    name: str
    what: str = "ran"


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The documented error, one of `conflict unknown refused busy full corrupt`, or what fired."""

    error: str = ""
    fired: tuple[Fired, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """What a scheduler shows of a job; None where it does not say."""

    enabled: bool
    next_s: int | None
    last_s: int | None = None
    runs: int | None = None
    text: str | None = None
    """The expression, and the zone."""


class System(Protocol):
    """A scheduler under a clock of its own; what it does not document escapes from its calls."""

    def move(self, seconds: int) -> None:
        """The clock goes forward, or back."""

    def now_s(self) -> int:
        """What the clock says."""

    def do(self, operation: Operation, ticker: int = 0) -> Outcome:
        """One operation through one of its tickers."""

    def jobs(self, ticker: int = 0) -> Mapping[str, View]:
        """All jobs by name."""

    def restart(self) -> None:
        """It stops, and starts again with what it has saved."""

    def close(self) -> None:
        """It is not needed any more."""
