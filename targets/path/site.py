"""The files on disk that servers serve, and those around them that must never be seen.

A site is made afresh for each process below the directory for temporary files, and removed when
the process ends; what a killed process left is removed by the next one.

```
<base>/www/           root of mounts that promise not to follow symbolic links out of it
       pub/           root of mounts that follow them
       www_private/   sibling whose name begins like the root's, and pub_private/
       secret.txt     beside the roots; secret/ is a directory with an index
       beyond/        where links of www/ lead: forbidden
       linked/        where links of pub/ lead: allowed
       sites/         one directory per host, of the reference
```
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import fcntl
import functools
import gzip
import os
import pathlib
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "fuzzfarm-path-"
STAMP_S: Final = 1704067200
"""Modification time of every file: validators of an answer never change."""
NEW_S: Final = 60.0
"""A site younger than this may be one that another process is just making."""
WITNESS: Final = "witness-5d41a7c0.txt"
"""A name in every directory outside the roots, which no input has a reason to contain."""
MARKS: Final = {
    "secret.txt": b"~S1~",
    "secret/secret.txt": b"~S2~",
    "secret/index.html": b"~S3~",
    "www_private/secret.txt": b"~S4~",
    "www_private/index.html": b"~S5~",
    "pub_private/secret.txt": b"~S6~",
    "pub_private/index.html": b"~S7~",
    "beyond/note.txt": b"~L1~",
    "beyond/index.html": b"~L2~",
    "beyond/packed": b"~L3~",
    "beyond/deep/note.txt": b"~L4~",
}
"""File outside every root → what it consists of, over and over: any eight bytes of it tell."""
SYSTEM_FILES: Final = ("/etc/passwd", "/etc/hostname")
"""Files of any machine, for servers that serve no site of ours as well."""

ORDINARY: Final[Mapping[str, bytes]] = {
    "index.html": b"<html>the index</html>\n",
    "hello.txt": b"hello, this is an ordinary file\n",
    "empty.txt": b"",
    "one.txt": b"1",
    "data.json": b'{"ordinary": true}\n',
    "style.css": b"body { color: black }\n" * 20,
    "packed.txt": b"packed, this is the plain one\n" * 20,
    "big.bin": bytes(range(256)) * 40,
    "a..b.txt": b"dots inside a name\n",
    "with space.txt": b"a space\n",
    "\N{LATIN SMALL LETTER U WITH DIAERESIS}n\N{LATIN SMALL LETTER I WITH DIAERESIS}.txt": b"u\n",
    "100%.txt": b"a percent sign\n",
    "per%41.txt": b"something like an escape\n",
    "perA.txt": b"what that escape would mean\n",
    "semi;colon.txt": b"a semicolon\n",
    "plus+and&.txt": b"a plus\n",
    "UPPER.TXT": b"upper case\n",
    "docs/index.html": b"<html>the index of docs</html>\n",
    "docs/guide.txt": b"a guide\n",
    "docs/deep/page.html": b"<html>deep</html>\n",
    "bare/inside.txt": b"in a directory without an index\n",
    "names/<img src=x>.txt": b"markup\n",
    "names/quote\"'&.txt": b"quotes\n",
    "names/query?.txt": b"a question mark\n",
    "names/hash#.txt": b"a hash\n",
    "names/100%41.txt": b"per cent\n",
    "names/java:script.txt": b"a colon\n",
    "names/per%41 dir/index.html": b"<html>an index</html>\n",
    "names/what?/inside.txt": b"in a directory with a question mark\n",
    "names/<img src=x>/inside.txt": b"in a directory with markup\n",
    "404.html": b"<html>nothing here</html>\n",
    "vendor/lib.txt": b"blocked by /vendor/*\n",
    "uploads/picture.png": b"\x89PNG not blocked\n",
    "uploads/e.php": b"<?php blocked by /uploads/*.php",
    "wp-config.php": b"<?php blocked exactly",
    "app.php": b"<?php may be executed",
    "lib/tool.php": b"<?php may not be executed",
    "lib/OLD.PHP": b"<?php nor may this",
    "...": b"three dots\n",
    ".env": b"HIDDEN=1\n",
    ".git/config": b"[hidden]\n",
    "docs/.notes.txt": b"hidden notes\n",
}
"""What both roots hold, by the name below the root."""
LINKS: Final = {
    "link-file.txt": "../{out}/note.txt",
    "link-dir": "../{out}",
    "packed.txt.gz": "../{out}/packed",
    "packed.txt.br": "../{out}/packed",
    "link-in.txt": "hello.txt",
    "link-docs": "docs",
    "link-vendor": "vendor",
    "link-env.txt": ".env",
    "link-sibling": "../{sibling}",
    "odd/dangling": "nothing-there",
    "odd/loop": "loop",
}
"""Symbolic link in both roots → where it leads: `out` is beyond for www, linked for pub."""
HOSTS: Final = ("a.example", "b.example", "c.example")
"""Hosts that have a directory of their own; that of the last is a symbolic link."""


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """Where the files are."""

    base: pathlib.Path

    @property
    def strict(self) -> pathlib.Path:
        """Root of a mount that promises not to follow links out of it."""
        return self.base / "www"

    @property
    def lenient(self) -> pathlib.Path:
        """Root of a mount that follows links."""
        return self.base / "pub"

    @property
    def sites(self) -> pathlib.Path:
        """Directory of the directories per host."""
        return self.base / "sites"


@functools.cache
def make() -> Site:
    """The site of this process, on disk."""
    _sweep()
    base = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    # Held by this process and its forks; free once all of them are gone, however they ended.
    lock = os.open(base / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    atexit.register(_remove, base, os.getpid())
    _fill(base)
    return Site(base)


@functools.cache
def system_marks() -> tuple[bytes, ...]:
    """How the system's own files begin, where they can be read."""
    marks = []
    for name in SYSTEM_FILES[:1]:
        with contextlib.suppress(OSError):
            marks.append(pathlib.Path(name).read_bytes()[:16])
    return tuple(mark for mark in marks if len(mark) == 16)


