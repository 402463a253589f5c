"""Replies to each command, as a server may say them: the grammar of the check `replies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from targets.resp.catalogue.clusters import CLUSTERS
from targets.resp.catalogue.exchange import Command
from targets.resp.catalogue.servers import SERVERS
from targets.resp.catalogue.sorted_sets import SORTED_SETS
from targets.resp.catalogue.streams import STREAMS
from targets.resp.catalogue.tables import TABLES
from targets.resp.catalogue.values import VALUES

CATALOGUE: Final[Mapping[bytes, Command]] = {
    **VALUES,
    **SORTED_SETS,
    **STREAMS,
    **SERVERS,
    **CLUSTERS,
    **TABLES,
}
"""Name of a command, with the form of its reply where it has several → how to make a reply."""
