"""A tree of intervals keeps its own rules, whatever is put in and taken out."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from intervaltree import IntervalTree

POINT = st.integers(0, 40)
SIZE = st.integers(1, 10)


class Machine(RuleBasedStateMachine):
    """Intervals come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = IntervalTree()

    @rule(begin=POINT, size=SIZE)
    def add(self, begin: int, size: int) -> None:
        self.tree.addi(begin, begin + size)

    @rule(begin=POINT, size=SIZE)
    def discard(self, begin: int, size: int) -> None:
        self.tree.discardi(begin, begin + size)

    @rule(begin=POINT, size=SIZE)
    def clear(self, begin: int, size: int) -> None:
        self.tree.remove_overlap(begin, begin + size)

    @invariant()
    def is_sound(self) -> None:
        self.tree.verify()
