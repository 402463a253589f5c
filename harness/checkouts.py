"""Environments with a subject taken from a folder of source, e.g. one revision of a checkout.

What can be built is installed by uv with all that it needs; a folder that has nothing to build is
put on the path as it is. The target that tests it stays the one of today.
"""

from __future__ import annotations

import hashlib
import pathlib
import shutil
from collections.abc import Sequence

from packaging.utils import canonicalize_name

from harness import environments
from harness.environments import INSTALL_TIMEOUT_S, Environment, Recipe
from targets import requirements
from targets.errors import MissingError
from targets.registry import BUILT_IN
from targets.selection import Selected, same_package

BUILD_FILES = ("pyproject.toml", "setup.py")
_COPY = "source-of-the-subject"


def prepare(
    home_envs: pathlib.Path,
    selected: Selected,
    source: pathlib.Path,
    commit: str,
    with_: tuple[str, ...] = (),
    limit_s: float = INSTALL_TIMEOUT_S,
) -> Environment:
    """The environment for the subject of `selected` as it is in the folder `source`.

    `commit` names the state of the folder: what was made for it once is reused. MissingError when
    it cannot be built within `limit_s`, or does not hold the subject's modules.
    """
    subject = selected.subject
    package = canonicalize_name(subject.package) if subject.package else None
    needed = tuple(
        text
        for text in environments.wanted_requirements(subject, None, with_)
        if package is None or not same_package(requirements.read(text).name, package)
    )
    known = (*needed, f"{package or selected.subject_name} at {commit}", *subject.instrument)
    digest = hashlib.sha256("\n".join(known).encode()).hexdigest()[:8]
    folder = home_envs.absolute() / f"{package or 'own'}-git-{commit[:12]}-{digest}"
    builds = any((source / name).is_file() for name in BUILD_FILES)
    place = f"{subject.package} @ {source.as_uri()}" if subject.package else str(source)
    recipe = Recipe(
        install=(*needed, place) if builds else needed,
        known=known,
        package=subject.package if builds else None,
        finish=lambda site_packages: _settle(site_packages, source, selected, builds),
        limit_s=limit_s,
    )
    return environments.keep(folder, recipe, selected.found.brings)


def _settle(
    site_packages: pathlib.Path, source: pathlib.Path, selected: Selected, builds: bool
) -> None:
    """See to it that the subject's modules come from the revision, and the target from today."""
    tops = sorted({name.partition(".")[0] for name in selected.subject.instrument})
    _forget(site_packages, selected, tops)
    if builds and all(_holds(site_packages, top) for top in tops):
        return
    roots = [root for root in (source / "src", source) if root.is_dir()]
    root = next((root for root in roots if all(_holds(root, top) for top in tops)), None)
    if root is None:
        raise MissingError(f"it holds no module {' and no '.join(tops)}")
    copy = site_packages / _COPY
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    # Relative to site-packages, because the environment is moved; before what the farm brings.
    (site_packages / "aa_source_of_the_subject.pth").write_text(f"{_COPY}\n", encoding="utf-8")
    _forget(copy, selected, tops)


def _holds(root: pathlib.Path, top: str) -> bool:
    if (root / top).is_dir() or (root / f"{top}.py").is_file():
        return True
    return any(root.glob(f"{top}.*.so")) or any(root.glob(f"{top}.so"))


def _forget(root: pathlib.Path, selected: Selected, tops: Sequence[str]) -> None:
    """Remove an older state of the target itself, unless the subject lies in the same package."""
    top = selected.found.module.partition(".")[0]
    if top != BUILT_IN and top not in tops:
        shutil.rmtree(root / top, ignore_errors=True)
