"""Documented errors of the reference scheduler; whatever else escapes from it is a bug."""

from __future__ import annotations


class SchedulerError(Exception):
    """What the scheduler refuses, or could not do. Nothing has changed then."""


class CronError(SchedulerError):
    """An expression that is not of the dialect, or a zone that is not known."""


class NeverDue(CronError):
    """An expression of the dialect that no day of any year matches, like the 30th of February."""


class NoMatch(SchedulerError):
    """The search gave up: no match before the year 5000, or none since the year 1."""


class Conflict(SchedulerError):
    """A job of this name is there already."""


class Unknown(SchedulerError):
    """No job has this name."""


class StoreError(SchedulerError):
    """The jobs could not be saved; what was saved before is still there."""


class Busy(StoreError):
    """Another process holds the store, and did not let go in time."""


class CorruptStore(StoreError):
    """No copy of the job file can be read; nothing is overwritten until somebody looks at it."""
