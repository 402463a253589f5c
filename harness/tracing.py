"""What of a subject the corpus reaches: lines and branches, counted by coverage.py.

Coverage that guides a run is libFuzzer's; this one is for people, and fair to compare fuzzers by.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import harness
from harness.children.spec import Spec
from harness.home import Home
from harness.plan import Job
from harness.replay import EXTERNAL
from harness.worker import cause_of
from targets.errors import FarmError, MissingError

LIMIT_S = 1800.0
"""Wall seconds for all inputs of a job."""
BATCH = 500
"""Inputs per process: one that ends it (a segmentation fault) costs no more than its batch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Lines and branches of one file, or of all: covered, and all that there are."""

    name: str
    lines: int
    all_lines: int
    branches: int
    all_branches: int


@dataclasses.dataclass(frozen=True, slots=True)
class Reached:
    """What all inputs together reached. `lost` batches died and count for nothing."""

    files: tuple[Part, ...]
    total: Part
    inputs: int
    lost: int


def inputs_of(job: Job, home: Home) -> list[pathlib.Path]:
    """Seeds of the job and the corpus that runs have kept for it."""
    kept = home.corpus(job.selected.found.name, job.corpus)
    return [
        path
        for folder in (job.seeds, kept)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]


def trace(job: Job, inputs: Sequence[pathlib.Path], folder: pathlib.Path) -> tuple[int, int]:
    """Run `inputs` under coverage.py; data files go to `folder`. Inputs run, and batches lost.

    FarmError or MissingError when the job cannot be run at all.
    """
    done = lost = 0
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(inputs), BATCH)):
        batch = inputs[start : start + BATCH]
        with tempfile.TemporaryDirectory(prefix="trace-", dir=folder) as name:
            ran = _batch(job, batch, pathlib.Path(name), folder / f"coverage.{number}")
        done, lost = (done + ran, lost) if ran else (done, lost + 1)
    return done, lost


def _batch(
    job: Job, batch: Sequence[pathlib.Path], scratch: pathlib.Path, data: pathlib.Path
) -> int:
    selected = job.selected
    spec = Spec(
        job=job.name,
        package=selected.found.module,
        check=selected.check_name,
        subject=selected.subject_name,
        folder=str(scratch),
        sys_path=selected.found.sys_path,
        inputs=tuple(str(path.absolute()) for path in batch),
    )
    spec.write(scratch / "spec.json")
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if job.environment.python == pathlib.Path(sys.executable):
        environment["PYTHONPATH"] = str(pathlib.Path(harness.__file__).parent.parent)
    command = [str(job.environment.python), "-P", "-m", "harness.children.trace"]
    ended = subprocess.run(
        [*command, str(scratch / "spec.json"), str(data.absolute())],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment,
        cwd=scratch,
        timeout=LIMIT_S,
        check=False,
    )
    if ended.returncode < 0 and cause_of(ended.returncode) not in EXTERNAL:
        return 0
    try:
        said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        text = ended.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"{job.name}: the tracing child ended oddly: {text[-2000:]}") from None
    if "refused" in said:
        kind = MissingError if said["exit_code"] == MissingError.exit_code else FarmError
        raise kind(said["refused"])
    return int(said["inputs"])


def combine(folders: Sequence[pathlib.Path], html: pathlib.Path | None) -> tuple[Part, ...]:
    """The files that all traces under `folders` reached, the total last; HTML pages on demand."""
    import coverage

    data = [str(path) for folder in folders for path in sorted(folder.glob("coverage.*"))]
    if not data:
        return (Part("total", 0, 0, 0, 0),)
    with tempfile.TemporaryDirectory(prefix="coverage-") as name, contextlib.chdir(name):
        tracer = coverage.Coverage(
            data_file=str(pathlib.Path(name) / "all"),
            branch=True,
            config_file=False,
            messages=False,
        )
        tracer.combine(data, keep=True)
        record_file = pathlib.Path(name) / "all.json"
        try:
            tracer.json_report(outfile=str(record_file))
        except coverage.exceptions.NoDataError:
            return (Part("total", 0, 0, 0, 0),)
        if html is not None:
            tracer.html_report(directory=str(html), ignore_errors=True)
        record = json.loads(record_file.read_text(encoding="utf-8"))
    files = [_part(name, item["summary"]) for name, item in sorted(record["files"].items())]
    return (*files, _part("total", record["totals"]))


def _part(name: str, summary: dict[str, int]) -> Part:
    return Part(
        name,
        summary["covered_lines"],
        summary["num_statements"],
        summary["covered_branches"],
        summary["num_branches"],
    )
