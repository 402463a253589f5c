"""Where the farm keeps its state: one folder, laid out the same everywhere, written atomically."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile

from targets.errors import FarmError

DEFAULT = ".fuzz"
"""Name of the home below the working directory when nothing else was said."""


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """The paths of one home; building one touches no file. `root` is absolute once opened."""

    root: pathlib.Path

    def corpus(self, target: str, check: str) -> pathlib.Path:
        """Inputs worth keeping of one check, each named by its sha256."""
        return self.root / "corpus" / target / check

    @property
    def crashes(self) -> pathlib.Path:
        """One folder per crash."""
        return self.root / "crashes"

    def crash(self, crash: str) -> pathlib.Path:
        """The folder of one crash, by its full id."""
        return self.crashes / crash

    @property
    def runs(self) -> pathlib.Path:
        """One folder per run."""
        return self.root / "runs"

    def run(self, run: str) -> pathlib.Path:
        """The folder of one run."""
        return self.runs / run

    @property
    def envs(self) -> pathlib.Path:
        """Environments of pinned versions."""
        return self.root / "envs"

    @property
    def set_aside(self) -> pathlib.Path:
        """What was damaged and is kept for a person to look at."""
        return self.root / "set-aside"


def default_root() -> pathlib.Path:
    """`$FUZZ_HOME`, or `.fuzz` below the working directory."""
    return pathlib.Path(os.environ.get("FUZZ_HOME") or DEFAULT)


def open_home(root: pathlib.Path) -> Home:
    """The home at `root`, made if need be; FarmError unless files can really be written there."""
    home = Home(pathlib.Path(os.path.abspath(root.expanduser())))  # noqa: PTH100 - keeps symlinks
    try:
        for folder in (home.root, home.crashes, home.runs, home.set_aside):
            folder.mkdir(parents=True, exist_ok=True)
            _prove_writable(folder)  # permission bits say little: root, read-only mounts, quotas
        ignore = home.root / ".gitignore"
        if not ignore.exists():
            write_atomic(ignore, b"*\n")
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: NUL; RuntimeError: no ~user
        raise FarmError(
            f"home {root} cannot be written: {_reason(error)}; "
            "choose another with --home DIR or FUZZ_HOME"
        ) from error
    return home


def find_home(root: pathlib.Path) -> Home:
    """The home at `root` for reading only: nothing is made; FarmError when there is none."""
    try:
        home = Home(pathlib.Path(os.path.abspath(root.expanduser())))  # noqa: PTH100 - as above
        os.listdir(home.root)  # noqa: PTH208 - the error that says why
    except (OSError, ValueError, RuntimeError) as error:
        raise FarmError(
            f"home {root} cannot be read: {_reason(error)}; `fuzz run` makes one, "
            "choose another with --home DIR or FUZZ_HOME"
        ) from error
    return home


def write_atomic(path: pathlib.Path, data: bytes, durable: bool = True) -> None:
    """Write so that a reader, or a power cut, sees the old file or all of the new one.

    Folders above `path` must exist. Without `durable` a power cut may leave the file empty: for
    what is checked on reading and cheap to lose.
    """
    descriptor, name = tempfile.mkstemp(
        prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent
    )
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o666 & ~_umask())  # mkstemp says 0600; others may read a home
            file.write(data)
            file.flush()
            if durable:
                os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _prove_writable(folder: pathlib.Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".writable.", dir=folder)
    try:
        os.write(descriptor, b"?")
    finally:
        os.close(descriptor)
        pathlib.Path(name).unlink()


def _umask() -> int:
    """The process's umask without changing it, which would touch other threads' files."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
        for line in status:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
