"""Bottle's static_file, behind its own routing."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.path import wsgi
from targets.path.loop import capture
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {b"/static": Mount(), b"/down": Mount()}


def server() -> Server:
    """An application whose exceptions escape."""
    site = make()
    log = capture()
    bottle: Any = importlib.import_module("bottle")
    app = bottle.Bottle()
    app.config["catchall"] = False

    def static(name: str) -> Any:
        return bottle.static_file(name, root=str(site.lenient))

    def down(name: str) -> Any:
        return bottle.static_file(name, root=str(site.lenient), download=True)

    app.route("/static/<name:path>", ["GET", "HEAD"], static)
    app.route("/down/<name:path>", ["GET", "HEAD"], down)
    return Server("bottle", wsgi.asker(app, log), site, MOUNTS)
