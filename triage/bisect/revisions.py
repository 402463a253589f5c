"""The revisions of a git checkout, read from a clone: the user's own folder is never touched.

Nothing of the repository runs here: hooks, filters and submodules stay out.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

from targets.errors import FarmError, MissingError

GIT_TIMEOUT_S = 120.0
_SAFE = tuple(
    word
    for setting in (
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "log.showSignature=false",
        "gc.auto=0",
        "advice.detachedHead=false",
    )
    for word in ("-c", setting)
)
_OUTSIDE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")


class Revisions:
    """A checkout's history along first parents, up to a revision.

    `commits` are full hashes, oldest first.
    """

    def __init__(self, path: pathlib.Path, last: str = "HEAD") -> None:
        if not path.is_dir():
            raise FarmError(f"--git {path} is no folder: name a git checkout of the subject")
        top = _git(path, "rev-parse", "--show-toplevel", what=f"--git {path}")
        self._top = pathlib.Path(top)
        self._below = path.resolve().relative_to(self._top.resolve())
        self.last = self.commit(last)
        listed = _git(self._top, "rev-list", "--first-parent", "--reverse", self.last)
        self.commits = tuple(listed.split())

    @property
    def name(self) -> str:
        """The checkout's folder, e.g. `sqlparse`."""
        return self._top.name

    def commit(self, revision: str) -> str:
        """The full hash that `revision` means; FarmError when it means none."""
        found = self.find(revision)
        if found is None:
            raise FarmError(
                f"{revision!r} is no revision of {self._top}: name a commit, tag or branch"
            )
        return found

    def find(self, revision: str) -> str | None:
        """The same, or None."""
        if revision.startswith("-"):
            return None
        arguments = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        return _git(self._top, *arguments, fails=True) or None

    def tagged(self, version: str, package: str) -> str | None:
        """The commit on the line that a release was made from, by its tag; None: not found."""
        for tag in (version, f"v{version}", f"{package}-{version}", f"release-{version}"):
            commit = self.find(f"refs/tags/{tag}")
            if commit is not None:
                base = _git(self._top, "merge-base", commit, self.last, fails=True)
                return base if base in self.commits else None
        return None

    def subject(self, commit: str) -> str:
        """The first line of a commit's message, unsafe to print as it is."""
        return _git(self._top, "log", "-1", "--format=%s", commit, fails=True)

    @contextlib.contextmanager
    def exported(self) -> Iterator[Export]:
        """A clone in a temporary folder, which goes away again."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fuzz-bisect-"))
        clone = folder / "clone"
        try:
            arguments = ("clone", "--quiet", "--no-checkout", "--shared", "--template=")
            _git(folder, *arguments, "--", str(self._top), str(clone))
            yield Export(clone, folder, self._below)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class Export:
    """Puts one revision after the other into a folder of its own."""

    def __init__(self, clone: pathlib.Path, folder: pathlib.Path, below: pathlib.Path) -> None:
        self._clone = clone
        self._folder = folder
        self._below = below

    @contextlib.contextmanager
    def revision(self, commit: str) -> Iterator[pathlib.Path]:
        """The files of `commit` (with git's own beside them: some builds ask for the version)."""
        place = self._folder / commit
        try:
            _git(self._clone, "worktree", "add", "--quiet", "--detach", str(place), commit)
            source = place / self._below
            if not source.is_dir():
                raise MissingError(f"there is no folder {self._below} yet")
            yield source
        finally:
            shutil.rmtree(place, ignore_errors=True)
            _git(self._clone, "worktree", "prune", fails=True)


def _git(folder: pathlib.Path, *arguments: str, fails: bool = False, what: str = "git") -> str:
    """What git prints; `fails`: an empty text when it fails, else that is a FarmError."""
    environ = {name: value for name, value in os.environ.items() if name not in _OUTSIDE}
    environ |= {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise MissingError("revisions need the program git: put it on PATH") from None
    except subprocess.TimeoutExpired:
        raise FarmError(f"git {arguments[0]} took more than {GIT_TIMEOUT_S:.0f} s") from None
    if done.returncode != 0 and not fails:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise FarmError(f"{what}: {said.removeprefix('fatal: ')}: name a git checkout with commits")
    return done.stdout.strip() if done.returncode == 0 else ""
