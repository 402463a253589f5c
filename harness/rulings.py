"""What persons decided of crashes: tolerated, one and the same, or two; a file in the repository.

`rulings.json` of a target lies beside its corpus, so that it is reviewed and kept with the code;
that of a target which is installed elsewhere lies in the user's project, in `.fuzzfarm/<target>/`.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

from harness.crash import AS, SPLIT, Crash, named
from harness.home import write_atomic
from targets.errors import FarmError
from targets.registry import Found, find_project

FILE = "rulings.json"
FORMAT = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """A crash of `package` that is tolerated: still counted, and told when it stops happening."""

    crash: str
    package: str
    title: str
    reason: str
    upstream: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """`crash` is the same bug as `into`, and is counted there."""

    crash: str
    into: str
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Split:
    """Sightings of `crash` whose message or stack contains `where` are another bug."""

    crash: str
    where: str
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Rulings:
    """All that persons decided of one target's crashes."""

    accepted: tuple[Accepted, ...] = ()
    merged: tuple[Merged, ...] = ()
    split: tuple[Split, ...] = ()

    def acceptance(self, crash: Crash) -> Accepted | None:
        """Why this crash is tolerated; None when it is not."""
        names = {crash.id, *crash.aliases}
        return next((item for item in self.accepted if item.crash in names), None)

    def ruled(self, crash: Crash) -> Crash:
        """The crash under the id that persons gave it: first its part, then what it belongs to."""
        names = {crash.id, *crash.aliases}
        for item in self.split:
            if item.crash in names and item.where in _all_text(crash):
                line = f"{crash.fingerprint.partition(SPLIT)[0]}{SPLIT}{item.where}"
                crash = named(dataclasses.replace(crash, id="", fingerprint=line, aliases=()))
                break
        for _ in self.merged:  # one may lead to the next
            names = {crash.id, *crash.aliases}
            into = {item.into for item in self.merged if names & {item.crash, item.into}}
            chosen = min(into - {item.crash for item in self.merged}, default=min(into, default=""))
            if chosen in ("", crash.id):
                break
            aliases = tuple(sorted((names | into) - {chosen}))
            # Counts of one run under two ids add up, so they must not be taken for one report.
            runs = {f"{run}{AS}{crash.id}": seen for run, seen in crash.runs.items()}
            crash = dataclasses.replace(crash, id=chosen, aliases=aliases, runs=runs)
        return crash


NONE = Rulings()
"""Nobody decided anything."""


def place(found: Found, start: pathlib.Path | None = None) -> pathlib.Path:
    """The folder of a target's rulings and regressions, in the repository that is being worked on.

    `start` is where to look for the project from (default: the working directory).
    """
    project = find_project(start or pathlib.Path.cwd())
    installed = {"site-packages", "dist-packages"} & set(found.corpus.parts)
    if not installed:
        return found.corpus
    root = project[0].parent if project is not None else start or pathlib.Path.cwd()
    return root / ".fuzzfarm" / found.name


def read(folder: pathlib.Path) -> Rulings:
    """The rulings in `folder`; none without a file; FarmError when it cannot be understood."""
    path = folder / FILE
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']!r} is not {FORMAT}")
        return Rulings(
            accepted=tuple(Accepted(**item) for item in record["accepted"]),
            merged=tuple(Merged(**item) for item in record["merged"]),
            split=tuple(Split(**item) for item in record["split"]),
        )
    except FileNotFoundError:
        return NONE
    except OSError as error:
        raise FarmError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FarmError(
            f"{path} cannot be understood: {type(error).__name__}: {error}; correct it by hand, or "
            "take back its last change"
        ) from error


def write(folder: pathlib.Path, rulings: Rulings) -> pathlib.Path:
    """Store the rulings in `folder`, sorted, for a small diff; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "format": FORMAT,
        "accepted": _records(rulings.accepted),
        "merged": _records(rulings.merged),
        "split": _records(rulings.split),
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    path = folder / FILE
    write_atomic(path, f"{text}\n".encode("utf-8", "backslashreplace"))
    return path


def _records(items: tuple[Any, ...]) -> list[dict[str, str]]:
    records = [dataclasses.asdict(item) for item in items]
    return sorted(records, key=lambda record: json.dumps(record, sort_keys=True))


def _all_text(crash: Crash) -> str:
    failure = crash.example.failure
    links = (failure, *failure.chain)
    frames = (f"{frame.module}.{frame.function}" for link in links for frame in link.frames)
    return "\n".join([*(link.message for link in links), *frames])
