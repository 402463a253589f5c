"""Keeps what failed: each fingerprint once, smallest of its first inputs, then only a count."""

from __future__ import annotations

import hashlib
import pathlib
import traceback

from harness.children.channel import Channel
from harness.children.paths import MAX_PATHS, path_of
from harness.failure import Failure, from_exception, to_record
from harness.fingerprint import fingerprint

IMPROVEMENTS = 8
"""How often a smaller input of a known fingerprint is reported again."""


class Keeper:
    """Turns failing executions into sightings on the channel, in this process, at the least cost.

    A known path (exception type, code positions, what it always says) costs one look-up.
    """

    def __init__(self, channel: Channel, folder: pathlib.Path, own: tuple[str, ...]) -> None:
        self._channel = channel
        self._folder = folder
        self._own = own
        self._fingerprint_of: dict[object, str] = {}
        self._smallest: dict[str, int] = {}
        self._reports: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        """Sightings since the last `take_counts`."""

    def keep(self, error: BaseException, data: bytes) -> str | None:
        """Record that `data` failed with `error`; returns the fingerprint if it is a new one."""
        let_go(error)
        key = path_of(error)
        known = self._fingerprint_of.get(key)
        if known is not None and not self._improves(known, len(data)):
            self.counts[known] = self.counts.get(known, 0) + 1
            return None
        failure = from_exception(error)
        mark = self._mark(key, failure)
        self.counts[mark] = self.counts.get(mark, 0) + 1
        new = mark not in self._smallest
        if new or self._improves(mark, len(data)):
            self._report(mark, failure, data)
        return mark if new else None

    def mark_of(self, error: BaseException) -> str:
        """The fingerprint of an error, which is not recorded."""
        key = path_of(error)
        known = self._fingerprint_of.get(key)
        return self._mark(key, from_exception(error)) if known is None else known

    def _mark(self, key: object, failure: Failure) -> str:
        mark = fingerprint(failure, self._own)
        if len(self._fingerprint_of) >= MAX_PATHS:
            self._fingerprint_of.clear()
        self._fingerprint_of[key] = mark
        return mark

    def _improves(self, mark: str, size: int) -> bool:
        return size < self._smallest[mark] and self._reports[mark] <= IMPROVEMENTS

    def _report(self, mark: str, failure: Failure, data: bytes) -> None:
        self._smallest[mark] = len(data)
        self._reports[mark] = self._reports.get(mark, 0) + 1
        path = self._folder / f"sighting-{hashlib.sha256(data).hexdigest()[:16]}"
        path.write_bytes(data)
        self._channel.say(
            "sighting",
            fingerprint=mark,
            failure=to_record(failure),
            input=str(path),
        )

    def take_counts(self) -> dict[str, int]:
        """Sightings per fingerprint since the last call."""
        counts, self.counts = self.counts, {}
        return counts


def let_go(error: BaseException) -> None:
    """Free what the frames of an out-of-memory failure hold: describing it takes memory too."""
    for link in (error, error.__context__):
        if isinstance(link, MemoryError):
            traceback.clear_frames(link.__traceback__)
