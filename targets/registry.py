"""Finds targets: the farm's own, those of the user's project, and those of installed packages.

Standard library only, and it imports neither subjects nor engines: listing is instant, and worker
processes of pinned environments use it too.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import keyword
import pathlib
import pkgutil
import re
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from targets.errors import FarmError, MissingError
from targets.kinds import Check, Reference, Subject, Target

NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""What targets, checks and subjects are called."""
ENTRY_POINTS = "fuzzfarm.targets"
"""Entry-point group of installed packages; the value is the module of a target."""
BUILT_IN = "targets"
ROOMS = ("targets", "corpus", "harness", "triage", "reports")
"""The farm's own packages: no user's package may be called like them."""
MAX_MESSAGE = 300
"""Characters of someone else's error message that fit into one line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A target and where it is.

    `corpus` is the folder with its seeds and dictionaries (it need not exist), `folder` the one
    with its code; `sys_path` is what a worker has to append to `sys.path` to import `module`.
    """

    name: str
    module: str
    summary: str
    target: Target
    corpus: pathlib.Path
    folder: pathlib.Path
    sys_path: tuple[str, ...] = ()

    @property
    def brings(self) -> tuple[pathlib.Path, ...]:
        """Top-level package to link into a pinned environment: of a target in site-packages."""
        top = self.module.partition(".")[0]
        if top == BUILT_IN or self.sys_path:
            return ()
        file = pathlib.Path(importlib.import_module(top).__file__ or "")
        return (file.parent if file.name == "__init__.py" else file,)


@dataclasses.dataclass(frozen=True, slots=True)
class Broken:
    """Something that was meant to be a target; `name` is its name, or the file that names it."""

    name: str
    error: FarmError


@dataclasses.dataclass(frozen=True, slots=True)
class Registry:
    """All targets by name, the farm's own first; and what is broken, which stops no other."""

    found: Mapping[str, Found]
    broken: tuple[Broken, ...] = ()


def discover(project: pathlib.Path | None = None) -> Registry:
    """Every target of the farm, of the project around `project` (default: the working directory)
    and of installed packages.

    Nothing is raised for a broken target: it is listed in `broken`. The project's folders are
    appended to `sys.path`.
    """
    found: dict[str, Found] = {}
    broken: list[Broken] = []
    for place in _places(project or pathlib.Path.cwd()):
        if isinstance(place, Broken):
            broken.append(place)
            continue
        module, roots = place
        try:
            item = open_target(module, roots)
        except FarmError as error:
            broken.append(Broken(module.rpartition(".")[2], error))
            continue
        other = found.setdefault(item.name, item)
        if other.module != item.module:
            line = (
                f"two targets are called {item.name!r}: {other.module} ({other.folder}) "
                f"and {item.module} ({item.folder}): rename the folder of one"
            )
            broken.append(Broken(item.name, FarmError(line)))
    return Registry(types.MappingProxyType(found), tuple(broken))


def open_target(module: str, sys_path: tuple[str, ...] = ()) -> Found:
    """The one target in `module`, after `sys_path` was appended to `sys.path`; or FarmError."""
    _append(sys_path)
    package = _import(module, f"target {module}")
    target = vars(package).get("TARGET")
    where = f"{module} ({package.__file__})"
    if target is None:
        raise FarmError(f"{where} defines no TARGET: add TARGET = Target(subjects=…, checks=…)")
    if not isinstance(target, Target):
        kind = type(target).__name__
        raise FarmError(f"TARGET of {where} is a {kind}: make it a targets.kinds.Target")
    _check_shape(target, where)
    name = module.rpartition(".")[2]
    folder = pathlib.Path(package.__file__ or ".").resolve().parent
    own = module.startswith(f"{BUILT_IN}.")
    return Found(
        name=name,
        module=module,
        summary=(package.__doc__ or "").strip().partition("\n")[0].strip(),
        target=target,
        corpus=_corpus_room() / name if own else folder / "corpus",
        folder=folder,
        sys_path=sys_path,
    )


