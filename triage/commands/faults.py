"""`fuzz faults`: every planted bug of the references, and how it was found."""

from __future__ import annotations

import fnmatch
import json
import pathlib
import secrets
import tempfile
from collections.abc import Iterator, Sequence

import click

from targets.errors import FarmError
from targets.registry import Found, Registry, discover
from triage.faults import Hunt, Terms, hunt
from triage.text import safe

SHOWN_BYTES = 40
"""Bytes of an input that the table shows."""


@click.command("faults")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="For each fault.")
@click.option("--jobs", "parallel", type=int, default=1, show_default=True, help="Workers.")
@click.option("--only", default="*", metavar="GLOB", help="Only faults of these names.")
@click.option("--seed", type=int, help="A whole number; else at random, and told.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def command(
    targets: tuple[str, ...],
    seconds: float,
    parallel: int,
    only: str,
    seed: int | None,
    as_json: bool,
) -> int:
    """Plant each fault of TARGETs in the reference, and hunt it with all checks.

    Shows what found it, after how long, and the minimized input. Exit 1 when one was not found, or
    when an input fails without its fault, too.
    """
    if not 3 <= seconds < float("inf") or parallel < 1:
        raise FarmError("give at least --seconds 3 and --jobs 1")
    registry = discover()
    chosen = list(_chosen(targets, only, registry))
    terms = Terms(seconds, parallel, secrets.randbits(31) if seed is None else seed)
    click.echo(f"{len(chosen)} faults, {seconds:g} s each at most, seed {terms.seed}", err=True)
    hunts = []
    for found, fault in chosen:
        with tempfile.TemporaryDirectory(prefix="faults-") as name:
            hunts.append(hunt(found, fault, registry, pathlib.Path(name) / "home", terms))
        click.echo(_json(hunts[-1]) if as_json else _row(hunts[-1], chosen))
    missed = [item for item in hunts if not item.found]
    click.echo(f"{len(hunts) - len(missed)} of {len(hunts)} faults found", err=as_json)
    return 1 if missed else 0


def _chosen(targets: Sequence[str], only: str, registry: Registry) -> Iterator[tuple[Found, str]]:
    for name in targets:
        found = registry.found.get(name)
        if found is None or not found.target.faults:
            having = [item.name for item in registry.found.values() if item.target.faults]
            raise FarmError(f"{name!r} has no planted faults: targets that do: {', '.join(having)}")
        faults = fnmatch.filter(found.target.faults, only)
        if not faults:
            raise FarmError(
                f"--only {only!r} names no fault of {name}: {', '.join(found.target.faults)}"
            )
        yield from ((found, fault) for fault in faults)


def _row(item: Hunt, chosen: Sequence[tuple[Found, str]]) -> str:
    width = max(len(f"{found.name} {fault}") for found, fault in chosen)
    head = f"{item.target} {item.fault}"
    if not item.check:
        return f"{head:{width}}  NOT FOUND in {item.seconds:.1f} s, {item.executions:,} executions"
    data = repr(item.data[:SHOWN_BYTES])[1:] + ("…" if len(item.data) > SHOWN_BYTES else "")
    also = "  FAILS WITHOUT THE FAULT, TOO" if item.without else ""
    return (
        f"{head:{width}}  {item.seconds:5.1f} s {item.executions:>9,} executions  :{item.check}  "
        f"{len(item.data)} bytes {data}  {safe(item.title)}{also}"
    )


def _json(item: Hunt) -> str:
    return json.dumps(
        {
            "target": item.target,
            "fault": item.fault,
            "found": item.found,
            "check": item.check,
            "seconds": round(item.seconds, 3),
            "executions": item.executions,
            "input": item.data.hex(),
            "title": item.title,
            "fails_without": item.without,
        }
    )
