"""Archives of strangers: what is in them is taken out, and nothing else happens."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import io
import lzma
import random
import resource
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from triage.importing import archives
from triage.importing.archives import Unpacker, is_packed
from triage.importing.entry import FILE_BYTES, Budget, Entry, Refused
from triage.importing.streams import LZMA_BYTES

NAME = "crashes/crash-0123456789ab/input"
OTHER = "crashes/crash-ba9876543210/input"


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """What came out of an archive."""

    files: dict[str, bytes]
    refused: list[str]


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Taken]:
    """Unpack an archive with this content; nothing may be written but numbered files."""
    folder = tmp_path / "scratch" / "below"
    folder.mkdir(parents=True)

    def taken(data: bytes, total_bytes: int = 1 << 30, entries: int = 1000) -> Taken:
        archive = tmp_path / "archive"
        archive.write_bytes(data)
        unpacker = Unpacker(folder, Budget(total_bytes, entries))
        found = list(unpacker.unpack(Entry("archive", archive, "archive", 1e9)))
        written = {path for path in tmp_path.rglob("*") if not path.is_dir()} - {archive}
        assert all(path.parent == folder and path.name.isdecimal() for path in written)
        assert not any(path.is_symlink() for path in written)
        files = {
            item.name.removeprefix("archive/"): item.content()
            for item in found
            if isinstance(item, Entry)
        }
        for path in written:
            path.unlink()
        return Taken(files, [str(item) for item in found if isinstance(item, Refused)])

    return taken


def zipped(
    *files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip of these files, in this order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    """A tar of these files, in this order."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return stream.getvalue()


