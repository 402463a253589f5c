"""Targets whose code is split over modules in every way that export has to follow."""

from __future__ import annotations

import dataclasses
import pathlib
import textwrap


@dataclasses.dataclass(frozen=True, slots=True)
class Split:
    """The modules of one target; `PKG` in them stands for its package. Its check always raises
    AssertionError, and `told` is its message."""

    told: str
    check: str
    rules: str = ""
    init: str = ""


SPLITS = {
    "registers": Split(
        "['one']",
        """
        from PKG.rules import RULES

        def check(data, subject):
            raise AssertionError(sorted(RULES))
        """,
        """
        RULES = {}

        def rule(function):
            RULES[function.__name__] = function
            return function

        @rule
        def one():
            return MORE

        MORE = 1
        """,
    ),
    "module_as_value": Split(
        "6",
        """
        from PKG import rules as r

        def check(data, subject):
            raise AssertionError(r.sum_of(r.NUMBERS))
        """,
        """
        NUMBERS = [1, 2]
        NUMBERS += [3]

        def sum_of(numbers):
            return sum(numbers)

        unused = len(__doc__ or "")
        """,
    ),
    "two_meanings": Split(
        "1 2",
        """
        from PKG.rules import value as theirs

        def value():
            return 1

        def check(data, subject):
            raise AssertionError(f"{value()} {theirs()}")
        """,
        """
        def value():
            return 2
        """,
    ),
    "inside_functions": Split(
        "2.0",
        """
        def check(data, subject):
            from PKG.rules import LIMIT

            from .rules import far
            raise AssertionError(far(LIMIT))
        """,
        """
        import math

        LIMIT = 4

        def far(x):
            '''>>> far(4)
            3
            '''

            return math.sqrt(x)
        """,
    ),
    "everything": Split(
        "[9]",
        """
        from PKG.rules import *

        def check(data, subject):
            raise AssertionError(thing)
        """,
        """
        thing = [9]
        """,
    ),
    "in_circles": Split(
        "10",
        """
        from PKG import rules

        BASE = 5

        def check(data, subject):
            raise AssertionError(rules.twice())
        """,
        """
        from PKG import check

        def twice():
            return 2 * check.BASE
        """,
    ),
    "by_version": Split(
        "{'a': 1} None",
        """
        import sys

        if sys.version_info >= (3, 11):
            import tomllib as toml
        else:
            import tomli as toml

        try:
            import absent_module_q as more
        except ImportError:
            more = None

        def check(data, subject):
            raise AssertionError(f"{toml.loads('a = 1')} {more}")
        """,
    ),
    "own_names": Split(
        "b'E' b'theirs'",
        """
        from PKG.rules import DATA

        def check(data, subject):
            raise AssertionError(f"{data} {DATA}")
        """,
        """
        DATA = b"theirs"
        """,
    ),
    "collected": Split(
        "3",
        """
        from PKG.rules import test_of

        def check(data, subject):
            raise AssertionError(test_of())
        """,
        """
        def test_of():
            return 3
        """,
    ),
    "effects": Split(
        "set",
        """
        import os

        def check(data, subject):
            raise AssertionError(os.environ["PROBE"])
        """,
        init="""
        import os

        os.environ["PROBE"] = "set"
        """,
    ),
    "scopes": Split(
        "[2, 4] 3 7 b'E'",
        """
        from __future__ import annotations

        from typing import TYPE_CHECKING

        from PKG.rules import double, name, total

        if TYPE_CHECKING:
            from PKG.rules import Absent

        count = 0

        def check(data: bytes, subject: Absent) -> None:
            global count
            count += 3
            found = [double(name) for name in (1, 2)]
            match (3, 4):
                case (first, second):
                    sum_ = total(first, second)
            raise AssertionError(f"{found} {count} {sum_} {name(data)}")
        """,
        """
        def double(total):
            return 2 * total

        def total(*numbers, start=0):
            return sum(numbers, start)

        # Says what it was given.
        name = lambda double: double
        '''Documented below.'''
        """,
    ),
    "classes": Split(
        "Leaf 5 stop",
        """
        from PKG import rules
        from PKG.rules import Leaf

        class Stop(Exception):
            text = "stop"

        def check(data, subject):
            leaf = Leaf(5)
            try:
                raise Stop
            except Stop as stop:
                raise AssertionError(f"{rules.name_of(leaf)} {leaf.size} {stop.text}") from None
        """,
        """
        import dataclasses
        import enum

        class Kind(enum.Enum):
            SMALL = 1

        @dataclasses.dataclass
        class Base:
            size: int
            kind: Kind = Kind.SMALL

        class Leaf(Base):
            pass

        def name_of(thing: Base) -> str:
            return type(thing).__name__
        """,
    ),
}
"""Name of the target → its code."""
TARGET = """
from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={"frail": Subject(adapter="PKG.subject:make", summary="nothing")},
    checks={"read": Fuzz(check="PKG.check:check", summary="anything")},
)
"""


def write_splits(
    folder: pathlib.Path, splits: dict[str, Split], package: str = "probes_split"
) -> pathlib.Path:
    """A project in `folder` whose targets, in `package`, are the splits; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    top = folder / package
    (folder / "pyproject.toml").write_text(
        f'[tool.fuzzfarm]\ntargets = ["{package}"]\n', encoding="utf-8"
    )
    for name, split in splits.items():
        files = {
            "__init__.py": textwrap.dedent(split.init) + TARGET,
            "subject.py": "def make():\n    return None\n",
            "check.py": textwrap.dedent(split.check),
            "rules.py": textwrap.dedent(split.rules),
        }
        (top / name).mkdir(parents=True)
        for file, text in files.items():
            path = top / name / file
            path.write_text(text.replace("PKG", f"{package}.{name}"), encoding="utf-8")
    (top / "__init__.py").write_text("", encoding="utf-8")
    return folder
