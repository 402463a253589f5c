"""`triage fingerprint`: what names the failure in a traceback, a native stack or a log."""

from __future__ import annotations

import os
import pathlib
import re
import signal

import click

from harness import last_words
from harness.failure import Failure
from harness.fingerprint import fingerprint
from targets.errors import FarmError
from triage.text import safe
from triage.traceback_files import end, failure_in


@click.command("fingerprint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=pathlib.Path)
@click.option("--died", metavar="CAUSE", help="FILE is the log of a server that died of CAUSE.")
def command(files: tuple[pathlib.Path, ...], died: str | None) -> int:
    """Print FILE, a tab and its fingerprint, one line for each file, in the order given.

    Each holds traceback or faulthandler text, perhaps inside a log; the last complete one counts.
    With --died SIGSEGV (or "exit 3") a log without any is named by what it says last.
    A file without any gets `none`, and the reason on stderr; the exit code is then 2.
    """
    if died is not None and not _is_cause(died):
        raise FarmError(f"--died {died!r}: give a signal or an exit code: SIGSEGV, 'exit 3'")
    code = 0
    for file in files:
        name, reason = safe(os.fsencode(file).decode(errors="replace")), ""
        try:
            failure = failure_in(file) or (died and _death(died, file)) or None
            reason = "" if failure else "no complete traceback or native stack"
        except OSError as error:
            failure, reason = None, error.strerror or type(error).__name__
        # Text does not say which modules are the subject's: the innermost foreign ones count.
        click.echo(f"{name}\t{fingerprint(failure, own=()) if failure else 'none'}")
        if failure is None:
            click.echo(f"triage: {name}: {reason}", err=True)
            code = 2
    return code


def _is_cause(died: str) -> bool:
    return died in signal.Signals.__members__ or re.fullmatch(r"exit \d{1,3}", died) is not None


def _death(cause: str, file: pathlib.Path) -> Failure:
    return last_words.death(cause, end(file))
