"""Our choices engine: the very worker of `fuzz run`, on one test."""

from __future__ import annotations

import os
import pathlib
import sys

from harness.bench.choices import referee
from harness.children import instrument, limits, words
from harness.children.channel import Channel
from harness.children.choices.__main__ import Engine
from harness.children.choices.cases import of_test
from harness.children.loading import Loaded
from harness.children.spec import Spec
from targets import vocabulary
from targets.kinds import Inputs, Machine, Subject


def main(arguments: list[str]) -> int:
    """Run until the referee ends it."""
    from hypothesis import HealthCheck

    limits.die_with_parent()
    told = referee.read(arguments[0])
    watcher = referee.Referee(told)
    instrument.install(watcher.case.instrument)
    test = watcher.test(database=None, suppress_health_check=list(HealthCheck))
    watcher.start()
    vocabulary.set_words(words.words_of(watcher.case.instrument))
    corpus = pathlib.Path(told.folder) / "corpus"
    corpus.mkdir()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    spec = Spec(
        job=told.case,
        package="",
        check="",
        subject="",
        folder=told.folder,
        corpus=str(corpus),
        seed=told.seed,
        event_fd=nowhere,
        stats_fd=nowhere,
    )
    case = of_test(test)
    subject = Subject(adapter="", summary="", instrument=watcher.case.instrument)
    check = Machine(machine="", summary="")
    loaded = Loaded(check, subject, Inputs(""), case.run, None, None, case)
    Engine(spec, Channel(nowhere), loaded).fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
