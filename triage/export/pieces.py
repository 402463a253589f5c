"""A module's source as its top-level statements, each with what it binds, reads and imports."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Iterator, Sequence

from triage.export import scopes
from triage.export.scopes import Read

_HARMLESS = frozenset(
    {"abc", "abstractmethod", "cache", "cached_property", "classmethod", "contextlib"}
    | {"contextmanager", "dataclass", "dataclasses", "enum", "final", "functools", "lru_cache"}
    | {"overload", "override", "property", "runtime_checkable", "staticmethod", "total_ordering"}
    | {"typing", "unique", "wraps"}
)
"""Decorators that do nothing but return what they decorate; any other may register it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """One imported thing: `attribute` of `module` (`*`: all), or the module itself (None).

    `name` is what it is called here, `renamed` whether that took an `as`.
    """

    module: str
    attribute: str | None
    name: str
    renamed: bool = False

    @property
    def statement(self) -> str:
        """The import of only this."""
        if self.attribute is None:
            return f"import {self.module}" + (f" as {self.name}" if self.renamed else "")
        renamed = f" as {self.name}" if self.renamed else ""
        return f"from {self.module} import {self.attribute}{renamed}"


@dataclasses.dataclass(frozen=True, slots=True)
class Inner:
    """An import statement inside of a function: what it imports, and its lines in the piece."""

    imports: tuple[Import, ...]
    first: int
    last: int
    alone: bool
    """It is all that its block holds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """One top-level statement, the comments above it included."""

    text: str
    binds: frozenset[str]
    reads: frozenset[Read]
    imported: Import | None = None
    """Set when the statement imports; one that imports several things makes several pieces."""
    inner: tuple[Inner, ...] = ()
    named: tuple[str, ...] = ()
    """Modules that `import_module("…")` names."""
    effect: bool = False
    """It does something when the module is imported, not only bind names."""
    definition: bool = False
    """A function or class, with two lines of air around it."""
    gap: bool = False
    """An empty line is above it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """The pieces of one module, in order."""

    name: str
    package: bool
    pieces: tuple[Piece, ...]
    future: frozenset[str] = frozenset()
    """Names imported from `__future__`."""

    def binding(self, name: str) -> list[int]:
        """Numbers of the pieces that bind `name`."""
        return [number for number, piece in enumerate(self.pieces) if name in piece.binds]


def parse(name: str, source: str, package: bool) -> Module:
    """The module `name`; SyntaxError when the source is none."""
    tree = ast.parse(source)
    lines = source.splitlines()
    future: set[str] = set()
    pieces: list[Piece] = []
    body = tree.body[1:] if ast.get_docstring(tree, clean=False) is not None else tree.body
    home = name if package else name.rpartition(".")[0]
    for at, node in enumerate(body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            future.update(item.name for item in node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            pieces += (
                Piece(item.statement, frozenset({item.name}), frozenset(), item)
                for item in _imports(node, home)
            )
        elif not _is_idle(node):
            says = body[at + 1] if at + 1 < len(body) else None
            end = says if says is not None and _explains(node, says) else node
            pieces.append(_piece(node, end, lines, home))
    return Module(name, package, tuple(pieces), frozenset(future))


def _piece(node: ast.stmt, end: ast.stmt, lines: Sequence[str], home: str) -> Piece:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    begin = first = min([node.lineno, *(item.lineno for item in decorators)]) - 1
    while begin > 0 and lines[begin - 1].startswith("#"):
        begin -= 1
    bound = scopes.binds([node])
    return Piece(
        text="\n".join(lines[begin : end.end_lineno]),
        binds=bound,
        reads=scopes.reads(node),
        inner=tuple(_inner(node, begin + 1, home)),
        named=tuple(_named(node)),
        effect=_has_effect(node, decorators, bound),
        definition=isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef),
        gap=begin > 0 and not lines[min(begin, first) - 1].strip(),
    )


def _imports(node: ast.Import | ast.ImportFrom, home: str) -> Iterator[Import]:
    for item in node.names:
        renamed = item.asname is not None
        if isinstance(node, ast.Import):
            yield Import(item.name, None, scopes.bound_by(item), renamed)
            continue
        module = node.module or ""
        if node.level:
            above = home.split(".")[: len(home.split(".")) - node.level + 1]
            module = ".".join([*above, *([module] if module else [])])
        yield Import(module, item.name, item.asname or item.name, renamed)


def _inner(node: ast.stmt, first_line: int, home: str) -> Iterator[Inner]:
    for parent in ast.walk(node):
        for block in ("body", "orelse", "finalbody"):
            statements: object = getattr(parent, block, None)
            if not isinstance(statements, list):
                continue
            for item in statements:
                if isinstance(item, ast.Import | ast.ImportFrom):
                    yield Inner(
                        tuple(_imports(item, home)),
                        item.lineno - first_line,
                        (item.end_lineno or item.lineno) - first_line,
                        len(statements) == 1,
                    )


def _named(node: ast.stmt) -> Iterator[str]:
    for item in ast.walk(node):
        match item:
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def _is_idle(node: ast.stmt) -> bool:
    """Nothing in it is ever run by a test: docstrings, `if TYPE_CHECKING`, a main block."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return not node.orelse
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def _explains(node: ast.stmt, next_one: ast.stmt) -> bool:
    """Whether the next statement is the text that documents this assignment."""
    return isinstance(node, ast.Assign | ast.AnnAssign) and (
        isinstance(next_one, ast.Expr)
        and isinstance(next_one.value, ast.Constant)
        and isinstance(next_one.value.value, str)
    )


def _has_effect(node: ast.stmt, decorators: Sequence[ast.expr], bound: frozenset[str]) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return any(_root(item) not in _HARMLESS for item in decorators)
        case ast.Assign(targets=targets):
            return not all(isinstance(item, ast.Name | ast.Tuple | ast.List) for item in targets)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return not isinstance(target, ast.Name)
    return not bound


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_standard(module: str) -> bool:
    """Whether every Python has it."""
    return module.partition(".")[0] in {*sys.stdlib_module_names, "__future__"}
