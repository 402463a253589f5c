"""Exported tests: they fail before the fix and pass after it, with nothing of the farm."""

import ast
import dataclasses
import importlib.metadata
import itertools
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from harness.crash import Crash, of
from harness.failure import Failure
from harness.rulings import Accepted, Rulings, place, write
from targets.errors import FarmError
from targets.registry import Registry, discover
from triage.export.entry import entries
from triage.export.standalone import file_name, pytest_file
from triage.tests.frail import KINDS, pytest_output, run_pytest, sighting, write_project
from triage.tests.splits import SPLITS, Split, write_splits


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """The project of the frail package; afterwards its code is forgotten."""
    path = list(sys.path)
    yield write_project(tmp_path_factory.mktemp("frail"))
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith("probes")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def registry(project: pathlib.Path) -> Registry:
    """The farm's targets and the project's."""
    return discover(project)


def write_test(folder: pathlib.Path, crash: Crash, registry: Registry) -> pathlib.Path:
    """Export `crash` into `folder`; returns the file."""
    path = folder / file_name(crash)
    path.write_text(pytest_file(crash, registry), encoding="utf-8")
    return path


def test_it_fails_before_the_fix_and_passes_after_it(
    project: pathlib.Path, registry: Registry, tmp_path: pathlib.Path
) -> None:
    """A bug of every kind, also when another bug took its place; all in one run of pytest."""
    crashes = {kind: of(sighting(kind)) for kind in KINDS}
    tests = [write_test(tmp_path, crash, registry) for crash in crashes.values()]
    names = {path.stem for path in tests}
    assert len(names) == len(KINDS)
    before = run_pytest(tests, project / "broken", project / "bare")
    assert before == dict.fromkeys(names, "FAILED")
    after = run_pytest(tests, project / "mended", project / "bare")
    assert after == dict.fromkeys(names, "PASSED")


def test_an_installed_farm_changes_nothing(
    project: pathlib.Path, registry: Registry, tmp_path: pathlib.Path
) -> None:
    """Modules of the same names, also those of another exported test, are not mixed up."""
    tests = [write_test(tmp_path, of(sighting("cost")), registry)]
    other = dataclasses.replace(
        sighting("cost"), target="resp", check="parse", subject="reference", package="reference"
    )
    tests.append(write_test(tmp_path, of(other), registry))
    ended = run_pytest(tests, project / "broken", None)
    assert [ended[path.stem] for path in tests] == ["FAILED", "PASSED"]


def test_the_farms_own_subjects_are_copied(
    project: pathlib.Path, registry: Registry, tmp_path: pathlib.Path
) -> None:
    """The canary dies in a file that needs pytest only."""
    tests = []
    for kind, data in (("exception", b"EX"), ("hang", b"HA"), ("memory", b"ME")):
        seen = dataclasses.replace(
            sighting("error"),
            target="canary",
            check="sing",
            subject="reference",
            package="reference",
            subject_version=None,
            failure=Failure(kind, kind),
            data=data,
        )
        tests.append(write_test(tmp_path, of(seen), registry))
    ended = run_pytest(tests, project / "mended", project / "bare")
    assert set(ended.values()) == {"FAILED"}
    assert len(ended) == 3
    told = " ".join(tests[0].read_text(encoding="utf-8").split())
    assert "The subject comes from no package: its code, as it was, is copied below." in told


def test_a_plain_target_makes_a_plain_test(registry: Registry) -> None:
    """No machinery where none is needed: the file reads as if a person wrote it."""
    text = pytest_file(of(sighting("error")), registry)
    assert len(text.splitlines()) < 70
    for told in ("frail==1.0", "Seen in frail 1.0", "fuzz replay crash-", 'DATA = b"E"'):
        assert told in text
    for machinery in ("import sys", "importlib", "subprocess", "SOURCES"):
        assert machinery not in text
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert names == [f"test_{of(sighting('error')).id.replace('-', '_')}", "reader", "check"]


