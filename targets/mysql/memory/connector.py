"""mysql-connector-python, the implementation in Python, with a socket that leads to a peer."""

from __future__ import annotations

import functools
import logging
from typing import Any

from targets.mysql.memory.peer import MemorySocket, Peer


@functools.cache
def connection_class() -> Any:
    """Its class of connections; `peer` has to be set before it connects."""
    from mysql.connector.connection import MySQLConnection
    from mysql.connector.network import MySQLTCPSocket

    # It tells of each plugin that it has not.
    logging.getLogger("mysql.connector").setLevel(logging.CRITICAL + 1)

    # The base is untyped where the package is installed without types, and not there elsewhere.
    class InMemory(MySQLTCPSocket):  # type: ignore[misc,unused-ignore] # an untyped base
        def __init__(self, peer: Peer) -> None:
            super().__init__()
            self.peer = peer

        def open_connection(self) -> None:
            self.sock: Any = MemorySocket(self.peer)

    # The base is untyped where the package is installed without types, and not there elsewhere.
    class ToPeer(MySQLConnection):  # type: ignore[misc,unused-ignore] # an untyped base
        peer: Peer

        def _get_connection(self, prtcls: object = None) -> InMemory:
            del prtcls
            return InMemory(self.peer)

    return ToPeer
