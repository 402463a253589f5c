"""What a file is, told by its name and place: parts of homes, crash files of other fuzzers. Pure.

Names use `/` and are relative to the folder or archive that is imported.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable

from triage.importing.entry import Entry, RefusedError

CRASH_FILES = ("crash.json", "input", "input.next", "trace.txt")
"""What a crash folder of a home holds."""
CRASH_FOLDER = re.compile(r"crash-[0-9a-f]{12}")
_PART = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"
_JOURNAL = re.compile(rf"(?P<home>.*/)?runs/(?P<run>{_PART})/events\.jsonl")
_CORPUS = re.compile(
    rf"(?P<home>.*/)?corpus/(?P<target>{_PART})/(?P<check>{_PART})/(?P<sha256>[0-9a-f]{{64}})"
)
_STORED = re.compile(rf"(?P<home>.*/)?crashes/{CRASH_FOLDER.pattern}/[^/]+")
_LIBFUZZER = re.compile(
    r"(?:.*[^A-Za-z0-9])?(?:crash|leak|timeout|oom|slow-unit|minimized-from)-[0-9a-f]{40}"
)
_CLUSTERFUZZ = re.compile(r"clusterfuzz-testcase-(?:minimized-)?[\w.-]+")
_AFL = re.compile(r"id[:_]\d{6}(?:\D.*)?")  # `_` where file systems have no colon
_AFL_FOLDER = re.compile(r"(?:crashes|hangs)(?:[._-].*)?")  # AFL++ dates old ones on resuming
_ARCHIVE = re.compile(r".+\.(?:zip|tar|tgz|txz|tbz2?|tar\.(?:gz|xz|bz2|zst))", re.IGNORECASE)
PASSED = frozenset(
    (".git", ".venv", "__pycache__", "node_modules", "site-packages", "envs", "set-aside")
)
"""Folders that hold nothing to import, but perhaps very much."""
MAX_NAME = 1024
"""Letters of a name in an archive."""
MAX_NESTED = 8
"""Folders called `runs` or `corpus` on the way to a home."""
SCRATCH = ".import-"
"""Begins the names of folders that an import makes in the home."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The files of a source by what they are."""

    crashes: dict[str, dict[str, Entry]]
    """Crash folder → name in `CRASH_FILES` → file."""
    journals: dict[str, list[Entry]]
    """Run → its journal, perhaps of several homes."""
    corpus: list[tuple[str, str, str, Entry]]
    """Target, check, sha256, and the file."""
    inputs: list[Entry]
    """Raw crash files of other fuzzers."""
    exports: list[Entry]
    """JSON that may be an export."""
    others: list[Entry]
    """What means nothing here."""


def cleaned(name: str) -> str:
    """The name of an archive's entry without `./`; RefusedError for one that could lead anywhere
    else, on any system."""
    if not name or "\0" in name:
        raise RefusedError("it has no proper name")
    if len(name) > MAX_NAME:
        raise RefusedError("its name is too long")
    if "\\" in name:
        raise RefusedError("its name has a backslash")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise RefusedError("its name is an absolute path")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise RefusedError("its name leads out of the archive")
    return "/".join(parts)


def alike(name: str) -> str:
    """Equal for names that are the same file on some system: letter case, composed letters."""
    return unicodedata.normalize("NFC", name).casefold()


def is_archive(name: str) -> bool:
    """Whether this is a zip or tar by its name; a fuzzer's crash file may be one as well."""
    return _ARCHIVE.fullmatch(_last(name)) is not None and not is_input(name)


def is_input(name: str, *, alone: bool = False) -> bool:
    """Whether this is a crash file of libFuzzer, atheris, ClusterFuzz or AFL; `alone`: also
    without the folder that AFL puts it in."""
    *folders, last = name.split("/")
    if _AFL.fullmatch(last):
        return alone or bool(folders and _AFL_FOLDER.fullmatch(folders[-1]))
    return bool(_LIBFUZZER.fullmatch(last) or _CLUSTERFUZZ.fullmatch(last))


def is_passed(name: str) -> bool:
    """Whether it lies in a folder that is not looked into."""
    return any(part in PASSED or part.startswith(SCRATCH) for part in name.split("/")[1:-1])


def may_matter(name: str) -> bool:
    """Whether a file of this name can be anything but "other": else it need not be unpacked."""
    last = _last(name)
    return not is_passed(name) and (
        last in CRASH_FILES
        or last.endswith(".json")
        or is_archive(name)
        or is_input(name)
        or _JOURNAL.fullmatch(name) is not None
        or _CORPUS.fullmatch(name) is not None
    )


def sort(entries: Iterable[Entry]) -> Found:
    """Tell what each file is. What else lies in a home (logs, scratch) is "other"."""
    entries = list(entries)
    homes = {home for entry in entries if (home := _home_of(entry.name)) is not None}
    described = {_folder(entry.name) for entry in entries if _last(entry.name) == "crash.json"}
    found = Found({}, {}, [], [], [], [])
    for entry in sorted(entries, key=lambda entry: entry.label):
        folder, last = _folder(entry.name), _last(entry.name)
        if is_passed(entry.name):
            found.others.append(entry)
        elif last in CRASH_FILES and (CRASH_FOLDER.fullmatch(_last(folder)) or folder in described):
            place = entry.label.removesuffix(last).rstrip("/:")
            found.crashes.setdefault(place, {})[last] = entry
        elif journal := _JOURNAL.fullmatch(entry.name):
            found.journals.setdefault(journal["run"], []).append(entry)
        elif kept := _CORPUS.fullmatch(entry.name):
            found.corpus.append((kept["target"], kept["check"], kept["sha256"], entry))
        elif _is_of_a_run(entry.name, homes):
            found.others.append(entry)
        elif is_input(entry.name):
            found.inputs.append(entry)
        else:
            (found.exports if last.endswith(".json") else found.others).append(entry)
    return found


def _home_of(name: str) -> str | None:
    """The home that a file's place shows, with `/` at its end."""
    for pattern in (_JOURNAL, _CORPUS, _STORED):
        if found := pattern.fullmatch(name):
            return found["home"] or ""
    return None


def _is_of_a_run(name: str, homes: set[str]) -> bool:
    """Whether it is what a run or its workers left in a home; what mattered of it is a crash."""
    starts = itertools.islice(re.finditer(r"(?:^|(?<=/))(?:runs|corpus)/", name), MAX_NESTED)
    return any(name[: start.start()] in homes for start in starts)


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
