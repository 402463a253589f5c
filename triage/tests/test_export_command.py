"""`triage export` on real homes: what is written where, and what is said."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Callable

import pytest

from harness import outcome
from harness.crash import Crash
from harness.crashes import record
from harness.home import Home, open_home
from triage.commands.export import command
from triage.tests.frail import sighting

Export = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home that the command finds, in a folder of its own."""
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return open_home(tmp_path / "home")


@pytest.fixture
def export(capsys: pytest.CaptureFixture[str]) -> Export:
    """Exit code, stdout and stderr of `triage export ARGS`."""

    def ran(*args: str) -> tuple[int, str, str]:
        code = outcome.run(command, args)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return ran


def stored(home: Home, kind: str = "error", tries: int = 0) -> Crash:
    """A crash of the canary, which every farm has."""
    seen = dataclasses.replace(
        sighting(kind),
        target="canary",
        check="sing",
        subject="reference",
        package="reference",
        subject_version=None,
        failed=tries,
        tries=tries,
    )
    return record(home, seen)[0]


def test_all_crashes_or_those_that_were_named(home: Home, export: Export) -> None:
    """On stdout, by id; states choose among them."""
    one, two = stored(home), stored(home, "odd", tries=3)
    both = sorted([one.id, two.id])
    for args, chosen in (
        ([], both),
        ([two.id, one.id, two.id[:10]], both),
        ([one.id[6:12]], [one.id]),
        (["--state", "confirmed"], [two.id]),
        (["--state", "confirmed", "--state", "new"], both),
        (["--state", "fixed"], []),
    ):
        code, out, err = export("--format", "json", *args)
        assert code == 0
        assert [crash["id"] for crash in json.loads(out)["crashes"]] == chosen
        assert ("no such crashes in" in err) == (not chosen)


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "markdown", "pytest"])
def test_a_file_is_replaced_as_a_whole(home: Home, export: Export, form: str) -> None:
    """The same bytes as on stdout; nothing is left beside it; links and devices stay."""
    crash = stored(home)
    code, out, err = export(crash.id, "--format", form)
    assert (code, err) == (0, "")
    path = pathlib.Path("out.txt")
    path.write_text("old", encoding="utf-8")
    link = pathlib.Path("link.txt")
    link.symlink_to(path)
    for place in ("out.txt", "link.txt", os.devnull):
        assert export(crash.id, "--format", form, "--output", place) == (0, "", "")
    assert path.read_text(encoding="utf-8") == out
    assert link.is_symlink()
    assert pathlib.Path(os.devnull).is_char_device()
    assert {item.name for item in pathlib.Path().iterdir()} == {"home", "link.txt", "out.txt"}


def test_several_tests_go_into_a_folder(home: Home, export: Export) -> None:
    """Named one a line; a crash that cannot become a test is told and stops no other."""
    one, two = stored(home), stored(home, "odd")
    gone, _ = record(home, dataclasses.replace(sighting("error"), target="gone"))
    code, out, err = export("--format", "pytest", "-o", "tests/fuzz")
    names = sorted(f"tests/fuzz/test_{crash.id.replace('-', '_')}.py" for crash in (one, two))
    assert (code, out.splitlines()) == (2, names)
    assert err == (f"triage: {gone.id} cannot become a test: there is no target 'gone' here\n")
    assert all(pathlib.Path(name).read_text(encoding="utf-8") for name in names)
    code, out, err = export(one.id, "--format", "pytest", "-o", "tests")
    assert (code, out, err) == (0, f"tests/test_{one.id.replace('-', '_')}.py\n", "")


def test_what_is_damaged_is_named(home: Home, export: Export) -> None:
    """The rest is exported, as `triage list` would show it."""
    good, bad = stored(home), stored(home, "odd")
    (home.crash(bad.id) / "crash.json").write_bytes(b"{")
    for form in ("json", "sarif", "junit", "markdown"):
        code, out, err = export("--format", form)
        assert code == 0
        assert good.id in out
        assert bad.id not in out
        assert err.count("\n") == 1
        assert "crash.json cannot be read: JSONDecodeError" in err


def test_mistakes_are_one_line(home: Home, export: Export) -> None:
    """What was given, and what to do."""
    stored(home)
    stored(home, "odd")
    for args, told in (
        (["crash-ffff", "--format", "json"], "no crash 'crash-ffff'"),
        (["--format", "pytest"], "2 tests do not fit into one file"),
        (["--format", "pytest", "--state", "fixed"], "there is no crash to make a test of"),
        (["--format", "json", "-o", "absent/x.json"], "cannot be written: No such file"),
        (["--format", "json", "-o", "home"], "is a folder: name a file"),
        (["--format", "pytest", "-o", os.devnull], "cannot be made: File exists"),
        (["--format", "json", "--home", "/nowhere/at/all"], "cannot be read"),
    ):
        code, out, err = export(*args)
        assert (code, out) == (2, "")
        assert told in err.splitlines()[-1]
    assert export("--format", "yaml")[0] == 2
    assert export()[0] == 2
