"""The `triage` command: what was found, kept and known of crashes."""

from __future__ import annotations

import click

from harness import outcome
from triage.commands import (
    accept,
    bisect,
    explain,
    export,
    file,
    fingerprint,
    import_,
    keep,
    merge,
    minimize,
    show,
    split,
    verify,
)
from triage.commands import list as list_verb


@click.group(name="triage")
@click.version_option(package_name="fuzzfarm")
def triage() -> None:
    """Understand the crashes that runs have found, and decide what becomes of them."""


for verb in (
    list_verb,
    show,
    fingerprint,
    explain,
    verify,
    minimize,
    bisect,
    keep,
    accept,
    merge,
    split,
    export,
    import_,
    file,
):
    triage.add_command(verb.command)


def main() -> int:
    """Entry point of `triage`: returns the exit code."""
    return outcome.run(triage)
