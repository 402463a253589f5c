"""Transfers between accounts in two phases, with votes."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Transfer:
    """One transfer and who voted for it."""

    amount: int
    votes: set[str] = dataclasses.field(default_factory=set)
    state: str = "begun"


class Bank:
    """The sum of both accounts never changes; the bug: a transfer that was undone twice."""

    def __init__(self) -> None:
        self.left, self.right = 100, 0

    def vote(self, transfer: Transfer, who: str) -> None:
        """Both must vote before it is ready."""
        if transfer.state == "begun":
            transfer.votes.add(who)
            if transfer.votes == {"left", "right"}:
                transfer.state = "ready"

    def commit(self, transfer: Transfer) -> None:
        """Move the money of a transfer that is ready."""
        if transfer.state == "ready" and 0 < transfer.amount <= self.left:
            self.left -= transfer.amount
            self.right += transfer.amount
            transfer.state = "done"

    def dispute(self, transfer: Transfer) -> None:
        """Hold a transfer that is done."""
        if transfer.state == "done":
            transfer.state = "held"

    def undo(self, transfer: Transfer) -> None:
        """Move the money of a held transfer back."""
        if transfer.state == "held":
            self.left += transfer.amount
            self.right -= transfer.amount
            if transfer.amount > 60:
                self.right = max(self.right, 0) + 1
            transfer.state = "undone"
