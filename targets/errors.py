"""Mistakes of the user, in one line: what was given, what is possible, what to do next."""

from __future__ import annotations


class FarmError(Exception):
    """A user's mistake: one line, exit code 2. Never a crash of a subject, never our own bug."""

    exit_code = 2


class MissingError(FarmError):
    """Something required is not there (a package, a program, a version): exit code 3."""

    exit_code = 3
