"""What is searched: the released versions of a crash's package, or the revisions of a checkout."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import pathlib
import sys
import time
from collections.abc import Callable, Iterator

from packaging.version import InvalidVersion, Version

from harness import checkouts, environments
from harness.crash import Crash
from harness.environments import INSTALL_TIMEOUT_S, Environment
from harness.home import Home
from targets import requirements
from targets.errors import FarmError, MissingError
from targets.registry import BUILT_IN, Registry
from targets.selection import Selected, select
from triage.bisect.answer import shortened
from triage.bisect.attempts import Attempt, attempt
from triage.bisect.course import Course, OutOfTime, follow
from triage.bisect.ledger import Ledger, open_ledger
from triage.bisect.releases import released
from triage.bisect.revisions import Export, Revisions
from triage.bisect.search import Verdict

SHORT = 12
"""Digits of a commit that are shown and kept."""
Given = tuple[str | None, str | None, bool]
"""`--good`, `--bad`, `--pre`."""
Make = Callable[[str, float], Environment]
"""The environment of a version, made within so many seconds; MissingError when it cannot be."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """Names of versions, oldest first; `bad` is where the search begins (None: find one)."""

    over: str
    noun: str
    names: tuple[str, ...]
    good: str | None
    bad: str | None
    look: Callable[[str, float], Attempt]
    """What a version shows, at most until a moment of the monotonic clock; else `OutOfTime`."""
    ledger: Ledger
    written: Callable[[str], str] = str
    opened: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext

    def search(self, deadline_s: float, say: Callable[[str], None]) -> Course:
        """Search until `deadline_s` (monotonic); says what each version shows."""
        known = self.ledger.read()

        def look(name: str) -> Attempt:
            if name in known:
                _say(say, self.written(name), known[name], "known")
                return known[name]
            began_s = time.monotonic()
            if began_s >= deadline_s:
                raise OutOfTime
            seen = self.look(name, deadline_s)
            self.ledger.write(name, seen)
            _say(say, self.written(name), seen, f"{time.monotonic() - began_s:.1f} s")
            return seen

        with self.opened():
            return follow(self.names, self.bad, self.good, look)


def _say(say: Callable[[str], None], name: str, seen: Attempt, how: str) -> None:
    say(f"{name}: {seen.verdict} ({how}){': ' if seen.note else ''}{shortened(seen.note)}")


def of_package(home: Home, crash: Crash, registry: Registry, given: Given) -> Ground:
    """The released versions of the crash's package. FarmError when it has none, or `--good` or
    `--bad` is none of them."""
    selected, found = _selected(crash, registry)
    package = selected.subject.package
    if package is None:
        raise FarmError(
            f"{crash.id}: subject {selected.subject_name} comes from no package, so it has no "
            "released versions: name a checkout of it with --git PATH"
        )
    everything = released(package)
    good, bad = (_released(text, package, everything) for text in given[:2])
    start = bad or (Version(found) if found else None)
    wanted = {version for version in everything if given[2] or not version.is_prerelease}
    wanted |= {version for version in (good, start) if version is not None}
    names = tuple(str(version) for version in sorted(wanted))
    with_ = crash.example.requirements

    def make(name: str, limit_s: float) -> Environment:
        try:
            return environments.prepare(
                home.envs, selected.subject, name, with_, selected.found.brings, limit_s
            )
        except MissingError:
            if with_ or requirements.installed(package) != name:
                raise
            return Environment(pathlib.Path(sys.executable), name)  # the farm has it beside it

    over = f"package {package}"
    return Ground(
        over=over,
        noun=f"versions of {package}",
        names=names,
        good=None if good is None else str(good),
        bad=None if start is None else str(start),
        look=_looking(home, crash, selected, make),
        ledger=open_ledger(home, crash, over),
    )


def _released(text: str | None, package: str, known: tuple[Version, ...]) -> Version | None:
    if text is None:
        return None
    with contextlib.suppress(InvalidVersion):
        if Version(text) in known:
            return Version(text)
    names = [str(version) for version in known]
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.3) or names[-3:]
    raise FarmError(
        f"{text!r} is no released version of {package} that this Python can run: "
        f"nearest are {', '.join(near)}"
    )


def of_checkout(
    home: Home, crash: Crash, registry: Registry, git: pathlib.Path, given: Given
) -> Ground:
    """The revisions of the checkout `git`. FarmError when it is none, or `--good` or `--bad` is no
    revision of its line."""
    selected, found = _selected(crash, registry)
    good, bad, pre = given
    if pre:
        raise FarmError("--pre is for released versions: leave it out with --git")
    checkout = Revisions(git)
    start = None if bad is None else checkout.commit(bad)
    if start is not None and start not in checkout.commits:
        checkout = Revisions(git, start)  # a line of its own, e.g. another branch
    before = None if good is None else checkout.commit(good)
    if before is not None and before not in checkout.commits:
        raise FarmError(
            f"--good {good} is not on the line of first parents that leads to {bad or 'HEAD'}: "
            f"name an ancestor, e.g. {bad or 'HEAD'}~10"
        )
    if start is None and found and selected.subject.package:
        start = checkout.tagged(found, selected.subject.package)
    subjects: dict[str, str] = {}

    def written(commit: str) -> str:
        if commit not in subjects:
            subjects[commit] = checkout.subject(commit)
        return f"{commit[:SHORT]} ({subjects[commit]})" if subjects[commit] else commit[:SHORT]

    exports: list[Export] = []

    @contextlib.contextmanager
    def opened() -> Iterator[None]:
        with checkout.exported() as export:
            exports.append(export)
            yield

    def make(commit: str, limit_s: float) -> Environment:
        with exports[-1].revision(commit) as source:
            return checkouts.prepare(
                home.envs, selected, source, commit, crash.example.requirements, limit_s
            )

    over = f"git {checkout.name}"
    return Ground(
        over=over,
        noun=f"revisions of {checkout.name}",
        names=checkout.commits,
        good=before,
        bad=start,
        look=_looking(home, crash, selected, make),
        ledger=open_ledger(home, crash, over),
        written=written,
        opened=opened,
    )


def _selected(crash: Crash, registry: Registry) -> tuple[Selected, str | None]:
    """What the crash failed on, without its version, and that version."""
    text, _, version = crash.example.selection.partition("==")
    items = select([text], registry)
    if len(items) != 1:
        raise FarmError(f"{text} means {', '.join(item.name for item in items)}: one is needed")
    item = items[0]
    if item.subject.package is None and item.found.module.partition(".")[0] == BUILT_IN:
        raise FarmError(
            f"{crash.id}: subject {item.subject_name} is part of the farm itself, which has no "
            "versions to search: only a subject of your own, or one from a package, has"
        )
    line = requirements.complaint(item, pinned=True)
    if line is not None:
        raise MissingError(line)
    return item, version or None


def _looking(
    home: Home, crash: Crash, selected: Selected, make: Make
) -> Callable[[str, float], Attempt]:
    """Make the environment of a version and run the crash's input there."""

    def look(name: str, deadline_s: float) -> Attempt:
        left_s = max(1.0, deadline_s - time.monotonic())
        try:
            environment = make(name, min(INSTALL_TIMEOUT_S, left_s))
        except MissingError as error:
            if time.monotonic() >= deadline_s:
                raise OutOfTime from error
            return Attempt(Verdict.SKIP, str(error).partition(": select a released version")[0])
        return attempt(home, crash, selected, environment)

    return look
