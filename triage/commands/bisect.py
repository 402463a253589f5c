"""`triage bisect`: which version a crash came with, and which one fixed it."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import time
from typing import Any

import click

from harness import crashes
from harness.crash import Crash
from harness.home import default_root, open_home
from targets.errors import FarmError
from targets.registry import discover
from triage.bisect.answer import Answer
from triage.bisect.course import Course
from triage.bisect.grounds import Ground, of_checkout, of_package
from triage.bisect.search import Verdict
from triage.text import safe


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """The options as given."""

    git: pathlib.Path | None
    good: str | None
    bad: str | None
    pre: bool
    seconds: float
    home: pathlib.Path | None
    as_json: bool


@click.command("bisect")
@click.argument("crash_id", metavar="CRASH-ID")
@click.option("--git", type=pathlib.Path, metavar="PATH", help="Search a checkout's revisions.")
@click.option("--good", metavar="VERSION", help="A version (or revision) without the bug.")
@click.option("--bad", metavar="VERSION", help="One with it (default: where it was found).")
@click.option("--pre", is_flag=True, help="Also try pre-releases.")
@click.option("--seconds", type=float, default=900.0, show_default=True, help="Time limit.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(crash_id: str, **options: Any) -> int:
    """Find the first bad version of the subject's package, and the one that fixed the crash.

    Searches all released versions, each in an environment of its own; with --git the revisions of
    a checkout along first parents, up to --bad or HEAD. What cannot be installed is skipped. Run
    it again to go on after the time limit. Exit 1 when time was too short, else 0.
    """
    asked = _Asked(**options)
    if not asked.seconds > 0:
        raise FarmError(f"--seconds {asked.seconds:g}: give a number above 0")
    store = open_home(asked.home or default_root())
    crash = crashes.load(store, crash_id)
    began_s = time.monotonic()
    given = (asked.good, asked.bad, asked.pre)
    if asked.git is None:
        ground = of_package(store, crash, discover(), given)
    else:
        ground = of_checkout(store, crash, discover(), asked.git, given)
    course = ground.search(began_s + asked.seconds, lambda text: click.echo(safe(text), err=True))
    answer = _answer(crash, ground, course, asked)
    now_s = time.time()
    if course.finished:
        fact = answer.fact(now_s)
        crashes.change(
            store,
            crash.id,
            lambda known: dataclasses.replace(
                known, bisections={**known.bisections, ground.over: fact}
            ),
        )
    _tell(crash, ground, answer, asked, now_s)
    return 0 if course.finished else 1


def _answer(crash: Crash, ground: Ground, course: Course, asked: _Asked) -> Answer:
    """FarmError when what was given, or what is stored, does not hold."""
    if course.start is None:
        raise FarmError(_not_bad(crash, ground, course))
    good = ground.good
    if good is not None and good in course.named(Verdict.BAD):
        raise FarmError(
            f"--good {asked.good}: {crash.id} fails there as well: name another, or leave it out"
        )
    return Answer(course, ground.noun, ground.written)


def _not_bad(crash: Crash, ground: Ground, course: Course) -> str:
    if not course.seen:
        return f"{ground.noun}: no time to try even one: give more with --seconds"
    if not course.finished:
        return (
            f"{crash.id} failed in none of {len(course.seen)} {ground.noun} that there was time to "
            "try: run it again to go on, or give one where it fails with --bad"
        )
    at, attempt = next(iter(course.seen.items()))
    name = ground.written(course.names[at])
    if ground.bad is None:
        return (
            f"{crash.id} fails in none of {len(course.seen)} {ground.noun} that were tried back "
            f"from {name}: give one where it does with --bad"
        )
    if attempt.verdict is Verdict.SKIP:
        return f"{name} cannot be tried: {attempt.note}; give another one that fails with --bad"
    again = f" ({attempt.note})" if attempt.note else ""
    return (
        f"{crash.id} does not fail in {name} when tried again{again}: see `triage verify "
        f"{crash.id}`, or give a version that fails with --bad"
    )


def _tell(crash: Crash, ground: Ground, answer: Answer, asked: _Asked, now_s: float) -> None:
    if asked.as_json:
        record = {"crash": crash.id, "over": ground.over, **answer.record(now_s)}
        click.echo(json.dumps(record, indent=1))
        return
    click.echo(f"{crash.id}: {safe(answer.line())}")
    for line in answer.lines():
        click.echo(f"  {safe(line)}")
    if not answer.course.finished:
        click.echo(f"  out of time after {asked.seconds:g} s: the same command goes on from here")
