"""`triage file`: crashes become GitHub issues, one each, kept up to date; dry without --yes."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import pathlib
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from harness import rulings
from harness.crash import Crash
from harness.crashes import Problem, crashes, load
from harness.extras import needed
from harness.home import Home, default_root, find_home, open_home
from targets.errors import FarmError, MissingError
from targets.kinds import spelled
from targets.registry import Registry, discover
from triage.github import body, sensitive
from triage.github.body import Told
from triage.github.decisions import Candidate, Rules, plan
from triage.github.lines import Done, describe
from triage.github.lock import alone
from triage.github.threads import View
from triage.text import safe

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/(?!\.{1,2}$)[\w.-]{1,100}", re.ASCII)
API = "https://api.github.com"
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
HIDDEN = "(token)"


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """The command line."""

    crash_ids: tuple[str, ...]
    all_new: bool
    repo: str
    yes: bool
    cap: int
    close_after: int
    private_ok: bool
    api: str
    seconds: float
    timeout: float
    pace: float
    home: pathlib.Path | None
    as_json: bool


@click.command("file")
@click.argument("crash_ids", nargs=-1, metavar="[CRASH-ID]...")
@click.option("--all-new", is_flag=True, help="All crashes that failed again when tried.")
@click.option("--repo", required=True, metavar="OWNER/NAME", help="Where the issues are.")
@click.option("--yes", is_flag=True, help="Do it; without this nothing is changed anywhere.")
@click.option("--cap", type=click.IntRange(0), default=10, help="New issues in 24 hours (10).")
@click.option(
    "--close-after", type=click.IntRange(1), default=3, help="Clean replays before closing (3)."
)
@click.option(
    "--private-ok", is_flag=True, help="File security bugs, too, if the repository is private."
)
@click.option("--api", envvar="GITHUB_API_URL", default=API, metavar="URL", help="REST address.")
@click.option("--seconds", type=click.FloatRange(1), default=300.0, help="Time for all (300).")
@click.option("--timeout", type=click.FloatRange(1), default=20.0, help="For one answer (20).")
@click.option("--pace", type=click.FloatRange(0), default=1.0, help="Seconds between writes (1).")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(**given: Any) -> int:
    """File crashes as GitHub issues: exactly one for each, edited when it is seen again.

    An issue is closed after clean replays of a fixed version, reopened when the bug comes back, and
    left alone when a person labelled it wontfix or fuzz-ignore, closed it as not planned, or called
    it a duplicate (whose target gets the news). What may be a security hole is never put into a
    public issue: a report is written to private/ in the home. The token comes from GITHUB_TOKEN or
    GH_TOKEN. Under the cap the worst kinds come first (death, memory, hang, oracle, exception), of
    one kind the oldest. Run it again whenever it was stopped: nothing is filed twice.
    """
    request = Request(**given)
    if not REPOSITORY.fullmatch(request.repo):
        raise FarmError(f"--repo {request.repo!r} is none: write OWNER/NAME, as in octocat/hello")
    if bool(request.crash_ids) == request.all_new:
        raise FarmError("name crashes (`triage list` shows them) or say --all-new, one of the two")
    token = _token()
    hide = _hider(token)
    root = request.home or default_root()
    home = open_home(root) if request.yes else find_home(root)
    registry = discover()
    candidates = list(_candidates(request, home, registry))
    if not token:
        if request.yes:
            raise MissingError("no token: set GITHUB_TOKEN (or GH_TOKEN) to one that may file")
        click.echo("no token in GITHUB_TOKEN or GH_TOKEN: not compared with GitHub", err=True)
    show, at_end = _Shown(request, hide), False
    try:
        for done in _results(request, (home, registry, candidates), token, hide):
            show.add(done)
        at_end = True
    except FarmError as mistake:
        family = MissingError if isinstance(mistake, MissingError) else FarmError
        raise family(hide(str(mistake))) from None
    finally:
        show.end(at_end)
    return 2 if show.failed else 0


def _results(
    request: Request,
    known: tuple[Home, Registry, list[Candidate]],
    token: str,
    hide: Callable[[str], str],
) -> Iterator[Done]:
    """What is done, or with a dry run would be."""
    home, registry, candidates = known
    rules = Rules(time.time(), request.cap, request.close_after)
    if not token:
        unseen = [_noted(one, request.repo) for one in _judged(candidates, registry, False)]
        yield from map(describe, plan(unseen, View(request.repo), rules))
        return
    # Only now: the client takes half a second to import, which no other verb shall wait for.
    with needed("triage", "triage file"):
        from triage.github.filing import Filing
        from triage.github.patience import Patience
        from triage.github.tracker import Access, Tracker

    deadline = time.monotonic() + request.seconds
    patience = Patience(deadline, request.repo, hide, lambda text: click.echo(text, err=True))
    timeout_s = min(request.timeout, request.seconds)
    access = Access(request.api, token, timeout_s, request.pace)
    tracker = Tracker(access, request.repo, patience)

    def told(crash: Crash) -> Told:
        return _told(crash, registry)

    def filing() -> tuple[Filing, list[Candidate]]:
        name, private = tracker.open()
        judged = _judged(candidates, registry, private and request.private_ok)
        return Filing(tracker, home, rules, told, hide, View(name)), list(judged)

    if not request.yes:
        work, judged = filing()
        yield from map(describe, work.planned(judged))
        return
    with alone(f"{request.api} {request.repo}".casefold(), patience.left_s):
        work, judged = filing()
        yield from work.done(work.planned(judged))


def _candidates(request: Request, home: Home, registry: Registry) -> Iterator[Candidate]:
    """The chosen crashes, each with the reason why it must stay out of GitHub, if there is one."""
    if request.crash_ids:
        chosen = {crash.id: crash for crash in (load(home, name) for name in request.crash_ids)}
    else:
        chosen = {}
        for crash in crashes(home):
            if isinstance(crash, Problem):
                click.echo(f"triage: {safe(str(crash))}", err=True)
            else:
                chosen[crash.id] = crash
    decided = {
        name: rulings.read(rulings.place(registry.found[name]))
        for name in sorted({crash.target for crash in chosen.values()} & set(registry.found))
    }
    for crash in chosen.values():
        accepted = decided.get(crash.target, rulings.NONE).acceptance(crash)
        found = registry.found.get(crash.target)
        if accepted:
            yield Candidate(crash, leave=f"accepted: {accepted.reason}")
        elif request.crash_ids:
            yield Candidate(crash)
        elif found is not None and found.target.on_purpose:
            yield Candidate(crash, leave=f"{crash.target} fails on purpose; name it to file it")
        elif any(spelled(subject).fault for subject in crash.subjects):
            yield Candidate(crash, leave="it is of a planted fault; name it to file it")
        elif crash.state in ("new", "flaky"):
            yield Candidate(crash, hold=f"{crash.state}: `triage verify {crash.id}`, or name it")
        else:
            yield Candidate(crash)


def _judged(
    candidates: list[Candidate], registry: Registry, all_may_be_told: bool
) -> Iterator[Candidate]:
    """The candidates, those that must not be told in public marked as such."""
    for candidate in candidates:
        reason = "" if all_may_be_told else sensitive.reason(candidate.crash, registry)
        yield dataclasses.replace(candidate, private=reason)


def _noted(candidate: Candidate, repo: str) -> Candidate:
    """Without a token the home's own note is all that is known of an issue."""
    for name, issue in candidate.crash.issues.items():
        if name.casefold() == repo.casefold() and not candidate.leave:
            return dataclasses.replace(candidate, leave=f"filed as {issue.url}")
    return candidate


