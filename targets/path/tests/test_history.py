"""Bugs that real releases had are seen by the checks, and not in the releases that fixed them."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import Final

import pytest

ROOT: Final = pathlib.Path(__file__).parents[3]
HISTORY: Final = (
    ("aiohttp", "3.9.1", "3.9.2", "contain", "/follow/../secret.txt"),
    ("aiohttp", "3.9.3", "3.9.4", "contain", "/list/names/"),
    ("aiohttp", "3.10.1", "3.10.2", "contain", "/static/packed.txt\nAccept-Encoding: gzip"),
    ("aiohttp", "3.13.2", "3.13.3", "contain", "/static/../www/hello.txt"),
    ("starlette", "0.26.1", "0.27.0", "contain", "/static/../www_private/secret.txt"),
    ("starlette", "0.45.2", "0.45.3", "serve", "/follow/hello.txt"),
    ("starlette", "0.46.0", "0.46.1", "total", "/relative/hello.txt"),
    ("starlette", "0.49.0", "0.49.1", "linear", "/static/big.bin\nRange: bytes=0-1"),
    ("starlette", "0.52.1", "1.0.0", "serve", "/static/hello.txt\nRange: bytes=99-"),
    ("starlette", "1.2.1", "1.4.1", "serve", "/static/hello.txt\nRange: bytes=-99"),
    ("starlette", "1.5.0", "1.5.1", "serve", "/static/hello.txt\nRange: bytes=1-0"),
    ("starlette", "1.5.1", "1.7.0", "serve", "/html/missing\nRange: bytes=0-4"),
    ("aiohttp", "3.10.0", "3.10.2", "total", "/static/hello.txt/x"),
    ("werkzeug", "3.1.6", "3.1.9", "serve", "/send/hello.txt\nRange: bytes=-0"),
    ("sanic", "23.6.0", "23.12.2", "serve", "/range/hello.txt\nRange: bytes=0-0"),
    ("twisted", "22.8.0", "22.10.0", "contain", "/\nHost: <x-canary>"),
    ("litestar", "2.8.2", "2.8.3", "contain", "/static/../secret.txt"),
    ("sanic", "25.3.0", "25.12.0", "contain", "/static/link-file.txt"),
    ("tornado", "6.3.1", "6.3.2", "contain", "/{base}/www/docs"),
    ("tornado", "6.5.8", "6.5.9", "contain", "/static/link-file.txt"),
    ("twisted", "24.3.0", "24.7.0", "contain", '/docs?"><x-canary>'),
)
"""Package, release with the bug, release without, and the check and input that show it."""
PROGRAM: Final = """
import sys
from targets import resource
from targets.path import TARGET
from targets.registry import load
resource.every = 1
name, check, data = sys.argv[1:]
server = load(TARGET.subjects[name].adapter)()
try:
    load(TARGET.checks[check].check)(data.encode(), server)
except Exception as failure:  # whatever a release raises is told in the last line
    print("seen:", getattr(failure, "oracle", type(failure).__name__))
"""


def _said(folder: pathlib.Path, package: str, version: str, check: str, data: str) -> str:
    """What the check says of one release, which is installed for it."""
    uv = (sys.executable, "-m", "uv")
    python = folder / version / "bin" / "python"
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, folder / version], check=True)
    wanted = [f"{package}=={version}", "sniffio"]
    subprocess.run([*uv, "pip", "install", "-q", "--python", python, *wanted], check=True)
    done = subprocess.run(
        [python, "-c", PROGRAM, package, check, data],
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout


@pytest.mark.nightly
@pytest.mark.parametrize(("package", "bad", "good", "check", "data"), HISTORY)
def test_a_bug_of_a_real_release_is_seen(
    package: str, bad: str, good: str, check: str, data: str, tmp_path: pathlib.Path
) -> None:
    """The release with the bug fails, the next one passes."""
    assert "seen:" in _said(tmp_path, package, bad, check, data)
    assert _said(tmp_path, package, good, check, data) == ""
