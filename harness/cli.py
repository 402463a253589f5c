"""The `fuzz` command: a group of verbs, each imported only when it is used."""

from __future__ import annotations

import importlib
import importlib.metadata

import click

from harness import outcome

VERBS = {
    "list": "targets, checks and subjects that there are",
    "run": "run checks for some minutes",
    "replay": "run one input or crash again in a clean process",
    "new": "write a folder for a target of your own",
    "coverage": "what of a subject the corpus reaches",
    "doctor": "what this machine has and lacks",
    "bench": "measure the farm itself",
}
ENTRY_POINTS = "fuzzfarm.verbs"
"""Entry-point group by which rooms that the harness does not know offer verbs of theirs."""


class Verbs(click.Group):
    """Loads `harness.commands.<verb>`, or what an entry point names, when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs, in the order in which they are used; those of other rooms last."""
        offered = importlib.metadata.entry_points(group=ENTRY_POINTS)
        return [*VERBS, *sorted({item.name for item in offered} - VERBS.keys())]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """The verb's command; None when there is no such verb."""
        if cmd_name in VERBS:
            module = importlib.import_module(f"harness.commands.{cmd_name}")
            command: click.Command = module.command
            return command
        for item in importlib.metadata.entry_points(group=ENTRY_POINTS, name=cmd_name):
            offered: click.Command = item.load()
            return offered
        return None


@click.group(cls=Verbs)
@click.version_option(package_name="fuzzfarm")
def fuzz() -> None:
    """Find bugs in parsers and servers."""


def main() -> int:
    """Entry point of `fuzz`: returns the exit code."""
    return outcome.run(fuzz)
