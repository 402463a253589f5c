"""`fuzz new` writes a target that works at once and overwrites nothing."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from harness import scaffold
from harness.commands.new import command
from targets import contract, registry, selection
from targets.errors import FarmError
from targets.kinds import Fuzz

ROOT = pathlib.Path(scaffold.__file__).parents[1]


@pytest.fixture(autouse=True)
def _project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty project as working directory; its packages are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    path, modules = sys.path.copy(), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.partition(".")[0] in ("fuzz_targets", "fuzzing_q"):
            del sys.modules[name]


def new(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def refusal(*arguments: str) -> str:
    raised = new(*arguments).exception
    assert isinstance(raised, FarmError)
    return str(raised)


def test_a_new_target_works_at_once(tmp_path: pathlib.Path) -> None:
    """It is found, keeps its contract, passes the test written with it, and its style is clean."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mine"', encoding="utf-8")
    result = new("cron")
    assert result.exit_code == 0, result.exception
    assert result.stdout == "fuzz run cron\n"
    text = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert text == ('[project]\nname = "mine"\n\n[tool.fuzzfarm]\ntargets = ["fuzz_targets"]\n')
    (cron,) = selection.select(["cron"], registry.discover(tmp_path))
    assert cron.name == "cron:parse@sample"
    assert contract.problems(cron.found) == []
    assert len(list((cron.found.corpus / "seeds").iterdir())) == len(scaffold.SEEDS)
    for tool in (["pytest", "-q", "-p", "no:cacheprovider"], ["ruff", "check", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", *tool, "fuzz_targets"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_sample_finds_a_bug_when_there_is_one(tmp_path: pathlib.Path) -> None:
    """The check that is written refuses an implementation that reads too much."""
    new("cron")
    (cron,) = selection.select(["cron"], registry.discover(tmp_path))
    assert isinstance(cron.check, Fuzz)
    check = registry.load(cron.check.check)
    subject = registry.adapter(cron.found, "sample")()
    for data in (b"", b"3:abc,", b"03:abc,", b"3:ab,", b"9999999999:", b":,", b"-1:,", b"\xff"):
        check(data, subject)
    with pytest.raises(AssertionError, match="round trip"):
        check(b"03:abc,", lambda _: [b"abc"])


def test_a_second_target_joins_the_first(tmp_path: pathlib.Path) -> None:
    """From a folder deeper down, without touching pyproject.toml again."""
    new("cron")
    before = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    deep = tmp_path / "deep"
    deep.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(deep)
        assert new("jobs").exit_code == 0
    assert (tmp_path / "pyproject.toml").read_text(encoding="utf-8") == before
    assert {"cron", "jobs"} <= set(registry.discover(tmp_path).found)


def test_a_table_of_the_users_is_theirs_to_edit(tmp_path: pathlib.Path) -> None:
    """The exact line to write is told instead, and it is right."""
    file = tmp_path / "pyproject.toml"
    text = '[tool.fuzzfarm]\ntargets = ["absent_q"]  # mine\n'
    file.write_text(text, encoding="utf-8")
    result = new("cron", "--package", "src/fuzzing_q")
    assert file.read_text(encoding="utf-8") == text
    line = 'targets = ["absent_q", "fuzzing_q"]'
    assert f"    {line}\n" in result.stderr
    file.write_text(f"[tool.fuzzfarm]\n{line}\n", encoding="utf-8")
    assert registry.discover(tmp_path).found["cron"].module == "fuzzing_q.cron"


def test_a_table_written_inline_is_not_appended_to(tmp_path: pathlib.Path) -> None:
    """Where appending would break the file, the line is told."""
    file = tmp_path / "pyproject.toml"
    file.write_text("tool = {other = 1}\n", encoding="utf-8")
    assert scaffold.register(file, "mine") == 'targets = ["mine"]'
    assert file.read_text(encoding="utf-8") == "tool = {other = 1}\n"


@pytest.mark.parametrize("name", ["9x", "Cron", "a-b", "class", "tests", "corpus", "../x", ""])
def test_a_name_that_cannot_be_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    """Nothing is written."""
    assert "cannot name a target" in refusal("--", name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["../x", "/x", "a-b", ".", "src", "targets", "json", "x/9"])
def test_a_package_that_cannot_be_is_refused(tmp_path: pathlib.Path, package: str) -> None:
    """Nothing is written outside of the project, nor over modules that others need."""
    assert "cannot hold targets" in refusal("cron", "--package", package)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: pathlib.Path) -> None:
    """Neither a target, nor a folder, nor what stands in the way."""
    assert "there is a target 'canary' already" in refusal("canary")
    new("cron")
    assert "there is a target 'cron' already" in refusal("cron")
    (tmp_path / "fuzz_targets" / "jobs").mkdir()
    assert "exists already" in refusal("jobs")
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "is a file" in refusal("jobs", "--package", "file")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "__init__.py").write_text("TARGET = 1\n", encoding="utf-8")
    assert "is a target itself" in refusal("jobs", "--package", "inner")
    assert "lies in the package inner" in refusal("jobs", "--package", "inner/deep")
