"""`triage fingerprint`: what names the failure in a traceback, a native stack or a log."""

from __future__ import annotations

import os
import pathlib

import click

from harness.fingerprint import fingerprint
from triage.text import safe
from triage.traceback_files import failure_in


@click.command("fingerprint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=pathlib.Path)
def command(files: tuple[pathlib.Path, ...]) -> int:
    """Print FILE, a tab and its fingerprint, one line for each file, in the order given.

    Each holds traceback or faulthandler text, perhaps inside a log; the last complete one counts.
    A file without any gets `none`, and the reason on stderr; the exit code is then 2.
    """
    code = 0
    for file in files:
        name, reason = safe(os.fsencode(file).decode(errors="replace")), ""
        try:
            failure = failure_in(file)
            reason = "" if failure else "no complete traceback or native stack"
        except OSError as error:
            failure, reason = None, error.strerror or type(error).__name__
        # Text does not say which modules are the subject's: the innermost foreign ones count.
        click.echo(f"{name}\t{fingerprint(failure, own=()) if failure else 'none'}")
        if failure is None:
            click.echo(f"triage: {name}: {reason}", err=True)
            code = 2
    return code
