"""`triage import`: crashes of other homes, artifacts of CI, exports, and other fuzzers' files."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

import click

from harness.crash import Crash, to_json
from harness.crash_folder import read
from harness.home import Home, default_root, open_home
from targets.errors import FarmError
from targets.registry import discover
from triage.importing.entry import Budget, Refused
from triage.importing.inputs import job_of
from triage.importing.intake import Account, Intake
from triage.importing.names import SCRATCH
from triage.importing.sources import check
from triage.text import line, safe

SHOWN = 20
"""Lines about what was refused, of each import; the rest is counted, and all are in the JSON."""
NAMED = 8
"""Names of inputs that did not fail."""
LEFT_BEHIND_S = 24 * 3600.0
"""A scratch folder as old as this is of an import that was killed."""


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=pathlib.Path)
@click.option("--on", metavar="SELECTION", help="What raw crash files are to be run on.")
@click.option("--max-mib", type=int, default=1024, show_default=True, help="Unpacked, in all.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(
    paths: tuple[pathlib.Path, ...],
    on: str | None,
    max_mib: int,
    home: pathlib.Path | None,
    as_json: bool,
) -> int:
    """Bring in crashes from each PATH, told by its content: a home or a crash folder, a zip or tar
    of either, an export, or crash files of libFuzzer, atheris, ClusterFuzz or AFL.

    Such files are run again on SELECTION, and stored if they fail. Nothing at PATH is changed.
    Importing again changes nothing, and the order does not matter.

    Prints new crashes, then those that changed, as `triage list` does. Exit 2 when something could
    not be read: it is named, and the rest is imported.
    """
    if max_mib < 1:
        raise FarmError(f"--max-mib {max_mib}: give a number from 1 up")
    for path in paths:
        check(path)
    store, registry = open_home(home or default_root()), discover()
    job = job_of(on, registry, store) if on else None
    with _scratch(store) as folder:
        intake = Intake(store, registry, folder, Budget(max_mib << 20))
        for path in paths:
            intake.take(path, as_input=job is not None)
        if job is not None:
            intake.replay(job)
        elif intake.waiting:
            intake.account.refused.append(_need_selection(intake, paths))
    if as_json:
        click.echo(json.dumps(_record(intake.account, store), indent=1))
    else:
        _tell(intake.account, store, home)
    return 2 if intake.account.refused else 0


def _need_selection(intake: Intake, paths: tuple[pathlib.Path, ...]) -> Refused:
    count = len(intake.waiting)
    reason = (
        f"say what to run {count} raw crash files on"
        if count > 1
        else "a raw crash file: say what to run it on"
    )
    example = f"triage import {shlex.quote(str(paths[0]))} --on resp:parse"
    return Refused(intake.waiting[0].label, f"{reason}, e.g. {example}")


@contextlib.contextmanager
def _scratch(home: Home) -> Iterator[pathlib.Path]:
    """A folder in the home for what is unpacked; gone afterwards, also those of killed imports."""
    for left in home.root.glob(f"{SCRATCH}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_S:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=home.root) as name:
        yield pathlib.Path(name)


def _tell(account: Account, store: Home, home: pathlib.Path | None) -> None:
    for crashes in (account.new, account.updated):
        lines = [(crash.last_s, crash.id, line(crash, home)) for crash in _read(crashes, store)]
        for *_, text in sorted(lines):
            click.echo(text)
    click.echo(safe(_summary(account)))
    for refused in account.refused[:SHOWN]:
        click.echo(f"triage: {safe(str(refused))}", err=True)
    if len(account.refused) > SHOWN:
        click.echo(f"triage: and {len(account.refused) - SHOWN} more like these", err=True)


def _read(crashes: Iterable[str], store: Home) -> Iterator[Crash]:
    """The crashes as they are stored now, by id."""
    for crash in sorted(crashes):
        found = read(store.crash(crash))
        if isinstance(found, Crash):
            yield found


def _summary(account: Account) -> str:
    counts = f"{len(account.new)} new, {len(account.updated)} changed"
    facts = [f"crashes: {counts}, {len(account.unchanged)} known already"]
    if account.journals or account.corpus:
        facts.append(
            f"{account.journals} runs and {account.corpus} inputs of the corpus came along"
        )
    if account.passed:
        count, names = len(account.passed), ", ".join(account.passed[:NAMED])
        more = f" and {count - NAMED} more" if count > NAMED else ""
        facts.append(f"{count} raw input{'s' * (count > 1)} did not fail: {names}{more}")
    if account.refused:
        facts.append(f"{len(account.refused)} could not be imported")
    return "; ".join(facts)


def _record(account: Account, store: Home) -> dict[str, Any]:
    return {
        "new": [to_json(crash) for crash in _read(account.new, store)],
        "updated": [to_json(crash) for crash in _read(account.updated, store)],
        "unchanged": sorted(account.unchanged),
        "journals": account.journals,
        "corpus": account.corpus,
        "passed": account.passed,
        "problems": [
            {"what": refused.what, "reason": refused.reason} for refused in account.refused
        ],
    }
