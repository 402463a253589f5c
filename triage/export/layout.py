"""Kept code as text: in one piece that reads like written by hand, or as modules in strings."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import graphlib
from collections.abc import Iterable, Iterator, Sequence

from triage.export.closure import Closure
from triage.export.pieces import Import, Inner, Module, Piece, is_standard

MAX_COLUMNS = 100
_MODULE_NAMES = frozenset({"__name__", "__file__", "__spec__", "__package__", "__doc__", "globals"})


def flat(closure: Closure, reserved: frozenset[str]) -> tuple[list[Import], str] | None:
    """All kept code as that of one module: its imports, and the rest.

    None when a name would change its meaning: two modules use it for two things, a module is used
    as a value, or it is one of `reserved` or what pytest would collect.
    """
    modules = [module for module in closure.modules if module.pieces]
    order = _order(modules, closure)
    if order is None or not _is_plain(modules, closure):
        return None
    imports = list(dict.fromkeys(_foreign(modules, closure)))
    meanings = [(item.name, item.statement) for item in imports]
    meanings += [(name, module.name) for module in modules for name in _own(module)]
    names = {name for name, _ in meanings}
    taken = {(name, f"import {name}") for name in reserved}
    if len({*meanings}) != len(names) or reserved & {name for name, _ in {*meanings} - taken}:
        return None
    if any(name.startswith(("test", "Test", "pytest_")) for name in names):
        return None
    for module in modules:
        bound = {name for piece in module.pieces for name in piece.binds}
        read = {name for piece in module.pieces for name, _ in piece.reads}
        if read & _MODULE_NAMES or (read - bound) & names & set(dir(builtins)):
            return None
    bodies = [(module.name, _without_imports(module, closure)) for module in order]
    parts = [f"# From {name}{_air(pieces)}{_body(pieces)}" for name, pieces in bodies if pieces]
    return imports, "\n\n\n".join(parts)


def embedded(closure: Closure) -> str:
    """The kept modules as a dictionary of their sources, called `SOURCES`."""
    lines = ["SOURCES = {"]
    for module in closure.modules:
        lines.append(f'    "{module.name}": {_string(_source(module))},')
    return "\n".join([*lines, "}"])


def import_lines(imports: Iterable[Import]) -> str:
    """Import statements, sorted as usual: the standard library first."""
    standard: list[Import] = []
    foreign: list[Import] = []
    for item in set(imports):
        (standard if is_standard(item.module) else foreign).append(item)
    blocks = [_import_block(block) for block in (standard, foreign) if block]
    return "\n\n".join(blocks)


def _import_block(imports: Sequence[Import]) -> str:
    lines = sorted(item.statement for item in imports if item.attribute is None)
    sources = sorted({item.module for item in imports if item.attribute is not None})
    for source in sources:
        names = sorted(
            (
                item.statement.partition(" import ")[2]
                for item in imports
                if item.module == source and item.attribute is not None
            ),
            key=lambda name: (not name.isupper(), not name[0].isupper(), name),
        )
        line = f"from {source} import {', '.join(names)}"
        if len(line) > MAX_COLUMNS:
            line = "\n".join([f"from {source} import (", *(f"    {name}," for name in names), ")"])
        lines.append(line)
    return "\n".join(lines)


# As one module


def _own(module: Module) -> Iterator[str]:
    """Names that a module gives to things of its own."""
    for piece in module.pieces:
        if piece.imported is None:
            yield from piece.binds


def _foreign(modules: Sequence[Module], closure: Closure) -> Iterator[Import]:
    for module in modules:
        for piece in module.pieces:
            if piece.imported is not None and not closure.embeds(piece.imported.module):
                yield piece.imported


def _embedded_imports(piece: Piece, closure: Closure) -> Iterator[Import]:
    if piece.imported is not None and closure.embeds(piece.imported.module):
        yield piece.imported
    for inner in piece.inner:
        yield from (item for item in inner.imports if closure.embeds(item.module))


def _is_plain(modules: Sequence[Module], closure: Closure) -> bool:
    """Whether every import of embedded code is a function or the like, under its own name."""
    for module in modules:
        if module.future - {"annotations"}:
            return False
        for piece in module.pieces:
            if any(closure.embeds(name) for name in piece.named):
                return False
            if "*" in piece.binds:
                return False
            for item in _embedded_imports(piece, closure):
                if item.attribute == "*" or item.renamed or closure.is_module(item):
                    return False
            for inner in piece.inner:
                if _is_ours(inner, closure) and inner.alone:
                    return False
    return True


def _is_ours(inner: Inner, closure: Closure) -> bool:
    return any(closure.embeds(item.module) for item in inner.imports)


def _order(modules: Sequence[Module], closure: Closure) -> list[Module] | None:
    """Modules after those that they import; None when they import each other."""
    known = {module.name: module for module in modules}
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for module in modules:
        needed = {
            piece.imported.module
            for piece in module.pieces
            if piece.imported is not None and closure.embeds(piece.imported.module)
        }
        sorter.add(module.name, *sorted(needed))
    try:
        return [known[name] for name in sorter.static_order() if name in known]
    except graphlib.CycleError:
        return None


def _without_imports(module: Module, closure: Closure) -> list[Piece]:
    pieces = []
    for piece in module.pieces:
        if piece.imported is None:
            dropped = [inner for inner in piece.inner if _is_ours(inner, closure)]
            pieces.append(_untested(_dropping(piece, dropped)))
    return pieces


def _dropping(piece: Piece, inners: Sequence[Inner]) -> Piece:
    """The piece without some import statements; an empty line after one goes as well."""
    lines: list[str | None] = list(piece.text.split("\n"))
    for inner in inners:
        end = inner.last + 1
        if end < len(lines) and not (lines[end] or "").strip():
            end += 1
        lines[inner.first : end] = [None] * (end - inner.first)
    text = "\n".join(line for line in lines if line is not None)
    return dataclasses.replace(piece, text=text, inner=())


def _untested(piece: Piece) -> Piece:
    """The piece without examples in docstrings, which pytest may be told to run."""
    return _bare(piece) if ">>> " in piece.text else piece


def _body(pieces: Sequence[Piece]) -> str:
    text = ""
    for at, piece in enumerate(pieces):
        if at:
            air = 2 if pieces[at - 1].definition or piece.definition else int(piece.gap)
            text += "\n" * (1 + air)
        text += piece.text
    return text


# As modules in strings


def _source(module: Module) -> str:
    imports = [piece.imported for piece in module.pieces if piece.imported is not None]
    rest = [_bare(piece) for piece in module.pieces if piece.imported is None]
    future = [Import("__future__", name, name).statement for name in sorted(module.future)]
    head = "\n\n".join(part for part in ("\n".join(future), import_lines(imports)) if part)
    body = _body(rest)
    if not body:
        return f"{head}\n" if imports else ""
    return f"{head}{_air(rest) if head else ''}{body}\n"


def _air(pieces: Sequence[Piece]) -> str:
    """What is between a heading and the first of these."""
    return "\n\n\n" if pieces[0].definition else "\n\n"


def _bare(piece: Piece) -> Piece:
    """The piece without docstrings: they tell readers of another file."""
    lines: list[str | None] = list(piece.text.split("\n"))
    for node in ast.walk(ast.parse(piece.text)):
        body: object = getattr(node, "body", None)
        if not isinstance(body, list) or len(body) < 2:
            continue
        for item in body:
            if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant):
                end = item.end_lineno or item.lineno
                if item is body[0] and end < len(lines) and not (lines[end] or "").strip():
                    end += 1
                lines[item.lineno - 1 : end] = [None] * (end - item.lineno + 1)
    text = "\n".join(line for line in lines if line is not None).rstrip()
    return dataclasses.replace(piece, text=text)


def _string(source: str) -> str:
    """A literal of many lines, as readable as can be."""
    if not source:
        return '""'
    for quotes in ('"""', "'''"):
        literal = f"r{quotes}\n{source}{quotes}"
        try:
            if ast.literal_eval(literal) == f"\n{source}" and "\r" not in source:
                return literal
        except (SyntaxError, ValueError):
            continue
    return repr(source)
