"""Flask: its static folder, that of a blueprint, and send_from_directory in a view."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.path import wsgi
from targets.path.loop import capture
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {
    b"/static": Mount(),
    b"/send": Mount(),
    b"/down": Mount(),
    b"/blue/static": Mount(),
}


def server() -> Server:
    """An application whose exceptions escape."""
    site = make()
    log = capture("site")
    flask: Any = importlib.import_module("flask")
    app = flask.Flask(
        "site", root_path=str(site.base), static_folder="pub", static_url_path="/static"
    )
    app.config["PROPAGATE_EXCEPTIONS"] = True
    blue = flask.Blueprint(
        "blue",
        "blue",
        root_path=str(site.base),
        static_folder="pub",
        url_prefix="/blue",
        static_url_path="/static",
    )

    def send(name: str) -> Any:
        return flask.send_from_directory(str(site.lenient), name)

    def down(name: str) -> Any:
        return flask.send_from_directory(str(site.lenient), name, as_attachment=True)

    def page(**_: Any) -> str:
        return "a page"

    app.add_url_rule("/send/<path:name>", "send", send)
    app.add_url_rule("/down/<path:name>", "down", down)
    app.add_url_rule("/page/", "page", page)
    app.add_url_rule("/file/<path:name>/", "file", page)
    app.register_blueprint(blue)
    return Server("flask", wsgi.asker(app, log), site, MOUNTS)
