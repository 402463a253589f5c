"""`triage bisect` over the releases on a package index."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator

import pytest

from harness import crashes, outcome
from harness.crash import Crash
from harness.home import Home, open_home
from triage.bisect.releases import sources
from triage.commands.bisect import command
from triage.tests import fizz
from triage.tests.history import store

RELEASES = {
    "0.9": fizz.GOOD,
    "1.0": fizz.GOOD,
    "1.1": fizz.GOOD,
    "1.2": fizz.ELSEWHERE,
    "1.3": fizz.BAD,
    "1.10": fizz.BAD,
    "2.0rc1": fizz.GOOD,
    "2.0": fizz.BAD,
    "2.1": fizz.BAD,
    "2.2": fizz.OTHER,
    "2.3": fizz.GOOD,
}
YANKED = "1.1"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A user's project with a target for `fizz`."""
    return fizz.write_project(tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a package index that has releases of `fizz`."""
    folder = tmp_path_factory.mktemp("index")
    (folder / "fizz").mkdir()
    for version, code in RELEASES.items():
        fizz.write_wheel(folder / "fizz", version, code)
    fizz.write_wheel(folder / "fizz", "1.11", fizz.BAD, needs="absent-package-q")
    fizz.write_index(folder, yanked=(YANKED,))
    with fizz.served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """What need not be made again for every test: environments, and what uv remembers."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def home(
    tmp_path: pathlib.Path,
    project: pathlib.Path,
    index: str,
    kept: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """A home without crashes, in the project, where uv only knows that index."""
    for name in ("UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_NO_INDEX", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index)
    monkeypatch.setenv("UV_CACHE_DIR", str(kept / "uv"))
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(project)
    (kept / "envs").mkdir(exist_ok=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "envs").symlink_to(kept / "envs")
    return open_home(tmp_path / "home")


def found(home: Home, project: pathlib.Path, version: str = "2.0") -> Crash:
    """The crash as a run on that release finds it."""
    return store(home, f"fizzing:read@fizz=={version}", fizz.INPUT, project)


def ran(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `triage bisect ARGS`."""
    code = outcome.run(command, args)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_names_the_release_that_brought_a_bug_and_the_one_that_fixed_it(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Yanked and pre-releases are left out, 1.10 comes after 1.3, the same error in a renamed
    function is the same bug and another error at the same input is not."""
    crash = found(home, project)
    code, out, err = ran(capsys, crash.id)
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == (f"{crash.id}: first bad 1.2 (last good 1.0); fixed in 2.2 (last bad 2.1)")
    assert "1.2: fails at another place: IndexError" in out
    assert "2.2: fails in another way: KeyError" in out
    assert err.splitlines()[0].startswith("2.0: bad (")
    fact = crashes.load(home, crash.id).bisections["package fizz"]
    assert (fact.last_good, fact.first_bad, fact.last_bad, fact.first_fixed) == (
        ("1.0", "1.2", "2.1", "2.2")
    )
    assert "2.0rc1" not in err
    assert YANKED not in [line.partition(":")[0] for line in err.splitlines()]


def test_a_release_that_does_not_install_is_skipped(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its neighbour is tried instead, and the answer says why."""
    crash = found(home, project, "1.10")
    code, out, _ = ran(capsys, crash.id, "--json")
    record = json.loads(out)
    assert code == 0
    tried = {item["version"]: item for item in record["tried"]}
    assert tried["1.11"]["verdict"] == "skip"
    assert "absent-package-q" in tried["1.11"]["note"]
    assert (record["first_bad"], record["first_fixed"], record["finished"]) == ("1.2", "2.2", True)
    assert record["skipped"] == ["1.11"]


def test_a_search_goes_on_where_it_ended(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What versions showed is kept: the second time no environment is needed."""
    crash = found(home, project)
    _, first, _ = ran(capsys, crash.id)
    home.envs.unlink()
    _, second, err = ran(capsys, crash.id)
    assert second == first
    assert all(line.endswith("(known)") or "(known): " in line for line in err.splitlines())
    assert not home.envs.exists()


def test_pre_releases_are_tried_on_request(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--pre` one that was good before the next was bad is seen."""
    crash = found(home, project)
    _, out, _ = ran(capsys, crash.id, "--pre", "--json")
    record = json.loads(out)
    assert (record["last_good"], record["first_bad"]) == ("2.0rc1", "2.0")


def test_the_search_can_be_bounded(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--bad` is where it begins, `--good` where it ends."""
    crash = found(home, project)
    _, out, err = ran(capsys, crash.id, "--bad", "1.10", "--good", "1.0")
    assert "first bad 1.2 (last good 1.0)" in out
    assert [line.partition(":")[0] for line in err.splitlines()][:2] == ["1.10", "1.0"]
    assert not err.startswith("0.9:")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--good", "9.9"], "'9.9' is no released version of fizz"),
        (["--bad", "nonsense"], "'nonsense' is no released version of fizz"),
        (["--good", "2.1"], "fails there as well"),
        (["--bad", "2.3"], "does not fail in 2.3 when tried again"),
        (["--seconds", "0"], "--seconds 0: give a number above 0"),
        (["--seconds", "0.0001"], "no time to try even one"),
        (["--git", "/nowhere"], "--git /nowhere is no folder"),
        (["--git", "."], "not a git repository"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    home: Home,
    project: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """Exit 2 and what is possible; nothing is kept."""
    crash = found(home, project)
    code, out, err = ran(capsys, crash.id, *arguments)
    assert code == 2
    assert out == ""
    assert said in err.splitlines()[-1]
    assert crashes.load(home, crash.id).bisections == {}


def test_an_index_that_is_away_is_said_in_one_line(
    home: Home,
    project: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 3, and what the address may carry is not shown."""
    crash = found(home, project)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://who:secret@127.0.0.1:9/simple")
    code, _, err = ran(capsys, crash.id)
    assert code == 3
    assert len(err.splitlines()) == 1
    assert "secret" not in err


def test_releases_in_a_folder_count_as_well(
    home: Home,
    project: pathlib.Path,
    tmp_path: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where uv is set up without an index, its folders of files are searched."""
    (tmp_path / "links").mkdir()
    for version, code in {"1.0": fizz.GOOD, "1.1": fizz.BAD, "1.2": fizz.BAD}.items():
        fizz.write_wheel(tmp_path / "links", version, code)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    home.envs.unlink()
    crash = found(home, project, "1.2")
    _, out, _ = ran(capsys, crash.id)
    assert "first bad 1.1 (last good 1.0); not fixed in 1.2, the newest" in out


def test_uvs_own_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes and folders, as uv writes them into a requirements file."""
    monkeypatch.delenv("UV_NO_INDEX", raising=False)
    words = ("--index-url", "http://a/simple"), ("--extra-index-url", "http://b/")
    lines = "".join(f"{' '.join(pair)}\n" for pair in (*words, ("--find-links", "/c")))
    assert sources(lines) == (["http://a/simple", "http://b/"], ["file:///c"])


def test_the_farms_own_subjects_have_no_versions(
    home: Home, project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The canary is not searched for, and the line says so."""
    crash = store(home, "canary:sing@reference", b"EX", project)
    code, _, err = ran(capsys, crash.id)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "part of the farm itself" in err
