"""Instruments exactly the modules that a subject names, by atheris' bytecode patching.

`atheris.instrument_imports` works on whole top-level packages, which would instrument the farm's
own `targets` together with a reference subject; this finder goes by module prefix.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from targets.errors import FarmError


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads source (or its cached bytecode) and patches the code object."""

    def get_code(self, fullname: str) -> types.CodeType | None:
        from atheris import patch_code

        code = super().get_code(fullname)
        return None if code is None else patch_code(code, True)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules named by `prefixes` (and all below them) through the usual path finder."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = tuple(prefixes)

    def covers(self, name: str) -> bool:
        """Whether a module is to be instrumented."""
        return any(name == prefix or name.startswith(prefix + ".") for prefix in self._prefixes)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec with a patching loader; None for what is not covered, or has no source."""
        if not self.covers(fullname):
            return None
        spec: Any = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        found: importlib.machinery.ModuleSpec = spec
        return found


class ProjectFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of a project through whatever finder has them: those below `modules`, and
    those whose file `is_own`."""

    def __init__(self, modules: Sequence[str], is_own: Callable[[str], bool]) -> None:
        self._named = Finder(modules)
        self._is_own = is_own
        self._asked = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec with a patching loader; None for what is not the project's, or has no source."""
        if self._asked:
            return None
        self._asked = True  # what is asked below may ask all finders again
        try:
            place = sys.meta_path.index(self)
            finders = sys.meta_path[place + 1 :]
            specs = (finder.find_spec(fullname, path, target) for finder in finders)
            spec: Any = next((spec for spec in specs if spec is not None), None)
        finally:
            self._asked = False
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return None
        if not (self._named.covers(fullname) or self._is_own(spec.loader.path)):
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        found: importlib.machinery.ModuleSpec = spec
        return found


def install_project(modules: Sequence[str], is_own: Callable[[str], bool]) -> None:
    """Instrument a project and its tests when they are imported, behind pytest's own finder, which
    rewrites assertions: what that loads is instrumented where it is executed."""
    from _pytest.assertion import rewrite
    from atheris import patch_code

    def execute(code: types.CodeType, namespace: dict[str, Any]) -> None:
        own = is_own(code.co_filename)
        exec(patch_code(code, True) if own else code, namespace)

    hooks = [isinstance(finder, rewrite.AssertionRewritingHook) for finder in sys.meta_path]
    sys.meta_path.insert(hooks.index(True) + 1 if any(hooks) else 0, ProjectFinder(modules, is_own))
    rewriting: Any = rewrite
    rewriting.exec = execute


def install(prefixes: Sequence[str]) -> None:
    """Instrument these modules when they are imported; they must not be imported yet.

    FarmError when one already is: its coverage would silently be missing.
    """
    finder = Finder(prefixes)
    early = sorted(name for name in sys.modules if finder.covers(name))
    if early:
        raise FarmError(
            f"cannot instrument {', '.join(early)}: imported before the subject; name only modules "
            "of the subject in `instrument`"
        )
    sys.meta_path.insert(0, finder)
