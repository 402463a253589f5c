"""Bugs that clients once had: each fails in the last release that had it, and in no later one."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Final

import pytest

from targets.mysql.tests.dialogs import ROWS, dialog, table

ROOT: Final = pathlib.Path(__file__).parents[3]
BUGS: Final = {
    "attributes": ("pymysql", "PyMySQL==1.0.2", "PyMySQL==1.0.3", dialog(options=b"\x20\0\0\0")),
    "error-text": (
        "pymysql",
        "PyMySQL==1.1.0",
        "PyMySQL==1.1.1",
        dialog(b"\xff\x28\x04Too many connections"),
    ),
    "left-open": (
        "aiomysql",
        "aiomysql==0.0.22",
        "aiomysql==0.1.0",
        dialog(*table(*ROWS), *table(*ROWS), options=b"\0\0\x06\x01"),
    ),
    "insert-id": (
        "asyncmy",
        "asyncmy==0.2.11",
        "asyncmy==0.2.12",
        dialog(b"\0\xfe" + b"\xff" * 8 + b"\xfe" + b"\xff" * 8 + b"\x02\0\0\0"),
    ),
}
PROGRAM: Final = """
import sys
from targets import registry
from targets.mysql import TARGET, roundtrip
subject = registry.load(TARGET.subjects[sys.argv[1]].adapter, "adapter")()
roundtrip.check(bytes.fromhex(sys.argv[2]), subject)
"""


def _fails(subject: str, requirement: str, data: bytes) -> bool:
    run = ["uv", "run", "--no-project", "--isolated", "--python", sys.executable]
    command = [*run, "--with", requirement, "python", "-W", "ignore", "-c", PROGRAM]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, subject, data.hex()],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"ModuleNotFoundError" not in done.stderr
    return done.returncode != 0


@pytest.mark.nightly
@pytest.mark.parametrize("name", BUGS)
def test_the_check_tells_the_release_that_had_the_bug(name: str) -> None:
    """Roundtrip fails there, and passes where it was fixed."""
    subject, vulnerable, fixed, data = BUGS[name]
    assert _fails(subject, vulnerable, data)
    assert not _fails(subject, fixed, data)
