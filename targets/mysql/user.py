"""Who connects: names short or long, and a password that has to be proved."""

from __future__ import annotations

import dataclasses
from typing import Final

from targets.mysql.dialog import Options

PASSWORD: Final = "secret"


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    """Names that a client sends when it connects."""

    name: str = "root"
    database: str = ""
    program: str = "farm"


LONG: Final = User("u" * 32, "d" * 64, "p" * 260)
"""MySQL's own limits for users and databases; a program name whose length takes three bytes."""
SHORT: Final = User()


def user(options: Options) -> User:
    """Who connects in a dialog."""
    return LONG if options.long_names else SHORT
