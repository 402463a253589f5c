"""Check: rules about files hold for the file itself, however a request spells its name."""

from __future__ import annotations

import urllib.parse

from targets.oracles import Violation
from targets.path.answer import Answer
from targets.path.request import Request, parse
from targets.path.server import Mount, Server
from targets.path.site import LINKS, ORDINARY


def check(data: bytes, server: Server) -> None:
    """Violation when a file is served against a rule, or refused without one."""
    request = parse(data, server.site)
    answer = server.ask(request)
    if server.expects is not None:
        _require_exactly(answer, server.expects(request))
        return
    _require_allowed(request, answer, server)


def _require_exactly(answer: Answer, wanted: Answer | None) -> None:
    if wanted is None:
        return
    if answer.status != wanted.status:
        raise Violation(f"policy: {answer.status} where the rules say {wanted.status}")
    if answer.body != wanted.body:
        raise Violation(
            f"policy: another body than the rules say, with status {answer.status}",
            f"{answer.body[:60]!r} for {wanted.body[:60]!r}",
        )
    for name, value in wanted.headers:
        if answer.header(name) != value:
            raise Violation(
                f"policy: another {name.decode()} than the rules say",
                f"{answer.header(name)!r} for {value!r}",
            )


def _require_allowed(request: Request, answer: Answer, server: Server) -> None:
    """A mount that serves only some names serves no other file."""
    for prefix, mount in server.mounts.items():
        if mount.only is None or not request.path.startswith(prefix + b"/"):
            continue
        if _is_allowed_link(request.path, mount):
            continue
        for name, content in ORDINARY.items():
            refused = not mount.only.search(name.encode())
            if refused and answer.status == 200 and len(content) > 8 and answer.body == content:
                raise Violation("policy: serves a file whose name is not allowed", name)


def _is_allowed_link(path: bytes, mount: Mount) -> bool:
    """Whether this asks for a link by a name that the mount serves.

    The rule is about names in requests (CherryPy: "request.path_info will be searched for the
    given regular expression"): what stands behind an allowed name is up to the root's owner.
    """
    once = urllib.parse.unquote_to_bytes(path)
    if mount.only is None or not mount.only.search(once):
        return False
    names = {spelled.rpartition(b"/")[2] for spelled in (once, urllib.parse.unquote_to_bytes(once))}
    return any(link.encode() in names for link in LINKS)