def load(reference: Reference, needed_by: str = "") -> Any:
    """The object that `"module:object.attribute"` names.

    A module outside of the reference that is not installed is a MissingError; a reference that
    leads nowhere, or a module that raises when imported, is a FarmError. `needed_by` opens the
    line, e.g. `"subject redis-py of resp"`.
    """
    module_name, colon, path = reference.partition(":")
    if not (colon and _dotted(module_name) and _dotted(path)):
        raise FarmError(
            f"{_of(needed_by)}{reference!r} is not a reference: write 'package.module:object'"
        )
    thing: Any = _import(
        module_name, needed_by or f"reference {reference!r}", needed_by and reference
    )
    for attribute in path.split("."):
        try:
            thing = getattr(thing, attribute)
        except AttributeError:
            raise FarmError(
                f"{_of(needed_by)}reference {reference!r}: {module_name} has no {path!r}"
            ) from None
    return thing


def adapter(found: Found, subject_name: str) -> Any:
    """The adapter of a subject, not yet called; a subject that is not installed: MissingError."""
    subject = found.target.subjects[subject_name]
    return load(subject.adapter, f"subject {subject_name} of {found.name}")


def find_project(start: pathlib.Path) -> tuple[pathlib.Path, dict[str, Any]] | None:
    """The nearest `pyproject.toml` with a `[tool.fuzzfarm]` table at or above `start`, and that
    table; FarmError when a `pyproject.toml` on the way is no TOML."""
    import tomllib

    start = start.resolve()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
        except (ValueError, OSError) as error:
            raise FarmError(f"{file} cannot be read: {_one_line(error)}: correct it") from error
        table = tool.get("fuzzfarm") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            return file, table
        if table is not None:
            raise FarmError(f"{file}: tool.fuzzfarm must be a table: write [tool.fuzzfarm]")
    return None


_Place = tuple[str, tuple[str, ...]]
"""Module that should be a target, and what to append to `sys.path` for it."""


def _places(start: pathlib.Path) -> Iterator[_Place | Broken]:
    """Where targets are: the farm's own, the project's, those of entry points."""
    for name in _packages_below(BUILT_IN):
        yield f"{BUILT_IN}.{name}", ()
    yield from _of_project(start)
    yield from _of_entry_points()


def _of_project(start: pathlib.Path) -> Iterator[_Place | Broken]:
    try:
        project = find_project(start)
    except FarmError as error:
        yield Broken("pyproject.toml", error)
        return
    if project is None:
        return
    file, table = project
    names = table.get("targets", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        line = f'{file}: tool.fuzzfarm.targets must be a list of packages: ["my_fuzz_targets"]'
        yield Broken("pyproject.toml", FarmError(line))
        return
    roots = tuple(str(root) for root in (file.parent, file.parent / "src") if root.is_dir())
    importlib.invalidate_caches()
    for name in names:
        yield from _of_package(name, file, roots)


def _of_package(
    module: str, file: pathlib.Path, roots: tuple[str, ...]
) -> Iterator[_Place | Broken]:
    """A package that the project names: it is a target, or every package in it is one."""
    short = module.rpartition(".")[2]
    try:
        if not _dotted(module) or module.partition(".")[0] in ROOMS:
            raise FarmError(
                f"{file}: {module!r} cannot hold targets: name an importable package of yours, "
                f"other than {', '.join(ROOMS)}"
            )
        _append(roots)
        _check_origin(module, roots)
        package = _import(module, f"{file}: targets package {module}")
    except FarmError as error:
        yield Broken(short, error)
        return
    if hasattr(package, "TARGET"):
        yield module, roots
        return
    below = _packages_below(module)
    for name in below:
        yield f"{module}.{name}", roots
    if not below:
        line = f"{module} ({package.__file__}) defines no TARGET and holds no package that does"
        yield Broken(short, FarmError(f"{line}: add one with 'fuzz new NAME'"))


def _of_entry_points() -> Iterator[_Place | Broken]:
    import importlib.metadata

    for point in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS)):
        yield point.module, _roots_of_installed(point.module)


