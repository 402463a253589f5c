"""`fuzz new`: a first target of one's own."""

from __future__ import annotations

import pathlib

import click


@click.command("new")
@click.argument("name")
@click.option(
    "--package",
    default="fuzz_targets",
    show_default=True,
    metavar="DIR",
    help="Folder of your targets, below the one with your pyproject.toml.",
)
def command(name: str, package: str) -> None:
    """Write target NAME into your project: a sample that works, to be replaced by your own.

    It is named in your pyproject.toml, so that 'fuzz run NAME' finds it.
    """
    from harness import scaffold
    from targets import registry, selection

    here = pathlib.Path.cwd()
    scaffold.check_name(name, registry.discover(here))
    file = scaffold.project_file(here)
    module = scaffold.module_of(package, file.parent)
    folder = scaffold.write(name, file.parent / package, module)
    line = scaffold.register(file, module)
    shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
    click.echo(f"wrote {shown}", err=True)
    if line is None:
        selection.select([name], registry.discover(here))  # it is found, or we say why not
    else:
        click.echo(f"write into [tool.fuzzfarm] of {file}:\n\n    {line}\n", err=True)
    click.echo(
        "put your own code in place of sample.py, then in subjects.py and parse.py", err=True
    )
    click.echo(f"fuzz run {name}")
