"""Rules to compare a fingerprint with: the usual simple ones, and those of two known tools.

Each takes a failure and the package's own modules, and says what group it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from harness.failure import Failure, Frame

Rule = Callable[[Failure, tuple[str, ...]], Hashable]


def full_stack(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """Type and every frame with its line, of the failure and of what is behind it."""
    del own
    return tuple((link.type, *map(_place, link.frames)) for link in (failure, *failure.chain))


def innermost_frame(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """The function that raised, whosever it is."""
    del own
    return tuple(map(_function, failure.frames[-1:]))


def top_frames(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """The three innermost functions."""
    del own
    return tuple(map(_function, failure.frames[-3:]))


def type_only(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """The exception's type."""
    del own
    return failure.type


def root_frame(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """Type and innermost application function of the exception that began the chain."""
    root = failure.chain[-1] if failure.chain else failure
    frames = [frame for frame in root.frames if _is_own(frame, own)] or root.frames[-1:]
    return (root.type, *map(_function, frames[-1:]))


def hypothesis_rule(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """Type, file and line of where it was raised, and the same of its context and members.

    As `InterestingOrigin` of Hypothesis (internal/escalation.py), which is this for one exception.
    """
    del own
    links = (failure, *failure.chain)
    return tuple((link.type, *map(_line, link.frames[-1:])) for link in links)


def clusterfuzz_rule(failure: Failure, own: tuple[str, ...]) -> Hashable:
    """Type and the names of the three innermost functions, as ClusterFuzz's crash state."""
    del own
    return (failure.type, *(_bare(frame) for frame in failure.frames[-3:]))


RULES: Mapping[str, Rule] = {
    "full stack": full_stack,
    "innermost frame": innermost_frame,
    "top-3 frames": top_frames,
    "type only": type_only,
    "type + root frame": root_frame,
    "Hypothesis' rule": hypothesis_rule,
    "ClusterFuzz's rule": clusterfuzz_rule,
}


def _bare(frame: Frame) -> str:
    return frame.function.rpartition(".")[2]


def _leaf(frame: Frame) -> str:
    """The file's name without its folders, which differ from machine to machine."""
    return frame.file.replace("\\", "/").rpartition("/")[2] or frame.module.rpartition(".")[2]


def _function(frame: Frame) -> tuple[str, str]:
    return _leaf(frame), _bare(frame)


def _line(frame: Frame) -> tuple[str, int]:
    return _leaf(frame), frame.line


def _place(frame: Frame) -> tuple[str, str, int]:
    return frame.file, frame.function, frame.line


def _is_own(frame: Frame, own: tuple[str, ...]) -> bool:
    path = frame.file.replace("\\", "/")
    return any(f"/{name}/" in path or path.endswith(f"/{name}.py") for name in own)