def _packages_below(module: str) -> list[str]:
    package = importlib.import_module(module)
    return sorted(
        info.name
        for info in pkgutil.iter_modules(package.__path__)
        if info.ispkg and info.name != "tests" and not info.name.startswith("_")
    )


def _roots_of_installed(module: str) -> tuple[str, ...]:
    """Where a worker finds an installed target: nothing to add when it is in site-packages,
    else (an editable install) the folder that holds it."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except ValueError:
        return ()
    if spec is None or spec.origin is None:
        return ()
    file = pathlib.Path(spec.origin)
    root = file.parent.parent if file.name == "__init__.py" else file.parent
    return () if root.name in ("site-packages", "dist-packages") else (str(root),)


def _check_origin(module: str, roots: tuple[str, ...]) -> None:
    """FarmError when the project has `module` but Python takes another one of the same name."""
    top = module.partition(".")[0]
    homes = [pathlib.Path(root) / top for root in roots if (pathlib.Path(root) / top).is_dir()]
    loaded = sys.modules.get(top)
    try:
        spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(top)
    except ValueError:
        spec = None
    if not homes or spec is None or spec.submodule_search_locations is None:
        return
    taken = [pathlib.Path(place).resolve() for place in spec.submodule_search_locations]
    if not any(home.resolve() in taken for home in homes):
        raise FarmError(
            f"package {top} of {homes[0].parent} is hidden by another one in {taken[0]}: rename it"
        )


def _append(paths: tuple[str, ...]) -> None:
    sys.path.extend(path for path in paths if path not in sys.path)


def _import(module: str, what: str, reference: str = "") -> types.ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == module or module.startswith(f"{missing}."):
            named = f"reference {reference!r}: " if reference else ""
            raise FarmError(
                f"{what}: {named}there is no module {missing!r}: correct the name, or install it"
            ) from error
        top = missing.partition(".")[0]
        if not top or top in sys.modules or importlib.util.find_spec(top) is not None:
            raise FarmError(_raised(what, module, error)) from error
        raise MissingError(
            f"{what} needs {top}, which is not installed: pip install {top}"
        ) from error
    except (Exception, SystemExit) as error:
        # Whatever a user's module does when imported is told in one line and must not end the farm.
        raise FarmError(_raised(what, module, error)) from error


def _raised(what: str, module: str, error: BaseException) -> str:
    place = f" at {where}" if (where := _place(error)) else ""
    said = f"{type(error).__name__}: {_one_line(error)}"
    return f"{what}: importing {module} raises {said}{place}: correct it"


def _place(error: BaseException) -> str:
    """`file:line` where it was raised, the import system and this file left out."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    place, entry = "", error.__traceback__
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if not file.startswith("<frozen") and file not in (__file__, importlib.__file__):
            place = f"{file}:{entry.tb_lineno}"
        entry = entry.tb_next
    return place


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"


def _of(needed_by: str) -> str:
    return f"{needed_by}: " if needed_by else ""


def _dotted(text: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))


def _corpus_room() -> pathlib.Path:
    import importlib.resources

    return pathlib.Path(str(importlib.resources.files("corpus")))


def _check_shape(target: Target, where: str) -> None:
    """FarmError when subjects or checks are absent, misnamed, or not what they should be."""
    for plural, things, kind in (
        ("subjects", target.subjects, Subject),
        ("checks", target.checks, Check),
    ):
        if not isinstance(things, Mapping) or not things:
            raise FarmError(f"TARGET of {where} has no {plural}: give a mapping with at least one")
        for name, thing in things.items():
            if not isinstance(name, str) or NAME.fullmatch(name) is None:
                raise FarmError(f"TARGET of {where}: {name!r} of its {plural}: name it a-z0-9_-")
            if not isinstance(thing, kind):
                got = type(thing).__name__
                raise FarmError(f"TARGET of {where}: {name!r} of its {plural} is a {got}")
    for name, check in target.checks.items():
        unknown = [subject for subject in check.subjects or () if subject not in target.subjects]
        if unknown or check.subjects == ():
            raise FarmError(
                f"TARGET of {where}: check {name!r} is for the subjects {unknown}, "
                f"there are: {', '.join(target.subjects)}"
            )
