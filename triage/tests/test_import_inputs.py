"""Crash files of other fuzzers: run again in clean processes, and stored if they fail."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from harness import rulings
from harness.children.spec import Spec
from harness.crash import Crash
from harness.crashes import crashes
from harness.home import Home, open_home
from harness.rulings import Merged, Rulings
from harness.tests.examples import EXAMPLES
from harness.tests.farm import ROOT, Farm, write_project
from triage.tests.stores import content, ran

FUZZED_S = 60.0
"""Plain atheris on one seed that fails ends in a second."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The empty home that is imported into."""
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    return open_home(tmp_path / "home")


def fuzzed(folder: Path, seed: bytes) -> list[Path]:
    """The crash files that plain atheris leaves when it starts with this seed on the canary."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "seed").write_bytes(seed)
    spec = Spec(
        job="canary:sing@reference",
        package="targets.canary",
        check="sing",
        subject="reference",
        folder=str(folder),
        corpus=str(corpus),
        executions=1000,
    )
    spec.write(folder / "spec.json")
    # What a process begins with as its peak memory is what its parent has, and libFuzzer believes
    # that; the shell in between has next to nothing.
    shell = ["sh", "-c", '"$@"; exit $?', "sh"]
    subprocess.run(
        [*shell, sys.executable, "-m", "harness.bench.plain", str(folder / "spec.json")],
        cwd=ROOT,
        capture_output=True,
        timeout=FUZZED_S,
        check=False,
    )
    return [path for path in folder.iterdir() if "-" in path.name]


def kinds(home: Home) -> dict[str, Crash]:
    """The stored crashes by their kind."""
    found = [crash for crash in crashes(home) if isinstance(crash, Crash)]
    assert len({crash.kind for crash in found}) == len(found)
    return {crash.kind: crash for crash in found}


def test_what_atheris_left(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real crash, timeout and out-of-memory files become crashes of their kinds; once."""
    names = [
        path.name.partition("-")[0]
        for seed in (b"EX12", b"HA12", b"ME12")
        for path in fuzzed(tmp_path / "night" / seed.decode(), seed)
    ]
    assert names == ["crash", "timeout", "oom"]
    code, out, err = ran(capsys, "import", tmp_path / "night", "--on", "canary")
    assert (code, err) == (0, ""), err
    assert out.endswith("crashes: 3 new, 0 changed, 0 known already\n")
    found = kinds(home)
    assert set(found) == {"exception", "hang", "memory"}
    for crash in found.values():
        assert crash.data[2:] == b"12"
        assert (crash.state, crash.count, crash.reproduced) == ("confirmed", 1, "1/1")
        assert crash.example.selection.startswith("canary:sing@reference")
    before = content(home)
    code, out, _ = ran(capsys, "import", tmp_path / "night", "--on", "canary")
    assert (code, out) == (0, "crashes: 0 new, 0 changed, 3 known already\n")
    assert content(home) == before
    assert not list(home.root.glob(".import-*"))


def afl(folder: Path) -> dict[str, bytes]:
    """What two instances of AFL++ leave; the inputs by the names of their files."""
    files = {
        "main/crashes/id:000000,sig:06,src:000003,time:42,execs:99,op:havoc,rep:2": b"EXb",
        "main/crashes/id:000001,sig:06,src:000004,time:43,execs:99,op:havoc,rep:2": b"tune",
        "main/hangs/id:000000,src:000001,time:50,execs:120,op:flip1,pos:0": b"HA",
        "s2/crashes.2026-01-02-03:04:05/id:000000,sig:06,src:000003": b"EXa",
        "s2/crashes/id:000007,sig:06,sync:main,src:000000": b"EXb",
    }
    rest = {
        "main/crashes/README.txt": b"Command line used to find this crash:",
        "main/queue/id:000000,time:0,execs:0,orig:seed": b"EX",
        "main/queue/.state/deterministic_done/id:000000": b"",
        "main/fuzzer_stats": b"start_time : 1",
        "main/.cur_input": b"EX",
    }
    for name, data in {**files, **rest}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        written_s = 1.7e9 + 2 * len(name)  # zips count in steps of two seconds
        os.utime(folder / name, (written_s, written_s))
    return files


