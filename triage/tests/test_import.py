"""`triage import`: from homes, artifacts of CI and exports into a home."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.crash import Crash, to_json
from harness.crashes import crashes, load
from harness.home import Home, open_home
from triage.cli import triage
from triage.tests.stores import content, ran, stored

RUN = "20260102-030405-abcdef"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The empty home that is imported into."""
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


@pytest.fixture
def other(tmp_path: Path) -> Home:
    """Another machine's home: two crashes, a run, an input of the corpus."""
    other = open_home(tmp_path / "artifact" / ".fuzz")
    stored(other, b"one", "first")
    stored(other, b"two", "second")
    other.run(RUN).mkdir()
    (other.run(RUN) / "events.jsonl").write_text('{"event": "RunStarted"}\n')
    other.corpus("resp", "parse").mkdir(parents=True)
    (other.corpus("resp", "parse") / hashlib.sha256(b"+OK").hexdigest()).write_bytes(b"+OK")
    return other


def zipped(folder: Path, path: Path) -> Path:
    """A zip of what is in a folder, as CI makes it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


def tarred(folder: Path, path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, folder.name)
    return path


def nested(folder: Path, path: Path) -> Path:
    """An artifact around a tar."""
    inside = path.parent / "inside"
    inside.mkdir()
    tarred(folder, inside / "fuzz.tar.gz")
    return zipped(inside, path)


def downloaded(folder: Path, path: Path) -> Path:
    """A folder with an artifact in it, below others."""
    place = path.parent / "night" / "1"
    place.mkdir(parents=True)
    zipped(folder, place / "fuzz.zip")
    return place.parent


FORMS: dict[str, Callable[[Path, Path], Path]] = {
    "folder": lambda folder, _: folder,
    "home": lambda folder, _: folder / ".fuzz",
    "zip": zipped,
    "tar": tarred,
    "tar in a zip": nested,
    "folder of zips": downloaded,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_home_comes_whole(
    home: Home, other: Home, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Crashes, runs and corpus, to the last byte, whatever it was packed in; once."""
    source = FORMS[form](other.root.parent, tmp_path / "artifact.zip")
    code, out, err = ran(capsys, "import", source)
    assert (code, err) == (0, "")
    *lines, summary = out.splitlines()
    assert sorted(line.split()[0] for line in lines) == sorted(crash.id for crash in crashes(other))
    assert summary == (
        "crashes: 2 new, 0 changed, 0 known already; 1 runs and 1 inputs of the corpus came along"
    )
    assert content(home) == content(other)
    again = ran(capsys, "import", source)
    assert again == (0, "crashes: 0 new, 0 changed, 2 known already\n", "")
    assert content(home) == content(other)
    assert not list(home.root.glob(".import-*"))


