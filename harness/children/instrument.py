"""Instruments exactly the modules that a subject names, by atheris' bytecode patching.

`atheris.instrument_imports` works on whole top-level packages, which would instrument the farm's
own `targets` together with a reference subject; this finder goes by module prefix.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
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