def gzipped(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    """As `tarred`, packed."""
    return gzip.compress(tarred(*members))


def special(kind: bytes, name: str = NAME, link: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": lambda data: data,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "two streams": lambda data: gzip.compress(data[:700]) + gzip.compress(data[700:]),
    "two xz": lambda data: lzma.compress(data[:700]) + lzma.compress(data[700:]) + bytes(8),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_tars_of_every_packing(take: Callable[..., Taken], packer: str) -> None:
    """What went in comes out; what means nothing stays inside."""
    data = tarred((NAME, b"abc"), (OTHER, b""), ("README", b"no"), (f"./{NAME}2", b"no"))
    assert take(PACKERS[packer](data)) == Taken({NAME: b"abc", OTHER: b""}, [])


def test_zips(take: Callable[..., Taken]) -> None:
    """Stored and deflated, with folders, behind `./`."""
    data = zipped(("crashes/", b""), (NAME, b"abc" * 999), (f"./{OTHER}", b""), ("README", b"no"))
    assert take(data) == Taken({NAME: b"abc" * 999, OTHER: b""}, [])
    stored = zipped((NAME, b"abc"), method=zipfile.ZIP_STORED)
    assert take(stored) == Taken({NAME: b"abc"}, [])


EVIL = ["../../../evil/input", "/tmp/evil/input", "C:/evil/input", "a\\..\\input", "..\\input"]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_no_path_escapes(take: Callable[..., Taken], pack: Callable[..., bytes], name: str) -> None:
    """Each such entry is one line; those beside it are taken."""
    taken = take(pack((name, b"evil"), (NAME, b"good")))
    assert taken.files == {NAME: b"good"}
    assert len(taken.refused) == 1
    assert taken.refused[0].startswith(f"archive:{name}: its name ")


def linked() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(NAME)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


def piped() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(NAME)
    info.create_system, info.external_attr = 3, 0o010644 << 16
    return info


def encrypted() -> bytes:
    data = bytearray(zipped((NAME, b"secret"), (OTHER, b"good")))
    data[6] |= 1  # flags in the local header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def renamed_inside() -> bytes:
    """The local header and the directory of a zip disagree about a name."""
    data = bytearray(zipped((NAME, b"bad"), (OTHER, b"good")))
    data[30:33] = b"../"
    return bytes(data)


def broken_checksum() -> bytes:
    data = bytearray(zipped((NAME, b"bad"), (OTHER, b"good"), method=zipfile.ZIP_STORED))
    data[data.index(b"bad")] ^= 1
    return bytes(data)


def sparse() -> bytes:
    """GNU's old form: a header that says that the file has holes."""
    info = special(tarfile.GNUTYPE_SPARSE)
    return tarred(info, (OTHER, b"good"))


ONE_REFUSED: dict[str, tuple[bytes, str]] = {
    "link": (zipped((linked(), b"/etc/passwd"), (OTHER, b"good")), "a link"),
    "pipe": (zipped((piped(), b""), (OTHER, b"good")), "a device"),
    "encrypted": (encrypted(), "encrypted"),
    "two names": (renamed_inside(), "BadZipFile"),
    "checksum": (broken_checksum(), "Bad CRC"),
    "case": (zipped((OTHER, b"good"), (OTHER.upper().replace("INPUT", "input"), b"")), "two of"),
    "tar link": (tarred(special(tarfile.SYMTYPE), (OTHER, b"good")), "a link"),
    "tar hard link": (tarred(special(tarfile.LNKTYPE, link=OTHER), (OTHER, b"good")), "a link"),
    "tar pipe": (tarred(special(tarfile.FIFOTYPE), (OTHER, b"good")), "a device"),
    "tar device": (tarred(special(tarfile.CHRTYPE), (OTHER, b"good")), "a device"),
    "tar holes": (sparse(), "a sparse file"),
    "tar twice": (tarred((OTHER, b"good"), (OTHER, b"evil")), "two of this name"),
}


@pytest.mark.parametrize("how", ONE_REFUSED)
def test_what_is_no_plain_file_is_refused_alone(take: Callable[..., Taken], how: str) -> None:
    """Links, devices, encrypted, doubled, contradictory entries: one line, the others are taken."""
    data, reason = ONE_REFUSED[how]
    taken = take(data)
    assert taken.files == {OTHER: b"good"}
    (line,) = taken.refused
    assert reason in line


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_in_a_zip(take: Callable[..., Taken]) -> None:
    """The first counts, as some programs have it; the others say the last, so it is told."""
    taken = take(zipped((NAME, b"first"), (NAME, b"second")))
    assert taken.files == {NAME: b"first"}
    assert taken.refused == [f"archive:{NAME}: there are two of this name"]


def test_rare_packings_in_zips_are_refused(take: Callable[..., Taken]) -> None:
    """No artifact of CI has them, and their unpackers can be made to take any memory."""
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        (line,) = take(zipped((NAME, b"x"), method=method)).refused
        assert f"packed by method {method}" in line


def peak_mib() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def bomb_of_files(size_bytes: int) -> bytes:
    """A gzipped tar of one file of zeros."""
    info = tarfile.TarInfo(NAME)
    info.size = size_bytes
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1) as packed:
        packed.write(info.tobuf())
        for _ in range(size_bytes >> 20):
            packed.write(bytes(1 << 20))
    return stream.getvalue()


def test_one_file_has_a_cap(take: Callable[..., Taken]) -> None:
    """In a zip by what it is, not by what it says it is."""
    big = bytes(FILE_BYTES + 1)
    assert take(zipped((NAME, big), (OTHER, b"good"))) == Taken(
        {OTHER: b"good"}, [f"archive:{NAME}: more than 64 MiB in one file"]
    )
    lying = bytearray(zipped((NAME, big), (OTHER, b"good")))
    directory = lying.index(b"PK\x01\x02")
    for at in (18 + 4, directory + 24):  # it claims to have a hundred bytes
        lying[at : at + 4] = struct.pack("<I", 100)
    taken = take(bytes(lying))
    assert taken.files == {OTHER: b"good"}
    assert len(taken.refused) == 1


def test_all_files_have_a_cap(take: Callable[..., Taken]) -> None:
    """Also what is passed over counts in a tar, for it must be unpacked to be passed over."""
    files = [(f"crashes/crash-{number:012x}/input", bytes(1 << 20)) for number in range(8)]
    for pack in (zipped, tarred, gzipped):
        taken = take(pack(*files), total_bytes=4 << 20)
        assert 3 <= len(taken.files) <= 4
        (line,) = taken.refused
        assert line.startswith("archive: unpacked it has more than 4 MiB: the rest is not read")
        assert "--max-mib" in line
    taken = take(gzip.compress(tarred(("passed", bytes(8 << 20)))), total_bytes=4 << 20)
    assert "more than 4 MiB" in taken.refused[0]


def test_entries_are_counted(take: Callable[..., Taken]) -> None:
    """A hundred thousand empty files are no bytes, but work."""
    files = [(f"crashes/crash-{number:012x}/input", b"") for number in range(30)]
    for pack in (zipped, tarred):
        taken = take(pack(*files), entries=20)
        assert len(taken.files) == 20
        assert "entries: the rest is not read" in taken.refused[0]


def test_bombs_take_little_memory_and_time(take: Callable[..., Taken]) -> None:
    """Gigabytes of zeros, endless headers, a dictionary of gigabytes: each ends with one line."""
    header = special(tarfile.GNUTYPE_LONGNAME)
    header.size = 1 << 30
    pax = special(tarfile.XHDTYPE)
    pax.size = 1 << 30
    huge_window = lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}])
    directory = bytearray(zipped((NAME, b"")))
    at = directory.rindex(b"PK\x05\x06")
    directory[at + 12 : at + 16] = struct.pack("<I", 1 << 30)
    bombs = {
        "file": bomb_of_files(512 << 20),
        "long name": gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(64 << 20)),
        "attributes": gzip.compress(pax.tobuf() + bytes(64 << 20)),
        "names of names": gzip.compress(_long_names(5000)),
        "window": huge_window,
        "directory": bytes(directory),
    }
    before, began_s = peak_mib(), time.monotonic()
    for name, bomb in bombs.items():
        taken = take(bomb, total_bytes=256 << 20)
        assert taken.files == {}, name
        # the capped file has a line of its own
        assert len(taken.refused) == (2 if name == "file" else 1), name
    assert peak_mib() - before < 128 + (LZMA_BYTES >> 20)
    assert time.monotonic() - began_s < 20


