"""Opens what a person names: a folder, an archive (also one within another), or a single file."""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Iterator

from harness.journal import NAME as JOURNAL
from targets.errors import FarmError
from triage.importing.archives import Unpacker, is_packed
from triage.importing.entry import LINK, Entry, Refused
from triage.importing.names import CRASH_FILES, PASSED, SCRATCH, is_archive, is_input, is_passed

NESTED = 1
"""Archives are opened within archives so deep: an artifact of CI is a zip around what was kept."""


def check(source: pathlib.Path) -> None:
    """FarmError when there is nothing at that path, or nothing that can be read."""
    try:
        kind = stat.S_IFMT(source.stat().st_mode)
        if kind == stat.S_IFDIR:
            os.listdir(source)  # noqa: PTH208 - the error that says why
        elif kind == stat.S_IFREG:
            source.open("rb").close()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FarmError(
            f"{source} cannot be read: {reason}; name a home, an archive, an export or crash files"
        ) from error


def opened(source: pathlib.Path, unpacker: Unpacker) -> Iterator[Entry | Refused]:
    """Every file of a source that may matter; `check` it first.

    A folder's links are not followed; the source itself may be one.
    """
    label = os.fspath(source)
    # A crash folder and AFL's `crashes` are known by their own names.
    name = source.resolve().name
    file = Entry(name, source.resolve(), label, source.stat().st_mtime)
    if source.is_dir():
        yield from _expanded(_walk(source.resolve(), name, label), unpacker, NESTED)
    elif not source.is_file():
        yield Refused(label, "not a plain file")
    elif not is_input(name, alone=True) and (is_archive(name) or is_packed(file.path)):
        yield from _expanded(iter([file]), unpacker, NESTED, packed=True)
    else:
        yield file


def _expanded(
    entries: Iterator[Entry | Refused], unpacker: Unpacker, nested: int, *, packed: bool = False
) -> Iterator[Entry | Refused]:
    """The entries, archives among them replaced by what they hold; `packed`: all are archives."""
    for entry in entries:
        if isinstance(entry, Refused) or not (packed or is_archive(entry.name)):
            yield entry
        elif is_passed(entry.name):
            continue
        elif nested < 0:
            yield Refused(entry.label, "packed too deep: unpack it first")
        else:
            yield from _expanded(unpacker.unpack(entry), unpacker, nested - 1)


def _walk(root: pathlib.Path, name: str, label: str) -> Iterator[Entry | Refused]:
    """The plain files below a folder; links, pipes and devices are told and left alone."""
    waiting = [(root, name, label)]
    while waiting:
        folder, name, label = waiting.pop()
        try:
            with os.scandir(folder) as found:
                items = _meant(sorted(found, key=lambda item: item.name))
        except OSError as error:
            yield Refused(label, error.strerror or type(error).__name__)
            continue
        for item in items:
            path, inner = folder / item.name, f"{name}/{item.name}"
            shown = f"{label.rstrip('/')}/{item.name}"
            try:
                if item.is_dir(follow_symlinks=False):
                    if item.name not in PASSED and not item.name.startswith(SCRATCH):
                        waiting.append((path, inner, shown))
                elif item.is_file(follow_symlinks=False) or item.name in CRASH_FILES:
                    written_s = item.stat(follow_symlinks=False).st_mtime
                    yield Entry(inner, path, shown, written_s)
                else:
                    yield Refused(shown, LINK if item.is_symlink() else "a device")
            except OSError as error:  # it went away meanwhile
                yield Refused(shown, error.strerror or type(error).__name__)


def _meant(items: list[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Of a run's folder only the journal, of a crash folder only the crash: what workers leave
    beside them (links, pipes) is of no interest and need not be told."""
    names = {item.name for item in items}
    if JOURNAL in names:
        return [item for item in items if item.name == JOURNAL]
    if CRASH_FILES[0] in names:
        return [item for item in items if item.name in CRASH_FILES]
    return items
