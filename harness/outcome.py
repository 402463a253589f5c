"""How every command ends: 0 or the command's own code, one line for a mistake, 70 for our bug."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from targets.errors import FarmError

BROKEN = 70
"""Our own code failed."""
INTERRUPTED = 130
"""Ctrl-C, as shells say it."""
NOBODY_READS = 141
"""The reader of stdout went away (`triage list | head -1`), as shells say it."""


def run(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command line (default: this process's) and return the exit code; never raises.

    An int that a command returns is its exit code. A `FarmError` becomes one line on stderr and its
    `exit_code`; wrong use is 2; any other exception is our bug: a traceback and 70.
    """
    name, stdout = command.name or "fuzz", sys.stdout
    if isinstance(stdout, io.TextIOWrapper):  # a terminal that cannot show a letter is no bug
        stdout.reconfigure(errors="backslashreplace")
    try:
        code = command.main(
            args=None if args is None else list(args), prog_name=name, standalone_mode=False
        )
        sys.stdout.flush()
    except FarmError as mistake:
        _say(f"{name}: {' '.join(str(mistake).split())}")
        return mistake.exit_code
    except click.ClickException as mistake:
        mistake.show()
        return mistake.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        if not isinstance(stop.__cause__, EOFError):  # click makes an Abort of both
            return INTERRUPTED
        return _broken(name)
    except BrokenPipeError:
        return _nobody_reads()
    except SystemExit as leave:
        if sys.stdout is not stdout:  # click wraps it when the reader is gone, then exits with 1
            return _nobody_reads()
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except Exception:  # the last place that can tell our bug from everything else
        return _broken(name)
    return code if isinstance(code, int) else 0


def _broken(name: str) -> int:
    traceback.print_exc()
    _say(f"{name}: this is a bug of the farm, not of what it tests; please report the lines above")
    return BROKEN


def _nobody_reads() -> int:
    """What is still buffered has nowhere to go; without this Python complains at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOBODY_READS


def _say(line: str) -> None:
    """One line on stderr; it may repeat what a damaged file says, which must not move a cursor."""
    letters = (
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in line
    )
    click.echo("".join(letters), err=True)
