"""Servers of others, made to serve one connection in this thread, over a real pair of sockets."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from types import ModuleType
from typing import Final

BUFFER_BYTES: Final = 4 * 1024 * 1024
"""What the pair of sockets holds: a request is sent before the server reads, and all replies wait
until it is done."""


def tcp_server(module: ModuleType) -> Callable[[bytes], bytes]:
    """The TCP server of fakeredis: its own handler of requests, on one connection of a new server.

    The client sends everything and closes its side, so the handler comes to its end.
    """

    def serve(request: bytes) -> bytes:
        ours, theirs = socket.socketpair()
        server = module.TcpFakeServer(("127.0.0.1", 0), bind_and_activate=False)
        try:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            ours.sendall(request)
            ours.shutdown(socket.SHUT_WR)
            module.TCPFakeRequestHandler(theirs, ("client", 1), server)
            theirs.close()
            return _rest(ours)
        finally:
            server.server_close()
            ours.close()
            theirs.close()

    return serve


def _rest(end: socket.socket) -> bytes:
    """Everything that is still to be read, to the end of the stream."""
    parts: list[bytes] = []
    # A server that closes before it has read everything resets; its replies come before that.
    with contextlib.suppress(ConnectionResetError):
        while part := end.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)
