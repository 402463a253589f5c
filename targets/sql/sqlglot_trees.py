"""Trees of sqlglot: which operands belong to which operator, and which names are there.

Whole trees cannot be compared: sqlglot writes much in another way that means the same. But where
no operator comes or goes, the same operands must belong together before and after.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator
from typing import Any, Final

OPERATORS: Final = frozenset(
    (
        *("Add", "Sub", "Mul", "Div", "Mod", "IntDiv", "Pow", "DPipe", "SafeConcat", "Neg"),
        *("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot"),
        *("BitwiseLeftShift", "BitwiseRightShift", "And", "Or", "Xor", "Not", "Distinct"),
        *("EQ", "NEQ", "LT", "GT", "LTE", "GTE", "NullSafeEQ", "NullSafeNEQ", "Is", "In"),
        *("Like", "ILike", "Between", "RegexpLike", "SimilarTo", "Glob", "Escape", "Overlaps"),
        *("JSONExtract", "JSONExtractScalar", "JSONBExtract", "JSONBExtractScalar"),
        *("JSONBContains", "ArrayContainsAll", "AtTimeZone", "Collate", "Bracket", "Dot", "Cast"),
    )
)
_NAME: Final = re.compile(r"(?<![A-Za-z0-9_$])(?:[tcxfs][1-3])(?![A-Za-z0-9_$])", re.IGNORECASE)
"""Between dollars stands no name, but what a text begins and ends with."""
COMMENT: Final = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)


def regrouped(before: list[Any], after: list[Any]) -> str | None:
    """An operator whose operands are others after than before, by its class and theirs; or None.

    None also where operators or operands came or went: then grouping says nothing.
    """
    lost = _groups(before)
    found = _groups(after)
    if lost == found or sorted(_flat(lost)) != sorted(_flat(found)):
        return None
    for shape in found:
        lost[shape] -= found[shape]
    shape = next((shape for shape, count in lost.items() if count > 0), "")
    return " over ".join(re.findall(r"[A-Z]\w+", shape)[:2])


def _groups(trees: list[Any]) -> collections.Counter[str]:
    """The shapes of all expressions that no operator stands above."""
    return collections.Counter(shape for tree in trees for shape in _outermost(tree))


def _flat(shapes: collections.Counter[str]) -> list[str]:
    return re.findall(r"[\w.']+", " ".join(shapes.elements()))


def _outermost(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _outermost(item)
    elif hasattr(value, "args"):
        if type(value).__name__ in OPERATORS:
            inner: list[Any] = []
            yield _shape(value, inner)
            yield from _outermost(inner)
        else:
            for item in value.args.values():
                yield from _outermost(item)


def _shape(value: Any, inner: list[Any]) -> str:
    """Operators and what they stand above; what lies below other things goes into `inner`."""
    name = type(value).__name__
    if name in ("Paren", "Column", "Identifier", "Literal", "Var", "Parameter", "Placeholder"):
        this = value.args.get("this")
        if hasattr(this, "args"):
            return _shape(this, inner)
        return str(this).lower().replace(" ", "_") or "''"
    if name not in OPERATORS:
        inner.append(list(value.args.values()))
        return "_"
    operands = []
    for key, item in value.args.items():
        if key in ("to", "format"):
            continue  # a type is no operand
        for operand in item if isinstance(item, list) else [item]:
            if hasattr(operand, "args"):
                operands.append(_shape(operand, inner))
    return f"{name}({' '.join(operands)})"


def lost_names(text: str, written: str) -> list[str]:
    """The names of the grammars that `text` has, outside comments, and `written` has not."""
    before = {name.lower() for name in _NAME.findall(COMMENT.sub(" ", text))}
    return sorted(before - {name.lower() for name in _NAME.findall(written)})
