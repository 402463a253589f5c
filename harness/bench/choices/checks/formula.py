"""Formulas of any depth."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.formula import simplified

formulas: Any = st.deferred(
    lambda: st.integers(-9, 9) | st.tuples(st.sampled_from("+*-"), formulas, formulas)
)


@given(formulas)
def test(formula: Any) -> None:
    simplified(formula)
