"""Environments of pinned subject versions: made with uv when first needed, kept, and reused.

The subject and its own needs are installed and win; the farm adds only the folders that a worker
imports, through a `.pth` line that comes after the environment's own packages. Nothing else of the
farm's own installation can be imported there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from targets import requirements
from targets.errors import FarmError, MissingError
from targets.kinds import Subject
from targets.selection import same_package

BROUGHT = (
    *("targets", "corpus", "harness", "atheris"),
    *("hypothesis", "_hypothesis_globals", "sortedcontainers"),
)
"""Top-level packages and modules that a worker brings along."""
VENV_TIMEOUT_S = 60.0
INSTALL_TIMEOUT_S = 600.0
"""An old release without a wheel is compiled."""
LOCK_TIMEOUT_S = VENV_TIMEOUT_S + INSTALL_TIMEOUT_S + 30.0
MADE = "made.json"
"""Written last into an environment: what it holds; without it, it is half-made."""
_NEXT_CAUSE = re.compile(r"\s*(×|├─▶|╰─▶|error:|cause:|Caused by:)")
MAX_REASON = 400
"""Characters of uv's reason that fit into one line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter for a worker, the version of the subject's package that it has (None: no
    package), and whether it was made just now."""

    python: pathlib.Path
    version: str | None
    created: bool = False


def prepare(
    home_envs: pathlib.Path,
    subject: Subject,
    version: str | None,
    with_: tuple[str, ...] = (),
    brings: tuple[pathlib.Path, ...] = (),
    limit_s: float = INSTALL_TIMEOUT_S,
) -> Environment:
    """The environment for `subject` at `version`, with the requirements `with_` beside it.

    Neither: the farm's own interpreter. `brings` are further packages to bring along
    (`Found.brings`). MissingError when it cannot be installed, at most in `limit_s`; FarmError for
    what is malformed.
    """
    if version is None and not with_:
        own = requirements.installed(subject.package) if subject.package else None
        return Environment(pathlib.Path(sys.executable), own)
    wanted = wanted_requirements(subject, version, with_)
    folder = home_envs.absolute() / folder_name(subject, version, wanted)
    return keep(folder, Recipe(wanted, wanted, subject.package, limit_s=limit_s), brings)


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """What uv has to `install`, and the words by which the result is `known`: they stay the same
    where the same thing lies in another place. `finish` is called with the new environment's
    `site-packages` and may raise MissingError."""

    install: tuple[str, ...]
    known: tuple[str, ...]
    package: str | None
    finish: Callable[[pathlib.Path], None] | None = None
    limit_s: float = INSTALL_TIMEOUT_S


def keep(folder: pathlib.Path, recipe: Recipe, brings: tuple[pathlib.Path, ...]) -> Environment:
    """The environment in `folder`, made by the recipe unless it was made by the same before."""
    record = {"requirements": list(recipe.known), "python": sys.version, "package": recipe.package}
    made = _made(folder, record)
    if made is None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f".{folder.name}.lock")):
            made = _made(folder, record)  # another process may have been faster
            if made is None:
                installed = _make(folder, record, recipe)
                _bring(folder / "bring", brings)
                return Environment(_python(folder), installed, created=True)
    _bring(folder / "bring", brings)
    return Environment(_python(folder), made["version"])


def wanted_requirements(
    subject: Subject, version: str | None, with_: tuple[str, ...]
) -> tuple[str, ...]:
    """What to install: `with_` wins over the subject's pins for the version, and these over what
    the subject requires anyway. FarmError when one is malformed, or `with_` changes the pin."""
    levels = [with_, _pins(subject, version), _required(subject)]
    if subject.package is not None and version is not None:
        for text in with_:
            if same_package(requirements.read(text).name, subject.package):
                raise FarmError(
                    f"--with {text!r} names the subject's own package, which is pinned to "
                    f"{version}: change the pin instead"
                )
        levels.insert(0, (f"{subject.package}{_extras(subject)}=={version}",))
    chosen: dict[str, list[str]] = {}
    for level in levels:
        of_level: dict[str, list[str]] = {}
        for text in level:
            item = requirements.read(text)
            of_level.setdefault(canonicalize_name(item.name), []).append(str(item))
        chosen = {**of_level, **chosen}
    return tuple(sorted(text for texts in chosen.values() for text in texts))


def _required(subject: Subject) -> tuple[str, ...]:
    return tuple(text for text in subject.requires if not text.startswith(requirements.PROGRAM))


def _extras(subject: Subject) -> str:
    """`[hiredis]` when the subject requires its own package with that extra."""
    own = [requirements.read(text) for text in _required(subject)]
    extras = {
        extra
        for item in own
        if same_package(item.name, subject.package or "")
        for extra in item.extras
    }
    return f"[{','.join(sorted(extras))}]" if extras else ""


def folder_name(subject: Subject, version: str | None, wanted: tuple[str, ...]) -> str:
    """`sqlparse-0.4.3`, or with a hash behind it when more than the version was asked for."""
    package = canonicalize_name(subject.package) if subject.package else "farm"
    pin = f"{package}-{version or 'any'}"
    if subject.package is not None and wanted == (f"{subject.package}=={version}",):
        return pin
    return f"{pin}-{hashlib.sha256(chr(10).join(wanted).encode()).hexdigest()[:8]}"


def _pins(subject: Subject, version: str | None) -> tuple[str, ...]:
    pins: list[str] = []
    for span, pinned in subject.pins.items():
        try:
            fits = version is not None and SpecifierSet(span).contains(version, prereleases=True)
        except InvalidSpecifier as error:
            raise FarmError(
                f"pins of subject {subject.summary!r}: {span!r} is no version range: "
                "write e.g. '<5'"
            ) from error
        if fits:
            pins.extend(pinned)
    return tuple(pins)


def _make(folder: pathlib.Path, record: dict[str, Any], recipe: Recipe) -> str | None:
    """Make the environment aside and move it into place; the installed version of the subject."""
    for remains in folder.parent.glob(f"{folder.name}.making-*"):
        shutil.rmtree(remains, ignore_errors=True)  # we hold the lock: nobody is working on it
    making = folder.with_name(f"{folder.name}.making-{os.getpid()}")
    wanted = list(recipe.install)
    try:
        uv = find_uv()
        base = [uv, "venv", "--quiet", "--no-project", "--relocatable", "--python", sys.executable]
        _run([*base, str(making)], VENV_TIMEOUT_S, wanted)
        install = [uv, "pip", "install", "--quiet", "--python", str(_python(making)), "--"]
        if wanted:
            _run([*install, *wanted], recipe.limit_s, wanted)
        site_packages = _site_packages(making)
        (making / "bring").mkdir()
        # Relative to site-packages, so that it survives the move; as the last path it loses to all.
        up = os.path.relpath(making / "bring", site_packages)
        (site_packages / "zz_brought_by_the_farm.pth").write_text(f"{up}\n", encoding="utf-8")
        if recipe.finish is not None:
            recipe.finish(site_packages)
        version = _installed_version(site_packages, recipe.package)
        (making / MADE).write_text(json.dumps({**record, "version": version}), encoding="utf-8")
        if folder.exists():  # half-made, or made for another Python
            folder.rename(aside := folder.with_name(f"{folder.name}.making-old-{os.getpid()}"))
            shutil.rmtree(aside, ignore_errors=True)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return version


def _made(folder: pathlib.Path, record: dict[str, Any]) -> dict[str, Any] | None:
    """What a finished environment holds; None when it is absent, half-made or another's."""
    try:
        made: dict[str, Any] = json.loads((folder / MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = all(made.get(key) == value for key, value in record.items())
    return made if same and _python(folder).exists() else None


def _bring(folder: pathlib.Path, brings: tuple[pathlib.Path, ...]) -> None:
    """Let the links show where the farm is now: it may have moved since."""
    for place in (*_own_places(), *brings):
        link = folder / place.name
        if link.is_symlink() and link.readlink() == place:
            continue
        fresh = folder / f".{place.name}-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(place)
        fresh.replace(link)


def _own_places() -> list[pathlib.Path]:
    places = []
    for name in BROUGHT:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = pathlib.Path(spec.origin).resolve()
            places.append(origin.parent if spec.submodule_search_locations else origin)
    return places


def _installed_version(site_packages: pathlib.Path, package: str | None) -> str | None:
    if package is None:
        return None
    found = importlib.metadata.distributions(name=package, path=[str(site_packages)])
    return next((item.version for item in found), None)


def _python(folder: pathlib.Path) -> pathlib.Path:
    return folder / "bin" / "python"


def _site_packages(folder: pathlib.Path) -> pathlib.Path:
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return folder / "lib" / name / "site-packages"


def find_uv() -> str:
    """Path of the uv program; MissingError when there is none."""
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        if (found := shutil.which("uv")) is not None:
            return found
        raise MissingError("a pinned version needs uv: pip install uv") from error


def _run(command: list[str], timeout_s: float, wanted: list[str]) -> None:
    asked = " ".join(wanted)
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    environ.pop("VIRTUAL_ENV", None)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environ,
        process_group=0,
    )
    try:
        _, stderr = process.communicate(timeout=timeout_s)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # a compiler that it started as well
        process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        raise MissingError(
            f"cannot install {asked}: uv was not ready after {timeout_s:.0f} s: "
            "try again, or select another version"
        ) from None
    if process.returncode != 0:
        raise MissingError(
            f"cannot install {asked}: {essence(stderr)}: select a released version that "
            "runs on this Python, or add what it needs with --with REQUIREMENT"
        )


def essence(stderr: str) -> str:
    """uv's reason in one line: its error and causes, without warnings, boxes and build logs."""
    said: list[str] = []
    for line in stderr.splitlines():
        text = re.sub(r"^[\s×├╰─▶│╭|]+", "", line).strip()
        if text.startswith(("warning:", "hint:", "Using ")) or not text:
            continue
        if text.startswith(("[stderr]", "[stdout]", "Traceback")):
            break
        if said and _NEXT_CAUSE.match(line) is None:
            said[-1] += f" {text}"
        else:
            said.append(re.sub(r"^(error|cause|Caused by):\s*", "", text))
    reason = ": ".join(part.rstrip(":.") for part in said) or "uv gave no reason"
    for said_anyway in (
        "No solution found when resolving dependencies: ",
        ", we can conclude that your requirements are unsatisfiable",
    ):
        reason = reason.replace(said_anyway, "")
    return reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 1]}…"


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    """Hold an exclusive lock, which ends with the process at the latest."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    with path.open("w", encoding="utf-8") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise FarmError(
                        f"another process has been making {path} for {LOCK_TIMEOUT_S:.0f} s: "
                        f"end it, or choose another --home"
                    ) from None
                time.sleep(0.05)
        yield
