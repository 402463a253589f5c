"""Starlette's StaticFiles, mounted in an application with redirecting routes."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
from typing import Any, Final

from targets.path import asgi
from targets.path.loop import Loop, capture
from targets.path.server import Mount, Server
from targets.path.site import make

MOUNTS: Final = {
    b"/static": Mount(),
    b"/html": Mount(index=True),
    b"/follow": Mount(),
    b"/both": Mount(index=True),
    b"/relative": Mount(),
}


def run_in_place() -> None:
    """Let anyio run blocking calls where they are awaited, instead of in a thread."""
    backend: Any = importlib.import_module("anyio._backends._asyncio")

    async def run(func: Any, *args: Any, **_: Any) -> Any:
        return func(*args)

    async def run_method(func: Any, args: Any = (), *_: Any, **__: Any) -> Any:
        return func(*args)

    if hasattr(backend, "AsyncIOBackend"):  # anyio 4
        backend.AsyncIOBackend.run_sync_in_worker_thread = staticmethod(run_method)
    else:
        backend.run_sync_in_worker_thread = run


def server() -> Server:
    """Mounts with and without html mode and symbolic links."""
    site = make()
    log = capture()
    with contextlib.suppress(ModuleNotFoundError):  # before 0.15 threads were the loop's
        run_in_place()
    applications: Any = importlib.import_module("starlette.applications")
    responses: Any = importlib.import_module("starlette.responses")
    static_files: Any = importlib.import_module("starlette.staticfiles").StaticFiles
    routing: Any = importlib.import_module("starlette.routing")
    follows = "follow_symlink" in inspect.signature(static_files).parameters
    lenient: dict[str, Any] = {"follow_symlink": True} if follows else {}

    async def page(_request: Any) -> Any:
        return responses.PlainTextResponse("a page")

    mounts = {
        "/static": static_files(directory=site.strict),
        "/html": static_files(directory=site.strict, html=True),
        "/follow": static_files(directory=site.lenient, **lenient),
        "/both": static_files(directory=site.lenient, html=True, **lenient),
        "/relative": static_files(directory=os.path.relpath(site.lenient), **lenient),
    }
    app = applications.Starlette(
        routes=[
            routing.Route("/page/", page),
            routing.Route("/file/{name:path}/", page),
            *(routing.Mount(prefix, files) for prefix, files in mounts.items()),
        ]
    )
    loop = Loop()
    return Server("starlette", asgi.asker(app, loop, log), site, MOUNTS)
