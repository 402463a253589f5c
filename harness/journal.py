"""A run's events on disk, one JSON line each, written as they are said."""

from __future__ import annotations

import pathlib
from types import TracebackType
from typing import Self

from harness.events import Said, to_json

NAME = "events.jsonl"


class Journal:
    """Appends events to `<run folder>/events.jsonl`; every line is on disk when `hear` returns."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / NAME
        self._file = self.path.open("a", encoding="utf-8")

    def hear(self, said: Said) -> None:
        """Write one event."""
        self._file.write(to_json(said) + "\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
