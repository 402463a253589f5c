"""Werkzeug: SharedDataMiddleware, and send_from_directory behind its own routing."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.path import wsgi
from targets.path.loop import capture
from targets.path.server import Mount, Server
from targets.path.site import Site, make

MOUNTS: Final = {b"/static": Mount(), b"/send": Mount(), b"/down": Mount()}


def server() -> Server:
    """The middleware at one prefix, a view at another, and a route that redirects."""
    site = make()
    log = capture("werkzeug")
    shared: Any = importlib.import_module("werkzeug.middleware.shared_data")
    app = shared.SharedDataMiddleware(_views(site), {"/static": str(site.lenient)})
    utils = importlib.import_module("werkzeug.utils")
    mounts = MOUNTS if hasattr(utils, "send_from_directory") else {b"/static": MOUNTS[b"/static"]}
    return Server("werkzeug", wsgi.asker(app, log), site, mounts)


def _views(site: Site) -> Any:
    wrappers: Any = importlib.import_module("werkzeug.wrappers")
    routing: Any = importlib.import_module("werkzeug.routing")
    exceptions: Any = importlib.import_module("werkzeug.exceptions")
    send: Any = getattr(importlib.import_module("werkzeug.utils"), "send_from_directory", None)
    rules = routing.Map(
        [
            routing.Rule("/send/<path:name>", endpoint="send"),
            routing.Rule("/down/<path:name>", endpoint="down"),
            routing.Rule("/page/", endpoint="page"),
            routing.Rule("/file/<path:name>/", endpoint="page"),
        ]
    )

    def app(environ: Any, start_response: Any) -> Any:
        try:
            endpoint, values = rules.bind_to_environ(environ).match()
            if endpoint in ("send", "down") and send is not None:
                more = {"as_attachment": True} if endpoint == "down" else {}
                response = send(site.lenient, values["name"], environ, **more)
            else:
                response = wrappers.Response("a page")
        except exceptions.HTTPException as refusal:
            response = refusal
        return response(environ, start_response)

    return app
