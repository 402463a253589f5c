"""Where a failure began: which link of its chain, or which member of a group, names it. Pure.

An error that is caught and raised again as another is still the same bug: the cause that lies
furthest back names it. What only fails while another error is handled is a bug of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from harness.failure import Failure, Frame, is_remote
from harness.fingerprint_frames import Sieve
from harness.statement import raises


def links(failure: Failure) -> Iterator[Failure]:
    """The failure, what is behind it, and the members of groups, the nearest first."""
    yield failure
    for link in (*failure.chain, *failure.members):
        yield from links(link)


def resolved(failure: Failure) -> Failure:
    """The failure with what another process said of it in place of how it was sent over."""
    chain = list(failure.chain)
    for at, link in enumerate(chain):
        if is_remote(link.type) and link.frames:
            effect = chain[at - 1] if at else failure
            chain[at] = dataclasses.replace(effect, frames=link.frames, chain=(), via="cause")
    return dataclasses.replace(failure, chain=tuple(chain))


def origin(failure: Failure, sieve: Sieve) -> Failure:
    """The link that names the failure: the furthest one that came from code that may."""
    for kind in ("hang", "oracle"):  # whatever was made of it on the way out
        found = next((link for link in links(failure) if link.kind == kind), None)
        if found is not None:
            return found
    # Handlers near the limit hit it again: only the deepest stack says where the recursion is.
    limits = [link for link in links(failure) if link.type == "RecursionError"]
    if limits:
        return max(limits, key=lambda link: len(link.frames))
    return _furthest(failure, sieve)


def _furthest(failure: Failure, sieve: Sieve) -> Failure:
    best = outer = failure
    for link in (failure, *failure.chain):
        if link.via == "context" and _is_new(outer, link, sieve):
            break
        outer = link
        if link.members:
            return _first([_furthest(member, sieve) for member in link.members], sieve)
        if sieve.names(link.frames):
            best = link
    return best


def _first(members: Sequence[Failure], sieve: Sieve) -> Failure:
    """The member that names its group, whatever their order is: tasks end as they like."""

    def rank(member: Failure) -> tuple[object, ...]:
        functions = [(frame.module, frame.function) for frame in member.frames[-1:]]
        cancelled = member.type.endswith("CancelledError")
        return (not sieve.names(member.frames), cancelled, member.type, functions, member.message)

    return min(members, key=rank)


def _is_new(outer: Failure, inner: Failure, sieve: Sieve) -> bool:
    """Whether `outer` came up by itself while `inner` was handled, and does not only tell of it.

    It tells of it if the handler raised it, or a function that the handler called to raise it.
    """
    names = sieve.names(outer.frames, also_raisers=True)
    if not names or not inner.frames:
        return False
    last = names[-1].statement
    reach = 0 if not last else 1 if raises(last) else -1
    handler = _call(inner.frames[0])
    after = next(
        (n for n, frame in enumerate(reversed(outer.frames)) if _call(frame) == handler), None
    )
    if after is None:
        return False
    return sum(map(sieve.ours, outer.frames[len(outer.frames) - after :])) > reach


def _call(frame: Frame) -> tuple[str, str, str]:
    return frame.module, frame.function, frame.file
