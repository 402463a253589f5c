"""An order that must be signed before anything looks at it."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.signed import accept


@given(st.lists(st.integers(0, 1000)), st.text(), st.integers(0, 2**32 - 1))
def test(items: list[int], currency: str, signed: int) -> None:
    with contextlib.suppress(ValueError):
        accept(items, currency, signed)
