"""`fuzz bench fingerprint`: its formulas, its rules, and a small set that is really built."""

import ast
import dataclasses
import math
import pathlib
import random
import sys

import pytest
from click.testing import CliRunner

from harness.failure import Failure, Frame
from targets.errors import FarmError
from triage.bench import fingerprint
from triage.bench.fingerprints import build, commits, planted, scene, scores, simple_rules
from triage.bench.fingerprints.labelled import Sighting, load, text_file

BUGS = ["a", "a", "a", "b", "b", "c"]

SOURCE = '''"""A small package."""


def parse(text):
    """The last field's value."""
    fields = text.split(";")
    return last(fields)


def last(fields):
    name, _, value = fields[-1].partition("=")
    if name:
        return value
    return None
'''

PACKAGE = """
requirements = ["tiny==1"]
own = ["tiny"]
part = "dev"
imports = "import tiny"
guards = ["tiny.py:parse"]

[entries]
parse = "tiny.parse(text)"

[[bugs]]
name = "no-field"
file = "tiny.py"
old = "fields[-1].partition"
new = "⟦fields[len(fields)]⟧.partition"
type = "IndexError"
function = "last"
rename = { last = "final" }
inputs = ["a=1;«w»=«n»", "b"]

[[bugs]]
name = "never-ends"
kind = "hang"
type = "hang"
file = "tiny.py"
old = "    return last(fields)"
new = "    while fields:\\n        pass"
function = "parse"
inputs = [["", "x", 8, ""]]

[[bugs]]
name = "dies"
kind = "death"
type = "SIGABRT"
file = "tiny.py"
old = "    return last(fields)"
new = "    import os\\n    os.abort()"
function = "parse"
inputs = ["«w»"]
"""


@pytest.fixture
def package(tmp_path: pathlib.Path) -> planted.Package:
    """The small package, described and installed as if it had been fetched."""
    (tmp_path / "tiny.toml").write_text(PACKAGE, encoding="utf-8")
    installed = tmp_path / "cache" / "installed"
    for name, requirements in (("tiny", ("tiny==1",)), ("_tools", build.TOOLS)):
        (installed / name).mkdir(parents=True)
        stamp = installed / name / "requirements.txt"
        stamp.write_text("\n".join(requirements), encoding="utf-8")
    (installed / "tiny" / "tiny.py").write_text(SOURCE, encoding="utf-8")
    return planted.read(tmp_path / "tiny.toml")


def test_scores_of_a_perfect_grouping() -> None:
    """Names of groups do not matter, only who is with whom."""
    row = scores.score(BUGS, ["x", "x", "x", "y", "y", "z"])
    assert (row.f1, row.precision, row.recall, row.groups) == (1, 1, 1, 3)
    assert row.v_measure == pytest.approx(1)


def test_scores_worked_out_by_hand() -> None:
    """Pairs: 4 in one bug, 4 in one group, 2 in both; entropies from their definition."""
    row = scores.score(BUGS, ["x", "x", "y", "y", "y", "z"])
    assert (row.precision, row.recall, row.f1) == (0.5, 0.5, 0.5)
    bugs = -(3 / 6 * math.log(3 / 6) + 2 / 6 * math.log(2 / 6) + 1 / 6 * math.log(1 / 6))
    # of the bugs given the groups: y holds one of a and two of b, all others are pure
    left = -(1 / 6 * math.log(1 / 3) + 2 / 6 * math.log(2 / 3))
    assert row.homogeneity == pytest.approx(1 - left / bugs)
    assert row.completeness == pytest.approx(1 - left / bugs)  # the two sides are alike here
    assert row.v_measure == pytest.approx(1 - left / bugs)


def test_scores_of_bad_fingerprints() -> None:
    """One group for all: everything recalled; a group for each: nothing recalled."""
    one = scores.score(BUGS, ["x"] * 6)
    assert (one.precision, one.recall, one.homogeneity, one.completeness) == (4 / 15, 1, 0, 1)
    assert one.f1 == pytest.approx(8 / 19)
    assert one.v_measure == 0
    each = scores.score(BUGS, list(range(6)))
    assert (each.precision, each.recall, each.f1, each.groups) == (1, 0, 0, 6)
    assert each.homogeneity == pytest.approx(1)
    assert 0 < each.completeness < 1


def test_mistakes_are_listed_costliest_first() -> None:
    """A merge costs the product of its parts, a split the pairs that it takes apart."""
    keys = ["x", "x", "y", "y", "y", "y"]
    merged = [(item.bugs, item.pairs, item.keys) for item in scores.merged(BUGS, keys)]
    assert merged == [
        (("a", "b"), 2, ("y",)),
        (("b", "c"), 2, ("y",)),
        (("a", "c"), 1, ("y",)),
    ]
    assert scores.split(BUGS, keys) == [scores.Confusion(2, ("a",), ("x", "y"))]


