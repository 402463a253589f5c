"""`fuzz replay`: one crash or input again, in a clean process."""

from __future__ import annotations

import dataclasses
import pathlib

import click

from harness import cases, crashes
from harness.cases import Case
from harness.fingerprint import title
from harness.home import Home, default_root, open_home
from harness.plan import Job
from harness.replay import Outcome
from targets.errors import FarmError
from targets.registry import Registry, discover


@click.command("replay")
@click.argument("what", metavar="CRASH-ID|FILE")
@click.argument("selection", required=False)
@click.option("--times", type=int, default=1, show_default=True, help="Clean processes, in turn.")
@click.option("--with", "with_", multiple=True, metavar="REQUIREMENT", help="Pin beside it.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
def command(
    what: str,
    selection: str | None,
    times: int,
    with_: tuple[str, ...],
    home: pathlib.Path | None,
) -> int:
    """Run a stored crash, or the input in FILE on SELECTION, again.

    A stored crash runs on the version that it was found on, unless SELECTION says otherwise.
    Prints the stack. Exit 1 when it fails, 0 when it does not.
    """
    if times < 1:
        raise FarmError(f"--times {times}: give a number from 1 up")
    store = open_home(home or default_root())
    registry = discover()
    case = _case(store, what, selection, registry)
    if with_:
        case = dataclasses.replace(case, requirements=with_)
    job = cases.job_of(case, registry, store)
    failed = 0
    for number in range(times):
        with cases.replaying(store, job) as replays:
            outcome = replays.run(case.data)
        failed += outcome.failure is not None
        if number == 0 or outcome.failure is None:
            _tell(job, case, outcome)
    if times > 1:
        click.echo(f"{failed} of {times} replays failed")
    return 1 if failed else 0


def _case(store: Home, what: str, selection: str | None, registry: Registry) -> Case:
    file = pathlib.Path(what)
    if file.is_file():
        if selection is None:
            raise FarmError(
                f"{what} is a file: say what to run it on: fuzz replay {what} resp:parse"
            )
        try:
            return Case(file.read_bytes(), selection)
        except OSError as error:
            raise FarmError(f"{what}: {error.strerror}; name a crash id or a file") from error
    return cases.of_crash(crashes.load(store, what), registry, selection)


def _tell(job: Job, case: Case, outcome: Outcome) -> None:
    name = f"{job.name} with {len(case.data)} bytes"
    if outcome.failure is None:
        click.echo(f"{name}: did not fail")
        return
    click.echo(outcome.failure.text.rstrip())
    click.echo(f"{name}: {outcome.failure.kind}: {title(outcome.failure, _own(job))}")
    if case.fingerprint is not None:
        same = outcome.fingerprint == case.fingerprint
        click.echo("fails the same way as stored" if same else "fails in ANOTHER way than stored")


def _own(job: Job) -> tuple[str, ...]:
    return job.selected.subject.instrument