def _long_names(count: int) -> bytes:
    """A tar in which every header only says that the next one has a long name."""
    info = special(tarfile.GNUTYPE_LONGNAME)
    info.size = 2
    return (info.tobuf(tarfile.GNU_FORMAT) + b"x\0".ljust(512, b"\0")) * count


def test_negative_sizes_do_not_turn_in_circles(take: Callable[..., Taken]) -> None:
    """A tar whose header points back at itself is damaged, not endless."""
    info = tarfile.TarInfo("README")
    info.size = 0
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + b"\xfe\x00"  # minus 512, in base 256
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % (sum(header) & 0o777777)
    began_s = time.monotonic()
    taken = take(bytes(header) * 3 + bytes(1024))
    assert len(taken.refused) == 1
    assert time.monotonic() - began_s < 5


@pytest.mark.parametrize("pack", [zipped, tarred, gzipped])
def test_what_is_cut_off_is_told(take: Callable[..., Taken], pack: Callable[..., bytes]) -> None:
    """Wherever an archive ends too soon: a line, and what was before it is taken."""
    data = pack((NAME, b"abc" * 300), (OTHER, b"defg" * 300))
    whole = take(data)
    assert len(whole.files) == 2
    end = len(data.rstrip(b"\0")) if data.endswith(bytes(1024)) else len(data)
    for size in range(1, end, 19):
        taken = take(data[:size])
        assert taken.refused, size
        assert taken.files.items() <= whole.files.items()


@pytest.mark.parametrize("pack", [zipped, tarred, gzipped])
def test_damage_never_breaks_the_farm(
    take: Callable[..., Taken], pack: Callable[..., bytes]
) -> None:
    """Whatever bytes are changed: what is taken has names that lie below, and no error escapes."""
    data = pack((NAME, b"abc" * 99), ("crashes/crash-ba9876543210/trace.txt", b"x" * 600))
    rng = random.Random(7)
    for _ in range(150):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 2, 8))):
            changed[rng.randrange(len(changed))] = rng.choice((0, 0xFF, rng.randrange(256)))
        taken = take(bytes(changed))
        assert all(".." not in name.split("/") and name[:1] != "/" for name in taken.files)


def test_archives_are_known_by_their_content(tmp_path: Path) -> None:
    """Whatever they are called; a damaged one is still one."""
    path = tmp_path / "artifact"
    for data, packed in (
        (zipped((NAME, b"")), True),
        (tarred((NAME, b"")), True),
        (gzip.compress(tarred((NAME, b""))), True),
        (lzma.compress(tarred((NAME, b"")))[:20], True),
        (gzip.compress(b"a log"), False),
        (b"", False),
        (b"Traceback", False),
        (tarred(("inner.zip", zipped((NAME, b"")))), True),
    ):
        path.write_bytes(data)
        assert is_packed(path) == packed


def test_a_tar_whose_last_file_is_a_zip_is_a_tar(take: Callable[..., Taken]) -> None:
    """Zips are found from their end; this one's beginning is a tar's."""
    inner = zipped((OTHER, b"inner"), method=zipfile.ZIP_STORED)
    assert set(take(tarred((NAME, b"abc"), ("inner.zip", inner))).files) == {NAME, "inner.zip"}


def test_times_come_from_the_archive(tmp_path: Path) -> None:
    """A zip without dates has that of the archive itself."""
    path = tmp_path / "archive"
    dated = zipfile.ZipInfo(OTHER, (2026, 1, 2, 3, 4, 6))
    path.write_bytes(zipped((zipfile.ZipInfo(NAME), b""), (dated, b"")))
    found = Unpacker(tmp_path, Budget(1 << 20)).unpack(Entry("a", path, "a", 1e9))
    assert [item.time_s for item in found if isinstance(item, Entry)] == [1e9, 1767323046.0]


def test_every_error_of_the_libraries_is_foreseen() -> None:
    """Those that are raised for damage are caught by name, none by `Exception`."""
    assert Exception not in archives.DAMAGED
    assert issubclass(RecursionError, archives.DAMAGED)
