"""Fixtures of the end-to-end tests: homes, and projects with the targets of `examples`."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from harness.tests.examples import EXAMPLES
from harness.tests.farm import Farm, write_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A user's project whose targets are the examples."""
    return write_project(tmp_path_factory.mktemp("project"), EXAMPLES)


@pytest.fixture
def farm(tmp_path: pathlib.Path, project: pathlib.Path) -> Iterator[Farm]:
    """A new home beside the project of examples; no process may be left behind."""
    farm = Farm(tmp_path / "home", project)
    yield farm
    assert farm.wait_until_alone(2.0) == []
