"""What a subject of this target offers to the checks, whatever format it reads."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from targets.drawing import Draw
from targets.oracles import Violation

Decode = Callable[[bytes], object]
"""One whole document → its value; Refused for a documented error, also for bytes left over."""
Encode = Callable[[object], bytes]
"""A value → its bytes; Refused for a value that the documentation does not take."""
Normal = Callable[[object], object]
"""A value → what `==` compares as the format means it: types, signs of zero, NaN."""

_TEXT_OF_INPUT = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|[0-9]+(?:\.[0-9]+)?|0x[0-9a-fA-F]+|\(.*|:.*""",
    re.DOTALL,
)


_PARSERS = ("json", "tomllib", "http", "email")
"""Parts of the standard library that are under test themselves."""


class Refused(Exception):
    """A documented refusal. The text is the reason, few distinct ones, with no input in it."""


class Silent(Exception):
    """A second parser has nothing to say on this input: it is outside what both promise."""


def refusal(error: BaseException) -> Refused:
    """The documented `error` as a refusal: its class, and its text without what the input gave."""
    words = " ".join(_TEXT_OF_INPUT.sub("", str(error)).split())[:60]
    name = type(error).__name__
    return Refused(f"{name}: {words}" if words else name)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What one document gave: a value, or the reason why it was refused."""

    value: object = None
    refused: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether there is a value."""
        return self.refused is None


def outcome(decode: Decode, data: bytes) -> Outcome:
    """Run `decode`; whatever is not the documented refusal escapes, `Silent` too."""
    try:
        return Outcome(decode(data))
    except Refused as refused:
        return Outcome(None, str(refused))
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        # Native code leaves no frames that tell two causes apart: its words must.
        if not isinstance(error, Silent | Violation) and _from_native_code(error):
            raise Violation(f"total: an undocumented {refusal(error)}", str(error)) from error
        raise


def _from_native_code(error: BaseException) -> bool:
    """Whether none of its frames is the parser's: they are the farm's, and such of the standard
    library as native code calls."""
    trace = error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if name != "targets" and (name not in sys.stdlib_module_names or name in _PARSERS):
            return False
        trace = trace.tb_next
    return True


class Stream(Protocol):
    """A decoder that takes a document, or several, in chunks."""

    def feed(self, chunk: bytes) -> list[object]:
        """The values, or events, that this chunk completes, in normal form. Refused ends it."""

    def close(self) -> list[object]:
        """What the end of input completes. Refused: the input ended too early."""


@dataclasses.dataclass(frozen=True, slots=True)
class Exemption:
    """A way in which a subject may break an oracle: its own documentation says so."""

    name: str
    reason: str
    applies: Callable[[bytes, Outcome, Outcome], bool]
    """Asked only of outcomes that differ: the input, the subject's outcome, the other one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Partner:
    """A second parser, or a strict grammar, that must give the same verdict and value."""

    name: str
    decode: Decode
    normal: Normal
    """Of its own values; what it gives equals what the subject's `normal` gives."""
    exemptions: tuple[Exemption, ...] = ()
    verdict_only: bool = False
    """A grammar that has no values."""


@dataclasses.dataclass(frozen=True, slots=True)
class Encoder:
    """One way to write values: an option, or a set of them."""

    encode: Encode
    normal: Normal | None = None
    """Of what was written and what was read back, where it is not the subject's `normal`."""
    keeps: Normal | None = None
    """What must be read back of a value, in normal form, where `normal` of it does not say.
    Refused: this option is documented not to keep such a value."""
    decode: Decode | None = None
    """What reads it back; None: the subject's `decode`."""
    canonical: bool = True
    """Writing again what was read back gives the same bytes."""


def _no_encoders() -> Mapping[str, Encoder]:
    return MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class Implementation:
    """A subject of this target. What is None, or empty, is not checked."""

    name: str
    decode: Decode
    normal: Normal
    partners: tuple[Partner, ...] = ()
    """For `agree`."""
    compare: Callable[[bytes], None] | None = None
    """For `agree`: compares by itself, where verdicts come message by message; Violation."""
    encoders: Mapping[str, Encoder] = dataclasses.field(default_factory=_no_encoders)
    """For `roundtrip`: name of the option → encoder."""
    build: Callable[[Draw], object] | None = None
    """For `roundtrip`: a value that the encoders document to take, beyond what decoding gives."""
    edit: Callable[[bytes], None] | None = None
    """For `roundtrip`: changes the document through the subject's own interface; Violation."""
    reusable: Callable[[], Decode] | None = None
    """For `reuse`: one decoder object, asked again and again; like `decode` each time."""
    stream: Callable[[], Stream] | None = None
    """For `reuse`: any cutting gives the same values as one piece."""
    cuts: Callable[[bytes], Sequence[int]] | None = None
    """For `linear`: positions between which the input may be repeated; None: anywhere."""
    payload: Callable[[bytes], tuple[bytes, Callable[[bytes], bytes]] | None] | None = None
    """For `linear`: a payload in the input, and what makes a document of that payload when it is
    longer. Elsewhere its length would not fit any more, or the line that it is would not end."""
    run: Callable[[bytes], object] | None = None
    """For `linear`: all the work to measure; None: `decode`."""
    aftermath: Callable[[bytes], None] | None = None
    """For `total`: looks at what else decoding the input did, beside its value; Violation. Other
    checks do not, so that it hides nothing from them."""
    peak_per_byte: int = 1024
    """For `total`: bytes of memory per byte of input, beyond a fixed part."""
    deep_bytes: int = 512 * 1024
    """For `total`: a part of an input is also repeated up to this size; 0: it is not."""
    variants: tuple[Implementation, ...] = ()
    """Further modes of the same implementation (documented options), given the same inputs."""
    declines: Callable[[bytes], bool] | None = None
    """Says of which inputs no verdict is fair, a declared exception; None: of none."""
    guide: Decode | None = None
    """A twin in Python that reads the same bytes, because C code gives no coverage."""


def modes(subject: Implementation, data: bytes) -> tuple[Implementation, ...]:
    """`subject` and its variants; none for an input that it declines. Runs the guide first."""
    if subject.declines is not None and subject.declines(data):
        return ()
    if subject.guide is not None:
        with contextlib.suppress(Silent):
            outcome(subject.guide, data)
    return (subject, *subject.variants)