def test_simple_rules() -> None:
    """Each looks at what its name says, in the outermost exception or in the root of its chain."""
    inner = (Frame("p.read", "f", 3, "/v/p/read.py"), Frame("json", "loads", 9, "/l/json.py"))
    root = Failure("exception", "KeyError", frames=inner)
    outer = (Frame("app", "main", 1, "/a/app.py"),)
    failure = Failure("exception", "AppError", frames=outer, chain=(root,))
    keys = {name: rule(failure, ("p",)) for name, rule in simple_rules.RULES.items()}
    assert keys["type only"] == "AppError"
    assert keys["innermost frame"] == (("app.py", "main"),)
    assert keys["type + root frame"] == ("KeyError", ("read.py", "f"))
    assert keys["ClusterFuzz's rule"] == ("AppError", "main")
    assert keys["Hypothesis' rule"] == (("AppError", ("app.py", 1)), ("KeyError", ("json.py", 9)))


@pytest.mark.parametrize("commit", build.COMMITS)
def test_commits_keep_the_bug(package: planted.Package, commit: str) -> None:
    """Whatever a commit does around it, the planted error is raised, or behind what is raised."""
    plan = next(
        plan
        for seed in range(999)
        for plan in build.plans([package], seed, [(pathlib.Path(sys.executable), "3.11")])
        if plan.commit == commit and plan.bug.name == "no-field"
    )
    text = scene.sources(plan, {"tiny.py": SOURCE})["tiny.py"]
    space: dict[str, object] = {"__name__": "tiny"}
    exec(compile(text, "tiny.py", "exec"), space)
    with pytest.raises((IndexError, RuntimeError)) as caught:
        space["parse"]("a=1;b=2")  # type: ignore[operator]
    assert isinstance(caught.value, RuntimeError) == (commit in ("rethrown", "silenced"))


def test_an_edit_must_fit(package: planted.Package) -> None:
    """An edit whose place is missing or ambiguous is refused, not half-applied."""
    with pytest.raises(ValueError, match="0 places"):
        planted.planted(package.bugs[0], {"tiny.py": "x = 1\n"}.__getitem__)


def test_shifting_moves_lines_only() -> None:
    """The shifted source is the same program."""
    moved = commits.shifted(SOURCE, random.Random(1))
    assert ast.dump(ast.parse(moved)) == ast.dump(ast.parse(SOURCE))
    assert len(moved.splitlines()) > len(SOURCE.splitlines())


def test_every_route_is_really_run(package: planted.Package, tmp_path: pathlib.Path) -> None:
    """One sighting for each route that needs no other package; each shows its bug and its paths."""
    python = (pathlib.Path(sys.executable), "3.11")
    chosen: dict[str, scene.Plan] = {}
    routes = {name: item for name, item in scene.read_routes().items() if not item.get("pytest")}
    for seed in range(99):
        for plan in build.plans([package], seed, [python]):
            if plan.route in routes and plan.commit == "base":
                chosen.setdefault(plan.route if plan.bug.kind != "death" else "death", plan)
    folder = tmp_path / "set"
    plans = [dataclasses.replace(plan, name=f"{at:04d}") for at, plan in enumerate(chosen.values())]
    assert build.build(plans, folder, tmp_path / "cache") == []
    sightings = load(folder)
    assert {item.route for item in sightings} >= set(routes)
    for item in sightings:
        text = text_file(folder, item).read_text(encoding="utf-8")
        assert "tiny.py" in text, item
        assert str(tmp_path) not in text, item
    keys = fingerprint.groupings(folder, sightings)
    assert all(keys[fingerprint.OURS])
    assert any(keys[fingerprint.LIVE])
    lines = list(fingerprint.table(sightings, keys))
    assert len(lines) == 2 + len(keys)
    assert lines[0].startswith(f"{len(sightings)} sightings of 3 bugs in 1 packages")


def test_the_same_seed_draws_the_same_set() -> None:
    """All is drawn beforehand; another seed draws others. The shipped data are well-formed."""
    packages, python = planted.packages(), (pathlib.Path(sys.executable), "3.11")
    plans = build.plans(packages, 1, [python])
    assert plans == build.plans(packages, 1, [python])
    assert plans != build.plans(packages, 2, [python])
    assert len(plans) >= 900
    assert len({(plan.package.name, plan.bug.name) for plan in plans}) >= 100
    assert {package.part for package in packages} == {"dev", "held-out"}


def test_wrong_use_is_said() -> None:
    """A negative number of mistakes is refused in one line."""
    result = CliRunner().invoke(fingerprint.command, ["--worst", "-1"], standalone_mode=False)
    assert isinstance(result.exception, FarmError)


def test_labels_survive_their_file(tmp_path: pathlib.Path) -> None:
    """What is saved is loaded again, one part at a time."""
    from triage.bench.fingerprints.labelled import save

    one = Sighting("0", "p:b", "p", "dev", "E", ("p", "q"), "base", "r", "e", "l", "3.11", True)
    save(tmp_path, [one])
    assert load(tmp_path) == [one]
    assert load(tmp_path, "held-out") == []
