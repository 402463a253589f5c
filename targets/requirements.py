"""Says which requirements of a subject are not met, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement

from targets.errors import FarmError, MissingError
from targets.kinds import Subject
from targets.selection import Selected

PROGRAM = "program:"
EVERYTHING = "FUZZ_REQUIRE"
"""Environment variable: `all` makes every missing requirement a failure, as in CI."""


def check_requirements(subject: Subject, pinned: bool = False) -> list[str]:
    """The requirements of `subject` that are not met here, as written; of a pinned version only
    programs count, because its packages come with the environment made for it."""
    return [
        requirement
        for requirement in subject.requires
        if not (pinned and not requirement.startswith(PROGRAM)) and not is_met(requirement)
    ]


def is_met(requirement: str) -> bool:
    """Whether a program is on PATH, or a distribution is installed in a fitting version."""
    if requirement.startswith(PROGRAM):
        return shutil.which(requirement.removeprefix(PROGRAM)) is not None
    wanted = read(requirement)
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    version = installed(wanted.name)
    return version is not None and wanted.specifier.contains(version, prereleases=True)


def installed(package: str) -> str | None:
    """The version of a distribution that is installed beside the farm, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def read(requirement: str) -> Requirement:
    """A requirement taken apart; FarmError when it is malformed, a path or an address."""
    try:
        wanted = Requirement(requirement)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise FarmError(
            f"malformed requirement {requirement!r}: {reason}: write e.g. 'hiredis<3'"
        ) from error
    if wanted.url is not None:
        raise FarmError(f"requirement {requirement!r} is an address: name a version instead")
    return wanted


def complaint(item: Selected, pinned: bool = False) -> str | None:
    """One line saying what the subject of a job lacks and what to do; None: nothing."""
    missing = check_requirements(item.subject, pinned=pinned or item.version is not None)
    if not missing:
        return None
    return line_of(item.subject_name, item.found.name, missing)


def line_of(subject_name: str, target_name: str, missing: list[str]) -> str:
    """`subject redis-py of resp needs redis>=5: pip install 'redis>=5'`."""
    programs = [entry.removeprefix(PROGRAM) for entry in missing if entry.startswith(PROGRAM)]
    packages = [entry for entry in missing if not entry.startswith(PROGRAM)]
    needs = ", ".join([*packages, *(f"program {name}" for name in programs)])
    quoted = " ".join(f"'{entry}'" for entry in packages)
    remedies = [f"pip install {quoted}"] if packages else []
    remedies += [f"put {' and '.join(programs)} on PATH"] if programs else []
    return f"subject {subject_name} of {target_name} needs {needs}: {', and '.join(remedies)}"


def require(
    selected: Iterable[Selected], everything: bool | None = None, pinned: bool = False
) -> tuple[list[Selected], list[str]]:
    """Jobs that can run, and one line for each that cannot because its subject lacks something.

    MissingError when `everything` is wanted (default: `FUZZ_REQUIRE=all`), when a subject that was
    written out lacks something, or when no job is left. `pinned`: packages come with environments
    for all jobs (`--with`), as they do for a job that selects a version.
    """
    if everything is None:
        everything = os.environ.get(EVERYTHING) == "all"
    runnable: list[Selected] = []
    lines: dict[str, None] = {}
    fatal: dict[str, None] = {}
    for item in selected:
        line = complaint(item, pinned)
        if line is None:
            runnable.append(item)
        else:
            lines[line] = None
            if everything or item.named:
                fatal[line] = None
    if lines and not runnable:
        fatal = lines
    if fatal:
        raise MissingError("; ".join(fatal))
    return runnable, list(lines)
