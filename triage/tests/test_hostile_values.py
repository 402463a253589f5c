"""Any value of a crash's facts replaced by any other: read as it is, or named as unreadable."""

from __future__ import annotations

import copy
import dataclasses
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.crash import Bisection, Crash, Issue, Trial, tried
from harness.crashes import change, record
from harness.failure import Failure, Frame
from harness.home import Home, open_home
from harness.tests.examples import EXAMPLES
from harness.tests.farm import write_project
from triage.tests.barrage import Ended, fire, of_crash, of_home, verbs
from triage.tests.stores import seen

VARIANTS = 80
SEED = 11
RUNNING = ("verify", "minimize", "bisect", "keep", "file")
"""Verbs that take seconds; what they read is what the others read."""
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3.5, 10**400, -(10**4000), 1e308),
    *(float("nan"), float("inf"), float("-inf")),
    *("", "\ud800", "x" * 100_000, "\u202e\x1b[31m|\n", "1e999", "nan", "9" * 5000, "../../x"),
    *([], {}, [[[[1]]]], {"a": {"b": 1}}, [None], ["\ud800"]),
)


def stored(home: Home) -> tuple[Crash, Crash]:
    """A crash with every kind of fact, and another one."""
    frame = Frame("subject", "read", 3, "subject.py", "return int(text)")
    cause = Failure("exception", "KeyError", "k", frames=(frame,), via="cause")
    failure = dataclasses.replace(seen().failure, frames=(frame, frame), chain=(cause,))
    failure = dataclasses.replace(failure, members=(cause,))
    sighting = dataclasses.replace(seen(), target="once", failure=failure)
    other, _ = record(home, dataclasses.replace(seen(b"x", "other"), target="once"))
    crash, _ = record(home, sighting)
    return change(home, crash.id, _with_facts), other


def _with_facts(crash: Crash) -> Crash:
    return dataclasses.replace(
        tried(crash, Trial("8.1.0", 1.0, 1, 2, "time")),
        issues={"owner/name": Issue(1, "url", 1.0)},
        bisections={"package redis": Bisection(1.0, "1", "2", skipped=("3",))},
    )


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON document."""
    yield at
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*at, key))


def variants(record: dict[str, Any]) -> Iterator[str]:
    """JSON documents that differ from a good one in one place or two; each place in turn."""
    rng = random.Random(SEED)
    ways = list(places(record))
    rng.shuffle(ways)
    for number in range(VARIANTS):
        changed: Any = copy.deepcopy(record)
        for way in {ways[number % len(ways)], rng.choice(ways) if number % 3 == 0 else ()} - {()}:
            _put(changed, way, rng)
        yield json.dumps(changed)


def _put(record: Any, way: tuple[Any, ...], rng: random.Random) -> None:
    *above, last = way
    try:
        for key in above:
            record = record[key]
        if rng.random() < 0.2:
            del record[last]
        else:
            record[last] = rng.choice(VALUES)
    except (KeyError, IndexError, TypeError):
        return  # the other change took this place away


def test_no_value_breaks_a_verb(tmp_path: Path) -> None:
    """Whatever stands in `crash.json`: no verb breaks, all JSON is JSON, no text is raw."""
    project = write_project(tmp_path / "project", {"once": EXAMPLES["once"]})
    good = open_home(tmp_path / "good")
    crash, other = stored(good)
    facts = json.loads((good.crash(crash.id) / "crash.json").read_text())
    commands: list[list[str]] = []
    for number, text in enumerate(variants(facts)):
        home = tmp_path / f"home-{number}"
        shutil.copytree(good.root, home)
        (Home(home).crash(crash.id) / "crash.json").write_text(text)
        for verb in (verb for verb in verbs() if verb not in RUNNING):
            commands += of_crash(verb, crash.id, other.id, home) + of_home(verb, home)
        rest = ["--home", str(home)]
        commands += [["list", "--json", *rest], ["show", crash.id, "--json", *rest]]
        for form in ("sarif", "junit", "markdown"):
            commands.append(["export", "--format", form, *rest])
    for command, ended in zip(commands, fire(project, commands), strict=True):
        _check(command, ended)


def _check(command: list[str], ended: Ended) -> None:
    told = f"{' '.join(command)}\n{ended.stdout[:2000]}{ended.stderr}"
    assert ended.code in (0, 1, 2, 3), told
    assert "Traceback (most recent call last)" not in ended.stderr, told
    assert all(letter.isprintable() or letter in "\n\t" for letter in ended.stdout), told
    assert all(letter.isprintable() or letter == "\n" for letter in ended.stderr), told
    assert ended.wall_s < 10, told
    assert ended.peak_mib < 400, told
    if {"--json", "json", "sarif"} & {*command} and ended.stdout:
        json.loads(ended.stdout, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
