"""Forms as plain data, and how an input holds one."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """What a form holds, in order: fields with their values, files with their names and contents.

    Each implementation keeps the order within the two, and not all between them.
    """

    fields: tuple[tuple[bytes, bytes], ...]
    files: tuple[tuple[bytes, bytes, bytes], ...] = ()


def split(data: bytes) -> tuple[bytes, bytes]:
    """The value of Content-Type, which is the first line of an input, and the body."""
    content_type, _, body = data.partition(b"\n")
    return content_type.removesuffix(b"\r"), body
