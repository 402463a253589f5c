"""Bugs that can be planted in the reference scheduler, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from targets import faults
from targets.kinds import Fault

_JOBS: Final = ("jobs",)
_PARSE: Final = ("parse",)
_NEXT: Final = ("next",)
_PREV: Final = ("prev",)

CRON: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "days-both": Fault("with both day fields restricted a day must match both", _NEXT),
        "weekday-seven": Fault("7 is no weekday", _PARSE),
        "step-from-lowest": Fault("the step of `5/15` counts from the lowest value", _NEXT),
        "step-leaves-range": Fault("the step of `1-9/4` goes on behind the 9", _NEXT),
        "big-step": Fault("a step wider than the field is refused behind a number", _PARSE),
        "empty-part": Fault("empty parts of a list are passed over", _PARSE),
        "reversed-range": Fault("a reversed range goes round the end", _PARSE),
        "names-anywhere": Fault("names of weekdays and months count in every field", _PARSE),
        "searches-on": Fault("the search for what never comes runs into the calendar's end"),
        "start-counts": Fault("the start itself counts as what follows it", _NEXT),
        "keeps-seconds": Fault("what follows keeps the seconds of the start", _NEXT),
        "leap-by-four": Fault("every fourth year is a leap year"),
        "last-of-february": Fault("the last day of February is always the 28th"),
        "nearest-leaves-month": Fault("the weekday nearest to Saturday the 1st is in no month"),
        "fifth-is-last": Fault("`#5` means the fourth weekday where there is no fifth"),
        "skips-january": Fault("the month behind December is February", _NEXT),
        "prev-skips-february": Fault("the month before March is January", _PREV),
        "gap-never": Fault("what falls into a gap of the clock never comes"),
        "overlap-twice": Fault("what the clock shows twice comes twice"),
    }
)
"""Of `cron.py` and `fields.py`: checks of expressions find them, or the machine does."""

JOBS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "written-in-place": Fault("the job file is written in place, and only once", _JOBS),
        "renamed-unsynced": Fault("the job file is renamed before it is on the disk", _JOBS),
        "corrupt-is-empty": Fault("a job file that cannot be read counts as empty", _JOBS),
        "lost-update": Fault("a ticker saves the jobs that it once read", _JOBS),
        "unlocked": Fault("nothing keeps two tickers apart", _JOBS),
        "memory-first": Fault("what could not be saved is still done in memory", _JOBS),
        "slots-pile-up": Fault("missed slots fire one by one", _JOBS),
        "next-from-slot": Fault("the next run is computed from the slot, not from now", _JOBS),
        "forgets-pause": Fault("a paused job runs again after a restart", _JOBS),
        "removed-returns": Fault("a tick saves what was removed beside it", _JOBS),
        "update-keeps-next": Fault("an update keeps the next run of the old expression", _JOBS),
        "update-resumes": Fault("an update of a paused job makes it run", _JOBS),
        "resume-catches-up": Fault("a resumed job makes up for what it missed in its pause", _JOBS),
        "back-in-time": Fault("a clock set back makes matches come again", _JOBS),
        "restart-skips": Fault("a restart computes all next runs anew", _JOBS),
        "unknown-removed": Fault("removing what is not there succeeds", _JOBS),
        "add-overwrites": Fault("a second job of the same name replaces the first", _JOBS),
        "due-is-late": Fault("a job is due only after its second, not in it", _JOBS),
        "fires-unsaved": Fault("a job fires before its run is saved", _JOBS),
    }
)
"""Of `scheduler.py` and `store.py`: the machine finds them."""

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType({**CRON, **JOBS})


def planted() -> frozenset[str]:
    """The faults of this process, at most one: asked once, where a subject is made."""
    return frozenset(name for name in FAULTS if faults.on(name))
