"""Targets are found wherever they are, and what is broken is told in one line and stops nothing."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from targets import registry
from targets.errors import FarmError, MissingError

TARGET = '''"""{summary}"""
from targets.kinds import Fuzz, Subject, Target
TARGET = Target(
    subjects={{"sample": Subject(adapter="json:JSONDecoder", summary="a sample")}},
    checks={{"parse": Fuzz(check="json:loads", summary="a check")}},
)
'''


@pytest.fixture(autouse=True)
def _clean_imports() -> Iterator[None]:
    """Packages of one test are not seen by the next, although they have the same names."""
    path, modules = sys.path.copy(), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.partition(".")[0] in ("mine", "other", "solo", "half"):
            del sys.modules[name]


def put(root: pathlib.Path, files: dict[str, str]) -> pathlib.Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def project(root: pathlib.Path, files: dict[str, str], targets: str = '["mine"]') -> pathlib.Path:
    return put(root, {"pyproject.toml": f"[tool.fuzzfarm]\ntargets = {targets}\n", **files})


def errors_of(known: registry.Registry) -> dict[str, str]:
    return {item.name: str(item.error) for item in known.broken}


def test_every_package_of_the_farm_is_a_target(tmp_path: pathlib.Path) -> None:
    """Built-in targets are found by their folder alone, with their corpus; none is broken."""
    known = registry.discover(tmp_path)
    folder = pathlib.Path(registry.__file__).parent
    packages = {file.parent.name for file in folder.glob("*/__init__.py")} - {"tests"}
    assert set(known.found) == packages
    assert known.broken == ()
    canary = known.found["canary"]
    assert (canary.module, canary.folder) == ("targets.canary", folder / "canary")
    assert canary.corpus == folder.parent / "corpus" / "canary"
    assert canary.sys_path == ()
    assert canary.brings == ()
    assert canary.summary.startswith("Fails on purpose")


def test_listing_imports_no_subject_and_no_engine() -> None:
    """After everything was found, and what says so was imported, no subject was."""
    program = (
        "import sys; from targets import registry, requirements, selection; registry.discover();"
        "selection.select(['canary', ], registry.discover());"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=pathlib.Path(registry.__file__).parents[1],
    )
    imported = set(done.stdout.split())
    assert "targets" in imported
    assert not imported & {"redis", "atheris", "hiredis", "fakeredis", "hypothesis", "click"}


def test_a_package_of_the_project_holds_targets(tmp_path: pathlib.Path) -> None:
    """From any folder below the pyproject.toml; its corpus is beside its code."""
    root = project(
        tmp_path,
        {
            "mine/__init__.py": "",
            "mine/cron/__init__.py": TARGET.format(summary="Cron lines.\n\nMore."),
            "mine/tests/__init__.py": "raise RuntimeError",
            "deep/down/file": "",
        },
    )
    known = registry.discover(root / "deep" / "down")
    cron = known.found["cron"]
    assert known.broken == ()
    assert (cron.name, cron.module, cron.summary) == ("cron", "mine.cron", "Cron lines.")
    assert cron.folder == root / "mine" / "cron"
    assert cron.corpus == root / "mine" / "cron" / "corpus"
    assert cron.sys_path == (str(root),)


def test_a_package_below_src_can_itself_be_a_target(tmp_path: pathlib.Path) -> None:
    """`src` is looked at too, and a worker gets both folders."""
    root = project(tmp_path, {"src/solo/__init__.py": TARGET.format(summary="One")}, '["solo"]')
    solo = registry.discover(root).found["solo"]
    assert solo.module == "solo"
    assert solo.sys_path == (str(root), str(root / "src"))
    assert registry.open_target("solo", solo.sys_path) == solo


def test_an_entry_point_names_a_target(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target in site-packages is found without any pyproject.toml, and can be brought along."""
    site = tmp_path / "site-packages"
    put(
        site,
        {
            "other/__init__.py": "",
            "other/wire/__init__.py": TARGET.format(summary="Wire"),
            "other-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1\n",
            "other-1.dist-info/entry_points.txt": "[fuzzfarm.targets]\nwire = other.wire\n",
        },
    )
    monkeypatch.syspath_prepend(str(site))
    wire = registry.discover(tmp_path).found["wire"]
    assert wire.module == "other.wire"
    assert wire.sys_path == ()
    assert wire.brings == (site / "other",)


