"""The reference: the farm's own resolver, with rules that are stated in full."""

from __future__ import annotations

from typing import Final

from targets.path.reference import Config, Resolver
from targets.path.rules import Rules
from targets.path.server import Mount, Server
from targets.path.site import Site, make

MOUNTS: Final = {
    b"": Mount(
        index=True,
        hidden=False,
        withheld=("vendor", "uploads", "wp-config.php", "app.php", "lib/", "odd", "_farm"),
    )
}


def config(site: Site) -> Config:
    """What it is set to."""
    return Config(
        root=site.strict,
        sites=site.sites,
        blocked=(b"/vendor/*", b"/wp-config.php", b"/uploads/*.php", b"/odd/"),
        allowed_php=(b"/index.php", b"/app.php"),
    )


def server() -> Server:
    """One site by default, and one for each host that has a directory."""
    site = make()
    settings = config(site)
    return Server("reference", Resolver(settings).answer, site, MOUNTS, Rules(settings).expected)
