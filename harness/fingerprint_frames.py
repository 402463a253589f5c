"""Which calls of a failure may name it, and why the others do not.

The subject's own modules where they are known; in a text, where they are not, the code that is
neither standard library nor machinery nor the script or test that drives it. Pure.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator, Sequence

from harness.failure import Failure, Frame
from harness.statement import raises

RAISER = "raises for its caller"
RUNNER = "test runner"
LIBRARY = "standard library"
DRIVER = "drives the subject"

_FARM = frozenset(("harness", "triage", "reports", "__main__", "?"))  # `__main__` starts a child
_RUNNERS = frozenset(
    ("atheris", "hypothesis", "pytest", "_pytest", "pluggy", "pytest_timeout", "xdist", "nose")
)
_MADE_BY_HYPOTHESIS = "hypothesis_temporary_module_"
"""Modules of the functions through which it calls a test."""
_OTHERS_CODE = """
    anyio backoff celery click curio decorator fire gevent greenlet gunicorn joblib retry retrying
    tenacity trio typer uvicorn wrapt
"""
_CARRIERS = frozenset(_OTHERS_CODE.split())
"""Run what they are given, so that they name a crash only where nothing else does."""
# The standard library of all supported versions: a name must not depend on who looks.
_OTHER_STDLIB = """
    _android_support _apple_support _ast_unparse _colorize _opcode_metadata _py_warnings _pyrepl
    aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils
    imghdr imp lib2to3 mailcap msilib nis nntplib ossaudiodev pathlib pipes smtpd sndhdr spwd
    string sunau telnetlib uu xdrlib
"""
_STDLIB = frozenset(sys.stdlib_module_names) | frozenset(_OTHER_STDLIB.split())
_LIBRARY = re.compile(r"(?i)(^|[/\\])(python-?\d[\d.]*t?(\.zip)?|lib)[/\\]|^<frozen ")
_PACKAGES = re.compile(r"[/\\](site|dist)-packages[/\\]")
_MADE = re.compile(r"<(?!frozen ).*>$")
_TEST = re.compile(r"(?i)(^|[/\\])(test_[^/\\]*|[^/\\]*_test|conftest)\.py$")
_WRAPPER = re.compile(
    r"_*(\w+_)?(wrapper|wrapped|decorated|decorator)(_\w+)?|_*(inner|wrap)(_?f(n|unc|unction)?)?_*"
)
_RAISER = re.compile(
    r"_*((\w+_)?(error|err|fail|failure|raise|abort|die|throw|panic|bail|complain)|"
    r"(raise|fail|throw|abort|error)_\w+)_*"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One call of a stack, and why it does not name the failure; empty where it may."""

    frame: Frame
    dropped: str = ""


