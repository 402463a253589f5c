"""The corpus of one check: content-addressed files in one folder that all its workers share.

libFuzzer reads and writes the folder itself, under SHA-1 names; `adopt` gives what is new its
SHA-256 name. Which subject needs an input is remembered beside the folder (`claims`), so that
keeping it small for one subject takes nothing from another.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import re
import stat
import time
from collections.abc import Iterable

from harness.home import write_atomic

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.+=-]+")
LONGEST_NAME = 80
"""Characters of a subject's name that name its files."""
SETTLED_S = 600.0
"""A file whose content does not fit its name is being written, by a worker that may be paused just
now, unless it is older than this."""
LARGE_BYTES = 1024
"""Larger seeds are run once and not mutated."""
SMALL = 64
"""A corpus of so few inputs is not worth measuring."""
GROWTH = 1.5
"""Measured again once it holds so many times the inputs that were needed last time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Adopted:
    """Inputs that became part of the corpus, as (sha256, size in bytes); and what was set aside."""

    kept: tuple[tuple[str, int], ...] = ()
    problems: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Corpus:
    """`folder` holds the inputs, `claims` one list per subject, `set_aside` what is damaged."""

    folder: pathlib.Path
    claims: pathlib.Path
    set_aside: pathlib.Path
    max_size_bytes: int

    def prepare(self, subjects: Iterable[str] = ()) -> Adopted:
        """Make the folders and look at every file once: damaged ones are set aside and named.

        What a person put there is claimed for these subjects.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.claims.mkdir(parents=True, exist_ok=True)
        return self._claim(self._adopt(self._files(), settled=True), subjects)

    def adopt(self, subjects: Iterable[str], *, settled: bool = False) -> Adopted:
        """Give new files their SHA-256 names and claim them for the subjects that run now.

        `settled`: nobody writes any more, so what does not fit its name now never will.
        """
        new = [path for path in self._files() if not _SHA256.fullmatch(path.name)]
        return self._claim(self._adopt(new, settled), subjects)

    def _claim(self, adopted: Adopted, subjects: Iterable[str]) -> Adopted:
        names = "".join(f"{name}\n" for name, _ in adopted.kept)
        if names:
            for subject in subjects:
                with self._claims_of(subject).open("a", encoding="ascii") as claims:
                    claims.write(names)
        return adopted

    def _claims_of(self, subject: str, suffix: str = "") -> pathlib.Path:
        """A file of this subject, whose name may hold anything: an address, a path."""
        name = _UNSAFE.sub("-", subject)[:LONGEST_NAME]
        if name != subject:
            name += f"-{hashlib.sha256(subject.encode()).hexdigest()[:12]}"
        return self.claims / (name + suffix)

    def size(self) -> int:
        """Number of inputs."""
        return len(self._files())

    def measuring_is_due(self, subject: str) -> bool:
        """Whether the corpus grew enough since it was last made small for this subject."""
        size = self.size()
        try:
            needed = int(self._claims_of(subject, ".needed").read_text(encoding="ascii"))
        except (OSError, ValueError):
            needed = 0
        return size > SMALL and size > GROWTH * needed

    def shrink(self, subject: str, measured: Iterable[str], needed: Iterable[str]) -> int:
        """Remove what no subject needs, given what this one measured; returns how many went."""
        measured = set(measured)
        # What was adopted since the measuring began is still this subject's.
        mine = set(needed) | (self._claimed(subject) - measured)
        keep = set(mine)
        for path in self.claims.iterdir():
            if path.name != subject and not path.name.startswith("."):
                keep |= self._claimed(path.name)
        lines = "".join(f"{name}\n" for name in sorted(mine))
        write_atomic(self._claims_of(subject), lines.encode("ascii"), durable=False)
        needed_text = str(len(keep)).encode("ascii")
        write_atomic(self._claims_of(subject, ".needed"), needed_text, durable=False)
        gone = 0
        for name in measured:
            if name not in keep and _SHA256.fullmatch(name):
                (self.folder / name).unlink(missing_ok=True)
                gone += 1
        return gone

    def _claimed(self, subject: str) -> set[str]:
        if subject.endswith(".needed"):
            return set()
        try:
            return set(self._claims_of(subject).read_text(encoding="ascii").split())
        except FileNotFoundError:
            return set()

    def _files(self) -> list[pathlib.Path]:
        with os.scandir(self.folder) as entries:
            return [self.folder / entry.name for entry in entries if not entry.name.startswith(".")]

    def _adopt(self, paths: Iterable[pathlib.Path], settled: bool) -> Adopted:
        kept: list[tuple[str, int]] = []
        problems: list[str] = []
        for path in paths:
            try:
                status = path.stat()
                if not stat.S_ISREG(status.st_mode):  # reading a named pipe would never end
                    problems.append(self._put_aside(path, "it is not a regular file"))
                    continue
                if status.st_size > self.max_size_bytes:
                    problems.append(self._put_aside(path, _too_big(status, self.max_size_bytes)))
                    continue
                data = path.read_bytes()
            except FileNotFoundError:
                if path.is_symlink():
                    problems.append(self._put_aside(path, "it links to nothing"))
                continue
            except OSError as error:
                problems.append(self._put_aside(path, f"unreadable: {error.strerror}"))
                continue
            name = hashlib.sha256(data).hexdigest()
            if path.name == name:
                continue
            if _is_damaged(path.name, data):
                if settled or time.time() - status.st_mtime > SETTLED_S:
                    problems.append(self._put_aside(path, "its content does not fit its name"))
                continue
            try:
                path.replace(self.folder / name)
            except FileNotFoundError:  # another run on this home was faster
                continue
            kept.append((name, len(data)))
        return Adopted(tuple(kept), tuple(problems))

    def _put_aside(self, path: pathlib.Path, why: str) -> str:
        place = self.set_aside / path.name
        number = 0
        try:
            self.set_aside.mkdir(parents=True, exist_ok=True)
            while place.exists() or place.is_symlink():
                number += 1
                place = self.set_aside / f"{path.name}.{number}"
            path.rename(place)
        except OSError as error:
            return f"corpus file {path}: {why}; it could not be set aside: {error.strerror}"
        return f"corpus file {path}: {why}; set aside as {place}"


