"""Check: every request gets a proper HTTP answer: no failure, no silence, no broken framing."""

from __future__ import annotations

import re
from typing import Final

from targets.oracles import Violation
from targets.path.server import Server

REFUSALS: Final = frozenset({501, 505})
"""Server errors that say what the client did: a method or a version that nobody knows."""
_PROPER = re.compile(rb"/[\x21-\x7e]*")


def check(data: bytes, server: Server) -> None:
    """Violation, or the exception that the server failed with."""
    request = server.parse(data)
    answer = server.ask(request)
    if answer.status >= 500 and answer.status not in REFUSALS:
        if answer.error is not None:
            raise answer.error
        raise Violation(f"total: fails with status {answer.status}")
    # What CONNECT asks for is no path.
    proper = _PROPER.fullmatch(request.target) is not None and request.method != b"CONNECT"
    # Silence may be a refusal, but not when an error of the language is behind it.
    failed = proper or type(answer.error).__module__ == "builtins"
    if not answer.status and answer.error is not None and failed:
        raise answer.error
    if proper and not answer.status:
        raise Violation(f"total: {answer.problem or 'no answer'}")
    if proper and answer.problem:
        raise Violation(f"total: {answer.problem}, with status {answer.status}")
