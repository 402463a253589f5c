"""What later commits do to a package's source around a bug, without fixing it. Pure."""

from __future__ import annotations

import ast
import builtins
import random
import re
from collections.abc import Iterator, Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
_WORDS = ("keep", "this", "order", "caller", "relies", "on", "it", "see", "notes", "what", "tried")
_MARKED = re.compile(r"⟦(.*?)⟧", re.DOTALL)


def unmarked(text: str) -> str:
    """The text without the marks of what may be extracted."""
    return text.replace("⟦", "").replace("⟧", "")


def extracted(text: str, name: str) -> str:
    """The marked expression moved into a new function `name` at the end of the module."""
    found = _MARKED.search(text)
    if found is None:
        return text
    expression = found[1]
    free = _free_names(unmarked(text), expression)
    call = f"{name}({', '.join(free)})"
    body = "\n".join(f"    {line.strip()}" for line in f"return {expression}".splitlines())
    rest = unmarked(text[: found.start()] + call + text[found.end() :])
    return f"{rest.rstrip()}\n\n\ndef {name}({', '.join(free)}):\n{body}\n"


def hoisted(text: str, name: str) -> str:
    """The marked expression put into a variable `name` first; unchanged where that cannot be."""
    found = _MARKED.search(text)
    if found is None:
        return unmarked(text)
    tree = ast.parse(
        unmarked(text[: found.start()] + f"{name}(({found[1]}))" + text[found.end() :])
    )
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            for at, statement in enumerate(body if isinstance(body, list) else ()):
                call = _call_in_head(statement, name)
                if call is not None and isinstance(body, list):
                    assigned = ast.Assign([ast.Name(name, ast.Store())], call.args[0])
                    body[at : at + 1] = [assigned, _Named(name).visit(statement)]
                    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return unmarked(text)


class _Named(ast.NodeTransformer):
    """Calls of a name become the name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == self._name:
            return ast.Name(self._name, ast.Load())
        return self.generic_visit(node)


def _call_in_head(statement: ast.stmt, name: str) -> ast.Call | None:
    """The call of `name` that the statement makes itself, first and once, not in a loop of it."""
    if isinstance(statement, ast.If):
        heads: list[ast.AST] = [statement.test]
    elif isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr | ast.Return | ast.Assert):
        heads = [statement]
    else:
        return None
    while heads:
        node = heads.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            return node
        if not isinstance(
            node, ast.BoolOp | ast.IfExp | ast.Lambda | ast.ListComp | ast.GeneratorExp
        ):
            heads += ast.iter_child_nodes(node)
    return None


def renamed(texts: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Every word replaced by its pair's other word, in all texts: the files that changed."""
    changed = {}
    for file, text in texts.items():
        now = text
        for old, new in pairs:
            now = re.sub(rf"\b{re.escape(old)}\b", new, now)
        if now != text:
            changed[file] = now
    return changed


