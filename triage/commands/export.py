"""`triage export`: crashes for other programs, and as tests that stand alone."""

from __future__ import annotations

import pathlib
import stat

import click

from harness.crash import STATES, Crash
from harness.crashes import Problem, crashes, load
from harness.home import Home, default_root, find_home, write_atomic
from targets.errors import FarmError
from targets.registry import Registry, discover
from triage.export import junit, markdown, records, sarif
from triage.export.entry import entries
from triage.export.standalone import file_name, pytest_file
from triage.text import safe

FORMATS = ("pytest", "json", "sarif", "junit", "markdown")
STDOUT = pathlib.Path("-")


@click.command("export")
@click.argument("crash_ids", nargs=-1, metavar="[CRASH-ID]...")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="What to write.")
@click.option(
    "--output",
    "-o",
    type=pathlib.Path,
    default=STDOUT,
    metavar="FILE",
    help="Where to write (default -, stdout); for several tests a folder.",
)
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only those.")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
def command(
    crash_ids: tuple[str, ...],
    form: str,
    output: pathlib.Path,
    states: tuple[str, ...],
    home: pathlib.Path | None,
) -> int:
    """Write crashes, or all of the home, as FORMAT.

    pytest: a test that fails until the bug is fixed and needs only the subject and pytest.
    json: all facts; `triage import` reads them. sarif: SARIF 2.1.0, for code scanning. junit: XML,
    for CI. markdown: a page for people. What cannot be read is named on stderr.
    """
    store = find_home(home or default_root())
    chosen = _chosen(store, crash_ids, states)
    registry = discover()
    if form == "pytest":
        return _write_tests(chosen, registry, output)
    match form:
        case "json":
            text = records.document(chosen)
        case "sarif":
            text = sarif.document(entries(chosen, registry), _repository(), home)
        case "junit":
            text = junit.document(entries(chosen, registry), home)
        case _:
            text = markdown.document(entries(chosen, registry), home)
    if output.is_dir():
        raise FarmError(f"--output {output} is a folder: name a file for format {form}")
    _write(output, text)
    return 0


def _chosen(store: Home, names: tuple[str, ...], states: tuple[str, ...]) -> list[Crash]:
    """The crashes that were named, else all; each once, by id."""
    found: dict[str, Crash] = {}
    if names:
        loaded = [load(store, name) for name in names]
        found = {crash.id: crash for crash in loaded}
    else:
        for item in crashes(store):
            if isinstance(item, Problem):
                click.echo(f"triage: {safe(str(item))}", err=True)
            else:
                found[item.id] = item
    chosen = [crash for _, crash in sorted(found.items()) if not states or crash.state in states]
    if not chosen:
        others = f" ({len(found)} others)" if found else ""
        click.echo(f"no such crashes in {store.root}{others}", err=True)
    return chosen


def _write_tests(chosen: list[Crash], registry: Registry, output: pathlib.Path) -> int:
    """One file for each crash. One that cannot become a test does not stop the others: exit 2."""
    if not chosen:
        raise FarmError("there is no crash to make a test of: `triage list` shows what there is")
    into_folder = output != STDOUT and (len(chosen) > 1 or output.is_dir())
    if not into_folder:
        if len(chosen) > 1:
            raise FarmError(
                f"{len(chosen)} tests do not fit into one file: name a folder with --output, "
                "or one crash id"
            )
        _write(output, pytest_file(chosen[0], registry))
        return 0
    code = 0
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FarmError(
            f"--output {output} cannot be made: {error.strerror}: name a folder"
        ) from error
    for crash in chosen:
        path = output / file_name(crash)
        try:
            _write(path, pytest_file(crash, registry))
        except FarmError as error:
            click.echo(f"triage: {safe(str(error))}", err=True)
            code = error.exit_code
        else:
            click.echo(path)
    return code


def _write(output: pathlib.Path, text: str) -> None:
    """All of it or nothing; a device or a pipe is only written to."""
    data = text.encode("utf-8")
    if output == STDOUT:
        click.echo(data, nl=False)
        return
    try:
        path = output.resolve()
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(data)
        else:
            write_atomic(path, data)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FarmError(
            f"--output {output} cannot be written: {reason}: name a file in a folder that exists"
        ) from error


def _repository() -> pathlib.Path:
    """What paths are relative to: the checkout around the working directory, else that."""
    here = pathlib.Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
