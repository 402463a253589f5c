"""HTTP path resolution: static files of eleven servers and of the farm's own resolver."""

from __future__ import annotations

from typing import Final

from targets.kinds import Fault, Fuzz, Subject, Target

MUTATE: Final = "targets.path.grammar:mutate"
STRATEGY: Final = "targets.path.grammar:strategy"
TOKENS: Final = "targets.path.tokens:tokens"
RULED: Final = ("reference", "cherrypy")

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="targets.path.servers.reference:server",
            summary="the farm's own resolver, with hosts, hidden and blocked names and scripts",
            instrument=("targets.path.reference",),
        ),
        "aiohttp": Subject(
            adapter="targets.path.servers.aiohttp:server",
            summary="static routes of aiohttp, with and without symbolic links and listings",
            package="aiohttp",
            instrument=("aiohttp.web_urldispatcher", "aiohttp.web_fileresponse", "aiohttp.helpers"),
            requires=("aiohttp>=3.8",),
        ),
        "starlette": Subject(
            adapter="targets.path.servers.starlette:server",
            summary="StaticFiles of Starlette, with and without html mode and symbolic links",
            package="starlette",
            instrument=("starlette.staticfiles", "starlette.responses", "starlette.routing"),
            requires=("starlette>=0.12",),
            pins={"<0.15": ("aiofiles>=0.6",)},
        ),
        "sanic": Subject(
            adapter="targets.path.servers.sanic:server",
            summary="static routes of Sanic, with links, index and listing where it has them",
            package="sanic",
            instrument=(
                *("sanic.mixins.static", "sanic.mixins.routes", "sanic.response", "sanic.handlers"),
                *("sanic.app", "sanic.router"),
            ),
            requires=("sanic>=20.12",),
            pins={
                "<21.6": ("sanic-routing>=0.6,<0.7", "setuptools<80"),
                ">=21.6,<22.9": ("sanic-routing>=0.7,<22.9", "setuptools<80", "websockets>=10,<11"),
                ">=22.9,<23.3": ("setuptools<80", "websockets>=10,<11"),
            },
        ),
        "litestar": Subject(
            adapter="targets.path.servers.litestar:server",
            summary="static files of Litestar, with and without html mode",
            package="litestar",
            instrument=("litestar.static_files", "litestar.response.file", "litestar.file_system"),
            requires=("litestar>=2.0",),
            pins={"<3": ("sniffio>=1.3",)},  # which anyio no longer brings along
        ),
        "tornado": Subject(
            adapter="targets.path.servers.tornado:server",
            summary="StaticFileHandler of Tornado, with and without an index",
            package="tornado",
            instrument=("tornado.web", "tornado.httputil"),
            requires=("tornado>=6",),
        ),
        "werkzeug": Subject(
            adapter="targets.path.servers.werkzeug:server",
            summary="SharedDataMiddleware and send_from_directory of Werkzeug",
            package="Werkzeug",
            instrument=(
                *("werkzeug.middleware.shared_data", "werkzeug.utils", "werkzeug.security"),
                *("werkzeug.routing", "werkzeug.http", "werkzeug.wsgi"),
            ),
            requires=("Werkzeug>=0.15",),
        ),
        "bottle": Subject(
            adapter="targets.path.servers.bottle:server",
            summary="static_file of Bottle",
            package="bottle",
            instrument=("bottle",),
            requires=("bottle>=0.12",),
        ),
        "flask": Subject(
            adapter="targets.path.servers.flask:server",
            summary="static folders and send_from_directory of Flask",
            package="Flask",
            instrument=("flask.helpers", "flask.scaffold", "flask.sansio", "flask.app"),
            requires=("Flask>=1.1",),
            pins={
                "<2": ("Werkzeug<2.1", "Jinja2<3.1", "itsdangerous<2.1", "markupsafe<2.1"),
                ">=2,<2.3": ("Werkzeug<3",),
            },
        ),
        "cherrypy": Subject(
            adapter="targets.path.servers.cherrypy:server",
            summary="tools.staticdir of CherryPy, behind cheroot's reader of requests",
            package="CherryPy",
            instrument=("cherrypy.lib.static", "cherrypy.lib.httputil", "cherrypy.lib.cptools"),
            requires=("CherryPy>=18.7",),
            pins={"<18.9": ("setuptools<80",)},
        ),
        "twisted": Subject(
            adapter="targets.path.servers.twisted:server",
            summary="static.File of twisted.web",
            package="Twisted",
            instrument=(
                *("twisted.web.static", "twisted.web.resource", "twisted.web.util"),
                *("twisted.web.server", "twisted.python.filepath"),
            ),
            requires=("Twisted>=20.3",),
        ),
        "http-server": Subject(
            adapter="targets.path.servers.stdlib:server",
            summary="SimpleHTTPRequestHandler of the standard library",
            instrument=("http.server",),
        ),
        "wsgi": Subject(
            adapter="targets.path.servers.attached:wsgi_app",
            summary="a WSGI application of yours",
            argument="MODULE:APP",
        ),
        "asgi": Subject(
            adapter="targets.path.servers.attached:asgi_app",
            summary="an ASGI application of yours",
            argument="MODULE:APP",
        ),
        "tcp": Subject(
            adapter="targets.path.servers.attached:server_at",
            summary="a server that runs on this machine",
            argument="HOST:PORT",
        ),
    },
    checks={
        "contain": Fuzz(
            check="targets.path.contain:check",
            summary="nothing outside the root is read or revealed, no redirect leaves the host",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            weight=2.0,
            sensitive=True,
        ),
        "policy": Fuzz(
            check="targets.path.policy:check",
            summary="rules about files hold for the real file, however its name is spelled",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            subjects=RULED,
            sensitive=True,
        ),
        "serve": Fuzz(
            check="targets.path.serve:check",
            summary="ordinary requests get exactly the file that they are for",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            sensitive=True,
        ),
        "total": Fuzz(
            check="targets.path.total:check",
            summary="any request gets a proper HTTP answer, and no server error",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            sensitive=True,
        ),
        "linear": Fuzz(
            check="targets.path.linear:check",
            summary="what a request costs grows no faster than its length",
            mutate=MUTATE,
            strategy=STRATEGY,
            tokens=TOKENS,
            seeds="linear",
            max_size_bytes=1024,
            timeout_s=20.0,
            weight=1.0,
            sensitive=True,
        ),
    },
    faults={
        "dots-pass": Fault("dot segments are not refused, nor is what they lead to"),
        "decodes-twice": Fault("escapes are decoded twice"),
        "slashes-decode": Fault("encoded slashes become separators"),
        "overlong": Fault("overlong UTF-8 of dots and slashes is taken for them"),
        "contains-by-prefix": Fault("a sibling whose name begins like the root's counts as inside"),
        "links-pass": Fault("where a symbolic link leads is not looked at"),
        "blocks-the-spelling": Fault("blocked names are compared as spelled", ("policy",)),
        "hides-the-spelling": Fault("hidden names are compared as spelled", ("policy",)),
        "host-anchors-the-root": Fault("a forged Host chooses the root it is contained in"),
        "runs-the-neighbours-script": Fault("scripts are not contained, only files", ("policy",)),
        "nul-fails": Fault("a zero byte ends in an exception"),
        "script-by-lower-case": Fault("scripts are known by small letters only", ("policy",)),
        "zero-quality-accepts": Fault("a coding with quality 0 counts as accepted", ("policy",)),
        "index-of-a-file": Fault("a file is served below its own name", ("policy",)),
        "redirects-by-the-path": Fault("directories redirect to what the path says", ("contain",)),
    },
)
