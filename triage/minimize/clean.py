"""Clean processes for one job: the only thing that makes a reduction's result count."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence

from harness.plan import Job
from harness.replay import Outcome, Replayer
from targets.errors import FarmError, MissingError


class Clean:
    """Replays inputs of one job in clean processes. Close it at the end."""

    def __init__(self, job: Job, folder: pathlib.Path) -> None:
        self._job = job
        self._folder = folder
        self._replayers: list[Replayer] = []
        self._number = 0

    def run(self, data: bytes) -> Outcome:
        """How one execution of `data` ends; FarmError when it cannot take place."""
        replayer = self._submit(data, 0)
        return _must(replayer.wait())

    def repeat(
        self, data: bytes, times: int, at_once: int, stop: Callable[[], bool]
    ) -> Sequence[Outcome]:
        """The outcomes of so many executions, fewer when it is time to stop, one at least."""
        outcomes: list[Outcome] = []
        begun = 0
        while begun < times and not (outcomes and stop()):
            group = [self._submit(data, place) for place in range(min(at_once, times - begun))]
            begun += len(group)
            outcomes += [_must(replayer.wait()) for replayer in group]
        return outcomes

    def close(self) -> None:
        """End all processes."""
        for replayer in self._replayers:
            replayer.close()
        self._replayers.clear()

    def _submit(self, data: bytes, place: int) -> Replayer:
        while len(self._replayers) <= place:
            folder = self._folder / f"replayer-{len(self._replayers)}"
            self._replayers.append(Replayer(self._job, folder))
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir(parents=True)
        path = folder / "input"
        path.write_bytes(data)
        self._replayers[place].submit(path, folder)
        return self._replayers[place]


def _must(outcome: Outcome) -> Outcome:
    if outcome.refused is not None:
        kind = MissingError if outcome.exit_code == MissingError.exit_code else FarmError
        raise kind(outcome.refused)
    return outcome
