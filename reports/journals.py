"""Journals on disk: which runs there are, which one is meant, and what it says."""

from __future__ import annotations

import difflib
import pathlib

from harness.events import from_json
from harness.home import Home
from harness.journal import NAME
from reports.fold import Run, fold
from targets.errors import FarmError


def read(home: Home, name: str | None) -> Run:
    """The run whose name begins with `name`, or the latest; FarmError when there is none."""
    journals = {path.parent.name: path for path in home.runs.glob(f"*/{NAME}")}
    if not journals:
        raise FarmError(
            f"no run in {home.root}: `fuzz run` makes one; choose another home with --home DIR"
        )
    chosen = _latest(journals) if name is None else _named(journals, name)
    try:
        with journals[chosen].open("rb") as lines:
            return fold(chosen, lines)
    except OSError as error:
        raise FarmError(f"{journals[chosen]} cannot be read: {error.strerror}") from error


def _latest(journals: dict[str, pathlib.Path]) -> str:
    return max(journals, key=lambda name: (_began_s(journals[name]), name))


def _began_s(journal: pathlib.Path) -> float:
    """When the run began by its own word, or else by the file's date."""
    try:
        with journal.open("rb") as lines:
            return float(from_json(lines.readline().decode("utf-8")).time_s)
    except (OSError, ValueError, TypeError, RecursionError):  # damage is told by the report itself
        return journal.stat().st_mtime


def _named(journals: dict[str, pathlib.Path], name: str) -> str:
    found = sorted(run for run in journals if run.startswith(name)) if name else []
    if name in found or len(found) == 1:
        return name if name in found else found[0]
    if found:
        raise FarmError(f"{name!r} could be any of {', '.join(found[:8])}; write more of it")
    close = difflib.get_close_matches(name, journals, n=3, cutoff=0.0)
    raise FarmError(f"no run {name!r}: nearest are {', '.join(close)}; without a name: the latest")
