"""`fuzz bench fingerprint`: how well fingerprints find the bugs behind crashes of real packages."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence

import click

from harness.failure import Failure
from harness.fingerprint import fingerprint
from targets.errors import FarmError
from triage.bench.fingerprints import build, planted, scores
from triage.bench.fingerprints.labelled import (
    LABELS,
    PARTS,
    Sighting,
    live_failure,
    load,
    text_file,
)
from triage.bench.fingerprints.simple_rules import RULES
from triage.traceback_text import read

GOAL = 0.90
"""Pairwise F1 that our fingerprint is to reach."""
OURS = "ours, from text"
LIVE = "ours, live"
STAMP = "stamp.txt"


@click.command("fingerprint")
@click.option("--keep", type=pathlib.Path, help="Build the set in this folder (default: a cache).")
@click.option("--seed", type=int, default=1, show_default=True, help="Draws the sightings.")
@click.option("--part", type=click.Choice(("all", *PARTS)), default="all", show_default=True)
@click.option("--worst", type=int, default=0, help="Show so many of the costliest mistakes.")
@click.option("--rule", type=click.Choice((OURS, LIVE, *RULES)), help="Whose (default: ours).")
@click.option("--python", "pythons", multiple=True, type=pathlib.Path, help="Interpreters to use.")
def command(
    keep: pathlib.Path | None,
    seed: int,
    part: str,
    worst: int,
    rule: str | None,
    pythons: tuple[pathlib.Path, ...],
) -> int:
    """Score our fingerprint and simple rules on crashes of bugs planted in released packages.

    The set is built when it is not there yet. Exit 1 when ours is below its goal.
    """
    if worst < 0:
        raise FarmError(f"--worst {worst}: give a number from 0 up")
    folder = prepare(keep, seed, pythons)
    sightings = load(folder, part)
    keys = groupings(folder, sightings)
    for line in table(sightings, keys):
        click.echo(line)
    for name in [rule] if rule else [OURS, LIVE]:
        for line in mistakes(sightings, keys[name], name, worst):
            click.echo(line)
    return 0 if _score(sightings, keys[OURS]).f1 >= GOAL else 1


def prepare(keep: pathlib.Path | None, seed: int, pythons: Sequence[pathlib.Path]) -> pathlib.Path:
    """The folder of the set, built now unless it is there already, made of the same."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    cache = cache / "fuzzfarm" / "bench-fingerprint"
    chosen = [(path, build.version_of(path)) for path in pythons or [pathlib.Path(sys.executable)]]
    packages = planted.packages()
    stamp = build.stamp(packages, seed, chosen)
    folder = keep or cache / stamp
    mark = folder / STAMP
    if (folder / LABELS).exists() and mark.exists() and mark.read_text("utf-8") == stamp:
        return folder
    plans = build.plans(packages, seed, chosen)
    click.echo(f"building {len(plans)} sightings in {folder}", err=True)
    for line in build.build(plans, folder, cache):
        click.echo(f"left out: {line}", err=True)
    mark.write_text(stamp, encoding="utf-8")
    return folder


def groupings(
    folder: pathlib.Path, sightings: Sequence[Sighting]
) -> dict[str, list[Hashable | None]]:
    """Each rule's key of each sighting. The live one is None for those without a record."""
    texts = [
        read(text_file(folder, item).read_text(encoding="utf-8").replace("\r\n", "\n"))
        for item in sightings
    ]
    found: dict[str, list[Hashable | None]] = {
        OURS: [fingerprint(item, own=()) if item else "none" for item in texts],
        LIVE: [
            fingerprint(live_failure(folder, item), own=item.own) if item.live else None
            for item in sightings
        ],
    }
    nothing = Failure("exception", "none")
    for name, rule in RULES.items():
        found[name] = [
            rule(failure or nothing, item.own)
            for failure, item in zip(texts, sightings, strict=True)
        ]
    return found


def table(
    sightings: Sequence[Sighting], keys: Mapping[str, Sequence[Hashable | None]]
) -> Iterator[str]:
    """The scores of all rules as lines of text."""
    bugs, packages = {item.bug for item in sightings}, {item.package for item in sightings}
    yield f"{len(sightings)} sightings of {len(bugs)} bugs in {len(packages)} packages"
    yield (
        f"{'rule':20} {'F1':>6} {'prec.':>6} {'recall':>6} {'V':>6} {'homog.':>6} {'compl.':>6}"
        f" {'groups':>6} {'of':>5}"
    )
    for name, column in keys.items():
        row = _score(sightings, column)
        known = sum(key is not None for key in column)
        yield (
            f"{name:20} {row.f1:6.3f} {row.precision:6.3f} {row.recall:6.3f} {row.v_measure:6.3f}"
            f" {row.homogeneity:6.3f} {row.completeness:6.3f} {row.groups:6} {known:5}"
        )


def mistakes(
    sightings: Sequence[Sighting], column: Sequence[Hashable | None], name: str, worst: int
) -> Iterator[str]:
    """The costliest confusions of one rule, with an example of each."""
    bugs, keys = _known(sightings, column)
    files = [item.name for item, key in zip(sightings, column, strict=True) if key is not None]
    for item in scores.merged(bugs, keys)[:worst]:
        yield f"{name}: merged {' + '.join(item.bugs)} ({item.pairs} pairs)"
        for key in item.keys[:3]:
            yield f"    {key}  {_examples(files, bugs, keys, key, item.bugs)}"
    for item in scores.split(bugs, keys)[:worst]:
        yield f"{name}: split {item.bugs[0]} into {len(item.keys)} ({item.pairs} pairs)"
        for key in item.keys[:8]:
            yield f"    {key}  {_examples(files, bugs, keys, key, item.bugs)}"


def _examples(
    files: Sequence[str],
    bugs: Sequence[str],
    keys: Sequence[Hashable],
    key: str,
    among: Sequence[str],
) -> str:
    """The first file of each bug in the group, and how many there are."""
    shown = []
    for bug in among:
        rows = zip(files, bugs, keys, strict=True)
        inside = [file for file, other, its in rows if other == bug and str(its) == key]
        if inside:
            shown.append(f"{len(inside)}x {inside[0]}")
    return f"[{', '.join(shown)}]"


def _score(sightings: Sequence[Sighting], column: Sequence[Hashable | None]) -> scores.Scores:
    return scores.score(*_known(sightings, column))


def _known(
    sightings: Sequence[Sighting], column: Sequence[Hashable | None]
) -> tuple[list[str], list[Hashable]]:
    rows = [(item.bug, key) for item, key in zip(sightings, column, strict=True) if key is not None]
    return [bug for bug, _ in rows], [key for _, key in rows]
