"""`fuzz coverage`: which lines and branches of a subject the corpus reaches."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import tempfile

import click

from harness import tracing
from harness.home import Home, default_root, open_home
from harness.plan import Job, make_jobs
from harness.tracing import Part
from targets.errors import FarmError
from targets.registry import discover

TRACER = "coverage>=7.4"


@click.command("coverage")
@click.argument("selections", nargs=-1, required=True, metavar="SELECTION...")
@click.option("--html", type=pathlib.Path, help="Folder of pages (default <home>/coverage/...).")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(
    selections: tuple[str, ...],
    html: pathlib.Path | None,
    home: pathlib.Path | None,
    as_json: bool,
) -> int:
    """Run seeds and kept corpus once under coverage.py: lines and branches, as text and HTML.

    Inputs are those of the selected checks, in this home; run `fuzz run` first to have more than
    the seeds.
    """
    store = open_home(home or default_root())
    jobs = _jobs(selections, store)
    name = selections[0] if len(selections) == 1 else "selections"
    pages = (html or store.root / "coverage" / _folder(name)).absolute()
    inputs = lost = 0
    with tempfile.TemporaryDirectory(prefix="coverage-") as scratch:
        folders = []
        for number, job in enumerate(jobs):
            folders.append(pathlib.Path(scratch) / str(number))
            done, died = tracing.trace(job, tracing.inputs_of(job, store), folders[-1])
            inputs, lost = inputs + done, lost + died
            click.echo(f"{job.name}: {done:,} inputs", err=True)
        *files, total = tracing.combine(folders, pages)
    if lost:
        click.echo(f"{lost} batches ended their process, and count for nothing", err=True)
    if not files:
        raise FarmError(
            f"no line of {', '.join(selections)} was reached by {inputs} inputs: code that is not "
            "Python is not seen"
        )
    _show(files, total, pages, as_json)
    return 0


def _jobs(selections: tuple[str, ...], store: Home) -> list[Job]:
    """The selected jobs; a pinned version gets the tracer beside it."""
    registry = discover()
    jobs: list[Job] = []
    for text in selections:
        with_ = (TRACER,) if "==" in text else ()
        made, missing = make_jobs([text], registry, store, with_, 1)
        for line in missing:
            click.echo(f"left out: {line}", err=True)
        jobs += made
    return jobs


def _folder(selection: str) -> str:
    return "".join(char if char.isalnum() or char in "-_.=" else "-" for char in selection)


def _show(files: list[Part], total: Part, pages: pathlib.Path, as_json: bool) -> None:
    if as_json:
        record = {
            "files": [dataclasses.asdict(part) for part in files],
            "total": dataclasses.asdict(total),
            "html": str(pages),
        }
        click.echo(json.dumps(record, indent=2))
        return
    rows = [(_short(part.name), part) for part in files] + [("total", total)]
    width = max(len(name) for name, _ in rows)
    click.echo(f"{'file':{width}}  {'lines':>17}  {'branches':>17}")
    for name, part in rows:
        lines = _share(part.lines, part.all_lines)
        click.echo(f"{name:{width}}  {lines}  {_share(part.branches, part.all_branches)}")
    click.echo(f"pages: {pages / 'index.html'}")


def _share(some: int, all_: int) -> str:
    percent = f"{100 * some / all_:.0f}%" if all_ else "-"
    return f"{some:>6,}/{all_:<6,}{percent:>4}"


def _short(name: str) -> str:
    """The path below `site-packages`, or below the rooms."""
    for mark in ("site-packages/", "dist-packages/"):
        if mark in name:
            return name.rpartition(mark)[2]
    return "/".join(pathlib.Path(name).parts[-3:])
