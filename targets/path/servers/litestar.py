"""Litestar's static files: the router of today, and the configuration of older releases."""

from __future__ import annotations

import importlib
from typing import Any, Final

from targets.path import asgi
from targets.path.loop import Loop, capture
from targets.path.server import Mount, Server
from targets.path.servers.starlette import run_in_place
from targets.path.site import Site, make

MOUNTS: Final = {b"/static": Mount(), b"/html": Mount(index=True), b"/down": Mount()}


def server() -> Server:
    """Mounts with and without html mode. Links in a directory are followed, no setting says so."""
    site = make()
    log = capture()
    run_in_place()
    litestar: Any = importlib.import_module("litestar")
    static: Any = importlib.import_module("litestar.static_files")
    options: dict[str, Any] = {"openapi_config": None, "logging_config": None}

    def note(error: Exception, *_: Any) -> None:
        log.trouble = error

    if hasattr(static, "create_static_files_router"):
        options["route_handlers"] = _mounts(static.create_static_files_router, site)
    else:
        config: Any = importlib.import_module("litestar.static_files.config").StaticFilesConfig
        options.update(route_handlers=[], static_files_config=_mounts(config, site))
    app = litestar.Litestar(after_exception=[note], **options)
    return Server("litestar", asgi.asker(app, Loop(), log), site, MOUNTS)


def _mounts(make_one: Any, site: Site) -> list[Any]:
    return [
        make_one(path="/static", directories=[site.lenient]),
        make_one(path="/html", directories=[site.lenient], html_mode=True),
        make_one(path="/down", directories=[site.lenient], send_as_attachment=True),
    ]
