"""Every seed of the farm is named by its content and has a line that says what it shows."""

from __future__ import annotations

import hashlib
import pathlib
import re

import pytest

CORPUS = pathlib.Path(__file__).parents[2] / "corpus"
TARGETS = sorted(path.name for path in CORPUS.iterdir() if path.is_dir() and path.name[0] != "_")
NAME = re.compile(r"\b[0-9a-f]{16}\b")
KEPT = "regressions"
"""What failed once is named by its crash."""


def seeds(target: str) -> dict[str, bytes]:
    """The seeds by their names below the target's folder."""
    return {
        path.relative_to(CORPUS / target).as_posix(): path.read_bytes()
        for path in (CORPUS / target).glob("*/**/*")
        if path.is_file() and path.relative_to(CORPUS / target).parts[0] != KEPT
    }


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_is_named_by_its_content(target: str) -> None:
    """The first 16 hex digits of the SHA-256, so no two are the same."""
    found = seeds(target)
    assert found
    for name, data in found.items():
        assert name.rpartition("/")[2] == hashlib.sha256(data).hexdigest()[:16]


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_has_its_line_and_each_line_its_seed(target: str) -> None:
    """`ORIGINS.md` lists all of them and nothing else, with a few words."""
    text = (CORPUS / target / "ORIGINS.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.count("|") > 2]
    listed = {found[0]: row[2].strip() for row in rows if (found := NAME.findall(row[1]))}
    assert sorted(listed) == sorted({name.rpartition("/")[2] for name in seeds(target)})
    assert all(listed.values())
