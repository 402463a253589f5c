"""Real bugs of released packages: each shows in one version, and not in a later one."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Bug:
    """One bug. `pins` are the exact environments in which it was seen and not seen.

    `difficulty` goes from 1 (random bytes find it) to 5 (state, time zone, concurrency).
    """

    id: str
    target: str
    package: str
    vulnerable: str
    fixed: str
    what: str
    """Its class: wrong exception, hang, wrong result…"""
    oracle: str
    input: str
    difficulty: int
    link: str
    pins_vulnerable: tuple[str, ...] = ()
    pins_fixed: tuple[str, ...] = ()

    @property
    def selection(self) -> str:
        """What a user types to look for it: no check, no subject of several, no hint."""
        return f"{self.target}@{self.package}=={self.vulnerable}"


def bugs() -> list[Bug]:
    """All bugs of the JSON files beside this one, in their order."""
    found: list[Bug] = []
    for path in sorted(pathlib.Path(__file__).parent.glob("*.json"), reverse=True):
        records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        found += map(_bug, records)
    return found


def _bug(record: dict[str, Any]) -> Bug:
    names = {field.name for field in dataclasses.fields(Bug)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record.items()
        if name in names
    }
    return Bug(what=record["class"], **values)
