"""What a run was asked for, and how it is asked to end."""

from __future__ import annotations

import dataclasses
import pathlib


@dataclasses.dataclass(slots=True)
class Stop:
    """How a listener ends a run early: set `requested`; the run still ends in order."""

    requested: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What `fuzz run` was asked for, beyond the jobs."""

    run: str
    selections: tuple[str, ...]
    budget_s: float
    seed: int
    parallel: int
    command: str
    seeds: tuple[pathlib.Path, ...] = ()
    """Folders of seeds beside those of the targets."""
    elsewhere: bool = False
    """The home was named on the command line, so replay commands have to name it too."""
