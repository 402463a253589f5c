"""The atheris engine: runs one `Fuzz` check until told to stop, through crashes and hangs.

libFuzzer's own lines go to the stats pipe, stdout and stderr of the code under test to the job's
log. SIGTERM ends the process at once: corpus and sightings are on disk and on the pipe already.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import random
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, cast

from harness.children import last_input, life, limits, words
from harness.children.channel import Channel
from harness.children.coverage import Counters, Incidence, cover, find_counters, measure
from harness.children.keeper import Keeper
from harness.children.life import BROKE
from harness.children.loading import Loaded, Mutate
from harness.children.spec import Spec
from harness.children.watch import Watch
from targets import vocabulary
from targets.errors import FarmError

Run = Callable[[bytes, Any], object]
Execute = Any  # a function whose __code__ the watch looks for

REPORT_S = 0.5
"""Wall seconds between two progress messages."""
PATIENCE = 100
"""How slowly libFuzzer lets inputs grow (its default). A grammar knows itself what to make: a limit
of a few bytes would keep it from anything deep or long for minutes."""
NEVER = 1_000_000
"""libFuzzer's -timeout=0 does not switch its time-out off; this many seconds do."""


class Engine:
    """One worker's state around `atheris.Fuzz`."""

    def __init__(self, spec: Spec, channel: Channel, loaded: Loaded) -> None:
        self._spec = spec
        self._channel = channel
        self._loaded = loaded
        self._folder = pathlib.Path(spec.folder)
        self._keeper = Keeper(channel, self._folder, loaded.own)
        self._incidence = Incidence()
        self._counters: Counters | None = None
        self._reported_s = 0.0
        self._log_fd = os.dup(2)
        self._run = self._usual()
        self._memory = last_input.create(self._folder, loaded.check.max_size_bytes)
        self._execute, self._count, self._once = self._make_execute()
        self._watch = Watch(
            loaded.check.timeout_s,
            self._count,
            self._execute.__code__,
            self._on_tick,
            spec.known_hangs,
            (Engine._keep.__code__, Engine.measure_corpus.__code__),
        )

    def _make_execute(self) -> tuple[Execute, Callable[[], int], Callable[[Run], None]]:
        """The callback of libFuzzer, as a closure: each attribute look-up would cost every time.

        Returns it with a function that tells how many executions began, and one that puts another
        `run` in the place of the usual one for the next execution only.
        """
        memory = self._memory
        header = memoryview(memory)[: last_input.HEADER_BYTES].cast("Q")
        start = last_input.HEADER_BYTES
        usual, subject, keep = self._run, self._loaded.adapter, self._keep
        run = usual
        executions = 0

        def execute(data: bytes) -> None:
            nonlocal executions
            size = len(data)
            memory[start : start + size] = data
            executions += 1
            header[0], header[1] = size + 1, executions
            try:
                run(data, subject)
            except BaseException as error:  # every escape is a finding; that is the farm's job
                keep(error, data)

        def once(other: Run) -> None:
            nonlocal run

            def back(data: bytes, subject: Any) -> object:
                nonlocal run
                run = usual
                return other(data, subject)

            run = back

        return execute, lambda: executions, once

    def _usual(self) -> Run:
        plain, deadly = self._loaded.run, frozenset(self._spec.deadly)
        if not deadly:
            return plain

        def passing_over(data: bytes, subject: Any) -> object:
            known = hashlib.sha256(data).hexdigest() in deadly
            return None if known else plain(data, subject)

        return passing_over

    def _keep(self, error: BaseException, data: bytes) -> None:
        try:
            self._keeper.keep(error, data)
        except BaseException:  # our own bug: it must not look like one of the subject
            self._channel.say("broke", text=traceback.format_exc())
            os._exit(BROKE)
        if self._counters is not None:
            self._counters.forget()  # mutating what fails would mostly find the same failure again

    def _sampled(self, data: bytes, subject: Any) -> object:
        try:
            return self._run(data, subject)
        finally:
            if self._counters is not None:
                self._incidence.add(self._counters.copy())

    def _begin(self, data: bytes, subject: Any) -> object:
        # libFuzzer has its own copy of the stats pipe by now (-close_fd_mask=2): give stderr back
        # to the code under test.
        os.dup2(self._log_fd, 2)
        self._counters = find_counters()
        limits.limit_memory(self._loaded.check.memory_mib)
        for path in self._spec.inputs:
            self._execute(pathlib.Path(path).read_bytes())
        if self._spec.measure:
            self.measure_corpus()
        return self._run(data, subject)

    def _on_tick(self) -> None:
        self._once(self._sampled)
        now = time.monotonic()
        if now - self._reported_s >= REPORT_S and not self._channel.busy:
            self._reported_s = now
            self.report()

    def report(self) -> None:
        """Say where this process stands."""
        self._channel.say(
            "progress",
            executions=self._count(),
            slowest_s=self._watch.slowest_s,
            counts=self._keeper.take_counts(),
            known_hangs=sorted(self._watch.known_hangs),
            sampled=self._incidence.sampled,
            seen=self._incidence.seen,
            singletons=self._incidence.singletons,
        )

    def measure_corpus(self) -> None:
        """Run every corpus file once and say which of them together reach all that all reach."""
        features_of: dict[str, tuple[int, set[tuple[int, int]]]] = {}
        limit = self._loaded.check.max_size_bytes
        for path in sorted(pathlib.Path(self._spec.corpus).iterdir()):
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # given its final name meanwhile, or not needed any more
                continue
            if len(data) <= limit:
                features_of[path.name] = (len(data), measure(self._execute, data))
        self._channel.say("cover", measured=sorted(features_of), needed=cover(features_of))

    def fuzz(self) -> None:
        """Fuzz until SIGTERM, or until `executions` are done; does not return."""
        import atheris

        self._watch.start()
        os.dup2(self._spec.stats_fd, 2)
        self._once(self._begin)
        atheris.Setup(self._arguments(), self._execute, **self._mutator())
        atheris.Fuzz()

    def _dictionary(self) -> pathlib.Path:
        """The hand-written entries and the words of the subject's own code, in one file.

        Words of the code are left out where mutations are to be those of plain atheris.
        """
        merged = self._folder / "dictionary.txt"
        own = "" if self._spec.plain_mutations else words.to_dictionary(vocabulary.words())
        merged.write_text(f"{_entries(self._spec.dictionary)}\n{own}", encoding="utf-8")
        return merged

    @property
    def _grammar(self) -> Mutate | None:
        """The target's own mutator, if it has one that is wanted."""
        return None if self._spec.plain_mutations else self._loaded.mutate

    def _mutator(self) -> dict[str, Any]:
        return {} if self._grammar is None else {"custom_mutator": mixed(self._grammar)}

    def _arguments(self) -> list[str]:
        spec, check = self._spec, self._loaded.check
        ours = ("segv", "bus", "abrt", "ill", "fpe", "int", "term", "xfsz", "usr1", "usr2")
        arguments = [
            "fuzzfarm",
            f"-seed={spec.seed % 0xFFFFFFFF or 1}",
            f"-max_len={check.max_size_bytes}",
            f"-runs={spec.executions}",
            f"-timeout={NEVER}",
            f"-report_slow_units={NEVER}",
            "-rss_limit_mb=0",
            "-close_fd_mask=2",
            "-reload=1",
            # An input that takes a hundred times as long as others must not get as many turns.
            f"-entropic_scale_per_exec_time={int(not spec.plain_mutations)}",
            f"-len_control={PATIENCE if self._grammar is None else 0}",
            f"-artifact_prefix={spec.folder}/",
            *(f"-handle_{name}=0" for name in ours),
        ]
        arguments.append(f"-dict={self._dictionary()}")
        return [*arguments, spec.corpus, *spec.seeds]


