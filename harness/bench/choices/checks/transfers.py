"""Transfers that several rules work on, through a bundle."""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from harness.bench.choices.subjects.transfers import Bank, Transfer


class Machine(RuleBasedStateMachine):
    """Votes, commits, disputes and undoings in any order."""

    transfers = Bundle("transfers")

    def __init__(self) -> None:
        super().__init__()
        self.bank = Bank()

    @rule(target=transfers, amount=st.integers())
    def begin(self, amount: int) -> Transfer:
        return Transfer(amount)

    @rule(transfer=transfers, who=st.sampled_from(("left", "right", "nobody")))
    def vote(self, transfer: Transfer, who: str) -> None:
        self.bank.vote(transfer, who)

    @rule(transfer=transfers)
    def commit(self, transfer: Transfer) -> None:
        self.bank.commit(transfer)

    @rule(transfer=transfers)
    def dispute(self, transfer: Transfer) -> None:
        self.bank.dispute(transfer)

    @rule(transfer=transfers)
    def undo(self, transfer: Transfer) -> None:
        self.bank.undo(transfer)

    @invariant()
    def nothing_is_made(self) -> None:
        assert self.bank.left + self.bank.right == 100, "money was made"
