"""The labelled set as files: `texts/NNNN.txt`, `live/NNNN.json`, and `labels.tsv` beside them."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterable

from harness.failure import Failure, from_record

LABELS = "labels.tsv"
PARTS = ("dev", "held-out")
"""A fingerprint is worked on with the first, and only judged by the second."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sighting:
    """One failing execution of a planted bug, and how it came about.

    `name` is the stem of its files. `own` are the package's modules. `expected` is the type of the
    planted failure. `live`: there is a record of the live failure beside the text.
    """

    name: str
    bug: str
    package: str
    part: str
    expected: str
    own: tuple[str, ...]
    commit: str
    route: str
    entry: str
    layout: str
    python: str
    live: bool


def text_file(folder: pathlib.Path, sighting: Sighting) -> pathlib.Path:
    """Where the sighting's text is: what a terminal or a log showed."""
    return folder / "texts" / f"{sighting.name}.txt"


def live_file(folder: pathlib.Path, sighting: Sighting) -> pathlib.Path:
    """Where the record of the sighting's live failure is, if it has one."""
    return folder / "live" / f"{sighting.name}.json"


def live_failure(folder: pathlib.Path, sighting: Sighting) -> Failure:
    """The failure as a worker would have seen it; OSError without a record."""
    return from_record(json.loads(live_file(folder, sighting).read_text(encoding="utf-8")))


def save(folder: pathlib.Path, sightings: Iterable[Sighting]) -> None:
    """Write the labels: a header, then one line of tab-separated fields for each sighting."""
    names = [field.name for field in dataclasses.fields(Sighting)]
    lines = ["\t".join(names)]
    for sighting in sightings:
        values = {**dataclasses.asdict(sighting), "own": ",".join(sighting.own)}
        lines.append("\t".join(str(values[name]) for name in names))
    (folder / LABELS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def load(folder: pathlib.Path, part: str = "all") -> list[Sighting]:
    """The sightings of one part, or of `all`, in their order; OSError when nothing was built."""
    header, *lines = (folder / LABELS).read_text(encoding="utf-8").splitlines()
    names = header.split("\t")
    found = []
    for line in lines:
        row = dict(zip(names, line.split("\t"), strict=True))
        own, live = tuple(row.pop("own").split(",")), row.pop("live") == "True"
        found.append(Sighting(**row, own=own, live=live))  # every other field is text
    return [item for item in found if part in ("all", item.part)]