def _is_damaged(name: str, data: bytes) -> bool:
    if _SHA256.fullmatch(name):
        return True
    return bool(_SHA1.fullmatch(name)) and hashlib.sha1(data).hexdigest() != name


def _too_big(status: os.stat_result, limit_bytes: int) -> str:
    return f"{status.st_size} bytes, but inputs of this check have at most {limit_bytes}"


def stage_seeds(
    sources: Iterable[pathlib.Path], into: pathlib.Path, max_size_bytes: int
) -> tuple[tuple[str, ...], list[str]]:
    """Link the usable seed files below `sources` into one folder.

    Returns the paths of those above `LARGE_BYTES`, which are not linked: libFuzzer would make all
    its inputs as long as the longest seed. And one line for each file that is not usable (too big
    for the check, unreadable).
    """
    into.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    large: list[str] = []
    linked = 0
    for source in sources:
        for path in sorted(source.rglob("*")):
            try:
                if path.is_dir() or any(
                    part.startswith(".") for part in path.relative_to(source).parts
                ):
                    continue
                status = path.stat()
                if not path.is_file():
                    problems.append(f"seed {path}: not a regular file; left out")
                elif status.st_size > max_size_bytes:
                    problems.append(f"seed {path}: {_too_big(status, max_size_bytes)}; left out")
                else:
                    with path.open("rb") as file:
                        file.read(1)  # whether it can be read shows here, not in a worker
                    if status.st_size > LARGE_BYTES:
                        large.append(str(path.resolve()))
                    else:
                        (into / f"{linked:06d}").symlink_to(path.resolve())
                        linked += 1
            except OSError as error:
                problems.append(f"seed {path}: {error.strerror}; left out")
    return tuple(large), problems
