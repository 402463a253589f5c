"""Check `compare`: what tomllib refuses is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

from targets.oracles import Violation


def parser() -> Callable[[str], bool]:
    """Whether the text is accepted; documented errors are an answer, any other is a crash."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    def accepts(text: str) -> bool:
        try:
            tomlkit.parse(text)
        except TOMLKitError:
            return False
        return True

    return accepts


def check(data: bytes, subject: Callable[[str], bool]) -> None:
    """Raises when the subject accepts what tomllib refuses."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as refused:
        if subject(text):
            raise Violation("grammar: accepts invalid TOML", f"{text!r}: {refused}") from None
