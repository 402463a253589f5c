"""The choices engine: explores one `Property` or `Machine` check until told to stop.

It says where it stands in libFuzzer's own words, so that a run reads one kind of line.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import random
import sys
import time
import traceback
from typing import Final

from hypothesis.database import choices_from_bytes
from hypothesis.internal.conjecture.data import ConjectureData

from harness.children import last_input, life, limits
from harness.children.channel import Channel
from harness.children.choices.cases import Case, stored
from harness.children.choices.explore import Explorer
from harness.children.choices.feedback import Feedback
from harness.children.choices.shrink import shrink
from harness.children.choices.trees import Value
from harness.children.keeper import Keeper
from harness.children.life import BROKE
from harness.children.loading import Loaded
from harness.children.spec import Spec
from harness.children.watch import Watch
from targets import vocabulary

REPORT_S: Final = 0.5
"""Wall seconds between two progress messages."""
SHRINK_S: Final = 3.0
"""CPU seconds for making the first example of a failure smaller."""
SHRINK_SHARE: Final = 0.15
"""Part of the CPU time that this may take."""
RELOAD_S: Final = 1.0
"""Wall seconds between two looks for what other workers kept."""


class Engine:
    """One worker's state around an `Explorer`."""

    def __init__(self, spec: Spec, channel: Channel, loaded: Loaded) -> None:
        if loaded.case is None:
            raise ValueError(f"{spec.job} is no check of this engine")
        self._spec = spec
        self._channel = channel
        self._loaded = loaded
        self._case = loaded.case
        self._keeper = Keeper(channel, pathlib.Path(spec.folder), loaded.own)
        self._deadly = frozenset(spec.deadly)
        self._known: set[str] = set()
        self._failing: list[tuple[str, bytes]] = []
        self._reported_s = self._reloaded_s = self._shrinking_s = 0.0
        feedback = Feedback()
        feedback.install()
        memory = last_input.create(pathlib.Path(spec.folder), loaded.check.max_size_bytes)
        self._explorer = Explorer(
            loaded.case,
            feedback,
            random.Random(spec.seed),
            self._keep,
            words=_words(),
            memory=memory,
        )
        self._watch = Watch(
            loaded.check.timeout_s,
            lambda: self._explorer.executions,
            Case.execute.__code__,
            self._on_tick,
            spec.known_hangs,
        )

    def _keep(self, error: BaseException, data: ConjectureData) -> None:
        try:
            told = stored(data)
            mark = self._keeper.keep(error, told)
            if mark is not None:
                self._failing.append((mark, told))
        except BaseException:  # our own bug: it must not look like one of the subject
            self._channel.say("broke", text=traceback.format_exc())
            os._exit(BROKE)

    def _on_tick(self) -> None:
        self._explorer.sample = True
        now = time.monotonic()
        if now - self._reported_s >= REPORT_S and not self._channel.busy:
            self._reported_s = now
            self.report()

    def report(self) -> None:
        """Say where this process stands."""
        self._channel.say(
            "progress",
            executions=self._explorer.executions,
            slowest_s=self._watch.slowest_s,
            counts=self._keeper.take_counts(),
            known_hangs=sorted(self._watch.known_hangs),
            sampled=self._explorer.rarity.sampled,
            seen=self._explorer.rarity.seen,
            singletons=self._explorer.rarity.singletons,
        )

    def fuzz(self) -> None:
        """Explore until SIGTERM, or until `executions` are done; does not return."""
        spec = self._spec
        self._watch.start()
        limits.limit_memory(self._loaded.check.memory_mib)
        for path in spec.inputs:
            self._try(pathlib.Path(path).read_bytes())
        for folder in (*spec.seeds, spec.corpus):
            self._read(pathlib.Path(folder))
        self._say("INITED")
        while spec.executions < 0 or self._explorer.executions < spec.executions:
            found = self._explorer.step()
            if found is not None:
                self._store(stored(found))
                self._say("NEW")
            if self._failing:
                self._shrink()
            now = time.monotonic()
            if now - self._reloaded_s >= RELOAD_S:
                self._reloaded_s = now
                self._read(pathlib.Path(spec.corpus))
        self.report()
        os._exit(0)

    def _say(self, what: str) -> None:
        pool = self._explorer.pool
        line = (
            f"#{self._explorer.executions}\t{what} cov: {pool.branches} ft: {pool.features} "
            f"corp: {len(pool)}\n"
        )
        os.write(self._spec.stats_fd, line.encode())

    def _read(self, folder: pathlib.Path) -> None:
        """Try what lies in a folder and was not seen yet."""
        if not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if path.name not in self._known and path.is_file():
                self._known.add(path.name)
                try:
                    self._try(path.read_bytes())
                except FileNotFoundError:  # given its final name meanwhile: seen then
                    continue

    def _try(self, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        choices = choices_from_bytes(data)
        if choices is not None and sha256 not in self._deadly:
            self._known.add(sha256)
            self._explorer.replay(choices)

    def _store(self, data: bytes) -> None:
        """Put a test case into the corpus; it appears there whole or not at all."""
        name = hashlib.sha256(data).hexdigest()
        if name in self._known or not self._spec.corpus:
            return
        self._known.add(name)
        draft = pathlib.Path(self._spec.folder) / "draft"
        draft.write_bytes(data)
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        draft.replace(pathlib.Path(self._spec.corpus) / sha1)
        self._known.add(sha1)

    def _shrink(self) -> None:
        """Make the first example of a failure smaller, while that takes little of the time."""
        spent_s = time.process_time()
        if self._shrinking_s > SHRINK_S + SHRINK_SHARE * spent_s:
            return
        mark, data = self._failing.pop(0)
        waiting = len(self._failing)
        shrink(self._explorer, self._keeper, mark, data, SHRINK_S)
        del self._failing[waiting:]  # what came up on the way was kept, and is small already
        self._shrinking_s += time.process_time() - spent_s


def _words() -> list[Value]:
    """The code's words, as bytes and as text."""
    found: list[Value] = list(vocabulary.words())
    found += [word.decode() for word in vocabulary.words() if _is_text(word)]
    return found


def _is_text(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(life.main(sys.argv[1:], Engine))
