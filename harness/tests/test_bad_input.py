"""What a user can get wrong ends with one line: what was given, what is possible, what to do."""

from __future__ import annotations

import pathlib

import pytest

from harness.tests.farm import Done, Farm


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, project: pathlib.Path) -> Farm:
    """A home with the crashes of one short run, which no mistake may touch."""
    farm = Farm(tmp_path_factory.mktemp("shared") / "home", project)
    done = farm.fuzz("run", "once", "--seconds", "3", "--jobs", "1")
    assert done.code == 1, done.stderr
    assert len(farm.crashes) == 1
    return farm


MISTAKES: list[tuple[list[str], int, list[str]]] = [
    (["run", "canari"], 2, ["'canari'", "canary"]),
    (["run", "nothing-like-it"], 2, ["'nothing-like-it'", "fuzz list"]),
    (["run", "canary:sign"], 2, ["'sign'", "sing"]),
    (["run", "canary@referense"], 2, ["'referense'", "reference"]),
    (["run", "canary:"], 2, ["'canary:'", "target[:check]"]),
    (["run", "@reference"], 2, ["'@reference'", "target[:check]"]),
    (["run", ""], 2, ["empty", "target[:check]"]),
    (["run", "resp@redis-py=5"], 2, ["==VERSION"]),
    (["run", "resp@redis-py==x"], 2, ["'x'", "==1.2.3"]),
    (["run", "resp@redis-py=="], 2, ["no version"]),
    (["run", "clean@own==1.0"], 2, ["no package", "leave out"]),
    (["run", "resp@tcp://example.org:6379"], 2, ["this machine"]),
    (["run", "resp@tcp://localhost"], 2, ["malformed address"]),
    (["run", "clean", "--minutes", "0"], 2, ["--minutes 0", "--minutes 5"]),
    (["run", "clean", "--minutes", "-1"], 2, ["--minutes -1", "--minutes 5"]),
    (["run", "clean", "--minutes", "nan"], 2, ["--minutes nan", "--minutes 5"]),
    (["run", "clean", "--minutes", "inf"], 2, ["--minutes inf", "--minutes 5"]),
    (["run", "clean", "--seconds", "0.1"], 2, ["--seconds 0.1", "at least"]),
    (["run", "clean", "--minutes", "1", "--seconds", "5"], 2, ["--minutes", "--seconds"]),
    (["run", "clean", "--jobs", "0"], 2, ["--jobs 0", "1 up"]),
    (["run", "clean", "--jobs", "-3"], 2, ["--jobs -3", "1 up"]),
    (["run", "clean", "--seeds", "/proc/version"], 2, ["/proc/version", "folder"]),
    (["run", "clean", "--seeds", "absent"], 2, ["absent", "folder"]),
    (["run", "clean", "--home", "/proc/x"], 2, ["/proc/x", "--home DIR"]),
    (["run", "clean", "--home", "/proc/version/x"], 2, ["/proc/version/x", "--home DIR"]),
    (["run", "clean", "--with", "not a requirement!"], 2, ["'not a requirement!'", "hiredis<3"]),
    (["run", "clean", "--with", "x @ https://example.org/x.whl"], 2, ["address", "version"]),
    (["replay", "crash-absent"], 2, ["crash-absent"]),
    (["replay", "pyproject.toml"], 2, ["pyproject.toml", "fuzz replay pyproject.toml"]),
    (["replay", "examples"], 2, ["examples"]),
    (["replay", "pyproject.toml", "canari"], 2, ["'canari'", "canary"]),
    (["replay", "pyproject.toml", "resp"], 2, ["name one of them"]),
    (["replay", "pyproject.toml", "clean", "--times", "0"], 2, ["--times 0"]),
]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    MISTAKES,
    ids=[" ".join(item[0]) or "empty" for item in MISTAKES],
)
def test_a_mistake_is_told_in_one_line(
    shared: Farm, arguments: list[str], code: int, words: list[str]
) -> None:
    """On stderr, with what was given and what to do; nothing of the home is lost."""
    before = shared.crashes
    done = shared.fuzz(*arguments)
    assert done.code == code, done.stderr
    assert done.line.startswith("fuzz: ")
    assert done.stdout == ""
    for word in words:
        assert word in done.line
    assert shared.crashes == before
    assert done.wall_s < 5


