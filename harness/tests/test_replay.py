"""`fuzz replay`: an input or a crash again, and whether it still fails, and how."""

from __future__ import annotations

import pathlib

import pytest

from harness.tests.examples import EXAMPLES
from harness.tests.farm import Farm, write_example
from targets.canary.reference import MINIMAL_INPUTS


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Farm:
    """A home with the crash of `once`, in a project of its own."""
    place = tmp_path_factory.mktemp("found")
    package = place / "project" / "examples"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (place / "project" / "pyproject.toml").write_text(
        '[tool.fuzzfarm]\ntargets = ["examples"]\n', encoding="utf-8"
    )
    for name in ("once", "clean"):
        write_example(package, name, EXAMPLES[name])
    farm = Farm(place / "home", place / "project")
    done = farm.fuzz("run", "once", "--seconds", "3", "--jobs", "1")
    assert done.code == 1, done.stderr
    return farm


@pytest.mark.parametrize(("kind", "data"), MINIMAL_INPUTS.items())
def test_minimal_inputs_of_the_canary_fail(
    farm: Farm, tmp_path: pathlib.Path, kind: str, data: bytes
) -> None:
    """FILE and SELECTION are enough: exit 1, the kind, and the function."""
    file = tmp_path / "input"
    file.write_bytes(data)
    done = farm.fuzz("replay", str(file), "canary:sing@reference")
    assert done.code == 1
    assert f"canary:sing@reference with 2 bytes: {kind}: " in done.stdout
    assert "targets.canary.reference.Canary.sing" in done.stdout.replace("_take_a_breath", "sing")
    assert done.stderr == ""


def test_an_input_that_does_not_fail_exits_with_0(farm: Farm, tmp_path: pathlib.Path) -> None:
    """Also the empty one, and one that is larger than the check's limit."""
    for number, data in enumerate((b"", b"tune", b"x" * 100_000)):
        file = tmp_path / str(number)
        file.write_bytes(data)
        done = farm.fuzz("replay", str(file), "canary")
        assert done.code == 0, done.stdout
        assert f"with {len(data)} bytes: did not fail" in done.stdout


def test_times_counts_how_often_it_fails(found: Farm) -> None:
    """Every time in a clean process of its own."""
    (crash,) = found.crashes
    done = found.fuzz("replay", crash, "--times", "3")
    assert done.code == 1
    assert "3 of 3 replays failed" in done.stdout


def test_a_prefix_names_a_crash_and_another_selection_may_be_given(found: Farm) -> None:
    """As in git; on a subject without the bug it does not fail."""
    (crash,) = found.crashes
    done = found.fuzz("replay", crash[:9], "once")
    assert done.code == 1
    assert "fails the same way as stored" in done.stdout
    assert "KeyError" in done.stdout
    clean = found.fuzz("replay", crash, "clean")
    assert clean.code == 0
    assert "did not fail" in clean.stdout


def test_a_fixed_or_otherwise_broken_subject_is_told_apart(found: Farm) -> None:
    """Another failure of the same input is said to be another; fixed is exit 0."""
    (crash,) = found.crashes
    code = found.project / "examples" / "once" / "subject.py"
    before = code.read_text(encoding="utf-8")
    try:
        code.write_text(before.replace("KeyError", "IndexError"), encoding="utf-8")
        other = found.fuzz("replay", crash)
        code.write_text(before.replace('b"once"', 'b"never"'), encoding="utf-8")
        fixed = found.fuzz("replay", crash)
    finally:
        code.write_text(before, encoding="utf-8")
    assert other.code == 1
    assert "fails in ANOTHER way than stored" in other.stdout
    assert fixed.code == 0
    assert "did not fail" in fixed.stdout


def test_hangs_of_every_kind_end(farm: Farm, tmp_path: pathlib.Path) -> None:
    """One that loops inside C code, and one that catches whatever is raised: exit 1."""
    for name in ("stuck", "swallows"):
        file = tmp_path / name
        file.write_bytes(EXAMPLES[name].seeds[0])
        done = farm.fuzz("replay", str(file), name)
        assert done.code == 1
        assert f"{name}:read@own with {len(EXAMPLES[name].seeds[0])} bytes: hang: " in done.stdout
        assert done.wall_s < 10


def test_a_state_of_the_process_is_not_shared(farm: Farm, tmp_path: pathlib.Path) -> None:
    """What fails on its tenth call in one process never fails in clean ones."""
    file = tmp_path / "input"
    file.write_bytes(b"")
    done = farm.fuzz("replay", str(file), "leaks", "--times", "12")
    assert done.code == 0
    assert "0 of 12 replays failed" in done.stdout


def test_a_native_death_for_want_of_memory_is_no_bug_of_its_own(
    farm: Farm, tmp_path: pathlib.Path
) -> None:
    """C code that follows the null of a refused allocation dies only within our limit: `memory`."""
    file = tmp_path / "input"
    file.write_bytes(b"A")
    done = farm.fuzz("replay", str(file), "unchecked")
    assert done.code == 1, done.stderr
    assert "with 1 bytes: memory: SIGSEGV in " in done.stdout
    assert "With more memory than the limit it does not end like this." in done.stdout


def test_a_signal_that_the_subject_handles_is_no_death(farm: Farm, tmp_path: pathlib.Path) -> None:
    """Engines of WebAssembly make traps of signals; what reports deaths stands behind them."""
    file = tmp_path / "input"
    file.write_bytes(b"T")
    done = farm.fuzz("replay", str(file), "handles", "--times", "2")
    assert done.code == 0, done.stdout
    assert "0 of 2 replays failed" in done.stdout
