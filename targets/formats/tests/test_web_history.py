"""Bugs of old releases of web packages are found, each in the release that had it."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from targets import registry, resource
resource.every = 1
adapter, check, data = sys.argv[1:]
module, _, name = adapter.partition(":")
subject = getattr(__import__(module, fromlist=[name]), name)()
__import__(check, fromlist=["check"]).check(bytes.fromhex(data), subject)
"""
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
FORM = b"multipart/form-data; boundary=x\r\n--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"

HTTP1 = "targets.formats.http1.subjects"
FORMS = "targets.formats.multipart.subjects"
FIELDS = "targets.formats.cookies.subjects"
BUGS = {
    "a chunk without CRLF behind": (
        *("h11", "0.14.0", "0.16.0", f"{HTTP1}:h11", "agree"),
        CHUNKED + b"3\r\nabcXX2\r\nde\r\n0\r\n\r\n",
    ),
    "an unknown coding": (
        *("gunicorn", "21.2.0", "22.0.0", f"{HTTP1}:gunicorn", "agree"),
        POST + b"Transfer-Encoding: xchunked\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    "a length with a sign": (
        *("waitress", "2.1.0", "2.1.1", f"{HTTP1}:waitress", "agree"),
        POST + b"Content-Length: +1\r\n\r\na",
    ),
    "trailers that nobody reads": (
        *("aiohttp", "3.12.13", "3.12.14", f"{HTTP1}:aiohttp", "agree"),
        CHUNKED + b"0\r\nX\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    "a parameter that backtracks": (
        *("python-multipart", "0.0.6", "0.0.7", f"{FORMS}:python_multipart", "linear"),
        b'multipart/form-data; !="' + b"\\" * 22 + b"\r\n",
    ),
    "a buffer that starts over": (
        *("werkzeug", "3.0.0", "3.0.1", f"{FORMS}:werkzeug_forms", "linear"),
        FORM + b"\r\n-\r\n\r\n--x--\r\n",
    ),
    "a cookie named by a value": (
        *("werkzeug", "2.2.2", "2.2.3", f"{FIELDS}:werkzeug_fields", "agree"),
        b"Cookie: =__Host-a=b; c=d",
    ),
}


def passes(folder: pathlib.Path, requirement: str, *arguments: str) -> bool:
    """Whether the check passes in a fresh environment with this release."""
    environment = folder / requirement
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", environment, "-p", sys.executable], check=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [*uv, "pip", "install", "-q", "-p", python, requirement, "setuptools<81"], check=True
    )
    root = pathlib.Path(__file__).parents[3]
    done = subprocess.run(
        [python, "-c", SCRIPT, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Error" in done.stderr or "Violation" in done.stderr or done.returncode == 0
    return done.returncode == 0


@pytest.mark.nightly
@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_historic_bug_fails_where_it_was_and_not_where_it_was_fixed(
    bug: str, tmp_path: pathlib.Path
) -> None:
    """One input, two releases, two verdicts."""
    package, vulnerable, fixed, adapter, check, data = BUGS[bug]
    arguments = (adapter, f"targets.formats.{check}", data.hex())
    assert not passes(tmp_path, f"{package}=={vulnerable}", *arguments)
    assert passes(tmp_path, f"{package}=={fixed}", *arguments)
