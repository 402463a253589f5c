"""`fuzz doctor`: what this machine has and lacks, and what to do about it."""

from __future__ import annotations

import json

import click


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Say what is there and what is missing: interpreter, engine, tools, home, subjects.

    Exit code 3 when something is missing that the farm's own targets need by default; with
    FUZZ_REQUIRE=all, when anything is.
    """
    import dataclasses
    import os

    from harness import diagnosis, home
    from targets import registry, requirements

    findings = diagnosis.examine(home.default_root(), registry.discover())
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(item) for item in findings], indent=2))
    else:
        width = max(len(item.what) for item in findings)
        for item in findings:
            remedy = f": {item.remedy}" if item.remedy else ""
            line = f"{item.state:7}  {item.what:{width}}  {item.detail}{remedy}"
            click.echo(line.rstrip())
    everything = os.environ.get(requirements.EVERYTHING) == "all"
    if any(item.state != "ok" and (item.required or everything) for item in findings):
        context.exit(3)