BROKEN = {
    "raises": ("raise RuntimeError('no luck')\n", "RuntimeError: no luck", "__init__.py:1"),
    "exits": ("import sys\nsys.exit(3)\n", "SystemExit: 3", "__init__.py:2"),
    "syntax": ("x = (\n", "SyntaxError", "__init__.py:1"),
    "bare": ("", "defines no TARGET", "add TARGET"),
    "wrong": ("TARGET = 3\n", "is a int", "targets.kinds.Target"),
    "absent": ("import nosuchmodule_q\n", "needs nosuchmodule_q", "pip install"),
    "empty": (
        "from targets.kinds import Target\nTARGET = Target(subjects={}, checks={})\n",
        "has no subjects",
        "at least one",
    ),
    "stray": (
        TARGET.format(summary="").replace('summary="a check"', 'summary="", subjects=("x",)'),
        "['x']",
        "there are: sample",
    ),
    "named": (
        TARGET.format(summary="").replace('"sample":', '"Sam ple":'),
        "'Sam ple'",
        "a-z0-9_-",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_target_stops_no_other(tmp_path: pathlib.Path, name: str) -> None:
    """It is told in one line that says what, where and what to do."""
    text, *said = BROKEN[name]
    root = project(
        tmp_path,
        {
            "mine/__init__.py": "",
            f"mine/{name}/__init__.py": text,
            "mine/well/__init__.py": TARGET.format(summary="Well"),
        },
    )
    known = registry.discover(root)
    assert {"canary", "well"} <= set(known.found)
    assert name not in known.found
    line = errors_of(known)[name]
    assert "\n" not in line
    assert f"mine.{name}" in line
    for words in said:
        assert words in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.fuzzfarm\n", "cannot be read"),
        ("[tool.fuzzfarm]\ntargets = 'mine'\n", 'must be a list of packages: ["my_fuzz_targets"]'),
        ("[tool]\nfuzzfarm = 3\n", "must be a table"),
    ],
)
def test_a_malformed_pyproject_is_told(tmp_path: pathlib.Path, text: str, said: str) -> None:
    """The farm's own targets are still there, and the line names the file."""
    known = registry.discover(put(tmp_path, {"pyproject.toml": text}))
    assert "canary" in known.found
    (line,) = errors_of(known).values()
    assert said in line
    assert str(tmp_path / "pyproject.toml") in line


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("targets", "other than targets, corpus"),
        ("not-a-name", "cannot hold targets"),
        ("mine", "there is no module 'mine'"),
        ("half", "defines no TARGET and holds no package"),
        ("json", "is hidden by another one in"),
    ],
)
def test_a_package_that_holds_no_targets_is_told(
    tmp_path: pathlib.Path, named: str, said: str
) -> None:
    """Whatever the pyproject.toml names: one line, and the farm's own targets are there."""
    files = {"half/__init__.py": "", "json/__init__.py": ""}
    known = registry.discover(project(tmp_path, files, f'["{named}"]'))
    assert "canary" in known.found
    (line,) = errors_of(known).values()
    assert said in line


def test_two_targets_of_one_name_are_told(tmp_path: pathlib.Path) -> None:
    """The farm's own stays; the line names both, so that one can be renamed."""
    files = {"mine/__init__.py": "", "mine/canary/__init__.py": TARGET.format(summary="")}
    known = registry.discover(project(tmp_path, files))
    assert known.found["canary"].module == "targets.canary"
    line = errors_of(known)["canary"]
    assert "targets.canary" in line
    assert "mine.canary" in line


def test_the_nearest_pyproject_with_the_table_counts(tmp_path: pathlib.Path) -> None:
    """One without `[tool.fuzzfarm]` on the way up is passed over."""
    root = project(tmp_path, {"part/pyproject.toml": "[project]\nname = 'part'\n"}, "[]")
    found = registry.find_project(root / "part")
    assert found == (root / "pyproject.toml", {"targets": []})
    assert registry.find_project(pathlib.Path("/")) is None


def test_a_reference_names_an_object() -> None:
    """A module's attribute, or an attribute's attribute."""
    assert registry.load("json:loads").__name__ == "loads"
    assert registry.load("json:JSONDecoder.decode").__name__ == "decode"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("json", "is not a reference"),
        ("json:", "is not a reference"),
        (":loads", "is not a reference"),
        ("js on:loads", "is not a reference"),
        ("json:nothing", "json has no 'nothing'"),
        ("json:loads.nothing", "json has no 'loads.nothing'"),
        ("json.nothing:x", "no module 'json.nothing'"),
        ("nosuch_q.x:y", "no module 'nosuch_q'"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(reference: str, said: str) -> None:
    """As a user's mistake, not as something that could be installed."""
    with pytest.raises(FarmError, match=r".") as caught:
        registry.load(reference, "check parse of mine")
    assert type(caught.value) is FarmError
    assert said in str(caught.value)
    assert "check parse of mine" in str(caught.value)
    assert reference in str(caught.value)


def test_missing_and_broken_modules_are_told_apart(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not installed can be installed (exit 3); what raises has a place to look at."""
    put(
        tmp_path,
        {
            "mine/__init__.py": "",
            "mine/absent.py": "import nosuchmodule_q.below\n",
            "mine/inner.py": "import json.nosuch\n",
            "mine/raises.py": textwrap.dedent("""
                def fail():
                    raise ValueError("two\\nlines")

                fail()
            """),
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MissingError) as missing:
        registry.load("mine.absent:x", "subject s of t")
    assert str(missing.value) == (
        "subject s of t needs nosuchmodule_q, which is not installed: pip install nosuchmodule_q"
    )
    with pytest.raises(FarmError) as inner:
        registry.load("mine.inner:x")
    assert type(inner.value) is FarmError
    with pytest.raises(FarmError) as raises:
        registry.load("mine.raises:x", "check c of t")
    assert f"ValueError: two lines at {tmp_path / 'mine' / 'raises.py'}:3" in str(raises.value)
