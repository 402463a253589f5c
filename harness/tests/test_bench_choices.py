"""`fuzz bench choices`: bugs are what the cases say, and the statistics are what they should be."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess

import pytest
from click.testing import CliRunner

from harness.bench.choices import ranks, verdicts
from harness.bench.choices.cases import CASES, Case, case_named, plant
from harness.bench.choices.command import command
from harness.bench.choices.examples import show
from harness.bench.choices.race import OURS, RIVALS, Result, environment_of, surroundings
from harness.bench.choices.verdicts import Row

OF_PACKAGES = [case for case in CASES if case.package]
OWN = [case for case in CASES if not case.package]


def example_fails(case: Case, python: pathlib.Path) -> bool:
    """Whether the case's example shows its bug there; nothing else may fail."""
    command = [str(python), "-P", "-m", "harness.bench.choices.examples", case.name]
    done = subprocess.run(
        command, env=surroundings(python), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 1


@pytest.fixture(scope="module")
def envs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("envs")


def test_half_of_the_cases_are_of_real_packages() -> None:
    """At least ten properties and four machines in all."""
    assert len(OF_PACKAGES) >= len(CASES) / 2
    machines = [case for case in CASES if "Machine(" in source_of(case)]
    assert len(machines) >= 4
    assert len(CASES) - len(machines) >= 10
    assert 2 * len([case for case in machines if case.package]) >= len(machines)


def source_of(case: Case) -> str:
    folder = pathlib.Path(verdicts.__file__).parent / "checks"
    return (folder / f"{case.name}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_the_example_of_our_own_code_fails(case: Case) -> None:
    """With the very error that counts as the bug."""
    with pytest.raises(Exception, match=re.escape(case.message)) as caught:
        show(case)
    assert case.is_bug(caught.value)


@pytest.mark.parametrize("case", OF_PACKAGES, ids=lambda case: case.name)
def test_the_example_fails_in_the_named_release_only(case: Case, envs: pathlib.Path) -> None:
    """Not in the release that has the bug fixed, or where nothing was planted."""
    assert example_fails(case, environment_of(case, OURS, envs))
    assert not example_fails(case, environment_of(case, OURS, envs, case.fixed or case.package))


def test_a_plant_leaves_other_links_to_the_file_alone(tmp_path: pathlib.Path) -> None:
    """An installer shares one file between its cache and all environments."""
    case = case_named("intervaltree_tree")
    assert case.plant is not None
    path, cached = tmp_path / case.plant.file, tmp_path / "cached"
    path.parent.mkdir()
    cached.write_text(case.plant.old, encoding="utf-8")
    path.hardlink_to(cached)
    plant(case)(tmp_path)
    assert path.read_text(encoding="utf-8") == case.plant.new
    assert cached.read_text(encoding="utf-8") == case.plant.old


def test_a_plant_that_finds_no_place_is_refused(tmp_path: pathlib.Path) -> None:
    """A release that looks otherwise would have no bug."""
    case = case_named("intervaltree_tree")
    assert case.plant is not None
    path = tmp_path / case.plant.file
    path.parent.mkdir()
    path.write_text(2 * case.plant.old, encoding="utf-8")
    with pytest.raises(ValueError, match="is not once in"):
        plant(case)(tmp_path)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3], [4, 5, 6], 2 / 20),
        ([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70),
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2 / 252),
        ([1, 2, 3, 4, 6], [5, 7, 8, 9, 10], 4 / 252),  # U = 1
        ([1, 2, 3, 5, 6], [4, 7, 8, 9, 10], 8 / 252),  # U = 2, the critical value at 5 %
        ([1, 2, 3, 4, 8], [5, 6, 7, 9, 10], 14 / 252),  # U = 3
        ([5], [5], 1.0),
        ([7, 7, 7], [7, 7, 7, 7], 1.0),
        ([1, 2, 60, 60], [60, 60, 60, 60], 30 / 70),  # ties: as if dealt out anew
    ],
)
def test_chances_are_those_of_the_tables(
    one: list[float], other: list[float], expected: float
) -> None:
    """Exact two-sided chances; both samples are worth the same."""
    assert ranks.chance(one, other) == pytest.approx(expected)
    assert ranks.chance(other, one) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sizes", "critical"), [((5, 5), 2), ((5, 6), 3), ((6, 6), 5), ((7, 7), 8), ((4, 8), 4)]
)
def test_critical_values_are_those_of_the_table_for_five_percent(
    sizes: tuple[int, int], critical: int
) -> None:
    """The largest U that is significant, two-sided, as printed in every table."""
    for u in (critical, critical + 1):
        one, other = samples_with(u, *sizes)
        assert ranks.u_of(one, other) == u
        assert (ranks.chance(one, other) <= 0.05) == (u == critical)


def samples_with(u: int, few: int, many: int) -> tuple[list[float], list[float]]:
    """Two samples of these sizes; in `u` pairs the value of the first is the larger."""
    passed = [min(many, max(0, u - many * number)) for number in range(few)]
    one = [float(count) + 0.5 - number / 100 for number, count in enumerate(passed)]
    return one, [float(number + 1) for number in range(many)]


def row(ours: list[float | None], theirs: list[float | None]) -> Row:
    """A case with these times."""
    sides = {OURS: ours, "hypothesis": theirs}
    results = {side: tuple(Result(one, 100) for one in all_) for side, all_ in sides.items()}
    return Row("door", "", 60.0, results)


def test_ahead_and_behind_need_more_than_noise() -> None:
    """And the goal needs both, and a ratio."""
    fast = row([1, 2, 3, 4, 5], [None, None, None, 40, 50])
    slow = row([None, 50, 51, 52, 53], [1, 2, 3, 4, 5])
    alike = row([1, 3, 5, 7, 9], [2, 4, 6, 8, 10])
    assert [one.verdict("hypothesis") for one in (fast, slow, alike)] == [
        "ahead",
        "behind",
        "noise",
    ]
    assert fast.ratio("hypothesis") == 20.0
    assert verdicts.is_reached([fast, fast, alike])
    assert not verdicts.is_reached([fast, fast, slow])
    assert not verdicts.is_reached([fast, alike])
    assert not verdicts.is_reached([row([10, 11, 12, 13, 14], [20, 21, 22, 23, 24])])


@pytest.mark.parametrize("rival", RIVALS)
def test_the_command_runs_both_sides_of_a_case(rival: str, tmp_path: pathlib.Path) -> None:
    """One small case with little time; each side really ran the test."""
    path = tmp_path / "results.json"
    arguments = ["--seconds", "2", "--seeds", "1", "--only", "script", "--against", rival]
    arguments += ["--output", str(path), "--home", str(tmp_path / "home")]
    told = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert told.exception is None, told.output
    record = json.loads(path.read_text(encoding="utf-8"))
    (row,) = record["rows"]
    assert set(row["sides"]) == {OURS, rival}
    assert all(results[0]["executions"] > 0 for results in row["sides"].values()), row
    assert told.return_value == (0 if record["reached"] else 1)
    assert "script" in told.output


def test_names_that_mean_nothing_are_refused() -> None:
    """With what there is."""
    for arguments, said in (
        (["--only", "nothing"], "names no case"),
        (["--against", "afl"], "choose from hypothesis"),
        (["--seconds", "0"], "at least"),
    ):
        told = CliRunner().invoke(command, arguments, standalone_mode=False)
        assert said in str(told.exception)