def _told(crash: Crash, registry: Registry) -> Told:
    """The invariants, and a stand-alone test where one can be made."""
    found = registry.found.get(crash.target)
    checks = found.target.checks if found else {}
    invariants = tuple((name, checks[name].summary) for name in crash.checks if name in checks)
    try:
        from triage.export.standalone import pytest_file

        return Told(invariants, test=pytest_file(crash, registry))
    except FarmError as reason:
        return Told(invariants, no_test=str(reason))


def _token() -> str:
    for name in TOKENS:
        token = os.environ.get(name, "").strip()
        if token:
            if not (token.isascii() and token.isprintable()) or " " in token:
                raise FarmError(f"{name} holds something that cannot be a token")
            return token
    return ""


def _hider(token: str) -> Callable[[str], str]:
    """Takes the token out of whatever is shown, sent or written."""
    return lambda text: text.replace(token, HIDDEN) if token else text


class _Shown:
    """The result on stdout: lines at once, or one JSON object at the end; a summary on stderr."""

    def __init__(self, request: Request, hide: Callable[[str], str]) -> None:
        self._request = request
        self._hide = hide
        self._done: list[Done] = []

    @property
    def failed(self) -> bool:
        """Whether something could not be filed."""
        return any(done.what == "fail" for done in self._done)

    def add(self, done: Done) -> None:
        """One more line."""
        self._done.append(done)
        if not self._request.as_json:
            number = f"#{done.number}" if done.number else ""
            rest = "  ".join(filter(None, (number, safe(done.why), safe(done.url))))
            click.echo(self._hide(f"{done.what:<8}  {done.crash.id}  {rest}"))

    def end(self, at_end: bool) -> None:
        """The summary; not of nothing, if that is because something went wrong."""
        counts = collections.Counter(done.what for done in self._done)
        if self._request.as_json:
            actions = [
                {
                    "action": done.what,
                    "crash": done.crash.id,
                    "title": body.title(done.crash),
                    "issue": done.number,
                    "url": done.url or None,
                    "why": done.why,
                }
                for done in self._done
            ]
            record = {"repo": self._request.repo, "done": self._request.yes, "actions": actions}
            click.echo(self._hide(json.dumps(record, indent=1)))
        if not at_end and not counts:
            return
        said = ", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing to do"
        dry = "" if self._request.yes else "dry run, nothing was changed (--yes does it): "
        click.echo(f"{dry}{said}", err=True)
        later = [done.crash.id for done in self._done if done.what == "postpone"]
        if later:
            click.echo(f"left for another day: {', '.join(later)}", err=True)
