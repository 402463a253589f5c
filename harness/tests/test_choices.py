"""The choices engine, through `fuzz run` on a user's target of properties and a machine."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis.database import choices_from_bytes

from harness.tests.farm import Farm

DEEP = pathlib.Path(__file__).parent / "deep"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A user's project with the target `deep`."""
    folder = tmp_path_factory.mktemp("project")
    package = folder / "mine" / "deep"
    package.mkdir(parents=True)
    (folder / "mine" / "__init__.py").write_text("", encoding="utf-8")
    for path in DEEP.glob("*.txt"):
        (package / path.stem).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        '[tool.fuzzfarm]\ntargets = ["mine"]\n', encoding="utf-8"
    )
    return folder


@pytest.fixture
def farm(tmp_path: pathlib.Path, project: pathlib.Path) -> Iterator[Farm]:
    """A new home beside the project; no process may be left behind."""
    farm = Farm(tmp_path / "home", project)
    yield farm
    assert farm.wait_until_alone(2.0) == []


def crash(farm: Farm) -> dict[str, Any]:
    """The only crash of the home."""
    (found,) = farm.crashes.values()
    return found


def stored(farm: Farm) -> bytes:
    """Its input."""
    (path,) = (farm.home / "crashes").glob("*/input")
    return path.read_bytes()


def test_nested_comparisons_are_solved(farm: Farm) -> None:
    """Four numbers that depend on each other: what is compared in vain becomes the next value."""
    done = farm.fuzz("run", "deep:nested", "--seconds", "10", "--jobs", "1")
    assert done.code == 1, done.stdout
    found = crash(farm)
    assert (found["kind"], found["state"]) == ("exception", "confirmed")
    assert choices_from_bytes(stored(farm)) == (31337, 94018, 94019, 0xDEADBEEF)
    assert "value=(31337, 94018, 94019, 3_735_928_559)" in farm.fuzz("replay", found["id"]).stdout


def test_steps_in_the_right_order_are_found(farm: Farm) -> None:
    """A machine with a bug behind five steps, one of them with a number to guess."""
    done = farm.fuzz("run", "deep:lock", "--seconds", "25", "--jobs", "1", "--seed", "4")
    assert done.code == 1, done.stdout
    assert "a dropped key was read" in crash(farm)["title"]
    done = farm.triage("minimize", crash(farm)["id"], "--seconds", "30")
    assert done.code == 0, done.stdout
    told = farm.fuzz("replay", crash(farm)["id"]).stdout.splitlines()
    steps = [line.partition("(")[0].removeprefix("state.") for line in told[2:8]]
    assert steps == ["open", "unlock", "put", "drop", "get", "teardown"]


def test_the_choices_of_a_native_death_are_kept(farm: Farm) -> None:
    """They are written down before the test goes on, so the death can be replayed."""
    done = farm.fuzz("run", "deep:dies", "--seconds", "8", "--jobs", "1")
    assert done.code == 1, done.stdout
    assert (crash(farm)["kind"], crash(farm)["state"]) == ("death", "confirmed")
    assert farm.fuzz("replay", crash(farm)["id"]).code == 1


def test_a_hang_is_interrupted_and_kept(farm: Farm) -> None:
    """And the worker goes on in the same process."""
    done = farm.fuzz("run", "deep:hangs", "--seconds", "8", "--jobs", "1")
    assert done.code == 1, done.stdout
    assert (crash(farm)["kind"], crash(farm)["state"]) == ("hang", "confirmed")


def test_a_second_run_begins_with_the_corpus_of_the_first(farm: Farm) -> None:
    """What was kept is on disk, under the name of its content."""
    assert farm.fuzz("run", "deep:holds", "--seconds", "4", "--jobs", "1").code == 0
    kept = sorted(path.name for path in (farm.home / "corpus" / "deep" / "holds").iterdir())
    assert kept
    assert all(len(name) == 64 for name in kept)
    done = farm.fuzz("run", "deep:holds", "--seconds", "4", "--jobs", "1")
    assert done.code == 0, done.stdout
    assert farm.said("JobFinished")[-1]["edges"] > 0


def test_what_names_nothing_is_refused_in_one_line(farm: Farm) -> None:
    """A strategy that raises is the user's to correct."""
    done = farm.fuzz("run", "deep:broken", "--seconds", "5", "--jobs", "1")
    assert done.code == 2
    assert "mine.deep.checks:broken raises ValueError: no strategy today" in done.stderr


def test_both_engines_share_the_corpus_of_a_check_with_a_strategy(farm: Farm) -> None:
    """What one keeps the other begins with; inputs are bytes for both, also when they fail."""
    command = ("run", "resp:parse@redis-py", "--seconds", "5", "--jobs", "1")
    done = farm.fuzz(*command, "--engine", "choices")
    assert done.code == 1, done.stdout + done.stderr
    corpus = farm.home / "corpus" / "resp" / "parse"
    kept = sorted(corpus.iterdir())
    assert kept
    replayed = farm.fuzz("replay", str(kept[0]), "resp:parse@redis-py")
    assert f"with {kept[0].stat().st_size} bytes" in replayed.stdout
    found = set(farm.crashes)
    assert {farm.crashes[crash]["state"] for crash in found} <= {"confirmed", "new"}
    done = farm.fuzz(*command)
    assert found & {event["crash"] for event in farm.said("CrashFound")}
    assert farm.fuzz(*command, "--engine", "choices").code in {0, 1}
    assert farm.said("JobFinished")[-1]["edges"] > 0


@pytest.mark.parametrize(
    ("selection", "engine", "why"),
    [
        ("deep:nested", "atheris", "it has no bytes; leave --engine out for choices"),
        ("canary", "choices", "it offers no strategy; leave --engine out for atheris"),
    ],
)
def test_an_engine_that_cannot_drive_a_check_is_refused(
    farm: Farm, selection: str, engine: str, why: str
) -> None:
    """In one line that says which one can."""
    done = farm.fuzz("run", selection, "--engine", engine, "--seconds", "5")
    assert done.code == 2
    assert done.line.endswith(why)
