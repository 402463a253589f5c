"""`fuzz run --pytest`: a user's own Hypothesis tests as they are, found by pytest itself."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.tests.farm import Done, Farm

SUITE = pathlib.Path(__file__).parent / "suite"
FAILING = {
    "test_deep": "RuntimeError in code_of_suite.opens: open",
    "test_word[open]": "AssertionError in test_own.test_word",
    "test_of_a_coroutine": "AssertionError in test_own.test_of_a_coroutine",
    "test_dies": "SIGSEGV in test_own.test_dies",
    "test_explicit": "AssertionError in test_own.test_explicit",
    "TestOfClass::test_method": "AssertionError in test_own.TestOfClass.test_method",
    "TestLock::runTest": "AssertionError in test_own.Lock.third: the lock opens",
}
LEFT_OUT = {
    "test_expected": "expected to fail: marked xfail",
    "test_skipped": "skipped: not today",
    "test_with_a_broken_fixture": "setup failed: no such device",
    "test_dies": "has no more turns: it ended 5 processes",
}


def write_suite(project: pathlib.Path) -> None:
    """A project with tests of many forms; the code that they test is beside them."""
    (project / "tests").mkdir()
    for path in SUITE.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        name = "code_of_suite.py" if path.stem == "code.py" else f"tests/{path.stem}"
        (project / name).write_text(text, encoding="utf-8")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "suite"\nversion = "1"\n\n[tool.pytest.ini_options]\n'
        'filterwarnings = ["error"]\n',
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Farm, Done]:
    """The farm after a run over all tests of the project."""
    project = tmp_path_factory.mktemp("project")
    write_suite(project)
    farm = Farm(project / ".fuzz", project)
    done = farm.fuzz("run", "--pytest", "tests/test_own.py", "--seconds", "26", "--jobs", "1")
    assert farm.wait_until_alone(2.0) == []
    return farm, done


@pytest.fixture
def farm(tmp_path: pathlib.Path) -> Iterator[Farm]:
    """A new home beside an empty project; no process may be left behind."""
    (tmp_path / "tests").mkdir()
    farm = Farm(tmp_path / "home", tmp_path)
    yield farm
    assert farm.wait_until_alone(2.0) == []


def crash_named(farm: Farm, title: str) -> str:
    """Id of the crash whose title begins so."""
    (found,) = [crash for crash, told in farm.crashes.items() if told["title"].startswith(title)]
    return found


def test_every_bug_of_the_suite_is_found_beyond_failures_and_deaths(
    fuzzed: tuple[Farm, Done],
) -> None:
    """Functions, parameters, fixtures, coroutines, methods, machines, and a segmentation fault."""
    farm, done = fuzzed
    assert done.code == 1, done.stdout + done.stderr
    titles = [told["title"] for told in farm.crashes.values()]
    for test, title in FAILING.items():
        assert any(found.startswith(title) for found in titles), f"{test}\n{done.stdout}"
    assert len(titles) == len(FAILING), done.stdout
    assert {told["state"] for told in farm.crashes.values()} == {"confirmed"}


def test_every_test_has_a_line_of_its_own(fuzzed: tuple[Farm, Done]) -> None:
    """What it did, or why it did nothing; what is no test of Hypothesis is not mentioned."""
    _, done = fuzzed
    told = dict(re.findall(r"^tests/test_own\.py::(\S+): (.*)$", done.stdout, re.MULTILINE))
    assert set(told) == {*FAILING, *LEFT_OUT, "test_word[sesame]", "test_holds"}
    for test, why in LEFT_OUT.items():
        assert told[test].endswith(why)
    for test in FAILING.keys() - {"test_dies"}:
        assert told[test].endswith("fails in 1 way"), told
    assert re.fullmatch(r"[\d,]+ executions in [\d.]+ s, \d+ features", told["test_holds"])


def test_fixtures_are_torn_down(fuzzed: tuple[Farm, Done]) -> None:
    """One of a module is set up for several turns in a row, and each time comes down again, but
    where its process dies."""
    farm, _ = fuzzed
    lines = (farm.project / "log.txt").read_text(encoding="utf-8").split()
    assert lines.count("down") >= 1
    assert 0 <= lines.count("up") - lines.count("down") <= 5


def test_a_failure_is_told_in_the_words_of_hypothesis(fuzzed: tuple[Farm, Done]) -> None:
    """The lines to put above the test, and the arguments."""
    farm, _ = fuzzed
    told = farm.fuzz("replay", crash_named(farm, FAILING["test_deep"])).stdout
    assert told.startswith("tests/test_own.py::test_deep\n@reproduce_failure(")
    assert "@example(first=123456789, second=246913579)" in told
    steps = farm.fuzz("replay", crash_named(farm, FAILING["TestLock::runTest"])).stdout
    assert "state.second(number=4711)\nstate.third()" in steps


def test_plain_pytest_replays_what_was_found(fuzzed: tuple[Farm, Done]) -> None:
    """From the database of the tests themselves: one test case each is enough."""
    farm, _ = fuzzed
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--hypothesis-profile=again", "-k", "not dies"],
        cwd=farm.project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stdout
    failed = {
        line.split("::", 1)[1].split(" - ")[0] for line in told.splitlines() if "FAILED" in line
    }
    assert failed == {*FAILING.keys() - {"test_dies"}, "test_word[sesame]"}, told


def test_a_test_case_is_minimized_by_its_choices(fuzzed: tuple[Farm, Done]) -> None:
    """`triage minimize` works on what a suite found as on anything else."""
    farm, _ = fuzzed
    crash = crash_named(farm, FAILING["TestOfClass::test_method"])
    done = farm.triage("minimize", crash, "--seconds", "20")
    assert done.code == 0, done.stdout + done.stderr
    assert "text='zebra'" in farm.fuzz("replay", crash).stdout


def test_a_budget_is_shared_among_hundreds_of_tests(farm: Farm) -> None:
    """Each has a turn soon, and the run ends on time."""
    (farm.project / "tests" / "test_many.py").write_text(
        "import pytest\nfrom hypothesis import given, strategies as st\n\n"
        '@pytest.mark.parametrize("number", range(200))\n@given(value=st.integers())\n'
        "def test_one(number, value):\n    assert isinstance(value, int)\n",
        encoding="utf-8",
    )
    done = farm.fuzz("run", "--pytest", "tests", "--seconds", "14", "--jobs", "2")
    assert done.code == 0, done.stdout
    assert done.wall_s < 14 + 3
    tests = [event for event in farm.said("SuiteTestFinished") if event["executions"]]
    assert len({event["test"] for event in tests}) == 200, done.stdout


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def test_plain(): pass\n", "no Hypothesis test among the 1 that it collects"),
        ("import nowhere\n", "No module named 'nowhere'"),
        ("", "no Hypothesis test among the 0"),
    ],
)
def test_a_suite_without_tests_of_hypothesis_is_refused_in_one_line(
    farm: Farm, code: str, why: str
) -> None:
    """It says what pytest saw."""
    (farm.project / "tests" / "test_x.py").write_text(code, encoding="utf-8")
    done = farm.fuzz("run", "--pytest", "tests/test_x.py", "--seconds", "5", "--jobs", "1")
    assert done.code == 2, done.stdout
    assert "pytest tests/test_x.py: " in done.stderr
    assert why in done.stderr


def test_a_path_that_is_not_there_is_refused(farm: Farm) -> None:
    """In pytest's own words."""
    done = farm.fuzz("run", "--pytest", "tests/test_y.py", "--seconds", "5", "--jobs", "1")
    assert done.code == 2
    assert "file or directory not found: tests/test_y.py" in done.stderr
