"""`fuzz replay`: one crash or input again, in a clean process."""

from __future__ import annotations

import dataclasses
import pathlib
import tempfile

import click

from harness import crashes
from harness.fingerprint import title
from harness.home import Home, default_root, open_home
from harness.plan import Job, make_jobs
from harness.replay import Outcome, Replayer
from targets.errors import FarmError, MissingError
from targets.registry import discover


@dataclasses.dataclass(frozen=True, slots=True)
class _Case:
    """An input, what to run it on, and the fingerprint it is known by (None: not known)."""

    data: bytes
    selection: str
    requirements: tuple[str, ...] = ()
    fingerprint: str | None = None


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
    case = _case(store, what, selection)
    if with_:
        case = dataclasses.replace(case, requirements=with_)
    jobs, _ = make_jobs([case.selection], discover(), store, case.requirements, 1)
    if len(jobs) != 1:
        names = ", ".join(job.name for job in jobs)
        raise FarmError(f"{case.selection} means {names}: name one of them")
    failed = 0
    for number in range(times):
        outcome = _run(store, jobs[0], case.data)
        failed += outcome.failure is not None
        if number == 0 or outcome.failure is None:
            _tell(jobs[0], case, outcome)
    if times > 1:
        click.echo(f"{failed} of {times} replays failed")
    return 1 if failed else 0


def _case(store: Home, what: str, selection: str | None) -> _Case:
    file = pathlib.Path(what)
    if file.is_file():
        if selection is None:
            raise FarmError(
                f"{what} is a file: say what to run it on: fuzz replay {what} resp:parse"
            )
        try:
            return _Case(file.read_bytes(), selection)
        except OSError as error:
            raise FarmError(f"{what}: {error.strerror}; name a crash id or a file") from error
    crash = crashes.load(store, what)
    example = crash.example
    installed = _is_installed(example.selection)
    chosen = selection or (example.selection.partition("==")[0] if installed else example.selection)
    return _Case(crash.data, chosen, example.requirements, crash.fingerprint)


def _is_installed(selection: str) -> bool:
    """Whether the pinned version is the one that the farm has beside it: no environment needed."""
    from targets.requirements import installed
    from targets.selection import select

    item = select([selection], discover())[0]
    package = item.subject.package
    return package is not None and installed(package) == item.version


def _run(store: Home, job: Job, data: bytes) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="replay-", dir=store.runs) as name:
        folder = pathlib.Path(name)
        path = folder / "input"
        path.write_bytes(data)
        replayer = Replayer(job, folder / "replayer")
        try:
            replayer.submit(path, folder)
            outcome = replayer.wait()
        finally:
            replayer.close()
    if outcome.refused is not None:
        kind = MissingError if outcome.exit_code == MissingError.exit_code else FarmError
        raise kind(outcome.refused)
    return outcome


def _tell(job: Job, case: _Case, outcome: Outcome) -> None:
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