def test_a_run_of_nothing_says_what_can_be_named(shared: Farm) -> None:
    """A target, or tests of one's own."""
    done = shared.fuzz("run")
    assert done.code == 2
    assert "fuzz run resp" in done.line
    assert "fuzz run --pytest tests/test_x.py" in done.line


WRONG_USE = [["replay"], ["ruin"], ["run", "clean", "--minutes", "many"]]


@pytest.mark.parametrize("arguments", WRONG_USE, ids=" ".join)
def test_wrong_use_shows_how_it_is_used(shared: Farm, arguments: list[str]) -> None:
    """Exit 2, without a traceback."""
    done = shared.fuzz(*arguments)
    assert done.code == 2
    assert "Usage: fuzz" in done.stderr
    assert "Traceback" not in done.stderr


REFUSED = [
    ("import_raises", 2, ["ValueError: a check that cannot be imported", "check.py:1"]),
    ("import_ends", 2, ["exit 5", "log.txt"]),
    ("make_raises", 2, ["OSError: no device", "subject:make"]),
    ("needs_absent", 3, ["absent_package_q", "pip install absent_package_q"]),
    ("mutator_raises", 2, ["ZeroDivisionError: a mutator of the user", "mutator:mutate"]),
    ("mutator_long", 2, ["1000 bytes", "max_size", "mutator:mutate"]),
    ("mutator_wrong", 2, ["NoneType", "return bytes", "mutator:mutate"]),
]


def check_refusal(farm: Farm, done: Done, name: str, words: list[str]) -> None:
    """One line on stderr says it, and so does the journal, once."""
    (line,) = [line for line in done.stderr.splitlines() if "cannot run" in line]
    assert line.startswith(f"{name}:read@own: cannot run: ")
    (refused,) = farm.said("JobRefused")
    for word in words:
        assert word in line
        assert word in refused["message"]
    assert "Traceback" not in done.stderr
    assert f"{name}:read@own: did not run: " in done.stdout


@pytest.mark.parametrize(("name", "code", "words"), REFUSED, ids=[item[0] for item in REFUSED])
def test_a_job_that_cannot_run_says_why(farm: Farm, name: str, code: int, words: list[str]) -> None:
    """Exit 2 for code that is wrong, 3 for what is missing; alone, it leaves the budget."""
    done = farm.fuzz("run", name, "--seconds", "20", "--jobs", "1")
    assert done.code == code, done.stderr
    assert done.wall_s < 10
    check_refusal(farm, done, name, words)
    (finished,) = farm.said("RunFinished")
    assert finished["reason"] == "nothing-left"
    assert farm.crashes == {}


def test_a_job_that_cannot_run_stops_no_other(farm: Farm) -> None:
    """The others use the budget and find what there is; the run ends with 1 for it."""
    done = farm.fuzz("run", "import_raises", "once", "--seconds", "4", "--jobs", "1")
    assert done.code == 1, done.stdout
    check_refusal(farm, done, "import_raises", ["ValueError"])
    assert [record["target"] for record in farm.crashes.values()] == ["once"]
    assert abs(done.wall_s - 4) <= 2


def test_replay_refuses_what_cannot_run(farm: Farm, tmp_path: pathlib.Path) -> None:
    """In one line, with the exit code of the reason."""
    file = tmp_path / "input"
    file.write_bytes(b"x")
    for name, code, words in REFUSED[:1] + REFUSED[2:4]:
        done = farm.fuzz("replay", str(file), name)
        assert done.code == code
        for word in words:
            assert word in done.line
    assert farm.fuzz("replay", str(file), "import_ends").code == 2


def test_a_version_that_does_not_exist_is_missing(farm: Farm) -> None:
    """Exit 3 and one line that names it; the home stays as it was."""
    done = farm.fuzz("run", "resp:parse@redis-py==0.0.1.dev99", "--seconds", "5")
    assert done.code == 3, done.stderr
    assert "0.0.1.dev99" in done.line
    assert list((farm.home / "crashes").glob("crash-*")) == []


def test_a_home_below_a_file_cannot_be_written(farm: Farm, tmp_path: pathlib.Path) -> None:
    """Said at once, with another way; the file stays."""
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    done = farm.fuzz("run", "clean", "--home", str(file / "home"))
    assert done.code == 2
    assert str(file / "home") in done.line
    assert file.read_text(encoding="utf-8") == "mine"