def shifted(text: str, rng: random.Random) -> str:
    """Comments and blank lines put between statements, so that almost every line moves."""
    lines = text.splitlines()
    tree = ast.parse(text)
    starts = {_first_line(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    tops = {_first_line(node) for node in tree.body}
    result = [f"# Revision {rng.randrange(100, 999)}."] * rng.randrange(1, 4)
    if lines and lines[0].startswith(("#!", "# -*-")):
        result = []
    for number, line in enumerate(lines, 1):
        indent = line[: len(line) - len(line.lstrip())]
        if number in tops and number > 1 and rng.random() < 0.3:
            result += [f"# {_sentence(rng)}"] * rng.randrange(1, 3)
        elif number in starts and number > 3 and not _is_late(line) and rng.random() < 0.08:
            result.append(f"{indent}# {_sentence(rng)}")
        result.append(line)
    return "\n".join(result) + "\n"


def reformatted(text: str) -> str:
    """As another formatter would have it: other line breaks, no comments."""
    return ast.unparse(ast.parse(text)) + "\n"


def edited(text: str, function: str, rng: random.Random) -> str:
    """The function with its local names changed, branches swapped and statements added."""
    tree = ast.parse(text)
    for node in _find(tree, function):
        _rename_locals(node)
        for inner in ast.walk(node):
            if isinstance(inner, ast.If) and _has_plain_else(inner) and rng.random() < 0.5:
                inner.test = ast.UnaryOp(ast.Not(), inner.test)
                inner.body, inner.orelse = inner.orelse, inner.body
        at = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body[at:at] = ast.parse(f"revision = {rng.randrange(100)}").body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def decorated(text: str, function: str) -> str:
    """The function wrapped by a decorator that counts its calls."""
    tree = ast.parse(text)
    for node in _find(tree, function):
        node.decorator_list.append(ast.Name("_counted", ast.Load()))
    first = [isinstance(item, ast.Expr | ast.ImportFrom) for item in tree.body]
    at = first.index(False) if False in first else 0  # after a docstring and `__future__`
    tree.body[at:at] = ast.parse(_COUNTED).body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


_COUNTED = """
import collections as _collections
import functools as _functools
_calls = _collections.Counter()
def _counted(function):
    @_functools.wraps(function)
    def wrapper(*args, **kwargs):
        _calls[function.__qualname__] += 1
        return function(*args, **kwargs)
    return wrapper
"""


def rethrown(text: str, function: str, how: str) -> str:
    """The function turns any error into a RuntimeError, raised `how`: `from error`, `from None`."""
    tree = ast.parse(text)
    handler = f"raise RuntimeError(f'{function.rpartition('.')[2]} failed: {{error}}') {how}"
    for node in _find(tree, function):
        at = 1 if ast.get_docstring(node, clean=False) is not None else 0
        wrapped = ast.parse(f"try:\n    pass\nexcept Exception as error:\n    {handler}").body[0]
        assert isinstance(wrapped, ast.Try)
        wrapped.body = node.body[at:] or wrapped.body
        node.body[at:] = [wrapped]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _find(tree: ast.Module, function: str) -> Iterator[Function]:
    """The functions of this qualified name, `Class.method` or `outer.inner`."""
    *outer, name = function.split(".")
    scopes: list[ast.AST] = [tree]
    for part in outer:
        scopes = [
            node
            for scope in scopes
            for node in ast.walk(scope)
            if isinstance(node, ast.ClassDef | Function) and node.name == part
        ]
    for scope in scopes:
        for node in ast.walk(scope):
            if isinstance(node, Function) and node.name == name and node is not scope:
                yield node


def _rename_locals(function: Function) -> None:
    stored, kept = set[str](), set[str]()
    for node in ast.walk(function):
        match node:
            case ast.Name(name, ast.Store()):
                stored.add(name)
            case ast.arg(name):
                kept.add(name)
            case ast.Global(others) | ast.Nonlocal(others):
                kept.update(others)
            case ast.alias(name, other):
                kept.add(other or name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                kept.add(name)
            case ast.ExceptHandler(name=str(name)):
                kept.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                kept.add(name)
    names = stored - kept
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = f"the_{node.id.lstrip('_') or 'rest'}"


def _free_names(text: str, expression: str) -> list[str]:
    """What the expression needs from the function around it, in order of appearance."""
    tree = ast.parse(text)
    known = set(dir(builtins)) | set(_module_names(tree.body))
    inner = ast.walk(ast.parse(expression.strip(), mode="eval"))
    nodes = [node for node in inner if isinstance(node, ast.Name)]
    bound = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in nodes if node.id not in known | bound))


def _module_names(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(aliases) | ast.ImportFrom(names=aliases):
                yield from (item.asname or item.name.partition(".")[0] for item in aliases)
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.AnnAssign(target=ast.Name(name)):
                yield name
            case ast.If(body=body, orelse=orelse) | ast.Try(body=body, orelse=orelse):
                yield from _module_names([*body, *orelse])


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _is_late(line: str) -> bool:
    """Whether the statement does not begin its line: nothing may be put before it."""
    return line.lstrip().startswith(("elif", "else", "except", "finally", ")", "]", "}", '"', "'"))


def _has_plain_else(node: ast.If) -> bool:
    return bool(node.orelse) and not (len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If))


def _sentence(rng: random.Random) -> str:
    return " ".join(rng.sample(_WORDS, 5)).capitalize() + "."
