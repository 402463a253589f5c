"""Writes a first target into a user's project: a working sample, to be replaced piece by piece."""

from __future__ import annotations

import importlib.resources
import json
import keyword
import pathlib
import re
import string
import sys
import tomllib

from targets.errors import FarmError
from targets.registry import ROOMS, Registry, find_project

NAME = re.compile(r"[a-z][a-z0-9_]*")
TEMPLATES = {
    "__init__.py": "target.py.txt",
    "sample.py": "sample.py.txt",
    "subjects.py": "subjects.py.txt",
    "parse.py": "parse.py.txt",
    "corpus/dictionary.txt": "dictionary.txt",
    "tests/test_{name}_contract.py": "test_contract.py.txt",
}
"""Path in the target's folder → template; `$name` and `$module` are filled in."""
SEEDS = {"one": b"3:abc,", "two": b"0:,5:hello,"}
PACKAGE = '"""Targets of this project for the farm: every package in here is one."""\n'


def check_name(name: str, registry: Registry) -> None:
    """FarmError when no target can be called `name`, or one already is."""
    if NAME.fullmatch(name) is None or keyword.iskeyword(name) or name in ("tests", "corpus"):
        raise FarmError(
            f"{name!r} cannot name a target: use a letter and then a-z, 0-9 or _, "
            "and no word of Python's, e.g. 'fuzz new cron'"
        )
    taken = registry.found.get(name)
    if taken is not None:
        raise FarmError(f"there is a target {name!r} already, in {taken.folder}: choose another")


def project_file(start: pathlib.Path) -> pathlib.Path:
    """The `pyproject.toml` that names the targets: the one with `[tool.fuzzfarm]`, else the
    nearest, else a new one in `start`."""
    configured = find_project(start)
    if configured is not None:
        return configured[0]
    start = start.resolve()
    files = (folder / "pyproject.toml" for folder in (start, *start.parents))
    return next((file for file in files if file.is_file()), start / "pyproject.toml")


def module_of(package: str, project: pathlib.Path) -> str:
    """Dotted name of the folder `package` below `project`; FarmError when it cannot be one."""
    path = pathlib.PurePosixPath(package)
    parts = path.parts[1:] if path.parts[:1] == ("src",) else path.parts
    fine = all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    if not parts or not fine or parts[0] in ROOMS or parts[0] in sys.stdlib_module_names:
        raise FarmError(
            f"--package {package!r} cannot hold targets: name a folder below {project} that Python "
            f"can import and that hides none of its or the farm's modules, e.g. fuzz_targets"
        )
    for parent in path.parents:
        if (project / parent / "__init__.py").is_file():
            raise FarmError(
                f"--package {package!r} lies in the package {parent}, which would be imported "
                "before it can be instrumented: choose a folder outside of it, e.g. fuzz_targets"
            )
    if (project / path).exists() and not (project / path).is_dir():
        raise FarmError(f"--package {package!r} is a file: name a folder, e.g. fuzz_targets")
    return ".".join(parts)


def write(name: str, package: pathlib.Path, module: str) -> pathlib.Path:
    """Write target `name` into the folder `package`, importable as `module`; returns its folder.

    FarmError when the folder is there already: nothing is ever overwritten.
    """
    folder = package / name
    if folder.exists():
        raise FarmError(f"{folder} exists already: choose another name, or remove it")
    if _defines_target(package / "__init__.py"):
        raise FarmError(f"{package} is a target itself: choose another folder with --package")
    words = {"name": name, "module": f"{module}.{name}"}
    templates = importlib.resources.files("harness") / "templates"
    for path, template in TEMPLATES.items():
        text = (templates / template).read_text(encoding="utf-8")
        file = folder / path.format(name=name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(string.Template(text).substitute(words), encoding="utf-8")
    for seed, content in SEEDS.items():
        file = folder / "corpus" / "seeds" / seed
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    if not (package / "__init__.py").exists():
        (package / "__init__.py").write_text(PACKAGE, encoding="utf-8")
    return folder


def _defines_target(file: pathlib.Path) -> bool:
    return file.is_file() and re.search(r"^TARGET\b", file.read_text("utf-8"), re.M) is not None


def register(file: pathlib.Path, module: str) -> str | None:
    """Name `module` in the project's file `file`; None when it does now, else the line to write.

    A table that is not there is appended; one that is there is the user's to edit.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    table = tomllib.loads(text).get("tool", {}).get("fuzzfarm")
    named = table.get("targets", []) if table is not None else []
    if module in named:
        return None
    line = f"targets = {json.dumps([*named, module])}"
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    longer = f"{text}{gap}[tool.fuzzfarm]\n{line}\n"
    if table is not None or not _is_toml(longer):
        return line
    file.write_text(longer, encoding="utf-8")
    return None


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
