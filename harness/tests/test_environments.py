"""A pinned version gets an environment where it wins, made once and remade when half-made."""

from __future__ import annotations

import concurrent.futures
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import types

import pytest

from harness import environments
from targets.errors import FarmError, MissingError
from targets.kinds import Subject

PINNED = "0.5.0"


def subject(
    package: str | None = "sqlparse",
    requires: tuple[str, ...] = (),
    pins: dict[str, tuple[str, ...]] | None = None,
) -> Subject:
    return Subject("m:a", "s", package, requires=requires, pins=types.MappingProxyType(pins or {}))


def says(python: pathlib.Path, program: str) -> str:
    """What the program prints in that environment, the caller's own paths left out."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-P", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd="/",
        env=environ,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def envs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Environments of this file's tests, with one made."""
    folder = tmp_path_factory.mktemp("home") / "envs"
    made = environments.prepare(folder, subject(), PINNED)
    assert made.created
    assert made.version == PINNED
    assert made.python == folder / f"sqlparse-{PINNED}" / "bin" / "python"
    return folder


def test_nothing_asked_for_is_the_farms_own_interpreter(tmp_path: pathlib.Path) -> None:
    """No environment is made, and the installed version is named."""
    own = environments.prepare(tmp_path / "envs", subject("packaging"), None)
    assert own.python == pathlib.Path(sys.executable)
    assert own.version is not None
    assert environments.prepare(tmp_path, subject(None), None).version is None
    assert not (tmp_path / "envs").exists()


def test_an_environment_is_made_once(envs: pathlib.Path) -> None:
    """The second time it is only looked up, and no network is needed."""
    again = environments.prepare(envs, subject(), PINNED)
    assert (again.created, again.version) == (False, PINNED)


def test_a_worker_finds_what_it_imports(envs: pathlib.Path) -> None:
    """The pinned version, the farm's rooms and the engine; of the rest of the farm, nothing."""
    python = environments.prepare(envs, subject(), PINNED).python
    assert says(python, "import sqlparse; print(sqlparse.__version__)") == PINNED
    rooms = "import harness.children.spec, targets.registry, targets.contract, corpus"
    assert says(python, f"{rooms.replace(', targets.contract', '')}; print('fine')") == "fine"
    assert (
        says(python, "from targets import registry; print(len(registry.discover().broken))") == "0"
    )
    if importlib.util.find_spec("atheris") is not None:
        assert says(python, "import atheris; print(callable(atheris.Setup))") == "True"
    for absent in ("click", "packaging", "hiredis", "redis", "rich"):
        assert f"No module named '{absent}'" in says(python, f"import {absent}")
    order = says(python, "import sys; print(*sys.path[-2:])").split()
    assert [pathlib.Path(path).name for path in order] == ["site-packages", "bring"]


def test_further_packages_are_brought_along(envs: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A target of an installed package is linked into an environment that was there before."""
    (tmp_path / "brought_q").mkdir()
    (tmp_path / "brought_q" / "__init__.py").write_text("X = 7\n", encoding="utf-8")
    made = environments.prepare(envs, subject(), PINNED, brings=(tmp_path / "brought_q",))
    assert not made.created
    assert says(made.python, "import brought_q; print(brought_q.X)") == "7"


def test_links_follow_a_farm_that_moved(envs: pathlib.Path) -> None:
    """A dangling link of an old installation is put right at the next use."""
    link = envs / f"sqlparse-{PINNED}" / "bring" / "targets"
    right = link.readlink()
    link.unlink()
    link.symlink_to("/nowhere/targets")
    environments.prepare(envs, subject(), PINNED)
    assert link.readlink() == right


def test_half_made_environments_are_remade(tmp_path: pathlib.Path) -> None:
    """Without its last file, or made for another Python, it is made again, and remains go."""
    folder = tmp_path / f"sqlparse-{PINNED}"
    (folder / "bin").mkdir(parents=True)
    (tmp_path / f"sqlparse-{PINNED}.making-1").mkdir()
    made = environments.prepare(tmp_path, subject(), PINNED)
    assert made.created
    record = json.loads((folder / environments.MADE).read_text(encoding="utf-8"))
    (folder / environments.MADE).write_text(json.dumps({**record, "python": "2.7"}), "utf-8")
    assert environments.prepare(tmp_path, subject(), PINNED).created
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [folder.name]


def test_two_at_once_make_it_once(tmp_path: pathlib.Path) -> None:
    """The second waits for the first and uses what it made."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(environments.prepare, tmp_path, subject(), PINNED) for _ in range(4)]
        made = [job.result(timeout=120) for job in jobs]
    assert sorted(item.created for item in made) == [False, False, False, True]
    assert {item.python for item in made} == {tmp_path / f"sqlparse-{PINNED}" / "bin" / "python"}


@pytest.mark.parametrize(
    ("version", "with_", "said"),
    [
        ("0.0.99", (), "no version of sqlparse==0.0.99"),
        (PINNED, ("packaging>99",), "packaging>99"),
    ],
)
def test_what_cannot_be_installed_is_told(
    tmp_path: pathlib.Path, version: str, with_: tuple[str, ...], said: str
) -> None:
    """In one line: the requirement, uv's reason, what to do. Nothing is left behind."""
    with pytest.raises(MissingError) as caught:
        environments.prepare(tmp_path, subject(), version, with_)
    line = str(caught.value)
    assert caught.value.exit_code == 3
    assert line.startswith("cannot install ")
    assert said in line
    assert "--with REQUIREMENT" in line
    assert "\n" not in line
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("with_", "said"),
    [
        ("two words", "malformed requirement 'two words'"),
        ("x==", "malformed requirement"),
        ("./folder", "malformed requirement"),
        ("-r file", "malformed requirement"),
        ("x @ https://host.invalid/x.whl", "is an address"),
        ("SQLParse<1", "names the subject's own package, which is pinned to 0.5.0"),
    ],
)
def test_a_malformed_requirement_is_told(tmp_path: pathlib.Path, with_: str, said: str) -> None:
    """Before anything is made."""
    with pytest.raises(FarmError) as caught:
        environments.prepare(tmp_path / "envs", subject(), PINNED, (with_,))
    assert type(caught.value) is FarmError
    assert said in str(caught.value)
    assert not (tmp_path / "envs").exists()