def test_lines_are_those_of_list(
    home: Home, other: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """New ones first, then those that changed."""
    _, out, _ = ran(capsys, "import", other.root)
    assert out.splitlines()[:-1] == ran(capsys, "list")[1].splitlines()
    again, added = stored(other, b"1", "first", "run-2"), stored(other, b"three", "third")
    _, out, _ = ran(capsys, "import", other.root)
    assert [line.split()[0] for line in out.splitlines()] == [added.id, again.id, "crashes:"]
    assert out.endswith("crashes: 1 new, 1 changed, 1 known already\n")


def test_one_crash_folder_also_under_another_name(
    home: Home, other: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was copied out of a home, or packed by itself."""
    first, second = (crash for crash in crashes(other) if isinstance(crash, Crash))
    assert ran(capsys, "import", other.crash(first.id))[0] == 0
    shutil.copytree(other.crash(second.id), tmp_path / "for-you")
    path = zipped(tmp_path / "for-you", tmp_path / "mail.zip")
    shutil.rmtree(tmp_path / "for-you")
    assert ran(capsys, "import", path)[0] == 0
    assert [first, second] == list(crashes(home))


def test_no_deeper_than_an_artifact_needs(
    home: Home, other: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A zip in a zip is opened, one in that is named and left."""
    two = nested(other.root.parent, tmp_path / "two.zip")
    shutil.rmtree(tmp_path / "inside")
    (tmp_path / "outer").mkdir()
    shutil.copy(two, tmp_path / "outer")
    code, out, err = ran(capsys, "import", zipped(tmp_path / "outer", tmp_path / "three.zip"))
    assert code == 2
    assert "three.zip:two.zip:fuzz.tar.gz: packed too deep: unpack it first" in err
    assert out.startswith("crashes: 0 new")


def test_an_export_is_read_back(
    home: Home, other: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`triage export --format json` holds all of a crash."""
    found = [crash for crash in crashes(other) if isinstance(crash, Crash)]
    path = tmp_path / "export.json"
    record = {
        "format": 1,
        "crashes": [
            {
                **to_json(crash),
                "input": base64.b64encode(crash.data).decode(),
                "trace": crash.example.failure.text,
            }
            for crash in found
        ],
    }
    path.write_text(json.dumps(record))
    assert ran(capsys, "import", path)[0] == 0
    assert found == list(crashes(home))
    assert content(home).items() <= content(other).items()
    if "export" in triage.commands:
        shutil.rmtree(home.crashes)
        code, out, _ = ran(capsys, "export", "--format", "json", "--home", other.root)
        assert code == 0
        path.write_text(out)
        assert ran(capsys, "import", path)[0] == 0
        assert found == list(crashes(home))


BAD_EXPORTS = {
    "cut off": ('{"format": 1, "crashes": [', "JSONDecodeError"),
    "deep": ('{"crashes":' + "[" * 100_000, "nested too deeply"),
    "other form": ('{"format": 2, "crashes": []}', "a form that this version does not know"),
    "no crash": ('{"format": 1, "crashes": [3]}', "crash 1: TypeError"),
    "empty": ('{"format": 1, "crashes": [{}]}', "crash 1: it lacks 'input'"),
    "not base64": ('{"format": 1, "crashes": [{"input": "*"}]}', "crash 1: Error"),
    "odd id": (
        '{"format": 1, "crashes": [{"input": "", "trace": "", "id": "../x"}]}',
        "its id is none",
    ),
    "no facts": (
        '{"format": 1, "crashes": [{"input": "", "trace": "", "id": "crash-0123456789ab"}]}',
        "it lacks 'format'",
    ),
}


@pytest.mark.parametrize("how", BAD_EXPORTS)
def test_a_bad_export_is_one_line(
    home: Home, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was wrong, and where."""
    text, reason = BAD_EXPORTS[how]
    path = tmp_path / "export.json"
    path.write_text(text)
    code, _, err = ran(capsys, "import", path)
    assert code == 2
    assert reason in err
    assert err.count("\n") == 1
    assert not list(crashes(home))


def test_what_is_broken_is_named_and_the_rest_comes(
    home: Home, other: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """A crash folder with broken JSON, a corpus file that is another: a line each."""
    first, second = (crash for crash in crashes(other) if isinstance(crash, Crash))
    (other.crash(first.id) / "crash.json").write_bytes(b"{")
    wrong = other.corpus("resp", "parse") / ("0" * 64)
    wrong.write_bytes(b"no zeros")
    before = content(other)
    code, out, err = ran(capsys, "import", other.root)
    assert code == 2
    assert [second] == list(crashes(home))
    assert out.endswith("; 2 could not be imported\n")
    lines = err.splitlines()
    assert lines[0].startswith(f"triage: {other.crash(first.id)}: JSONDecodeError")
    assert lines[1] == f"triage: {wrong}: its content does not fit its name"
    assert content(other) == before


def test_links_are_not_followed(
    home: Home, other: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder may link to anything; none of it is read, all of it is told."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"one")
    first = next(iter(crashes(other)))
    (other.crash(first.id) / "input").unlink()
    (other.crash(first.id) / "input").symlink_to(secret)
    (other.root / "corpus" / "sql").symlink_to(tmp_path)
    os.mkfifo(other.root / "pipe")
    code, _, err = ran(capsys, "import", other.root)
    assert code == 2
    assert err.count("not followed") == 2
    assert err.count("a device") == 1
    assert f"{first.id}: input: a link, which is not followed" in err
    assert len(list(crashes(home))) == 1


def test_a_link_that_a_person_names_is_followed(
    home: Home, other: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is what they meant."""
    (tmp_path / "latest").symlink_to(other.root)
    assert ran(capsys, "import", tmp_path / "latest")[0] == 0
    assert len(list(crashes(home))) == 2


def test_damage_at_home_is_set_aside(
    home: Home, other: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """A crash that cannot be read here comes anew; what was here is kept."""
    assert ran(capsys, "import", other.root)[0] == 0
    first = next(iter(crashes(other)))
    (home.crash(first.id) / "crash.json").write_bytes(b"{")
    code, out, _ = ran(capsys, "import", other.root)
    assert (code, out.split()[0]) == (0, first.id)
    assert content(other).items() <= content(home).items()
    (aside,) = home.set_aside.glob(f"*/{first.id}/crash.json")
    assert aside.read_bytes() == b"{"


def test_ones_own_home_is_known(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing happens to it."""
    stored(home)
    before = content(home)
    code, out, err = ran(capsys, "import", home.root)
    assert (code, out, err) == (0, "crashes: 0 new, 0 changed, 1 known already\n", "")
    assert content(home) == before


def test_an_empty_home_is_no_mistake(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A night without crashes is one; a folder without anything is."""
    assert ran(capsys, "import", open_home(tmp_path / "quiet").root)[0] == 0
    (tmp_path / "nothing").mkdir()
    code, _, err = ran(capsys, "import", tmp_path / "nothing")
    assert code == 2
    assert "nothing to import is in it" in err


def test_a_journal_that_grew_is_replaced(
    home: Home, other: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that was imported while its run went on; another one of that name is not taken."""
    assert ran(capsys, "import", other.root)[0] == 0
    theirs, ours = (place.run(RUN) / "events.jsonl" for place in (other, home))
    whole = theirs.read_bytes() + b'{"event": "RunFinished"}\n'
    theirs.write_bytes(whole)
    assert "1 runs and 0 inputs" in ran(capsys, "import", other.root)[1]
    assert ours.read_bytes() == whole
    theirs.write_bytes(whole[:10])
    assert ran(capsys, "import", other.root)[0] == 0
    theirs.write_bytes(b"x" * 999)
    code, _, err = ran(capsys, "import", other.root)
    assert code == 2
    assert f"it is another journal of run {RUN}" in err
    assert ours.read_bytes() == whole


def test_for_programs(home: Home, other: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object with all that came, and all that did not."""
    first, second = (crash for crash in crashes(other) if isinstance(crash, Crash))
    (other.crash(first.id) / "input").write_bytes(b"other")
    code, out, err = ran(capsys, "import", other.root, "--json")
    record = json.loads(out)
    assert (code, err) == (2, "")
    assert record["new"] == [json.loads(json.dumps(to_json(second)))]
    assert (record["updated"], record["unchanged"], record["passed"]) == ([], [], [])
    assert (record["journals"], record["corpus"]) == (1, 1)
    (problem,) = record["problems"]
    assert problem["what"] == str(other.crash(first.id))
    assert "missing or not the one" in problem["reason"]


def test_many_lines_are_cut_short(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A thousand refused entries are counted, not listed; names of any length fit on a line."""
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1000):
            archive.writestr(f"../{number}" + "x" * 5000, b"")
    code, _, err = ran(capsys, "import", path)
    assert code == 2
    lines = err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "triage: and 980 more like these"
    assert all(len(line) < 400 for line in lines)


def test_what_killed_imports_left_is_removed(
    home: Home, other: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scratch of a day ago; that of another import at work is left alone."""
    old, young = home.root / ".import-old", home.root / ".import-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "000001").write_bytes(b"x")
    day_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (day_ago, day_ago))
    assert ran(capsys, "import", other.root)[0] == 0
    assert [path.name for path in home.root.glob(".import-*")] == [".import-young"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nowhere"], "nowhere cannot be read: No such file or directory"),
        (["."], "nothing to import is in it"),
        (["note.txt"], "no home, archive, export or crash file by its looks"),
        (["note.txt", "--max-mib", "0"], "--max-mib 0: give a number from 1 up"),
        (["note.txt", "--on", "canry"], "unknown target 'canry': did you mean canary?"),
        (["note.txt", "--on", "resp:*"], "--on resp:* means resp:"),
        (["note.txt", "--on", "resp:parse@"], "malformed selection"),
    ],
)
def test_mistakes_are_one_line(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: list[str],
    told: str,
) -> None:
    """Exit 2, what was wrong, what to do next."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("note.txt").write_text("a note")
    code, _, err = ran(capsys, "import", *args)
    assert code == 2
    assert told in err
    assert err.count("\n") == 1


def test_a_prefix_still_names_what_came(
    home: Home, other: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was imported is a crash as any other."""
    assert ran(capsys, "import", other.root)[0] == 0
    for crash in crashes(other):
        assert load(home, crash.id[:10]) == crash
        assert ran(capsys, "show", crash.id)[0] == 0
