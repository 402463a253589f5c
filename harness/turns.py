"""Whose turn it is, by the clock: the bookkeeping between the supervisor and the schedule."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

from harness import schedule


@dataclasses.dataclass(frozen=True, slots=True)
class _Turn:
    began_s: float
    discovered: int
    pull: float


class Turns:
    """Accounts of all jobs, by index, and the turns that are going on now."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._accounts = [schedule.Account(weight) for weight in weights]
        self._turns: dict[int, _Turn] = {}

    def next(self, waiting: Sequence[int]) -> int | None:
        """Which of the waiting jobs has the next turn."""
        return schedule.pick(self._accounts, waiting)

    def begin(self, index: int, discovered: int) -> None:
        """The job runs from now on; it has discovered so many features by now."""
        pull = schedule.pulls(self._accounts)[index]
        self._turns[index] = _Turn(time.monotonic(), discovered, pull)

    def is_over(self, index: int) -> bool:
        """Whether the job had its slice."""
        turn = self._turns.get(index)
        return turn is None or time.monotonic() - turn.began_s >= schedule.SLICE_S

    def end(self, index: int, discovered: int) -> None:
        """The job does not run any more: charge what it used."""
        turn = self._turns.pop(index, None)
        if turn is not None:
            self._accounts[index] = schedule.charge(
                self._accounts[index],
                time.monotonic() - turn.began_s,
                max(discovered - turn.discovered, 0),
                turn.pull,
            )

    def ran_s(self, index: int) -> float:
        """Seconds that the job ran so far."""
        turn = self._turns.get(index)
        now = time.monotonic() - turn.began_s if turn is not None else 0.0
        return self._accounts[index].ran_s + now

    def share(self, index: int) -> float:
        """The job's part of the time that all jobs ran, 0 to 1."""
        ran_s = [self.ran_s(other) for other in range(len(self._accounts))]
        total_s = sum(ran_s)
        return ran_s[index] / total_s if total_s else 0.0
