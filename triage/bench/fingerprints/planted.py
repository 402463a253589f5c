"""Planted bugs as data: which package, which edit of its source, and what makes it fail."""

from __future__ import annotations

import dataclasses
import pathlib
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

PACKAGES = pathlib.Path(__file__).parent / "packages"
"""One TOML file for each package."""


@dataclasses.dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old`, found exactly once in `file`, by `new`.

    In `new`, `⟦expression⟧` is what some commits extract into a function of its own.
    """

    file: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True, slots=True)
class Bug:
    """One bug: `edits` plant it, `entries` of its package reach it with `inputs`.

    `kind` is as of a failure, `type` the exception's class or the signal. `function` (a qualified
    name in the first edit's file) is where it fails. `rename` are words that a commit replaces.
    `direct` is an entry of its own, if there is one, with little between it and the failing
    function. Inputs are texts in which `«w»` is a word and `«n»` a number, drawn for each sighting,
    or `[before, repeated, times, after]`.
    """

    name: str
    kind: str
    type: str
    edits: tuple[Edit, ...]
    function: str
    entries: tuple[str, ...]
    inputs: tuple[Any, ...]
    rename: tuple[tuple[str, str], ...]
    direct: str
    share: float


@dataclasses.dataclass(frozen=True, slots=True)
class Package:
    """A released package, its pinned requirements (itself first), and what to call in it.

    `entries` are expressions of `text` (or `data`), or bodies of a function of them when they have
    several lines; inputs are texts in `encoding`. `guards` (`file:function`) turn any error into
    one of another type in one commit.
    """

    name: str
    requirements: tuple[str, ...]
    own: tuple[str, ...]
    part: str
    encoding: str
    imports: str
    entries: Mapping[str, str]
    guards: tuple[str, ...]
    bugs: tuple[Bug, ...]


def packages(folder: pathlib.Path = PACKAGES) -> list[Package]:
    """Every package of the folder, by name; KeyError or TOMLDecodeError for a malformed file."""
    return [read(path) for path in sorted(folder.glob("*.toml"))]


def read(path: pathlib.Path) -> Package:
    """One package's file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    entries: dict[str, str] = table["entries"]
    return Package(
        name=path.stem,
        requirements=tuple(table["requirements"]),
        own=tuple(table["own"]),
        part=table["part"],
        encoding=table.get("encoding", "utf-8"),
        imports=table["imports"],
        entries=entries,
        guards=tuple(table.get("guards", ())),
        bugs=tuple(_bug(item, tuple(entries)) for item in table["bugs"]),
    )


def _bug(table: dict[str, Any], entries: tuple[str, ...]) -> Bug:
    edits = [Edit(item["file"], item["old"], item["new"]) for item in table.get("also", ())]
    return Bug(
        name=table["name"],
        kind=table.get("kind", "exception"),
        type=table["type"],
        edits=(Edit(table["file"], table["old"], table["new"]), *edits),
        function=table["function"],
        entries=tuple(table.get("entries", entries)),
        inputs=tuple(table["inputs"]),
        rename=tuple(table.get("rename", {}).items()),
        direct=table.get("direct", ""),
        share=float(table.get("share", 1)),
    )


def planted(bug: Bug, source: Callable[[str], str]) -> dict[str, str]:
    """The edited files' texts, marks of extractable expressions included.

    `source` gives a file's text; ValueError when an edit's place is not there exactly once.
    """
    texts: dict[str, str] = {}
    for edit in bug.edits:
        text = texts.get(edit.file) or source(edit.file)
        if text.count(edit.old) != 1:
            found = text.count(edit.old)
            raise ValueError(f"{bug.name}: {edit.file} has {found} places like {edit.old!r}")
        texts[edit.file] = text.replace(edit.old, edit.new)
    return texts
