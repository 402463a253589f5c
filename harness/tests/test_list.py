"""`fuzz list` shows what can be selected, and what is broken beside it."""

from __future__ import annotations

import json
import pathlib

import pytest
from click.testing import CliRunner

from harness.commands.list import command
from targets.errors import FarmError


@pytest.fixture(autouse=True)
def _project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project whose only package cannot be imported."""
    (tmp_path / "pyproject.toml").write_text('[tool.fuzzfarm]\ntargets = ["absent_q"]\n', "utf-8")
    monkeypatch.chdir(tmp_path)


def test_every_target_is_shown_with_checks_and_subjects() -> None:
    """On stdout for people; what is broken goes to stderr and stops nothing."""
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert any(line.startswith("canary  Fails on purpose") for line in lines)
    assert any(line.split()[:2] == [":sing", "fuzz"] for line in lines)
    assert any(line.split()[:4] == ["@reference", "in", "the", "target"] for line in lines)
    assert result.stderr.startswith("broken: absent_q: ")
    assert "there is no module 'absent_q'" in result.stderr


def test_a_program_reads_the_same() -> None:
    """One JSON object: names, kinds, packages, versions, what is missing, what is broken."""
    shown = json.loads(CliRunner().invoke(command, ["--json", "canary"]).stdout)
    (canary,) = shown["targets"]
    assert (canary["name"], canary["on_purpose"]) == ("canary", True)
    (sing,) = canary["checks"]
    assert (sing["name"], sing["kind"], sing["subjects"]) == ("sing", "fuzz", ["reference"])
    (reference,) = canary["subjects"]
    assert (reference["package"], reference["version"], reference["missing"]) == (None, None, [])
    assert [item["name"] for item in shown["broken"]] == ["absent_q"]


def test_a_selection_shows_only_what_it_means() -> None:
    """All subjects where none is written; what means nothing is a user's mistake."""
    result = CliRunner().invoke(command, ["canary:s*@ref*"])
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "canary", ":sing", "@reference",
    ]  # fmt: skip
    for wrong in ("canry", "", "canary:", "absent_q"):
        raised = CliRunner().invoke(command, [wrong]).exception
        assert isinstance(raised, FarmError), wrong
