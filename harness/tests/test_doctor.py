"""`fuzz doctor` says what is missing, what to do about it, and whether it matters."""

from __future__ import annotations

import json
import os
import pathlib
import types

import pytest
from click.testing import CliRunner

from harness import diagnosis
from harness.commands.doctor import command
from targets.errors import FarmError
from targets.kinds import Fuzz, Subject, Target
from targets.registry import Broken, Found, Registry

TARGET = Target(
    subjects={
        "first": Subject("m:a", "s", "nosuch-q", requires=("nosuch-q>=1", "program:x-q")),
        "second": Subject("m:a", "s", "packaging", requires=("packaging>=1",)),
    },
    checks={"parse": Fuzz("m:c", "s")},
)


def known(module: str) -> Registry:
    found = Found("some", module, "", TARGET, pathlib.Path(), pathlib.Path())
    return Registry(types.MappingProxyType({"some": found}), (Broken("bad", FarmError("mend")),))


def test_this_machine_is_examined(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each thing, also as JSON, and the exit code follows from what is required."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FUZZ_REQUIRE", raising=False)
    monkeypatch.setenv("FUZZ_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(command, ["--json"])
    findings = json.loads(result.stdout)
    whats = [item["what"] for item in findings]
    assert whats[:7] == ["python", "atheris", "uv", "cores", "memory", "home", "disk"]
    assert "canary@reference" in whats
    lacking = [item for item in findings if item["required"] and item["state"] != "ok"]
    assert result.exit_code == (3 if lacking else 0)
    assert not (tmp_path / "home").exists()
    text = CliRunner().invoke(command, [])
    assert len(text.stdout.splitlines()) == len(findings)
    assert text.stdout.startswith("ok       python")


def test_a_broken_target_fails_where_everything_is_required(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's broken target is shown; it fails only with FUZZ_REQUIRE=all."""
    (tmp_path / "pyproject.toml").write_text('[tool.fuzzfarm]\ntargets = ["absent_q"]\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FUZZ_REQUIRE", "all")
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 3
    assert any(line.split()[:2] == ["broken", "absent_q"] for line in result.stdout.splitlines())


def test_what_a_default_subject_lacks_is_required() -> None:
    """Of the farm's own targets; another subject, or a user's target, is not."""
    first, second = diagnosis.of_subjects(known("targets.some"))
    assert (first.what, first.state, first.required) == ("some@first", "missing", True)
    assert first.detail == (
        "subject first of some needs nosuch-q>=1, program x-q: "
        "pip install 'nosuch-q>=1', and put x-q on PATH"
    )
    assert (second.state, second.required) == ("ok", False)
    assert second.detail.startswith("packaging ")
    assert not any(item.required for item in diagnosis.of_subjects(known("mine.some")))


def test_a_home_that_cannot_be_written_is_told(tmp_path: pathlib.Path) -> None:
    """It need not exist, but its nearest folder that does must be writable."""
    fine, disk = diagnosis.of_home(tmp_path / "not" / "yet")
    assert (fine.state, fine.required) == ("ok", True)
    assert disk.detail.endswith(" GiB free")
    (tmp_path / "file").write_text("", encoding="utf-8")
    wrong, _ = diagnosis.of_home(tmp_path / "file" / "home")
    assert wrong.state == "missing"
    assert "--home or FUZZ_HOME" in wrong.remedy


def test_a_containers_limit_is_the_memory(tmp_path: pathlib.Path) -> None:
    """A limit below the machine's memory counts; no limit, or none that can be read, does not."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    file = tmp_path / "memory.max"
    assert diagnosis.memory_bytes(file) == machine
    for text, expected in (("max\n", machine), ("1048576\n", 1 << 20), (f"{1 << 60}\n", machine)):
        file.write_text(text, encoding="ascii")
        assert diagnosis.memory_bytes(file) == expected
