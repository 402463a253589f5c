"""Which crashes must not be told in public, because they may be a way in: escapes, injections,
reads across tenants, memory errors of native code."""

from __future__ import annotations

import pathlib
import re

from harness.crash import Crash
from harness.home import Home, write_atomic
from targets.errors import FarmError
from targets.registry import Registry

HARMLESS_SIGNALS = frozenset(
    {
        *("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGXCPU", "SIGXFSZ"),
        *("SIGALRM", "SIGVTALRM", "SIGPROF", "SIGUSR1", "SIGUSR2"),
    }
)
"""Somebody (the kernel out of memory, a limit) ended the process. Any other signal may come from
corrupted memory."""
DEADLY_EXITS = frozenset(f"exit {128 + number}" for number in (4, 5, 6, 7, 8, 11, 31))
"""How a shell or a container in between tells of such a signal."""
_PLACES = r"(?:paths?|root|folder|director(?:y|ies)|sandbox|jail|tenants?)"
_WORDS = re.compile(
    rf"\b(?:{_PLACES} escap\w+|"
    rf"(?:escap\w+|outside) (?:from |of |out of )?(?:the |its |a )?{_PLACES}|"
    r"travers\w+|inject\w*|smuggl\w*|tenants?|containment|"
    r"unauthori[sz]ed|privileges?|out[- ]of[- ]bounds|use[- ]after[- ]free|disclos\w+)\b",
    re.IGNORECASE,
)
"""In an oracle's name: it guards a border. A check can declare it, see `Fuzz.sensitive`."""
_SANITIZER = re.compile(r"\b(?:Address|Memory|Thread|Leak|HWAddress|UndefinedBehavior)Sanitizer\b")


def reason(crash: Crash, registry: Registry) -> str:
    """Why nothing of it may be said in public; empty when it may.

    What nobody here can judge, because its target or check is unknown, is kept private too.
    """
    failure = crash.example.failure
    kind = failure.type
    by_signal = kind.startswith("SIG") and kind not in HARMLESS_SIGNALS
    if failure.kind == "death" and (by_signal or kind in DEADLY_EXITS):
        return f"native code died of {kind}, which may be a memory error"
    if _SANITIZER.search(failure.text):
        return "a sanitizer reported it"
    if failure.kind == "oracle" and (found := _WORDS.search(failure.about)):
        return f"the oracle names a border ({found[0]})"
    target = registry.found.get(crash.target)
    if target is None:
        return f"target {crash.target!r} is not known here, so nobody says that it may be told"
    for check in crash.checks:
        known = target.target.checks.get(check)
        if known is None:
            return f"check {crash.target}:{check} is not known here, so nobody says it may be told"
        if getattr(known, "sensitive", False):
            return f"check {crash.target}:{check} is declared sensitive"
    return ""


def path(home: Home, crash: Crash) -> pathlib.Path:
    """Where its private report is."""
    return home.root / "private" / f"{crash.id}.md"


def write(home: Home, crash: Crash, text: str) -> bool:
    """Write the report for this user's eyes only; False when it says nothing new."""
    place, data = path(home, crash), text.encode("utf-8", "backslashreplace")
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.parent.chmod(0o700)
        if place.exists() and place.read_bytes() == data:
            return False
        write_atomic(place, data)  # nobody else may enter the folder meanwhile
        place.chmod(0o600)
    except OSError as error:
        raise FarmError(f"{place} cannot be written: {error.strerror or error}") from error
    return True
