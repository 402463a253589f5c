"""Where the farm keeps its state."""

import os
import stat
from pathlib import Path

import pytest

from harness.home import Home, default_root, find_home, open_home, write_atomic
from targets.errors import FarmError


def test_opening_makes_the_home(tmp_path: Path) -> None:
    """A new home is whole, absolute, and invisible to git; opening it again changes nothing."""
    home = open_home(tmp_path / "deep" / "down")
    assert home == open_home(tmp_path / "deep" / "down")
    assert home.root.is_absolute()
    assert home.crashes.is_dir()
    assert home.runs.is_dir()
    assert (home.root / ".gitignore").read_text() == "*\n"
    assert home.corpus("resp", "parse") == home.root / "corpus" / "resp" / "parse"
    assert home.crash("crash-1").parent == home.crashes
    assert {".gitignore", "crashes", "runs", "set-aside"} == {
        path.name for path in home.root.iterdir()
    }


@pytest.mark.parametrize("place", ["file/home", "file", "\0", "/proc/self/home", "/sys/home"])
def test_a_home_that_cannot_be_written_is_told_in_one_line(tmp_path: Path, place: str) -> None:
    """Also as root, whom no permission bit stops: what counts is that files can be written."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FarmError) as told:
        open_home(tmp_path / place)
    assert "cannot be written" in str(told.value)
    assert "--home DIR or FUZZ_HOME" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_part_that_cannot_be_written_counts(tmp_path: Path) -> None:
    """A home whose crashes could not be stored is no home."""
    (tmp_path / "crashes").write_bytes(b"")
    with pytest.raises(FarmError, match="cannot be written"):
        open_home(tmp_path)


def test_finding_makes_nothing(tmp_path: Path) -> None:
    """Who only reads neither makes a home nor needs to write it."""
    with pytest.raises(FarmError, match="cannot be read: No such file"):
        find_home(tmp_path / "home")
    assert not (tmp_path / "home").exists()
    assert open_home(tmp_path / "home") == find_home(tmp_path / "home")


def test_default_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """`$FUZZ_HOME`, or `.fuzz` here; an empty variable says nothing."""
    monkeypatch.setenv("FUZZ_HOME", "/a/b")
    assert default_root() == Path("/a/b")
    monkeypatch.setenv("FUZZ_HOME", "")
    assert default_root() == Path(".fuzz")


def test_writing_replaces_whole_files(tmp_path: Path) -> None:
    """The new bytes are there, nothing else is, and others may read them."""
    path = tmp_path / "x"
    write_atomic(path, b"old")
    write_atomic(path, b"new", durable=False)
    assert path.read_bytes() == b"new"
    assert [path] == list(tmp_path.iterdir())
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """What cannot be put in place leaves no trace of the attempt."""
    (tmp_path / "x").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomic(tmp_path / "x", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_paths_touch_no_file(tmp_path: Path) -> None:
    """Naming a place does not make it."""
    home = Home(tmp_path / "no")
    assert home.envs.name == "envs"
    assert home.run("r").parent.name == "runs"
    assert not home.root.exists()
