"""What every check needs to know of a subject, and one execution of it as plain data."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from targets.resp.frames import Frame, ProtocolError
from targets.resp.reference import Limits

_RESP3: Final = re.compile(rb"[_,#(!=%~>|]")


class Decoder(Protocol):
    """One connection's parser."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take `chunk`; the frames that it completes. ProtocolError: the documented error."""


@dataclasses.dataclass(frozen=True, slots=True)
class Implementation:
    """A subject of this target."""

    name: str
    decoder: Callable[[], Decoder]
    resp3: bool = False
    limits: Limits | None = None
    """What it must accept and refuse, if it follows the contract to the byte; None: not stated."""
    states_reasons: bool = False
    """Its error texts are those of the contract."""
    serves: bool = False
    """Its error texts are sent to the peer."""
    commands: bool = False
    """It reads what clients send, arrays of bulks, and nothing else."""
    resumes: bool = True
    """It keeps its place when bytes run out; False: it blocks, and the adapter starts it again."""
    merges: frozenset[str] = frozenset()
    """Distinctions that its values cannot tell; see `views.GROUPS`."""
    encode: Callable[[Frame], bytes] | None = None
    modules: tuple[str, ...] = ()
    """Whose lines count as its work."""
    variants: tuple[Implementation, ...] = ()
    """Further modes of the same implementation, which the same inputs check too."""
    declines: Callable[[bytes], bool] | None = None
    """Says of which streams no verdict is fair, a declared exception; None: of none."""
    serve: Callable[[bytes], bytes] | None = None
    """A new server that has one connection: what the client sends, to the end, and all replies."""
    guide: Implementation | None = None
    """A twin in Python that reads the same bytes, because C code gives no coverage."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of one stream: its frames, and the error that ended it, if one did."""

    frames: tuple[Frame, ...]
    error: str | None


def modes(subject: Implementation, data: bytes) -> tuple[Implementation, ...]:
    """`subject` and its variants; a first one of RESP3 only where a byte of `data` could need it.

    None of them for a stream that the subject declines. Runs the guide, if there is one.
    """
    if subject.declines is not None and subject.declines(data):
        return ()
    if subject.guide is not None:
        run(subject.guide, (data,))
    plain = subject.variants and not subject.resp3 and _RESP3.search(data) is None
    more = (variant for variant in subject.variants if not (plain and variant.resp3))
    return (subject, *more)


def run(subject: Implementation, chunks: Iterable[bytes]) -> Outcome:
    """Feed a fresh decoder; whatever is not the documented error escapes."""
    decoder = subject.decoder()
    frames: list[Frame] = []
    try:
        for chunk in chunks:
            frames += decoder.feed(chunk)
    except ProtocolError as error:
        frames += error.frames
        return Outcome(tuple(frames), str(error))
    return Outcome(tuple(frames), None)
