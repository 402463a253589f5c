"""A small package `fizz` with a history of a bug: as wheels on an index, and as commits."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import os
import pathlib
import subprocess
import threading
import zipfile
from collections.abc import Iterator

GOOD = """
def parse(text):
    return len(text)
"""
BAD = """
def parse(text):
    if text.startswith("!"):
        return text[len(text)]
    return len(text)
"""
ELSEWHERE = """
def parse(text):
    return Reader().read([*text]) if text else 0

class Reader:
    def read(self, letters):
        return letters.pop(letters.count("") if letters[0] != "!" else len(letters))
"""
OTHER = """
def parse(text):
    if text.startswith("!"):
        raise KeyError(text)
    return len(text)
"""
SLOW = f"{GOOD}\n# slow to build\n"
UNFIT = """
def parse(text, mode):
    return len(text)
"""
INPUT = b"!x"

BACKEND = """
import pathlib, threading, zipfile
TAGS = "Wheel-Version: 1.0\\nGenerator: fizz\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    if "# slow" in pathlib.Path("fizz/__init__.py").read_text():
        threading.Event().wait(600)
    name = "fizz-0.1-py3-none-any.whl"
    info = "fizz-0.1.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.write("fizz/__init__.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: fizz\\nVersion: 0.1\\n")
        wheel.writestr(f"{info}/WHEEL", TAGS)
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
BUILT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "fizz"
version = "0.1"
"""

TARGET = '''"""Target fizzing: text is parsed."""

from targets.kinds import Fuzz, Subject, Target

TARGET = Target(
    subjects={
        "fizz": Subject(
            adapter="fizz_targets.fizzing.read:parser",
            summary="fizz.parse",
            package="fizz",
            instrument=("fizz",),
        ),
        "own": Subject(
            adapter="fizz_targets.fizzing.read:parser",
            summary="fizz.parse, of this project",
            instrument=("fizz",),
        ),
    },
    checks={"read": Fuzz(check="fizz_targets.fizzing.read:check", summary="any text is parsed")},
)
'''
READ = '''"""Check `read`."""


def parser():
    from fizz import parse

    return parse


def check(data, subject):
    subject(data.decode("latin-1"))
'''


def write_project(folder: pathlib.Path, package: str = "fizz_targets") -> pathlib.Path:
    """A user's project with the target `fizzing`; one process imports a `package` only once."""
    target = folder / package / "fizzing"
    (target / "corpus" / "seeds").mkdir(parents=True)
    (target / "corpus" / "seeds" / "word").write_bytes(b"word")
    (target.parent / "__init__.py").write_text("", "utf-8")
    (target / "__init__.py").write_text(TARGET.replace("fizz_targets", package), "utf-8")
    (target / "read.py").write_text(READ, "utf-8")
    table = '[tool.fuzzfarm]\ntargets = ["fizz_targets"]\n'.replace("fizz_targets", package)
    (folder / "pyproject.toml").write_text(table, "utf-8")
    return folder


def write_wheel(folder: pathlib.Path, version: str, code: str, needs: str = "") -> pathlib.Path:
    """The wheel of one release; `needs` is what it requires."""
    info = f"fizz-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    files = {
        "fizz/__init__.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: fizz\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: fizz\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={_digest(text)},{len(text.encode())}\n" for name, text in files.items()
    )
    path = folder / f"fizz-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return path


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


YANKED = ' data-yanked=""'


def write_index(folder: pathlib.Path, yanked: tuple[str, ...] = ()) -> None:
    """A page that lists the wheels in `folder/fizz`, as package indexes do."""
    links = [
        f'<a href="{path.name}"{YANKED if path.name.split("-")[1] in yanked else ""}>'
        f"{path.name}</a>"
        for path in sorted((folder / "fizz").glob("*.whl"))
    ]
    page = f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"
    (folder / "fizz" / "index.html").write_text(page, "utf-8")


@contextlib.contextmanager
def served(folder: pathlib.Path) -> Iterator[str]:
    """The address at which the files of `folder` can be had, on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def git(folder: pathlib.Path, *arguments: str) -> str:
    """What git prints; no configuration but the repository's own counts."""
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Fizz"), ("EMAIL", "fizz@example.invalid"))
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def write_history(folder: pathlib.Path, codes: list[str], built: bool = True) -> list[str]:
    """A checkout with one commit for each state of the package; their hashes, oldest first.

    `built`: with a build backend of its own, so that no index is asked.
    """
    (folder / "fizz").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    if built:
        (folder / "backend.py").write_text(BACKEND, "utf-8")
        (folder / "pyproject.toml").write_text(BUILT, "utf-8")
    commits = []
    for number, code in enumerate(codes):
        (folder / "fizz" / "__init__.py").write_text(f"{code}\n# {number}\n", "utf-8")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", f"state {number}")
        commits.append(git(folder, "rev-parse", "HEAD"))
    return commits
