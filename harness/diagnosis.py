"""Examines what a run needs: interpreter, engine, tools, machine, home and subjects."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import platform
import shutil
import subprocess
import sys

from targets import requirements
from targets.registry import BUILT_IN, Registry

GIB = 1024**3
MIN_DISK_BYTES = 1 * GIB
MIN_MEMORY_BYTES = 2 * GIB
IMPORT_TIMEOUT_S = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined; `state` is `ok`, `missing` or `broken`. Without what is `required`,
    the farm's own targets cannot run by default."""

    what: str
    state: str
    detail: str
    remedy: str = ""
    required: bool = False


def examine(home: pathlib.Path, registry: Registry) -> list[Finding]:
    """Everything that `fuzz doctor` says, in its order."""
    return [
        _python(),
        _engine(),
        _uv(),
        *_machine(),
        *of_home(home),
        *of_subjects(registry),
        *(Finding(item.name, "broken", str(item.error)) for item in registry.broken),
    ]


def of_subjects(registry: Registry) -> list[Finding]:
    """Whether the requirements of each subject are met; a built-in target's default is required."""
    findings = []
    for found in registry.found.values():
        for number, (name, subject) in enumerate(found.target.subjects.items()):
            what = f"{found.name}@{name}"
            required = number == 0 and found.module.startswith(f"{BUILT_IN}.")
            missing = requirements.check_requirements(subject)
            if missing:
                detail = requirements.line_of(name, found.name, missing)
                findings.append(Finding(what, "missing", detail, required=required))
                continue
            version = requirements.installed(subject.package) if subject.package else None
            detail = f"{subject.package} {version}" if version else "in the target"
            findings.append(Finding(what, "ok", detail, required=required))
    return findings


def of_home(home: pathlib.Path) -> list[Finding]:
    """Whether the farm can write its state to `home`, which need not exist, and has space there."""
    there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    free = shutil.disk_usage(there).free
    return [
        Finding(
            "home",
            "ok" if writable else "missing",
            f"{home} is {'writable' if writable else 'not writable'}",
            "" if writable else "choose another with --home or FUZZ_HOME",
            required=True,
        ),
        Finding(
            "disk",
            "ok" if free >= MIN_DISK_BYTES else "missing",
            f"{free / GIB:.1f} GiB free",
            "" if free >= MIN_DISK_BYTES else "free some space, or choose another --home",
        ),
    ]


def _python() -> Finding:
    ours = platform.python_implementation() == "CPython" and sys.platform == "linux"
    detail = f"{platform.python_implementation()} {platform.python_version()} on "
    detail += f"{platform.system()} {platform.machine()}"
    remedy = "" if ours else "the farm needs CPython on Linux"
    return Finding("python", "ok" if ours else "missing", detail, remedy, required=True)


def _engine() -> Finding:
    """Atheris is imported in a process of its own: it loads native code and changes the process."""
    version = requirements.installed("atheris")
    if version is None:
        return Finding("atheris", "missing", "not installed", "pip install atheris", required=True)
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import atheris"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=IMPORT_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason = f"its import takes more than {IMPORT_TIMEOUT_S:.0f} s"
    else:
        if done.returncode == 0:
            return Finding("atheris", "ok", version, required=True)
        reason = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
    remedy = "pip install --force-reinstall atheris"
    return Finding("atheris", "broken", f"{version}: {reason}", remedy, required=True)


def _uv() -> Finding:
    from harness import environments
    from targets.errors import MissingError

    try:
        return Finding("uv", "ok", environments.find_uv())
    except MissingError as error:
        return Finding("uv", "missing", str(error))


def _machine() -> list[Finding]:
    cores = len(os.sched_getaffinity(0))
    memory = memory_bytes()
    enough = memory >= MIN_MEMORY_BYTES
    return [
        Finding("cores", "ok", f"{cores} to use"),
        Finding(
            "memory",
            "ok" if enough else "missing",
            f"{memory / GIB:.1f} GiB",
            "" if enough else f"a worker may want {MIN_MEMORY_BYTES / GIB:.0f} GiB",
        ),
    ]


def memory_bytes(
    limit_file: pathlib.Path = pathlib.Path("/sys/fs/cgroup/memory.max"),
) -> int:
    """Memory that this process may use: the machine's, or less when a container limits it."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(memory, int(limit_file.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no such limit: no file, or the word `max`
        return memory
