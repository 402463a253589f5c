"""What a child is told: one JSON file, written by the supervisor, read once."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """One job of one child process. Paths are absolute; sizes and times carry their units."""

    job: str
    package: str
    """Module that holds `TARGET`, e.g. `targets.resp`."""
    check: str
    subject: str
    """As spelled: `redis-py`, `reference+FAULT`, `tcp://127.0.0.1:6379`."""
    folder: str
    """Scratch folder of this child: log, last input, sightings."""
    event_fd: int = -1
    """Pipe for JSON lines to the supervisor."""
    stats_fd: int = -1
    """Pipe that libFuzzer's own lines go to."""
    seed: int = 1
    corpus: str = ""
    """Corpus folder, shared by all workers of the check."""
    seeds: tuple[str, ...] = ()
    """Folders of further inputs, read once."""
    dictionary: str = ""
    sys_path: tuple[str, ...] = ()
    """Added to `sys.path`: where a user's own targets are."""
    deadly: tuple[str, ...] = ()
    """sha256 of inputs known to end the process: passed over."""
    known_hangs: tuple[str, ...] = ()
    """Paths of hangs that earlier workers of the job waited for."""
    inputs: tuple[str, ...] = ()
    """Files to run once each, in order: all that a replay does, and how a worker begins."""
    measure: bool = False
    """Say first which corpus files are needed."""
    plain_mutations: bool = False
    """Leave the target's own mutator and the words of its subject out."""
    forks: bool = False
    """Fuzz in a fork, and after its death in another one, as JSON lines on stdin say."""
    executions: int = -1
    """Stop after so many executions; -1: when told."""

    def write(self, path: pathlib.Path) -> None:
        """Store as JSON at `path`."""
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")


def read(path: pathlib.Path) -> Spec:
    """The inverse of `Spec.write`."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    return Spec(**fields)
