"""The choices engine: explores one `Property` or `Machine` check until told to stop, or a `Fuzz`
check that offers a strategy.

It says where it stands in libFuzzer's own words, so that a run reads one kind of line.
"""

from __future__ import annotations

import os
import pathlib
import random
import sys
import time
from typing import Final

from hypothesis.database import choices_from_bytes

from harness.children import last_input, life, limits
from harness.children.channel import Channel
from harness.children.choices.cases import Case
from harness.children.choices.drawn import Drawn
from harness.children.choices.feedback import Feedback
from harness.children.choices.search import Search, Surroundings, words
from harness.children.choices.shelf import Shelf
from harness.children.keeper import Keeper
from harness.children.loading import Loaded
from harness.children.spec import Spec
from harness.children.watch import Watch

REPORT_S: Final = 0.5
"""Wall seconds between two progress messages."""
RELOAD_S: Final = 1.0
"""Wall seconds between two looks for what other workers kept."""


class Engine:
    """One worker's state around a `Search`."""

    def __init__(self, spec: Spec, channel: Channel, loaded: Loaded) -> None:
        self._spec = spec
        self._channel = channel
        self._loaded = loaded
        self._shelf = Shelf(spec)
        folder = pathlib.Path(spec.folder)
        self._keeper = Keeper(channel, folder, loaded.own)
        self._reported_s = self._reloaded_s = 0.0
        feedback = Feedback()
        feedback.install()
        memory = last_input.create(folder, loaded.check.max_size_bytes)
        around = Surroundings(channel, self._keeper, feedback, memory, words())
        rng = random.Random(spec.seed)
        self._drawn: Drawn | None = None
        if isinstance(loaded.case, Case):
            self._search = Search(loaded.case, around, rng)
        elif loaded.inputs.strategy is not None:
            around.memory = None
            drawn = self._drawn = Drawn(loaded, memory)
            self._search = Search(drawn.case, around, rng, form=lambda _: drawn.value)
        else:
            raise ValueError(f"{spec.job} is no check of this engine")
        self._watch = Watch(
            loaded.check.timeout_s,
            lambda: self._search.explorer.executions,
            Case.execute.__code__,
            self._on_tick,
            spec.known_hangs,
        )

    def _on_tick(self) -> None:
        self._search.explorer.sample = True
        now = time.monotonic()
        if now - self._reported_s >= REPORT_S and not self._channel.busy:
            self._reported_s = now
            self.report()

    def report(self) -> None:
        """Say where this process stands."""
        explorer = self._search.explorer
        self._channel.say(
            "progress",
            executions=explorer.executions,
            slowest_s=self._watch.slowest_s,
            counts=self._keeper.take_counts(),
            known_hangs=sorted(self._watch.known_hangs),
            sampled=explorer.rarity.sampled,
            seen=explorer.rarity.seen,
            singletons=explorer.rarity.singletons,
        )

    def fuzz(self) -> None:
        """Explore until SIGTERM, or until `executions` are done; does not return."""
        spec, search, shelf = self._spec, self._search, self._shelf
        self._watch.start()
        limits.limit_memory(self._loaded.check.memory_mib)
        for data in shelf.begin():
            self._try(data)
        self._say("INITED")
        while spec.executions < 0 or search.explorer.executions < spec.executions:
            kept = search.step()
            if kept is not None:
                shelf.store(kept)
                self._say("NEW")
            search.shrink(time.process_time(), time.process_time)
            now = time.monotonic()
            if now - self._reloaded_s >= RELOAD_S:
                self._reloaded_s = now
                for data in shelf.fresh():
                    self._try(data)
        self.report()
        os._exit(0)

    def _try(self, data: bytes) -> None:
        drawn = self._drawn
        choices = choices_from_bytes(data) if drawn is None else drawn.choices(data)
        if choices is not None:
            self._search.replay(choices)

    def _say(self, what: str) -> None:
        explorer = self._search.explorer
        pool = explorer.pool
        line = (
            f"#{explorer.executions}\t{what} cov: {pool.branches} ft: {pool.features} "
            f"corp: {len(pool)}\n"
        )
        os.write(self._spec.stats_fd, line.encode())


if __name__ == "__main__":
    sys.exit(life.main(sys.argv[1:], Engine))
