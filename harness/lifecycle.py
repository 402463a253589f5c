"""The life of a crash: its state, as it follows from trials in clean processes and what came of it.

New, then confirmed or flaky, minimized, filed, fixed, perhaps regressed. Nothing here is stored but
trials: homes that are merged agree on the state because they agree on the facts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from packaging.version import InvalidVersion, Version

STATES = ("new", "flaky", "confirmed", "minimized", "filed", "fixed", "regressed")
"""Not tried · did not fail each time · failed each time · also made small · also filed · does not
fail in the newest version that was tried · failed again after that."""


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """So many of `tries` replays in clean processes of one version `failed`, at `time_s` (Unix).

    `version` is None for a subject without versions; `reason` is suspected when some passed.
    """

    version: str | None
    time_s: float
    failed: int
    tries: int
    reason: str = ""

    @property
    def key(self) -> str:
        """Trials of the same version and outcome replace each other."""
        return f"{self.version or ''} {'failed' if self.failed else 'passed'}".strip()


def state(
    trials: Iterable[Trial],
    *,
    seen_s: float,
    seen_in: Sequence[str],
    minimized: bool,
    filed: bool,
) -> str:
    """One of `STATES`; `seen_s` is when it was first seen, `seen_in` are the versions it was
    seen in.

    The newest version that was tried decides, and of that the latest trial.
    """
    ordered = sorted(trials, key=_order)
    if not ordered:
        return "filed" if filed else "minimized" if minimized else "new"
    last = ordered[-1]
    failing = [trial for trial in ordered if trial.failed]
    if not last.failed:
        reliable = bool(failing) and failing[-1].failed == failing[-1].tries
        return "fixed" if reliable and _is_later(last, failing, seen_s, seen_in) else "flaky"
    if last.failed < last.tries:
        return "flaky"  # also after trials in which all passed: that was luck, not a fix
    before = [trial for trial in ordered if not trial.failed and _is_before(trial, last)]
    if any(_is_later(trial, failing[:-1], seen_s, seen_in) for trial in before):
        return "regressed"
    return "filed" if filed else "minimized" if minimized else "confirmed"


def _order(trial: Trial) -> tuple[Version, float, int]:
    return (version_key(trial.version), trial.time_s, trial.failed)


def _is_before(a: Trial, b: Trial) -> bool:
    return _order(a) < _order(b)


def _is_later(
    passed: Trial, failing: Sequence[Trial], seen_s: float, seen_in: Sequence[str]
) -> bool:
    """Whether a trial passed where the bug had been: after it, in versions or in time.

    In the very version that failed before nothing can have been fixed.
    """
    if passed.version is None:
        times_s = [trial.time_s for trial in failing if trial.version is None]
        return min([seen_s, *times_s]) < passed.time_s
    bad = {version_key(text) for text in (*seen_in, *(trial.version for trial in failing))}
    return version_key(passed.version) not in bad and any(
        version < version_key(passed.version) for version in bad
    )


def version_key(text: str | None) -> Version:
    """Orders versions; whatever is none comes before all that are."""
    try:
        return Version(text or "0.dev0")
    except InvalidVersion:
        return Version("0.dev0")
