"""The shape of a statement that failed: what was done to what, without what an edit changes.

`"self._rows[at + 1]"` becomes `"._rows[_]"`: no positions, layout, quotes, local names or values,
and no more of what is inside than it takes to tell it apart. Pure; standard library only.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import re
import warnings
from collections.abc import Iterable

MAX_STATEMENT = 240
"""Characters of a statement that are kept."""
MAX_SHAPE = 120
"""Characters of a shape."""

_TOKEN = re.compile(
    r"""[rRbBuUfFtT]{0,2}(?:'''|\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
    r"|(?P<comment>\#.*)|(?P<open>[(\[{])|(?P<close>[)\]}])|[^'\"#()\[\]{}]+|."
)
_BLANK = re.compile(r"%[^%\s]*[a-zA-Z]|\{[^{}]*\}")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_BUILTINS = frozenset(dir(builtins))
_METHODS = frozenset(
    name
    for known in (str, bytes, list, dict, set, int, float, re.Pattern, re.Match)
    for name in dir(known)
) | {"read", "write", "close", "name", "value", "type"}
"""Anything may have these: they say little of where they stand."""
_SYMBOLS: dict[type[ast.AST], str] = {
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//"},
    **{ast.Mod: "%", ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.MatMult: "@"},
    **{ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.UAdd: "+", ast.USub: "-"},
    **{ast.Invert: "~", ast.Not: "not ", ast.And: "and", ast.Or: "or", ast.Eq: "=="},
    **{ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is"},
    **{ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"},
}


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """What was done to what: `text`; how many `names` of the program and other `steps` it has."""

    text: str = ""
    names: int = 0
    steps: int = 0

    @property
    def is_telling(self) -> bool:
        """Whether few statements look like this one, so that it names a place by itself."""
        return self.names > 0 or self.steps > 1


def failing(line: str, begin: int | None = None, end: int | None = None) -> str:
    """The part of a source line that failed (columns in characters; None: all of it)."""
    part = line if begin is None else line[begin:end]
    if begin and re.search(r"\.\s*$", line[:begin]):
        part = f"_.{part}"  # an attribute of what stands in the lines above
    return part.strip()[:MAX_STATEMENT]


def raises(statement: str) -> bool:
    """Whether the statement raises an exception of its own choice."""
    return re.match(r"raise\b", statement) is not None


def literal(statement: str) -> str:
    """The first text that is written in it, as far as nothing is put into it; empty if none is."""
    tree = _parsed(statement.strip()[:MAX_STATEMENT])
    for node in ast.walk(tree) if tree is not None else ():
        match node:
            case ast.Constant(value=str() as text):
                if told := _BLANK.split(text.strip(), maxsplit=1)[0].strip():
                    return told
    return ""


def shape(statement: str) -> Shape:
    """What the statement does; without text if it cannot be read.

    It may be the first line of several.

    >>> shape("x = self.rows[at]").text, shape("if name in found(").text, shape("a, b = c").text
    ('.rows[_]', '_ in found()', '_')
    """
    tree = _parsed(statement.strip()[:MAX_STATEMENT])
    if tree is None:
        return Shape()
    part = _failing_part(tree)
    for writer in (_Writer(), _Writer(detailed=True)):
        text = writer.method(part) if isinstance(part, ast.Attribute) else writer.visit(part)
        if writer.names:
            break
    return Shape(text[:MAX_SHAPE], writer.names, writer.steps)


def _parsed(text: str) -> ast.AST | None:
    text, rest = _open_end(text[2:] if text.startswith("elif") else text)
    for ending in (rest, f"{rest} pass", f"{rest}: pass", f" _{rest}", f" _{rest}: pass"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of old escapes in the subject's strings
                body = ast.parse(text + ending).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if body:
            return body[0]
    return None


def _open_end(text: str) -> tuple[str, str]:
    """The text without a comment at its end, and the brackets that are missing after it."""
    kept, missing = list[str](), list[str]()
    for token in _TOKEN.finditer(text):
        if token["comment"]:
            break
        if token["open"]:
            missing.append(_CLOSING[token["open"]])
        elif token["close"] and missing:
            missing.pop()
        kept.append(token[0])
    text = "".join(kept).rstrip().removesuffix("\\").rstrip()
    return text if missing else text.rstrip(","), "".join(reversed(missing))


def _failing_part(node: ast.AST) -> ast.AST:
    """What may fail by itself: an expression, where the statement only uses its value."""
    match node:
        case ast.Assign(value=part) | ast.AnnAssign(value=ast.expr() as part):
            return _failing_part(part)
        case ast.Expr(value=part) | ast.Await(value=part) | ast.NamedExpr(value=part):
            return _failing_part(part)
        case ast.Return(value=ast.expr() as part) | ast.Yield(value=ast.expr() as part):
            return _failing_part(part)
        case ast.YieldFrom(value=part) | ast.Lambda(body=part):
            return _failing_part(part)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return _failing_part(part)
        case ast.If(test=part) | ast.While(test=part) | ast.Assert(test=part):
            return _failing_part(part)
        case ast.For(iter=part) | ast.AsyncFor(iter=part):
            return _failing_part(part)
        case ast.With(items=[item, *_]) | ast.AsyncWith(items=[item, *_]):
            return _failing_part(item.context_expr)
        case ast.FunctionDef(body=[first, *_]) | ast.AsyncFunctionDef(body=[first, *_]):
            return _failing_part(first)
    return node


def surroundings(source: str) -> Shape:
    """All that is done in the line of a statement which says too little by itself.

    >>> surroundings("self.total = int(text)").text, surroundings("total = int(text)").text
    ('.total = int(_)', 'int(_)')
    """
    tree = _parsed(source.strip()[:MAX_STATEMENT])
    if tree is None:
        return Shape()
    writer = _Writer(detailed=True)
    text = writer.visit(_failing_part(tree))
    if isinstance(tree, ast.Assign) and isinstance(tree.targets[0], ast.Attribute | ast.Subscript):
        text = f"{writer.visit(tree.targets[0])} = {text}"
    return Shape(text[:MAX_SHAPE], writer.names, writer.steps)


class _Writer(ast.NodeVisitor):
    """Writes one shape, and counts what it says."""

    def __init__(self, *, detailed: bool = False) -> None:
        self._detailed = detailed
        self.names = 0
        self.steps = 0

    def generic_visit(self, node: ast.AST) -> str:
        self.steps += 1
        return type(node).__name__.lower()

    def visit_Name(self, node: ast.Name) -> str:
        if node.id in _BUILTINS:
            return node.id
        return "_" if node.id.islower() else self._named(node.id)  # most are local

    def visit_Constant(self, node: ast.Constant) -> str:
        match node.value:
            case str() | bytes():
                return "''"
            case bool() | None:
                return repr(node.value)
        return "0"

    def visit_JoinedStr(self, _: ast.JoinedStr) -> str:
        return "''"

    def visit_Dict(self, _: ast.Dict) -> str:
        return "''"

    def visit_Set(self, _: ast.Set) -> str:
        return "''"  # may be what stands in the braces of a format string

    def visit_Attribute(self, node: ast.Attribute) -> str:
        # Local names say nothing, and `self` is another name where a method became a function.
        of = "" if isinstance(node.value, ast.Name) else self.visit(node.value)
        return f"{of}.{self._named(node.attr)}"

    def method(self, node: ast.Attribute) -> str:
        """What is called, or looked up in vain."""
        of = "" if isinstance(node.value, ast.Name) else self.visit(node.value)
        return f"{of}.{self._named(node.attr, generic=_METHODS)}"

    def visit_Call(self, node: ast.Call) -> str:
        self.steps += 1
        match node.func:
            case ast.Name(id=called):
                name = self._named(called)
            case ast.Attribute() as called:
                name = self.method(called)
            case called:
                name = self.visit(called)
        if self._detailed:
            return f"{name}({self._all([*node.args, *(word.value for word in node.keywords)])})"
        return f"{name}()"  # what stands between is often in the next lines

    def visit_Subscript(self, node: ast.Subscript) -> str:
        self.steps += 1
        match node.slice:
            case ast.Constant(value=str() as key):
                self.names += 1
                return f"{self.visit(node.value)}[{key[:40]!r}]"
        at = self.visit(node.slice) if self._detailed else "_"
        return f"{self.visit(node.value)}[{at}]"

    def visit_Slice(self, node: ast.Slice) -> str:
        bounds = (node.lower, node.upper, node.step)
        return ":".join("" if bound is None else self.visit(bound) for bound in bounds)

    def visit_BinOp(self, node: ast.BinOp) -> str:
        return self._joined(node.op, (node.left, node.right))

    def visit_BoolOp(self, node: ast.BoolOp) -> str:
        return self._joined(node.op, node.values)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> str:
        return f"{_SYMBOLS[type(node.op)]}{self.visit(node.operand)}"

    def visit_Compare(self, node: ast.Compare) -> str:
        return self._joined(node.ops[0], (node.left, *node.comparators))

    def visit_AugAssign(self, node: ast.AugAssign) -> str:
        return self._joined(node.op, (node.target, node.value))

    def visit_Tuple(self, node: ast.Tuple | ast.List) -> str:
        return f"[{self._all(node.elts)}]"

    visit_List = visit_Tuple

    def visit_Delete(self, node: ast.Delete) -> str:
        return f"del {self._all(node.targets)}"

    def visit_IfExp(self, node: ast.IfExp) -> str:
        return f"{self.visit(node.body)} if {self.visit(node.test)} else {self.visit(node.orelse)}"

    def visit_Await(self, node: ast.Await | ast.Starred | ast.NamedExpr) -> str:
        return str(self.visit(node.value))

    visit_Starred = visit_NamedExpr = visit_Await

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> str:
        self.steps += 1
        return f"{self.visit(node.elt)} for {self._all([part.iter for part in node.generators])}"

    visit_ListComp = visit_SetComp = visit_GeneratorExp

    def _named(self, name: str, *, generic: frozenset[str] = _BUILTINS) -> str:
        self.names += name not in generic
        return name

    def _all(self, nodes: Iterable[ast.AST]) -> str:
        return ", ".join([self.visit(node) for node in nodes])

    def _joined(self, op: ast.AST, operands: Iterable[ast.AST]) -> str:
        self.steps += 1
        return f" {_SYMBOLS[type(op)]} ".join([self._operand(operand) for operand in operands])

    def _operand(self, node: ast.AST) -> str:
        """Only what is simple: a part of a formula is soon a function of its own."""
        simple = isinstance(node, ast.Attribute | ast.Name | ast.Constant)
        return str(self.visit(node)) if simple or self._detailed else "_"
