"""The tests of the race: which code each is about, and what counts as its bug."""

from __future__ import annotations

import dataclasses
import importlib
import pathlib
from collections.abc import Callable
from typing import Any, Final

_HERE: Final = __name__.rpartition(".")[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Plant:
    """A line of a package that is replaced by another one; it must be there exactly once."""

    file: str
    """Below `site-packages`."""
    old: str
    new: str


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One test. Its file is the module of `checks` with its name; the same for all sides."""

    name: str
    error: str
    """Name of the exception's type."""
    message: str
    """What the exception's text begins with."""
    package: str = ""
    """`NAME==VERSION`; empty: the module of `subjects` with the case's name."""
    modules: tuple[str, ...] = ()
    """Modules of the package that are instrumented."""
    plant: Plant | None = None
    fixed: str = ""
    """`NAME==VERSION` that has the bug no more; empty: the package without the plant."""

    @property
    def instrument(self) -> tuple[str, ...]:
        """Modules whose coverage counts; nothing else is instrumented."""
        return self.modules or (f"{_HERE}.subjects.{self.name}",)

    def is_bug(self, error: BaseException) -> bool:
        """Whether this exception is the bug."""
        return type(error).__name__ == self.error and str(error).startswith(self.message)


CASES: Final = (
    Case("nested", "AssertionError", "the valve opened"),
    Case("header", "KeyError", "'a grid of more than two digits'"),
    Case("records", "IndexError", "list index out of range"),
    Case("signed", "ZeroDivisionError", "integer division"),
    Case("formula", "KeyError", "'-'"),
    Case("script", "RuntimeError", "a jump into a loop that is over"),
    Case("door", "AssertionError", "it locked while it stood open"),
    Case("transfers", "AssertionError", "money was made"),
    Case(
        "croniter_step",
        "ValueError",
        "Can't get current date number",
        package="croniter==6.2.4",
        modules=("croniter",),
        fixed="croniter==7.0.0",
    ),
    Case(
        "h11_chunks",
        "AssertionError",
        "a chunk without a line break behind it",
        package="h11==0.14.0",
        modules=("h11",),
        fixed="h11==0.16.0",
    ),
    Case(
        "multipart_empty",
        "AttributeError",
        "'bool' object has no attribute 'seek'",
        package="multipart==0.2.4",
        modules=("multipart",),
        fixed="multipart==1.2.1",
    ),
    Case(
        "pyasn1_bits",
        "ValueError",
        "__len__() should return >= 0",
        package="pyasn1==0.6.3",
        modules=("pyasn1.codec.ber",),
        fixed="pyasn1==0.6.5",
    ),
    Case(
        "sqlparse_alias",
        "IndexError",
        "list index out of range",
        package="sqlparse==0.6.0",
        modules=("sqlparse",),
        fixed="sqlparse==0.6.1",
    ),
    Case(
        "tomlkit_key",
        "TOMLDecodeError",
        "Expected '=' after a key",
        package="tomlkit==0.7.2",
        modules=("tomlkit",),
        fixed="tomlkit==0.8.0",
    ),
    Case(
        "h11_cycles",
        "AssertionError",
        "a good request is refused",
        package="h11==0.16.0",
        modules=("h11",),
        plant=Plant(
            "h11/_connection.py",
            "_for_100_continue\n        self._respond_to_state_changes(old_states)\n",
            "_for_100_continue\n        self._writer = WRITERS[self.our_role, self.our_state]\n",
        ),
    ),
    Case(
        "intervaltree_tree",
        "AssertionError",
        "Error: Overlaps ancestor",
        package="intervaltree==3.1.0",
        modules=("intervaltree",),
        plant=Plant(
            "intervaltree/node.py",
            "                if iv.contains_point(greatest_child.x_center):\n",
            "                if iv.begin == greatest_child.x_center:\n",
        ),
    ),
)


def case_named(name: str) -> Case:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)


def module_of(case: Case) -> Any:
    """The case's file, imported; a package that it is about must be there."""
    return importlib.import_module(f"{_HERE}.checks.{case.name}")


def test_of(case: Case, **terms: Any) -> Any:
    """The case as a Hypothesis test without parameters, under these settings."""
    from hypothesis import settings
    from hypothesis.stateful import get_state_machine_test

    module, chosen = module_of(case), settings(**terms)
    if hasattr(module, "Machine"):
        return get_state_machine_test(module.Machine, settings=chosen)
    return chosen(module.test)


def plant(case: Case) -> Callable[[pathlib.Path], None]:
    """What changes the package in a `site-packages` folder, as a new file: other links to the old
    one stay as they are. ValueError if it cannot be."""

    def change(site_packages: pathlib.Path) -> None:
        if case.plant is None:
            return
        path = site_packages / case.plant.file
        text = path.read_text(encoding="utf-8")
        if text.count(case.plant.old) != 1:
            raise ValueError(f"{case.name}: {case.plant.old!r} is not once in {path.name}")
        # Never written in place: uv links one file into its cache and all environments.
        draft = path.with_suffix(".draft")
        draft.write_text(text.replace(case.plant.old, case.plant.new), encoding="utf-8")
        draft.replace(path)

    return change
