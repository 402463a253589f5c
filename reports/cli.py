"""The `reports` command: pages made of journals and crashes."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex

import click

from harness import outcome
from harness.crash import Crash, to_json
from harness.crashes import Problem, crashes
from harness.home import default_root, find_home, write_atomic
from reports import benchmark
from reports.fold import Run
from reports.journals import read
from reports.markdown import markdown
from targets.errors import FarmError


@click.group(name="reports")
@click.version_option(package_name="fuzzfarm")
def reports() -> None:
    """Make pages of what runs have said and found."""


@reports.command("build")
@click.argument("run", required=False)
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="A page for people, or one JSON object for programs.",
)
@click.option("--output", type=pathlib.Path, help="Write to this file instead of stdout.")
def build(
    run: str | None, home: pathlib.Path | None, form: str, output: pathlib.Path | None
) -> None:
    """Make the page of RUN (any unique beginning of its name; default: the latest)."""
    store = find_home(home or default_root())
    folded = read(store, run)
    stored: dict[str, Crash] = {}
    for item in crashes(store):
        if isinstance(item, Problem):
            folded.problems.append(str(item))
        else:
            stored[item.id] = item
    option = f" --home {shlex.quote(str(home))}" if home else ""
    text = markdown(folded, stored, option) if form == "markdown" else as_json(folded, stored)
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        write_atomic(output, data)
    except OSError as error:
        raise FarmError(
            f"--output {output} cannot be written: {error.strerror}; name a file in a folder "
            "that exists"
        ) from error


@reports.command("bench")
@click.argument("results", type=pathlib.Path)
def bench(results: pathlib.Path) -> None:
    """Make the page of a file that `fuzz bench bugs` or `choices` wrote, on stdout."""
    click.echo(benchmark.markdown(benchmark.read(results)), nl=False)


def as_json(run: Run, stored: dict[str, Crash]) -> str:
    """The fold as JSON, with what the store knows of the run's crashes under `stored`."""
    record = dataclasses.asdict(run)
    record["wall_s"] = run.wall_s
    record["stored"] = {crash: to_json(stored[crash]) for crash in run.crashes if crash in stored}
    return json.dumps(record, indent=1) + "\n"


def main() -> int:
    """Entry point of `reports`: returns the exit code."""
    return outcome.run(reports)
