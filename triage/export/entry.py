"""A crash with all that an export says of it: what persons decided, and what its target tells."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Iterable

from harness.crash import Crash
from harness.failure import Frame
from harness.rulings import NONE, Accepted, Rulings, place, read
from targets.registry import Registry
from targets.selection import parse


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One crash of an export."""

    crash: Crash
    accepted: Accepted | None = None
    check: str = ""
    """The check that its example failed."""
    promise: str = ""
    """What that check says of itself; empty when the target is not here."""

    @property
    def rule(self) -> str:
        """`resp:parse`: what was broken."""
        return f"{self.crash.target}:{self.check}" if self.check else self.crash.target

    @property
    def where(self) -> Frame | None:
        """The innermost frame of the subject; else of anything; None without a stack."""
        failure, own = self.crash.example.failure, self.crash.example.own
        frames = [frame for link in (failure, *failure.chain) for frame in reversed(link.frames)]
        inside = [frame for frame in frames if _is_below(frame.module, own)]
        foreign = [frame for frame in frames if not _is_below(frame.module, ("harness",))]
        return next(iter([*inside, *foreign, *frames]), None)

    @property
    def trace(self) -> str:
        """The stack as it was printed, or as it is known; never empty."""
        failure = self.crash.example.failure
        frames = [f"{frame.file}:{frame.line} in {frame.function}" for frame in failure.frames]
        return failure.text.strip() or "\n".join(frames) or "The process ended without a word."


def entries(crashes: Iterable[Crash], registry: Registry) -> list[Entry]:
    """The crashes as entries, in order; FarmError when a file of rulings cannot be understood."""
    rulings: dict[str, Rulings] = {}
    made: list[Entry] = []
    for crash in crashes:
        found = registry.found.get(crash.target)
        if crash.target not in rulings:
            rulings[crash.target] = NONE if found is None else read(place(found))
        name = parse(crash.example.selection).check or next(iter(crash.checks), "")
        check = found.target.checks.get(name) if found is not None else None
        accepted = rulings[crash.target].acceptance(crash)
        made.append(Entry(crash, accepted, name, check.summary if check is not None else ""))
    return made


@functools.lru_cache(maxsize=8192)  # the same frames come again and again
def path_of(frame: Frame, root: pathlib.Path) -> str:
    """Where the source is: below `root`, else below the place that it was installed to, with `/`.

    The same on every machine for a package: `redis/_parsers/resp2.py`.
    """
    path = pathlib.PurePosixPath(frame.file)
    parts = path.parts
    installed = [
        at
        for at, part in enumerate(parts)
        if part in ("site-packages", "dist-packages") or part.startswith("python3.")
    ]
    if installed and len(parts) > installed[-1] + 1:
        return "/".join(parts[installed[-1] + 1 :])
    if path.is_absolute() and path.is_relative_to(root):
        return str(path.relative_to(root))
    if frame.module.replace(".", "").isidentifier():
        package = path.name == "__init__.py"
        return frame.module.replace(".", "/") + ("/__init__.py" if package else ".py")
    return path.name or "unknown"


def _is_below(module: str, prefixes: Iterable[str]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)