def test_untrusted_text_stays_text(registry: Registry) -> None:
    """Neither a title nor an input can become code of the file."""
    evil = '"""\nimport os; os.abort()\n\'\'\' \\""" \\N{DIGIT ONE} \x1b[2J \udc80 {0} %s' + '"'
    titles = (evil, '"', "\\", 'ends in a "', '\\"' * 100, '"' * 200, "")
    inputs = (b'""";import os\n\\', b"\\" * 5000, bytes(range(256)) * 40, b"")
    for title, data in itertools.product(titles, inputs):
        failure = Failure("exception", title, title)
        crash = of(dataclasses.replace(sighting("error"), failure=failure, data=data))
        crash = dataclasses.replace(crash, example=dataclasses.replace(crash.example, title=title))
        tree = ast.parse(pytest_file(crash, registry))
        kinds = [type(node).__name__ for node in tree.body if not isinstance(node, ast.Import)]
        assert kinds == [
            *("Expr", "ImportFrom", "Assign", "FunctionDef", "ClassDef", "FunctionDef"),
            "FunctionDef",
        ]


def test_however_the_code_is_split(tmp_path: pathlib.Path, project: pathlib.Path) -> None:
    """The exported test does what the check does, whatever imports what in which way."""
    registry = discover(write_splits(tmp_path / "project", SPLITS))
    tests = []
    for name in SPLITS:
        seen = dataclasses.replace(
            sighting("error"), target=name, package="frail", subject_version=None
        )
        tests.append(write_test(tmp_path, of(seen), registry))
    done = pytest_output(tests, project / "mended", project / "bare")
    for name, split in SPLITS.items():
        assert f"AssertionError: {split.told}\n" in done, (name, done)
    assert f"{len(SPLITS)} failed in" in done


def test_what_cannot_become_a_test_is_told(
    registry: Registry, project: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """One line that names the crash, or the module that is in the way."""
    for part, told in (
        ("target", "there is no target 'gone' here"),
        ("check", "has no longer what frail:gone@frail==1.0 names"),
        ("subject", "has no longer what frail:read@gone==1.0 names"),
    ):
        changes: dict[str, Any] = {part: "gone"}
        crash = of(dataclasses.replace(sighting("error"), **changes))
        with pytest.raises(FarmError, match=told):
            pytest_file(crash, registry)
    reads = Split("", check="DATA = open(__file__).read()\n\ndef check(a, b):\n    return DATA\n")
    lacks = Split("", check="from .rules import absent\n\ndef check(a, b):\n    absent()\n")
    bad = discover(write_splits(tmp_path, {"reads": reads, "lacks": lacks}, "probes_bad"))
    for name, told in (
        ("reads", r"probes_bad\.reads\.check reads files that lie beside it \(__file__\)"),
        ("lacks", r"needs 'absent', which the source of probes_bad\.lacks\.rules does not define"),
    ):
        with pytest.raises(FarmError, match=told):
            pytest_file(of(dataclasses.replace(sighting("error"), target=name)), bad)


def test_nothing_is_missed_in_silence(registry: Registry) -> None:
    """A test that compares with another package is skipped, and says so, where that is missing."""
    version = importlib.metadata.version("redis")
    seen = dataclasses.replace(
        sighting("odd"), target="resp", check="differential", subject="redis-py", package="redis"
    )
    here = pytest_file(of(dataclasses.replace(seen, subject_version=version)), registry)
    assert 'pytest.importorskip("hiredis")' in here
    assert f"hiredis=={importlib.metadata.version('hiredis')}" in here
    pinned = pytest_file(of(dataclasses.replace(seen, subject_version="5.0.0")), registry)
    assert "importorskip" not in pinned
    assert "pip install pytest redis==5.0.0\n" in pinned


def test_an_entry_knows_what_persons_decided(registry: Registry) -> None:
    """The acceptance in the project, and the words of the check."""
    crash, other = of(sighting("error")), of(sighting("cost"))
    accepted = Accepted(crash.id, "frail", crash.title, "as its author wants it")
    folder = place(registry.found["frail"])
    path = write(folder, Rulings(accepted=(accepted,)))
    try:
        one, two = entries([crash, other], registry)
    finally:
        path.unlink()
    assert (one.accepted, two.accepted) == (accepted, None)
    assert (one.rule, one.promise) == ("frail:read", "what is read comes back")
    assert two.rule == "frail:cost"
    gone = of(dataclasses.replace(sighting("error"), target="gone"))
    assert entries([gone], registry)[0].promise == ""