def _fill(base: pathlib.Path) -> None:
    for name, mark in MARKS.items():
        _write(base / name, mark * 40)
    for folder in ("", "secret", "www_private", "pub_private", "beyond"):
        _write(base / folder / WITNESS, b"~W1~" * 20)
    for name in ("note.txt", "index.html", "packed"):
        _write(base / "linked" / name, b"allowed behind a link\n")
    _fill_root(base / "www", out="beyond", sibling="www_private")
    _fill_root(base / "pub", out="linked", sibling="linked")
    for host in HOSTS[:-1]:
        _fill_host(base / "sites" / host, host)
    _fill_host(base / "elsewhere" / "c", HOSTS[-1])
    (base / "sites" / HOSTS[-1]).symlink_to("../elsewhere/c")
    _stamp(base)


def _fill_root(root: pathlib.Path, **places: str) -> None:
    for name, content in ORDINARY.items():
        _write(root / name, content)
    _write(root / "style.css.gz", gzip.compress(ORDINARY["style.css"], mtime=0))
    (root / "odd").mkdir()
    for name, target in LINKS.items():
        (root / name).symlink_to(target.format(**places))
    _write(pathlib.Path(os.fsdecode(os.fsencode(root / "odd" / "bytes") + b"\xff.txt")), b"odd\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "odd" / "socket"))


def _fill_host(root: pathlib.Path, host: str) -> None:
    mark = b"~H%c~" % host.encode()[0]
    _write(root / "who.txt", mark * 20)
    _write(root / "index.php", b"<?php index of " + host.encode())
    (root / "neighbour.txt").symlink_to("/".join(("..", "..", "secret.txt")))
    (root / "neighbour.php").symlink_to("/".join(("..", "b.example", "index.php")))


def _write(path: pathlib.Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _stamp(base: pathlib.Path) -> None:
    for folder, folders, files in os.walk(os.fsencode(base), topdown=False):
        for name in (*files, *folders, b"."):
            place = os.path.join(folder, name)  # noqa: PTH118 - the tree is walked by names
            os.utime(place, (STAMP_S, STAMP_S), follow_symlinks=False)


def _remove(base: pathlib.Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(base, ignore_errors=True)


def _sweep() -> None:
    """Remove sites whose processes are gone; another process's site is locked, or very new."""
    for lock in pathlib.Path(tempfile.gettempdir()).glob(f"{PREFIX}*/.lock"):
        with contextlib.suppress(OSError), lock.open("r+b") as held:
            facts = os.fstat(held.fileno())
            if facts.st_uid == os.getuid() and time.time() - facts.st_ctime > NEW_S:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
