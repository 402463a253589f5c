"""How persons' decisions are taken: where a crash's rulings are, and crashes under new rulings."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterable

from harness import crashes, rulings
from harness.crash import Crash
from harness.home import Home
from harness.rulings import Accepted, Rulings
from targets.errors import FarmError
from targets.registry import Found, discover


def target_of(crash: Crash) -> Found:
    """The crash's target; FarmError where it is not known."""
    known = discover().found
    if crash.target not in known:
        raise FarmError(
            f"{crash.id} is of target {crash.target!r}, which is not known here: go to the project "
            f"that has it; `fuzz list` shows {', '.join(sorted(known))}"
        )
    return known[crash.target]


def accepted_of(several: Iterable[Crash]) -> dict[str, Accepted]:
    """Crash id → why it is tolerated, of those that are, as far as their targets are known here."""
    known = discover().found
    decided: dict[str, Rulings] = {}
    tolerated: dict[str, Accepted] = {}
    for crash in several:
        if crash.target not in known:
            continue
        if crash.target not in decided:
            decided[crash.target] = rulings.read(rulings.place(known[crash.target]))
        if accepted := decided[crash.target].acceptance(crash):
            tolerated[crash.id] = accepted
    return tolerated


def decide(
    home: Home, found: Found, how: Callable[[Rulings], Rulings]
) -> tuple[pathlib.Path, list[str]]:
    """Change the target's rulings, and give the home's crashes the ids that follow.

    Returns the file of the rulings, and the old ids of crashes that have another one now.
    """
    folder = rulings.place(found)
    decided = how(rulings.read(folder))
    path = rulings.write(folder, decided)
    moved = []
    for crash in list(crashes.crashes(home)):
        if not isinstance(crash, Crash) or crash.target != found.name:
            continue
        if decided.ruled(crash).id != crash.id:
            crashes.change(home, crash.id, decided.ruled)
            moved.append(crash.id)
    return path, moved


def without(decided: Rulings, crash: Crash, what: str) -> Rulings:
    """The rulings without those of kind `what` on this crash; FarmError when there is none."""
    names = {crash.id, *crash.aliases}
    kept = tuple(item for item in getattr(decided, what) if item.crash not in names)
    if kept == getattr(decided, what):
        raise FarmError(f"{crash.id} was not {what}: nothing to undo")
    return dataclasses.replace(decided, **{what: kept})
