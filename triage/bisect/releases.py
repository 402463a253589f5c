"""The released versions of a package, from wherever uv would install it."""

from __future__ import annotations

import logging
import os
import pathlib
import shlex
import subprocess

from packaging.version import Version

from harness.environments import find_uv
from harness.extras import needed
from targets.errors import MissingError

ASK_TIMEOUT_S = 60.0


def released(package: str) -> tuple[Version, ...]:
    """Versions that have a file for this Python and were not yanked, oldest first, pre-releases
    included. MissingError when the index cannot be read or knows none."""
    return tuple(sorted({Version(text) for text in _listed(package)}))


def _listed(package: str) -> set[str]:
    with needed("triage", "triage bisect"):
        import httpx2
        from unearth import PackageFinder

    indexes, links = sources(_configured())
    if not indexes and not links:
        raise MissingError(
            f"uv is set up without a package index, so that no versions of {package} are known: "
            "unset UV_NO_INDEX, or search revisions of a checkout with --git PATH"
        )
    said = _Said()
    logger = logging.getLogger("unearth")
    logger.addHandler(said)
    propagate, logger.propagate = logger.propagate, False
    try:
        finder = PackageFinder(index_urls=indexes, find_links=links)
        found = {item.version for item in finder.find_all_packages(package) if item.version}
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise MissingError(
            f"the released versions of {package} cannot be listed: {_redacted(str(error))}: "
            "try again, or look at uv's settings of package indexes"
        ) from error
    finally:
        logger.removeHandler(said)
        logger.propagate = propagate
    if not found:
        reason = f" ({_redacted(said.last)})" if said.last else ""
        raise MissingError(
            f"no released versions of {package} are known{reason}: is it on the package index "
            "that uv uses? --git PATH searches revisions of a checkout"
        )
    return found


class _Said(logging.Handler):
    """Keeps the last warning instead of printing it: it explains why nothing was found."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.last = record.getMessage()


def _configured() -> str:
    """What uv says of its own settings, as lines of a requirements file."""
    command = [find_uv(), "pip", "compile", "--quiet", "--no-header", "--no-deps"]
    done = subprocess.run(
        [*command, "--emit-index-url", "--emit-find-links", "-"],
        input="",
        capture_output=True,
        text=True,
        timeout=ASK_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        said = _redacted(done.stderr.strip().replace("\n", ": "))
        raise MissingError(f"uv does not say where it finds packages: {said}: correct its settings")
    return done.stdout


def sources(lines: str) -> tuple[list[str], list[str]]:
    """Addresses of indexes, and of folders or pages with files, in uv's lines of settings.

    What the environment switches off (`UV_NO_INDEX`) uv does not say: it is left out here.
    """
    indexes: list[str] = []
    links: list[str] = []
    for line in lines.splitlines():
        option, _, value = line.strip().partition(" ")
        if option in ("--index-url", "--extra-index-url"):
            indexes.append(value.strip())
        elif option in ("--find-links", "-f"):
            links += [_place(item) for item in shlex.split(value)]
    if os.environ.get("UV_NO_INDEX", "").lower() in ("1", "true", "yes", "on"):
        indexes.clear()
    return indexes, links


def _place(text: str) -> str:
    return text if "://" in text else pathlib.Path(text).expanduser().absolute().as_uri()


def _redacted(text: str) -> str:
    """Without what an address may carry before its `@`."""
    words = (
        f"{word[: word.index('://') + 3]}…{word[word.rindex('@') :]}"
        if "://" in word and "@" in word
        else word
        for word in text.split()
    )
    return " ".join(words)
