"""What a check and an adapter need of the farm's and the user's code, and nothing else of it.

From the two functions on, every name is followed to the top-level statement that binds it, also
through imports, so that only what can be reached is kept. What a module does when it is imported
is kept with it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator

from targets.errors import FarmError
from triage.export.pieces import Import, Module, Piece, parse

_BESIDE = ("__file__", "__path__")
_FILES = ("importlib.resources", "importlib_resources", "pkg_resources")


class Closure:
    """The kept pieces of the modules that `embeds` says yes to; all others are only imported.

    FarmError when the source of one cannot be had, or when it reads files that lie beside it.
    """

    def __init__(self, embeds: Callable[[str], bool]) -> None:
        self._embeds = embeds
        self._modules: dict[str, Module] = {}
        self._waiting: list[tuple[str, int]] = []
        self._kept: dict[str, set[int]] = {}
        """Module → numbers of its pieces; a module without any is imported all the same."""

    def add(self, module: str, name: str) -> None:
        """Keep what `from module import name` needs. Nothing, when it is not to be embedded."""
        if self._embeds(module):
            self._need(module, name, f"{module}:{name}")
        while self._waiting:
            self._follow(*self._waiting.pop())

    @property
    def modules(self) -> list[Module]:
        """The kept modules, by name, with only the kept pieces."""
        return [
            Module(
                name,
                self._module(name).package,
                tuple(self._module(name).pieces[at] for at in sorted(self._kept[name])),
                self._module(name).future,
            )
            for name in sorted(self._kept)
        ]

    @property
    def foreign(self) -> set[str]:
        """Modules that are imported from elsewhere, wherever a kept piece does."""
        return {
            name
            for module in self.modules
            for piece in module.pieces
            for name in _mentioned(piece)
            if not self._embeds(name)
        }

    def embeds(self, module: str) -> bool:
        """Whether the code of `module` is taken over."""
        return self._embeds(module)

    def is_module(self, imported: Import) -> bool:
        """Whether a thing imported from an embedded module is itself an embedded module."""
        return imported.attribute is None or (
            self._embeds(imported.module)
            and not self._module(imported.module).binding(imported.attribute)
        )

    def _module(self, name: str) -> Module:
        if name not in self._modules:
            self._modules[name] = _read(name)
        return self._modules[name]

    def _enter(self, name: str) -> None:
        """The module is imported: with its packages, and with what that does."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            if module not in self._kept and self._embeds(module):
                self._kept[module] = set()
                for at, piece in enumerate(self._module(module).pieces):
                    if piece.effect:
                        self._keep(module, at)

    def _keep(self, module: str, at: int) -> None:
        if at not in self._kept[module]:
            self._kept[module].add(at)
            self._waiting.append((module, at))

    def _need(self, module: str, name: str, by: str) -> None:
        """Keep what `name` of `module` is: its own, a module below it, or all there is."""
        self._enter(module)
        numbers = self._module(module).binding(name)
        for at in numbers:
            self._keep(module, at)
        if numbers or name.startswith("__"):
            return
        if self._module(module).package and _is_there(f"{module}.{name}"):
            self._whole(f"{module}.{name}")
        elif self._module(module).binding("*") or self._module(module).binding("__getattr__"):
            self._whole(module)
        else:
            raise FarmError(f"{by} needs {name!r}, which the source of {module} does not define")

    def _whole(self, module: str) -> None:
        self._enter(module)
        for at in range(len(self._module(module).pieces)):
            self._keep(module, at)

    def _follow(self, module: str, at: int) -> None:
        piece = self._module(module).pieces[at]
        _require_alone(module, piece)
        if piece.imported is not None:
            self._import(module, piece.imported)
        for inner in piece.inner:
            for imported in inner.imports:
                self._import(module, imported, inside=True)
        for name in piece.named:
            if self._embeds(name):
                self._whole(name)
        for name, attribute in piece.reads:
            for number in self._module(module).binding(name):
                self._keep(module, number)
                aliased = self._alias(self._module(module).pieces[number].imported)
                if aliased is not None and attribute is not None:
                    self._need(aliased, attribute, module)
                elif aliased is not None:
                    self._whole(aliased)
        if self._module(module).binding("*"):
            self._whole(module)

    def _import(self, module: str, imported: Import, inside: bool = False) -> None:
        if not self._embeds(imported.module):
            return
        self._enter(imported.module)
        if imported.attribute == "*" or (imported.attribute is None and not imported.renamed):
            self._whole(imported.module)
        elif (aliased := self._alias(imported)) is None and imported.attribute is not None:
            self._need(imported.module, imported.attribute, module)
        elif inside and aliased is not None:
            self._whole(aliased)

    def _alias(self, imported: Import | None) -> str | None:
        """The embedded module that an import binds; what is read of it decides what is kept."""
        if imported is None or not self._embeds(imported.module) or imported.attribute == "*":
            return None
        if imported.attribute is None:
            return imported.module if imported.renamed else None
        name = f"{imported.module}.{imported.attribute}"
        return name if self.is_module(imported) and _is_there(name) else None


def _mentioned(piece: Piece) -> Iterator[str]:
    if piece.imported is not None:
        yield piece.imported.module
    for inner in piece.inner:
        yield from (imported.module for imported in inner.imports)
    yield from piece.named


def _require_alone(module: str, piece: Piece) -> None:
    reads = [name for name, _ in piece.reads if name in _BESIDE]
    reads += [name for name in _mentioned(piece) if name.startswith(_FILES)]
    if reads:
        raise FarmError(
            f"{module} reads files that lie beside it ({reads[0]}), which one test file cannot "
            "hold: let the check or the adapter carry that data in its code"
        )


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _read(name: str) -> Module:
    """The module's source, without importing it (only the packages around it)."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise FarmError(f"there is no module {name!r} here: install what the target needs")
    package = spec.submodule_search_locations is not None
    get_source = getattr(spec.loader, "get_source", None)
    try:
        source = get_source(name) if get_source is not None else None
        if source is None and not (package and spec.origin is None):
            raise FarmError(f"module {name!r} ({spec.origin}) has no Python source to be copied")
        return parse(name, source or "", package)
    except (ImportError, SyntaxError, UnicodeDecodeError, OSError) as error:
        raise FarmError(f"the source of {name!r} cannot be read: {error}") from error