class Sieve:
    """Tells for all links of one failure which of their calls may name it."""

    def __init__(self, failure: Failure, own: tuple[str, ...]) -> None:
        self._own = own
        self._drivers = frozenset[str]()
        links = list(_all_links(failure))
        self._drivers = frozenset(file for link in links for file in self._driving(link.frames))
        frames = self._frames = [frame for link in links for frame in link.frames]
        tiers = 1 if failure.kind == "oracle" and own else 4 if own else 5
        self._tier = next(
            (tier for tier in range(tiers) if any(self._foreign(f, tier) == "" for f in frames)),
            tiers - 1,
        )

    @property
    def is_strict(self) -> bool:
        """Whether what names the failure is the subject's, or may well be."""
        return self._tier <= 1 and any(not self._foreign(f, self._tier) for f in self._frames)

    def steps(self, frames: Sequence[Frame]) -> list[Step]:
        """Every call, outermost first; all that pass a call on are kept if nothing else is."""
        told = [(frame, self._foreign(frame, self._tier)) for frame in frames]
        steps = [Step(frame, why or _passes_on(frame)) for frame, why in told]
        steps = _without_raisers(steps)
        if any(not step.dropped for step in steps):
            return steps
        return [Step(frame, why) for frame, why in told]

    def names(self, frames: Sequence[Frame], *, also_raisers: bool = False) -> list[Frame]:
        """The calls that may name the failure, outermost first."""
        kept = ("", RAISER) if also_raisers else ("",)
        return [step.frame for step in self.steps(frames) if step.dropped in kept]

    def ours(self, frame: Frame) -> bool:
        """Whether the call is in the code that may name the failure."""
        return not self._foreign(frame, self._tier)

    def _foreign(self, frame: Frame, tier: int) -> str:
        """Why this is not the subject's code; each tier is less strict than the one before."""
        if _is_below(frame.module, self._own):
            return ""
        if tier == 0:
            return "not the subject's" if self._own else "not known to be the subject's"
        root = frame.module.partition(".")[0]
        # The farm's rooms have names that others' folders have too: in a text they may count.
        if (root in _FARM or frame.module == "targets.oracles") and not (tier == 4 and frame.file):
            return "the farm"
        if root in _RUNNERS or root.startswith(_MADE_BY_HYPOTHESIS):
            return RUNNER
        if is_library(frame):
            return LIBRARY
        if tier < 3 and root == "targets":
            return "check"
        if tier == 1 and _MADE.search(frame.file):
            return "made at run time"
        if tier == 1 and root in _CARRIERS:
            return "runs what it is given"
        if tier == 1 and frame.file in self._drivers:
            return DRIVER
        return ""

    def _driving(self, frames: Sequence[Frame]) -> Iterator[str]:
        """The file of the script or test that the stack begins with."""
        first = next((frame for frame in frames if not self._foreign(frame, 3)), None)
        if first is None or not first.file or _PACKAGES.search(first.file):
            return
        if bare(first) == "<module>" or _TEST.search(first.file):
            yield first.file


def knows_subject(failure: Failure) -> bool:
    """Whether there is code in it that may be the subject's, and not only what drives it."""
    return Sieve(failure, ()).is_strict


def is_library(frame: Frame) -> bool:
    """Whether the call is in the standard library, judged by where it lies if that is known."""
    if frame.module.partition(".")[0] not in _STDLIB:
        return False
    file = frame.file
    return not file or bool(_LIBRARY.search(file) and not _PACKAGES.search(file))


def bare(frame: Frame) -> str:
    """The function's own name: all that every Python's traceback text tells."""
    return frame.function.rpartition(".")[2]


def place(frame: Frame) -> str:
    """`module.function`, the last part of each: paths and classes are not in every text.

    What passes on a call is named by the function that it is written in, if that is known.
    """
    module = frame.module.rpartition(".")[2]
    names = _written_in(frame)
    return module if names == ["<module>"] else f"{module}.{names[-1]}"


def qualified_place(frame: Frame) -> str:
    """`package.module.Class.function`, as far as it is known."""
    return ".".join([frame.module, *_written_in(frame)])


def _written_in(frame: Frame) -> list[str]:
    names = [name for name in frame.function.split(".") if name != "<locals>"]
    while len(names) > 1 and names[-1].startswith("<"):
        names.pop()
    return names


def _all_links(failure: Failure) -> Iterator[Failure]:
    yield failure
    for link in (*failure.chain, *failure.members):
        yield from _all_links(link)


def _is_below(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


def _passes_on(frame: Frame) -> str:
    """Why a call of our own code only stands between two others."""
    rest, _, last = frame.function.rpartition(".")
    if last == "<module>":
        return "a module's top level"
    if last == "<lambda>":
        return "lambda"
    if last.startswith("<"):  # inlined from 3.12 on
        return "comprehension"
    if _WRAPPER.fullmatch(last) and (not rest or rest.endswith("<locals>")):
        return "decorator"
    return ""


def _without_raisers(steps: Sequence[Step]) -> list[Step]:
    """A helper that only raises what its caller found is not where it went wrong."""
    kept = [at for at, step in enumerate(steps) if not step.dropped]
    result = list(steps)
    for at in reversed(kept[1:]):
        frame = steps[at].frame
        if not (_RAISER.fullmatch(bare(frame)) and raises(frame.statement)):
            break
        result[at] = Step(frame, RAISER)
    return result
