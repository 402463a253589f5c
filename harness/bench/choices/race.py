"""Runs the sides of the race one at a time, each in the environment that its case needs."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Final

import harness
from harness import environments
from harness.bench.choices import cases
from harness.bench.choices.cases import Case
from harness.bench.choices.referee import RESULT, Spec
from targets.errors import MissingError

OURS: Final = "ours"
BESIDE: Final[dict[str, tuple[str, ...]]] = {
    OURS: (),
    "hypothesis": (),
    "atheris": (),
    # What it does after a reduction needs an attribute that Hypothesis 6.158 has no more.
    "hypofuzz": ("hypofuzz>=25.11,<25.12", "hypothesis[cli]>=6.140,<6.158", "pytest>=8.3,<10"),
}
"""Sides, and what each needs beside the farm's own Hypothesis and atheris."""
RIVALS: Final = tuple(side for side in BESIDE if side != OURS)
_LOOK_S: Final = 0.05
_GRACE_S: Final = 60.0
"""For starting; a process that is not over by then, and four times its limit, hangs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One run: CPU seconds until the bug, or None; test cases; and what went wrong, if anything."""

    seconds: float | None
    executions: int
    note: str = ""


def environment_of(case: Case, side: str, envs: pathlib.Path, version: str = "") -> pathlib.Path:
    """The interpreter for one side of a case; `version`: another one of its package, unchanged.

    MissingError when it cannot be made.
    """
    wanted = tuple(sorted(text for text in (version or case.package, *BESIDE[side]) if text))
    if not wanted:
        return pathlib.Path(sys.executable)
    planted = None if version else case.plant
    known = wanted if planted is None else (*wanted, planted.file, planted.new)
    digest = hashlib.sha256("\n".join(known).encode()).hexdigest()[:8]
    package = (version or case.package or side).partition("==")[0]
    change = cases.plant(case)

    def finish(site_packages: pathlib.Path) -> None:
        try:
            change(site_packages)
        except (OSError, ValueError) as error:
            raise MissingError(f"{case.package} cannot be changed: {error}") from error

    recipe = environments.Recipe(wanted, known, package, finish if planted else None)
    return environments.keep(envs / f"choices-{package}-{digest}", recipe, ()).python


def surroundings(python: pathlib.Path) -> dict[str, str]:
    """Environment variables of a child that runs on this interpreter."""
    found = {**os.environ, "PYTHONHASHSEED": "0"}
    found.pop("PYTHONPATH", None)
    found.pop("CI", None)  # there, Hypothesis has no database, and HypoFuzz collects nothing
    if python == pathlib.Path(sys.executable):
        found["PYTHONPATH"] = str(pathlib.Path(harness.__file__).parent.parent)
    return found


def run(case: Case, side: str, spec: Spec, envs: pathlib.Path) -> Result:
    """One side on one case with one seed; ended when it found the bug or used up its time."""
    try:
        python = environment_of(case, side, envs)
    except MissingError as error:
        return Result(None, 0, str(error)[:200])
    folder = pathlib.Path(spec.folder)
    module = f"harness.bench.choices.sides.{side}"
    with (folder / "log.txt").open("wb") as log:
        child = subprocess.Popen(
            [str(python), "-P", "-m", module, str(spec.write())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=surroundings(python),
            process_group=0,
        )
        try:
            _wait(child, folder, 4 * spec.limit_s + _GRACE_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    return _result(folder)


def _wait(child: subprocess.Popen[bytes], folder: pathlib.Path, limit_s: float) -> None:
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s and not (folder / RESULT).exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_LOOK_S)
            return


def _result(folder: pathlib.Path) -> Result:
    """What the referee wrote; without it, the last line that was said tells why."""
    try:
        told = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        lines = (folder / "log.txt").read_text(errors="replace").strip().splitlines()
        return Result(None, 0, f"ended without a result: {lines[-1] if lines else ''}"[:200])
    note = f"{told['others']} other failures" if told["others"] else ""
    return Result(told["found_s"], told["executions"], note)