@pytest.mark.parametrize(
    ("asked", "version", "with_", "wanted"),
    [
        (subject("a", ("a>=5", "program:sh")), "4", (), ["a==4"]),
        (subject("a", ("a[x]>=5",)), "4", (), ["a[x]==4"]),
        (subject("a", ("a>=5", "b>=2")), "4", (), ["a==4", "b>=2"]),
        (subject("a", ("b>=2",)), "4", ("B<2",), ["B<2", "a==4"]),
        (subject("a", (), {"<5": ("b<2", "b>1"), ">=5": ("c",)}), "4", (), ["a==4", "b<2", "b>1"]),
        (subject("a", ("b",), {"<5": ("b<2",)}), "4", ("b<1",), ["a==4", "b<1"]),
        (subject("a", (), {"<5": ("b",)}), "5rc1", (), ["a==5rc1"]),
        (subject("a", ("a>=5",)), None, ("b",), ["a>=5", "b"]),
        (subject("a", ("a>=5",)), None, ("a<5",), ["a<5"]),
        (subject(None), None, ("b",), ["b"]),
    ],
)
def test_who_wins(
    asked: Subject, version: str | None, with_: tuple[str, ...], wanted: list[str]
) -> None:
    """The pin, then `--with`, then the pins that the subject declares, then what it requires."""
    assert list(environments.wanted_requirements(asked, version, with_)) == wanted


def test_a_name_tells_what_is_inside() -> None:
    """Package and version; a hash only when there is more to it."""
    assert environments.folder_name(subject("Zope.a"), "4", ("Zope.a==4",)) == "zope-a-4"
    more = environments.folder_name(subject("a"), "4", ("a==4", "b"))
    other = environments.folder_name(subject("a"), "4", ("a==4", "c"))
    assert more.startswith("a-4-")
    assert more != other


def test_a_malformed_range_is_told() -> None:
    """Of the pins that a subject declares."""
    with pytest.raises(FarmError, match="'old' is no version range"):
        environments.wanted_requirements(subject("a", (), {"old": ("b",)}), "4", ())


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (
            "  × No solution found when resolving dependencies:\n"
            "  ╰─▶ Because there is no version of x==9 and you require\n"
            "      x==9, we can conclude that your requirements are unsatisfiable.\n",
            "Because there is no version of x==9 and you require x==9",
        ),
        (
            "warning: odd\nerror: Failed to fetch: `x`\n  Caused by: no route\n",
            "Failed to fetch: `x`: no route",
        ),
        (
            "  × Failed to build `x==1`\n  ├─▶ The build backend returned an error\n"
            "  ╰─▶ Call failed (exit status: 1)\n\n      [stderr]\n      Traceback\n",
            "Failed to build `x==1`: The build backend returned an error: "
            "Call failed (exit status: 1)",
        ),
        ("", "uv gave no reason"),
        ("error: " + "x" * 999, "x" * 399 + "…"),
    ],
)
def test_uvs_reason_fits_into_a_line(stderr: str, said: str) -> None:
    """Boxes, warnings and logs of old and new versions of uv are left out."""
    assert environments.essence(stderr) == said
