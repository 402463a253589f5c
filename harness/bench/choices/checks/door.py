"""A door that opens after five right keys in a row."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from harness.bench.choices.subjects.door import Door


class Machine(RuleBasedStateMachine):
    """Keys and buttons in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.door = Door()

    @rule()
    def arm(self) -> None:
        self.door.arm()

    @rule(key=st.integers(0, 9))
    def press(self, key: int) -> None:
        self.door.press(key)

    @rule()
    def lock(self) -> None:
        self.door.lock()

    @invariant()
    def moves(self) -> None:
        assert not self.door.stuck, "it locked while it stood open"
