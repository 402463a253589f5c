"""Four numbers, each of which must fit the one before."""

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.choices.subjects.nested import open_valve


@given(st.integers(), st.integers(), st.integers(), st.integers())
def test(key: int, pressure: int, turns: int, seal: int) -> None:
    open_valve(key, pressure, turns, seal)