def _entries(path: str) -> str:
    return pathlib.Path(path).read_text(encoding="utf-8") if path else ""


def mixed(mutate: Mutate) -> Callable[[bytes, int, int], bytes]:
    """The target's own mutator, mixed with libFuzzer's: one call in four is libFuzzer's alone.

    A quarter of the target's results go through libFuzzer once more, which blurs what the grammar
    keeps too clean. Deterministic for a seed.
    """
    import atheris

    rng = random.Random()
    library: Any = atheris  # `Fuzz` puts another `Mutate` into the module: look it up at each call

    def choose(data: bytes, max_size: int, seed: int) -> bytes:
        way = seed & 3
        if way == 0:
            return cast(bytes, library.Mutate(data, max_size))
        rng.seed(seed)
        try:
            made: object = mutate(data, max_size, rng)
        except Exception as error:  # the target's author needs one line, whatever it raises
            raise FarmError(f"its mutator raises {type(error).__name__}: {error}") from error
        if not isinstance(made, bytes):
            raise FarmError(f"its mutator returns {type(made).__name__}: return bytes")
        if len(made) > max_size:
            raise FarmError(f"its mutator returns {len(made)} bytes, max_size was {max_size}")
        if way == 1 and made:
            return cast(bytes, library.Mutate(made, max_size))
        return made

    return choose


if __name__ == "__main__":
    sys.exit(life.main(sys.argv[1:], Engine))
