"""Inputs that once failed and are kept for ever: `regressions/<check>/<crash-id>` of a target."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

from harness import rulings
from harness.home import write_atomic
from targets.registry import Found
from targets.selection import Selected

FOLDER = "regressions"
_ID = re.compile(r"crash-[0-9a-f]{12}")


def of(selected: Selected) -> Iterator[tuple[str, bytes]]:
    """Crash id and input of all that was kept for the check, with the target or in the project."""
    found = selected.found
    seen: set[str] = set()
    for place in dict.fromkeys((found.corpus, rulings.place(found))):
        folder = place / FOLDER / selected.check_name
        for path in sorted(folder.glob("crash-*")):
            if _ID.fullmatch(path.name) and path.is_file() and path.name not in seen:
                seen.add(path.name)
                yield path.name, path.read_bytes()


def keep(found: Found, check: str, crash: str, data: bytes) -> pathlib.Path:
    """Write an input where later runs replay it first; returns the file."""
    path = rulings.place(found) / FOLDER / check / crash
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
    return path
