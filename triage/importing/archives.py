"""Takes the files out of zip and tar archives, whatever is in them.

No name from an archive becomes a path: files get numbers. Links, devices, encrypted and doubled
entries are refused one by one; what is unpacked is counted while it is unpacked.
"""

from __future__ import annotations

import calendar
import lzma
import pathlib
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator

from triage.importing.entry import (
    FILE_BYTES,
    LINK,
    Budget,
    Entry,
    FullError,
    Refused,
    RefusedError,
    too_big,
)
from triage.importing.names import alike, cleaned, may_matter
from triage.importing.streams import CHUNK_BYTES, Directory, Forward, unpacked

DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    RuntimeError,  # NotImplementedError and RecursionError among them
)
"""What `zipfile`, `tarfile` and the decompressors raise for archives that are not what they say."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The two of CI artifacts; the others can be made to take any amount of memory."""
_NO_DATE = (1980, 1, 1)
"""What archives say that do not want to give a date."""


class Unpacker:
    """Unpacks archives into one folder, under one budget."""

    def __init__(self, folder: pathlib.Path, budget: Budget) -> None:
        self._folder = folder
        self._budget = budget
        self._number = 0

    def unpack(self, archive: Entry) -> Iterator[Entry | Refused]:
        """What is in the archive; its own name is the first part of their names.

        Files whose names mean nothing here are left in the archive. Damage ends the archive with
        one `Refused`; what was unpacked before it counts. So does a cap that is reached.
        """
        try:
            take = self._zip if _is_zip(archive.path) else self._tar
            yield from take(archive)
        except FullError as full:
            yield Refused(archive.label, str(full))
        except (RefusedError, *DAMAGED) as error:
            yield Refused(archive.label, f"cannot be unpacked to its end: {_said(error)}")

    def _zip(self, archive: Entry) -> Iterator[Entry | Refused]:
        with Directory(archive.path) as file, zipfile.ZipFile(file) as content:
            seen: set[str] = set()
            for item in content.infolist():
                try:
                    name = self._enter(archive, item.orig_filename)
                    _check_zipped(item)
                    if item.is_dir() or not may_matter(name):
                        continue
                    _check_new(name, seen)
                    with content.open(item) as packed:
                        path = self._write(packed.read, self._budget.spend)
                except (RefusedError, *DAMAGED) as error:
                    yield Refused(_label(archive, item.orig_filename), _said(error))
                else:
                    time_s = _time_s(item, archive.time_s)
                    yield Entry(name, path, _label(archive, item.orig_filename), time_s)

    def _tar(self, archive: Entry) -> Iterator[Entry | Refused]:
        with archive.path.open("rb") as file:
            stream = Forward(unpacked(file), self._budget)
            with tarfile.open(fileobj=stream, mode="r:") as content:  # type: ignore[call-overload]
                seen: set[str] = set()
                while (item := content.next()) is not None:
                    content.members.clear()  # else all headers stay in memory
                    try:
                        name = self._enter(archive, item.name)
                        if item.isdir() or not _is_plain(item) or not may_matter(name):
                            continue
                        _check_new(name, seen)
                        packed = content.extractfile(item)
                        path = self._write(packed.read if packed else _nothing, _spent_already)
                    except RefusedError as error:
                        yield Refused(_label(archive, item.name), _said(error))
                    else:
                        yield Entry(name, path, _label(archive, item.name), _sane(item.mtime))
                if stream.last.strip(b"\0") or len(stream.last) != tarfile.BLOCKSIZE:
                    raise RefusedError("it is cut off or damaged")  # `tarfile` ends in silence
                while stream.read(CHUNK_BYTES):  # what packed it has its checksum at the end
                    pass

    def _enter(self, archive: Entry, name: str) -> str:
        self._budget.enter()
        return f"{archive.name}/{cleaned(name)}"

    def _write(self, read: Callable[[int], bytes], spend: Callable[[int], None]) -> pathlib.Path:
        """A new file with what `read` gives, up to its end."""
        self._number += 1
        path, size = self._folder / f"{self._number:06d}", 0
        with path.open("xb") as file:
            while piece := read(CHUNK_BYTES):
                size += len(piece)
                if size > FILE_BYTES:
                    path.unlink()
                    raise RefusedError(too_big(FILE_BYTES))
                spend(len(piece))
                file.write(piece)
        return path


def is_packed(path: pathlib.Path) -> bool:
    """Whether the file is an archive by its content, be it a damaged one."""
    try:
        if _is_zip(path):
            return True
        with path.open("rb") as file:
            head = Forward(unpacked(file), Budget(CHUNK_BYTES)).read(tarfile.BLOCKSIZE)
        return head[257:262] == b"ustar"
    except (RefusedError, FullError, *DAMAGED):
        return True


def _is_zip(path: pathlib.Path) -> bool:
    """By its beginning: a tar whose last file is a zip looks like one from its end."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def _label(archive: Entry, name: str) -> str:
    return f"{archive.label}:{name}"


def _check_new(name: str, seen: set[str]) -> None:
    if alike(name) in seen:
        raise RefusedError("there are two of this name")
    seen.add(alike(name))


def _check_zipped(item: zipfile.ZipInfo) -> None:
    """RefusedError for what is no plain file, or cannot be unpacked in little memory."""
    kind = stat.S_IFMT(item.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise RefusedError(LINK if kind == stat.S_IFLNK else "a device")
    if item.flag_bits & 0x41:
        raise RefusedError("encrypted")
    if item.compress_type not in _METHODS:
        raise RefusedError(f"packed by method {item.compress_type}, which no artifact of CI uses")
    if item.file_size > FILE_BYTES and may_matter(item.filename):
        raise RefusedError(too_big(FILE_BYTES))


def _is_plain(item: tarfile.TarInfo) -> bool:
    """True; RefusedError for links, devices, holes and what is too big."""
    if item.issym() or item.islnk():
        raise RefusedError(LINK)
    if not item.isreg() or item.sparse is not None:
        raise RefusedError("a sparse file" if item.isreg() else "a device")
    if item.size > FILE_BYTES and may_matter(item.name):
        raise RefusedError(too_big(FILE_BYTES))
    return True


def _time_s(item: zipfile.ZipInfo, otherwise_s: float) -> float:
    if item.date_time[:3] == _NO_DATE or not 1 <= item.date_time[1] <= 12:
        return otherwise_s
    return float(calendar.timegm((*item.date_time, 0, 0, 0)))


def _sane(time_s: float) -> float:
    return float(time_s) if 0 <= time_s < 1 << 40 else 0.0  # not NaN


def _nothing(_size: int) -> bytes:
    return b""


def _spent_already(_size: int) -> None:
    """The stream below counts all that passes, headers and what is skipped among it."""


def _said(error: BaseException) -> str:
    if isinstance(error, RefusedError):
        return str(error)
    first = str(error).splitlines()[:1]
    return f"{type(error).__name__}: {first[0]}" if first else type(error).__name__
