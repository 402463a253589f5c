"""One `triage file` at a time per user, machine and repository, so that none races another."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pathlib
import stat
import tempfile
import time
from collections.abc import Iterator

from targets.errors import FarmError, MissingError

POLL_S = 0.05


@contextlib.contextmanager
def alone(name: str, wait_s: float) -> Iterator[None]:
    """Hold the lock called `name`; MissingError when another has it for `wait_s` seconds."""
    path = folder() / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise MissingError(
                        f"another `triage file` has been at work on {name} for {wait_s:.0f} s; "
                        "run it again later: whatever is missing then is done then"
                    ) from None
            time.sleep(POLL_S)
        yield
    finally:
        os.close(descriptor)


def folder() -> pathlib.Path:
    """`$XDG_STATE_HOME/fuzzfarm`; where that cannot be written, one of this user's in the temporary
    folder. FarmError when neither can be trusted."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    temporary = pathlib.Path(tempfile.gettempdir()) / f"fuzzfarm-{os.getuid()}"
    tried = []
    for place in (pathlib.Path(state).expanduser() / "fuzzfarm", temporary):
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = place.lstat()
            usable = stat.S_ISDIR(found.st_mode) and os.access(place, os.W_OK)
        except (OSError, RuntimeError) as error:  # RuntimeError: no home folder
            tried.append(f"{place}: {error}")
            continue
        if usable and found.st_uid == os.getuid() and not found.st_mode & 0o022:
            return place
        tried.append(f"{place}: not a folder that only this user can write")
    raise FarmError(
        f"no place for a lock file ({'; '.join(tried)}); set XDG_STATE_HOME to a folder"
    )
