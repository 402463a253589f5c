"""Formulas as nested tuples, simplified from the inside out."""

from __future__ import annotations

Formula = int | tuple[str, "Formula", "Formula"]


def simplified(formula: Formula, depth: int = 0) -> Formula:
    """The formula with what is known worked out; `depth`: products to the left of which it stands.

    KeyError, the bug: a difference in six of them.
    """
    if isinstance(formula, int):
        return formula
    sign, left, right = formula
    one = simplified(left, depth + 1 if sign == "*" else 0)
    other = simplified(right)
    if sign == "+":
        return one + other if isinstance(one, int) and isinstance(other, int) else formula
    if sign == "*":
        return 0 if 0 in (one, other) else (sign, one, other)
    if depth >= 6:
        raise KeyError(sign)
    return (sign, one, other)
