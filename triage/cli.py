"""The `triage` command: what was found, kept and known of crashes."""

from __future__ import annotations

import click

from harness import outcome
from triage.commands import fingerprint, show
from triage.commands import list as list_verb


@click.group(name="triage")
@click.version_option(package_name="fuzzfarm")
def triage() -> None:
    """Look at the crashes that runs have found."""


triage.add_command(fingerprint.command)
triage.add_command(list_verb.command)
triage.add_command(show.command)


def main() -> int:
    """Entry point of `triage`: returns the exit code."""
    return outcome.run(triage)