def test_what_afl_left(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All instances; not the queue, which is no crash. What does not fail is named and kept."""
    files = afl(tmp_path / "out")
    code, out, err = ran(capsys, "import", tmp_path / "out", "--on", "canary:sing@reference")
    assert (code, err) == (0, ""), err
    found = kinds(home)
    assert set(found) == {"exception", "hang"}
    assert (found["exception"].data, found["exception"].count) == (b"EXa", 2)
    written_s = [1.7e9 + 2 * len(name) for name, data in files.items() if data[:2] == b"EX"]
    assert found["exception"].first_s == min(written_s)
    assert found["exception"].last_s == max(written_s)
    passing = next(name for name, data in files.items() if data == b"tune")
    assert f"; 1 raw input did not fail: {tmp_path}/out/{passing}\n" in out
    assert all((tmp_path / "out" / name).read_bytes() == data for name, data in files.items())


def test_the_same_by_any_way(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a folder, file by file, backwards, from a zip whose names have no colons: one home."""
    afl(tmp_path / "out")
    assert ran(capsys, "import", tmp_path / "out", "--on", "canary")[0] == 0
    files = [
        path
        for path in sorted((tmp_path / "out").rglob("id:*"), reverse=True)
        if "queue" not in path.parts
    ]
    single = open_home(tmp_path / "single")
    assert ran(capsys, "import", *files, "--on", "canary", "--home", single.root)[0] == 0
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        for path in files:
            name = path.relative_to(tmp_path).as_posix().replace(":", "_")
            info = zipfile.ZipInfo(name, time.gmtime(path.stat().st_mtime)[:6])
            archive.writestr(info, path.read_bytes())
    unzipped = open_home(tmp_path / "unzipped")
    source = tmp_path / "out.zip"
    assert ran(capsys, "import", source, "--on", "canary", "--home", unzipped.root)[0] == 0
    assert content(home) == content(single) == content(unzipped)


def test_without_a_selection(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is missing, with an example; what needs none is imported."""
    afl(tmp_path / "out dir")
    code, _, err = ran(capsys, "import", tmp_path / "out dir")
    assert code == 2
    assert "say what to run 5 raw crash files on" in err
    assert f"triage import '{tmp_path}/out dir' --on resp:parse" in err
    assert err.count("\n") == 1
    assert not list(crashes(home))


def test_a_file_that_a_person_calls_an_input(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name says nothing, the selection that it was given does."""
    (tmp_path / "poc.bin").write_bytes(b"EX")
    assert ran(capsys, "import", tmp_path / "poc.bin")[0] == 2
    assert ran(capsys, "import", tmp_path / "poc.bin", "--on", "canary")[0] == 0
    assert kinds(home)["exception"].data == b"EX"


def test_an_empty_and_a_huge_input(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both may be crash files; what is above the cap is refused, on a line."""
    (tmp_path / f"crash-{hashlib.sha1(b'').hexdigest()}").touch()
    with (tmp_path / ("oom-" + "0" * 40)).open("wb") as sparse:
        sparse.truncate(500 << 20)
    sources = sorted(path for path in tmp_path.iterdir() if path.is_file())
    code, out, err = ran(capsys, "import", *sources, "--on", "canary")
    assert code == 2
    assert "1 raw input did not fail" in out
    assert err.endswith(": more than 64 MiB in one file\n")


def test_what_persons_decided_holds(tmp_path: Path) -> None:
    """A crash that is another one by a ruling in the repository is counted there."""
    farm = Farm(tmp_path / "home", write_project(tmp_path / "project", {"once": EXAMPLES["once"]}))
    (tmp_path / "poc").write_bytes(b"once")
    assert farm.triage("import", f"{tmp_path}/poc", "--on", "once").code == 0
    (crash,) = farm.crashes
    into = "crash-000000000000"
    place = farm.project / "examples" / "once" / "corpus"
    rulings.write(place, Rulings(merged=(Merged(crash, into, "the same"),)))
    for source in (["poc", "--on", "once"], ["home"]):
        other = dataclasses.replace(farm, home=tmp_path / f"other {source[0]}")
        done = other.triage("import", f"{tmp_path}/{source[0]}", *source[1:])
        assert (done.code, done.stderr) == (0, ""), done.stderr
        assert list(other.crashes) == [into]
        assert crash in other.crashes[into]["aliases"]
