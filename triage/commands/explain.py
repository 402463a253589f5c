"""`triage explain`: why two crashes, or two failures in files, are or are not the same."""

from __future__ import annotations

import json
import os
import pathlib

import click

from harness.crashes import load
from harness.home import default_root, find_home
from targets.errors import FarmError
from triage.explain import Side, explain, lines, to_json
from triage.traceback_files import failure_in


@click.command("explain")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--home", type=pathlib.Path, help="Where state is kept (default .fuzz).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(a: str, b: str, home: pathlib.Path | None, as_json: bool) -> int:
    """Say why A and B are or are not the same; each is a crash id or a FILE with a traceback.

    Which parts of their fingerprints are equal, and of each which calls did not count and why.
    Exits with 0 if they are the same crash, with 1 if not.
    """
    explanation = explain(_side(a, home), _side(b, home))
    if as_json:
        click.echo(json.dumps(to_json(explanation), indent=1))
    else:
        for line in lines(explanation):
            click.echo(line)
    return 0 if explanation.same else 1


def _side(name: str, home: pathlib.Path | None) -> Side:
    file = pathlib.Path(name)
    if not file.is_file():
        if os.path.lexists(file):
            raise FarmError(f"{name}: not a file that can be read; name a crash id or a file")
        crash = load(find_home(home or default_root()), name)
        example = crash.example
        return Side(name, example.failure, example.own, crash.target, crash.package, crash.id)
    try:
        failure = failure_in(file)
    except OSError as error:
        raise FarmError(f"{name}: {error.strerror or type(error).__name__}") from error
    if failure is None:
        raise FarmError(f"{name}: no complete traceback or native stack in it")
    return Side(name, failure)
