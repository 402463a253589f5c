"""What is shipped: the wheel holds the rooms and their data, the lock file every dependency."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
import uv
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = {"targets", "corpus", "harness", "triage", "reports"}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BUILD_DEADLINE_S = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A wheel, really built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    from_here = ["--python", sys.executable, "--out-dir", str(folder), str(ROOT)]
    built = subprocess.run(
        [uv.find_uv_bin(), "build", "--wheel", *from_here],
        capture_output=True,
        check=False,
        text=True,
        timeout=BUILD_DEADLINE_S,
    )
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


def names(wheel: pathlib.Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_holds_the_rooms_and_nothing_else(wheel: pathlib.Path) -> None:
    """Five rooms and the metadata; no tests, no state, no tools of the repository."""
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == ROOMS
    assert [name for name in names(wheel) if "/tests/" in name or ".fuzz" in name] == []


def test_wheel_holds_every_module_and_seed(wheel: pathlib.Path) -> None:
    """Whatever a room holds beside its tests is shipped: modules, seeds, dictionaries."""
    here = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and not {"tests", "__pycache__"}.intersection(path.parts)
    }
    assert here - set(names(wheel)) == set()
    assert any(name.startswith("corpus/resp/seeds/") for name in names(wheel))


def test_wheel_brings_the_three_programs_and_the_license(wheel: pathlib.Path) -> None:
    """`fuzz`, `triage` and `reports` are installed by it, and its licence text is inside."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.partition(".dist-info/")[2]: name for name in archive.namelist()}
        programs = archive.read(inside["entry_points.txt"]).decode()
        license_text = archive.read(inside["licenses/LICENSE"]).decode()
    for line in (
        "fuzz = harness.cli:main",
        "triage = triage.cli:main",
        "reports = reports.cli:main",
    ):
        assert line in programs
    assert license_text == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_an_installed_wheel_lists_its_targets(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Far from the checkout, the shipped farm finds its own targets."""
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    script = (
        "import harness, harness.cli; print(harness.__file__); raise SystemExit(harness.cli.main())"
    )
    listed = subprocess.run(
        [sys.executable, "-P", "-c", script, "list"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(installed), "FUZZ_HOME": str(tmp_path / "home")},
        capture_output=True,
        check=False,
        text=True,
        timeout=BUILD_DEADLINE_S,
    )
    assert listed.returncode == 0, listed.stderr
    where, *targets = listed.stdout.splitlines()
    assert where == str(installed / "harness" / "__init__.py")
    assert any(re.search(r"\bresp\b", line) for line in targets)


def locked() -> list[tuple[Requirement, int]]:
    """Every pin of the lock file, with the number of its hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(Requirement(line.split("--hash")[0]), line.count("--hash=sha256:")) for line in lines]


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_satisfies_every_dependency(python: str) -> None:
    """On each supported Python, each dependency of each extra has one pin, within its bounds."""
    there = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
    }
    pins: dict[str, str] = {}
    for pin, _ in locked():
        if pin.marker is None or pin.marker.evaluate(there):
            (only,) = pin.specifier
            assert only.operator == "=="
            assert canonicalize_name(pin.name) not in pins, f"{pin.name} is pinned twice"
            pins[canonicalize_name(pin.name)] = only.version
    extras = PROJECT["optional-dependencies"].values()
    wanted = [Requirement(line) for group in (PROJECT["dependencies"], *extras) for line in group]
    unmet = [
        str(need)
        for need in wanted
        if (need.marker is None or need.marker.evaluate(there))
        and not need.specifier.contains(pins.get(canonicalize_name(need.name), "0"))
    ]
    assert unmet == []


def test_lock_has_a_hash_for_every_pin_and_no_address() -> None:
    """What is installed is what was locked, wherever it is downloaded from."""
    assert [str(pin) for pin, hashes in locked() if not hashes] == []
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text.replace("--no-emit-index-url", "")


def test_every_dependency_is_bounded_and_says_what_it_is_for() -> None:
    """Each line of dependencies in `pyproject.toml` has a lower bound, and a comment beside it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = PROJECT["optional-dependencies"].values()
    for line in (line for group in (PROJECT["dependencies"], *extras) for line in group):
        assert any(one.operator == ">=" for one in Requirement(line).specifier), line
        assert re.search(re.escape(f'"{line}",') + r" +# \S", text), f"{line}: what for?"
