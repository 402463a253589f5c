"""From selections to jobs: what runs, in which interpreter, with which inputs."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

from harness.environments import Environment, prepare
from harness.home import Home
from targets.errors import FarmError
from targets.kinds import Fuzz, Inputs, Tests, engine_of, inputs_of, spelled
from targets.registry import Registry
from targets.requirements import installed, require
from targets.selection import Selected, select


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One check on one subject; `lane` counts its workers from 1 when it has several."""

    selected: Selected
    environment: Environment
    with_: tuple[str, ...] = ()
    lane: int = 1
    asked_engine: str | None = None
    """The engine that was asked for; None: the usual one of the check's kind."""

    @property
    def engine(self) -> str:
        """The module of `harness.children` that drives it."""
        return self.asked_engine or engine_of(self.selected.check)

    @property
    def name(self) -> str:
        """`resp:parse@redis-py`, and `#2` for a second worker."""
        return self.selected.name + (f"#{self.lane}" if self.lane > 1 else "")

    @property
    def package(self) -> str:
        """What a crash id is made of: the distribution, or the subject when the farm has it."""
        if isinstance(self.selected.check, Tests):  # wherever the suite is, and whatever part of it
            return spelled(self.selected.subject_name).name
        return self.selected.subject.package or self.selected.subject_name

    @property
    def subject_version(self) -> str | None:
        """Version of the distribution that is tested; None for a subject of the farm's own."""
        package = self.selected.subject.package
        if package is None:
            return None
        return self.environment.version or installed(package)

    @property
    def inputs(self) -> Inputs:
        """What its inputs look like."""
        return inputs_of(self.selected.check, self.selected.subject)

    @property
    def corpus(self) -> str:
        """Name of the corpus that it shares with all who read such inputs."""
        check, name = self.selected.check_name, self.inputs.name
        return f"{check}-{name}" if name else check

    @property
    def dictionary(self) -> pathlib.Path | None:
        """The hand-written libFuzzer dictionary of its inputs, when there is one."""
        name = self.inputs.dictionary
        path = self.selected.found.corpus / name if name else None
        return path if path is not None and path.is_file() else None

    @property
    def seeds(self) -> pathlib.Path:
        """Folder of the seeds that come with the target; need not exist."""
        return self.selected.found.corpus / self.inputs.seeds


def make_jobs(
    texts: Sequence[str],
    registry: Registry,
    home: Home,
    with_: Sequence[str],
    parallel: int,
    engine: str | None = None,
) -> tuple[list[Job], list[str]]:
    """The jobs of these selections, with a second worker and more where cores would be idle; and
    one line for each selected job that cannot run here.

    Makes the environments of pinned versions. `engine`: instead of the usual one. FarmError for a
    selection that names nothing or that the engine cannot drive, MissingError for a version that
    cannot be installed or a requirement that is not met.
    """
    selected, missing = require(select(texts, registry), pinned=bool(with_))
    extra = tuple(with_)
    for item in selected:
        _must_be_driven(item, engine)
    single = [
        Job(item, _environment(item, home, extra), extra, asked_engine=engine) for item in selected
    ]
    lanes = max(1, parallel // max(len(single), 1))
    jobs = [dataclasses.replace(job, lane=lane + 1) for job in single for lane in range(lanes)]
    return jobs, missing


def _must_be_driven(item: Selected, engine: str | None) -> None:
    """FarmError unless the engine can drive the check."""
    usual = engine_of(item.check)
    if engine in (None, usual):
        return
    strategy = inputs_of(item.check, item.subject).strategy
    if engine == "choices" and isinstance(item.check, Fuzz) and strategy is not None:
        return
    reason = "it offers no strategy" if isinstance(item.check, Fuzz) else "it has no bytes"
    raise FarmError(
        f"--engine {engine} cannot drive {item.name}: {reason}; leave --engine out for {usual}"
    )


def _environment(item: Selected, home: Home, with_: tuple[str, ...]) -> Environment:
    return prepare(home.envs, item.subject, item.version, with_, item.found.brings)
