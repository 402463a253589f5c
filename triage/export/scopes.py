"""Which global names a piece of Python reads, and which names it binds where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable

Read = tuple[str, str | None]
"""A global name, and the attribute that is read of it; None: it is used as it is."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def reads(node: ast.AST) -> frozenset[Read]:
    """Every name in `node` that no function around it binds. Rather too many than too few: names
    that a class body binds count as well."""
    found: set[Read] = set()
    _read(node, frozenset(), found)
    return frozenset(found)


def binds(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that these statements bind in their own scope."""
    bound: set[str] = set()
    for node in nodes:
        _bind(node, bound)
    return frozenset(bound)


def bound_by(name: ast.alias) -> str:
    """What `import NAME` calls the thing."""
    return name.asname or name.name.partition(".")[0]


def _read(node: ast.AST, known: frozenset[str], found: set[Read]) -> None:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            if name not in known:
                found.add((name, attribute))
        case ast.Name(id=name):
            if name not in known:
                found.add((name, None))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _read_function(node, known, found)
        case ast.Lambda(args=arguments, body=body):
            _read_all([*arguments.defaults, *arguments.kw_defaults], known, found)
            _read(body, known | _parameters(arguments), found)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _read(node.generators[0].iter, known, found)
            targets = binds(generator.target for generator in node.generators)
            _read_all(ast.iter_child_nodes(node), known | targets, found)
        case _:
            _read_all(ast.iter_child_nodes(node), known | _type_parameters(node), found)


def _read_all(nodes: Iterable[ast.AST | None], known: frozenset[str], found: set[Read]) -> None:
    for node in nodes:
        if node is not None:
            _read(node, known, found)


def _read_function(node: Function, known: frozenset[str], found: set[Read]) -> None:
    outside = known | _type_parameters(node)
    arguments = node.args
    _read_all([*node.decorator_list, *arguments.defaults, *arguments.kw_defaults], known, found)
    _read_all([item.annotation for item in _all_parameters(arguments)], outside, found)
    _read_all([node.returns], outside, found)
    declared = {
        name for item in ast.walk(node) if isinstance(item, ast.Global) for name in item.names
    }
    inside = (outside | _parameters(arguments) | binds(node.body)) - declared
    _read_all(node.body, inside, found)


def _all_parameters(arguments: ast.arguments) -> list[ast.arg]:
    single = [item for item in (arguments.vararg, arguments.kwarg) if item is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *single]


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(item.arg for item in _all_parameters(arguments))


def _type_parameters(node: ast.AST) -> frozenset[str]:
    """`T` of `def f[T]()`, from CPython 3.12 on."""
    return frozenset(item.name for item in getattr(node, "type_params", ()))


def _bind(node: ast.AST, bound: set[str]) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            bound.add(name)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            bound.add(name)  # what is in it has a scope of its own
        case ast.Lambda():
            pass
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _bind_around(node, bound)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            bound.update(bound_by(name) for name in names)
        case _:
            # `name` of an except clause or a pattern, `rest` of a pattern of mappings
            named = (getattr(node, "name", None), getattr(node, "rest", None))
            bound.update(item for item in named if isinstance(item, str))
            for child in ast.iter_child_nodes(node):
                _bind(child, bound)


def _bind_around(node: _Comprehension, bound: set[str]) -> None:
    """Only `:=` binds outside of a comprehension."""
    for item in ast.walk(node):
        if isinstance(item, ast.NamedExpr):
            bound.add(item.target.id)
