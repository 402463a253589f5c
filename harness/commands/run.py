"""`fuzz run`: plan, supervise, show."""

from __future__ import annotations

import hashlib
import os
import pathlib
import secrets
import shlex
import signal
import sys
import time

import click

from harness.console import Console
from harness.events import Said, to_json
from harness.home import default_root, open_home
from harness.journal import Journal
from harness.options import Options, Stop
from harness.plan import make_jobs
from harness.supervisor import Supervisor
from targets.errors import FarmError
from targets.registry import discover
from targets.selection import with_fault

DEFAULT_S = 60.0
ENGINE = "Instead of the usual one; choices also draws inputs of bytes by their strategy."
PYTEST = "Your Hypothesis tests: a path, PATH::NAME, options of pytest behind it."
LEAST_S = 3.0
"""Less than this is over before a worker has imported its subject."""


@click.command("run")
@click.argument("selections", nargs=-1, metavar="[SELECTION...]")
@click.option("--pytest", "suites", multiple=True, metavar="PATH", help=PYTEST)
@click.option("--minutes", type=float, help="Budget of the whole run (default 1).")
@click.option("--seconds", type=float, help="The budget in seconds.")
@click.option("--jobs", "parallel", type=int, help="Workers at a time (default: cores).")
@click.option("--engine", type=click.Choice(["atheris", "choices"]), help=ENGINE)
@click.option("--seed", help="A whole number, or any text such as a commit hash.")
@click.option("--fault", metavar="NAME", help="Plant this bug in the reference subject.")
@click.option("--with", "with_", multiple=True, metavar="REQUIREMENT", help="Pin beside it.")
@click.option("--seeds", multiple=True, type=pathlib.Path, help="Folder of further seed inputs.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines on stdout.")
def command(  # noqa: PLR0913, PLR0917 - one parameter per option
    selections: tuple[str, ...],
    suites: tuple[str, ...],
    minutes: float | None,
    seconds: float | None,
    parallel: int | None,
    engine: str | None,
    seed: str | None,
    fault: str | None,
    with_: tuple[str, ...],
    seeds: tuple[pathlib.Path, ...],
    home: pathlib.Path | None,
    as_json: bool,
) -> int:
    """Run the selected checks: TARGET[:CHECK][@SUBJECT[==VERSION]], globs allowed.

    With --pytest, Hypothesis tests as they are: what `pytest PATH` collects, in turns. Ends with a
    summary, and with 1 when there are crashes that this home did not know.
    """
    selections = _selected(selections, suites)
    budget_s = _budget_s(minutes, seconds)
    number = _seed(seed)
    if parallel is None:
        parallel = max(1, len(os.sched_getaffinity(0)))
    if parallel < 1:
        raise FarmError(f"--jobs {parallel}: give a number of workers from 1 up")
    for folder in seeds:
        if not folder.is_dir():
            raise FarmError(f"--seeds {folder}: not a folder; name one that holds seed inputs")
    store = open_home(home or default_root())
    if fault is not None:
        selections = tuple(with_fault(text, fault) for text in selections)
    registry = discover()
    jobs, missing = make_jobs(selections, registry, store, with_, parallel, engine)
    for line in (*missing, *(f"{broken.name}: {broken.error}" for broken in registry.broken)):
        click.echo(f"left out: {line}", err=True)
    run = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
    options = Options(
        run=run,
        selections=selections,
        budget_s=budget_s,
        seed=number,
        parallel=parallel,
        command=shlex.join(["fuzz", *sys.argv[1:]]),
        seeds=seeds,
        elsewhere=home is not None,
    )
    stop = Stop()
    _stop_on_signals(stop)
    sink = _JsonLines() if as_json else Console()
    code = 0
    with Journal(store.run(run)) as journal:
        for said in Supervisor(store, jobs, options, stop).events():
            journal.hear(said)
            sink.hear(said)
            code = getattr(said.event, "exit_code", code)
    return code


def _selected(selections: tuple[str, ...], suites: tuple[str, ...]) -> tuple[str, ...]:
    """What is written out, and the suites as what they are short for."""
    if not selections and not suites:
        raise FarmError(
            "nothing is selected: name a target, e.g. fuzz run resp, or your own Hypothesis tests: "
            "fuzz run --pytest tests/test_x.py"
        )
    return (*selections, *(f"pytest:tests@suite://{suite}" for suite in suites))


class _JsonLines:
    def hear(self, said: Said) -> None:
        """Print one event."""
        click.echo(to_json(said))


def _budget_s(minutes: float | None, seconds: float | None) -> float:
    if minutes is not None and seconds is not None:
        raise FarmError("--minutes and --seconds are both given: give one")
    budget_s = (
        minutes * 60 if minutes is not None else seconds if seconds is not None else DEFAULT_S
    )
    given = f"--minutes {minutes:g}" if minutes is not None else f"--seconds {seconds}"
    if not LEAST_S <= budget_s < float("inf"):
        raise FarmError(f"{given}: a budget must be at least {LEAST_S:g} seconds, e.g. --minutes 5")
    return budget_s


def _seed(text: str | None) -> int:
    """A number as it is, other text by its hash, none at random."""
    if text is None:
        return secrets.randbits(31)
    if text.isdecimal() and len(text) < 10:
        return int(text)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little") >> 1


def _stop_on_signals(stop: Stop) -> None:
    """Ctrl-C or SIGTERM ends the run in order, within two seconds; the third one at once.

    An impatient second one must not cost what the end in order still writes.
    """
    asked = 0

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise KeyboardInterrupt
        stop.requested = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
